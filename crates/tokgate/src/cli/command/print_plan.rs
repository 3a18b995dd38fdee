//! `run --print` and `run -v`: what is or would be started, with secrets hidden.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::{Out, Paint, Shape, clean, quoted};
use crate::i18n::{Message, launch as text};
use crate::launch::Plan;

pub(crate) fn print(context: &Context<'_>, plan: &Plan) {
    match context.out.shape {
        Shape::Json(_) => context.out.json("run.print", as_json(plan)),
        _ => context.out.data(&as_text(context, plan)),
    };
}

fn as_json(plan: &Plan) -> serde_json::Value {
    let args: Vec<_> = plan.args.iter().map(|arg| arg.to_string_lossy()).collect();
    let env: serde_json::Map<String, serde_json::Value> =
        plan.env_set.iter().map(|(name, value)| (name.clone(), value.shown().into())).collect();
    let file = plan.file.as_ref().map(|file| json!({ "path": file.path, "contents": file.shown }));
    let trust = plan.trust.as_ref().map(|file| json!({ "path": file.path, "contents": file.shown }));
    json!({
        "program": plan.program.to_string_lossy(),
        "args": args,
        "env": env,
        "without": plan.env_clear,
        "file": file,
        "trust": trust,
    })
}

fn as_text(context: &Context<'_>, plan: &Plan) -> String {
    let out = &context.out;
    let mut page = parts(out, out.paint, &text::PRINT_RUNS, plan);
    for note in &plan.notes {
        let _ = writeln!(page, "{}", note.say(out.lang));
    }
    let _ = writeln!(page, "{}", out.paint.dim(out.word(&text::PRINT_NOTHING)));
    page
}

/// What is being started, for `run -v`.
pub(crate) fn details(context: &Context<'_>, plan: &Plan) -> String {
    parts(&context.out, context.out.paint_err, &text::DETAIL_RUNS, plan)
}

fn parts(out: &Out, paint: Paint, title: &Message, plan: &Plan) -> String {
    let mut page = String::new();
    let head = |page: &mut String, label: &Message| {
        let _ = writeln!(page, "{}", paint.bold(label.raw(out.lang)));
    };
    head(&mut page, title);
    let words: Vec<String> = std::iter::once(&plan.program).chain(&plan.args).map(|word| quoted(word)).collect();
    let _ = writeln!(page, "  {}", words.join(" "));
    head(&mut page, &text::PRINT_SETS);
    for (name, value) in &plan.env_set {
        let _ = writeln!(page, "  {name}={}", clean(&value.shown()));
    }
    if !plan.env_clear.is_empty() {
        head(&mut page, &text::PRINT_CLEARS);
        let names: Vec<&str> = plan.env_clear.iter().copied().collect();
        let _ = writeln!(page, "  {}", names.join(" "));
    }
    for file in plan.files() {
        let _ = writeln!(page, "{}  {}", paint.bold(out.word(&text::PRINT_FILE)), file.path.display());
        let _ = writeln!(page, "  {}", clean(&file.shown));
    }
    page
}
