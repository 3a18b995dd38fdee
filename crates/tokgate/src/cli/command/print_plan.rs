//! `run --print`: what would be started, with secrets hidden.

use std::ffi::OsStr;
use std::fmt::Write as _;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::{Shape, clean};
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
    json!({
        "program": plan.program.to_string_lossy(),
        "args": args,
        "env": env,
        "without": plan.env_clear,
        "file": file,
    })
}

fn as_text(context: &Context<'_>, plan: &Plan) -> String {
    let out = &context.out;
    let mut page = String::new();
    let head = |page: &mut String, label: &Message| {
        let _ = writeln!(page, "{}", out.paint.bold(label.raw(out.lang)));
    };
    head(&mut page, &text::PRINT_RUNS);
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
    if let Some(file) = &plan.file {
        let _ = writeln!(page, "{}: {}", out.paint.bold(out.word(&text::PRINT_FILE)), file.path.display());
        let _ = writeln!(page, "  {}", clean(&file.shown));
    }
    for note in &plan.notes {
        let _ = writeln!(page, "{}", note.say(out.lang));
    }
    let _ = writeln!(page, "{}", out.paint.dim(out.word(&text::PRINT_NOTHING)));
    page
}

/// A word as a POSIX shell reads it.
fn quoted(word: &OsStr) -> String {
    let word = clean(&word.to_string_lossy());
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(harmless) { word } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_words_can_be_pasted() {
        assert_eq!(quoted(OsStr::new("a-b=c")), "a-b=c");
        assert_eq!(quoted(OsStr::new("it's x")), r"'it'\''s x'");
        assert_eq!(quoted(OsStr::new("")), "''");
    }
}
