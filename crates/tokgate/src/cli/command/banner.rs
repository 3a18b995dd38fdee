//! The block that `up` prints when the gateway is ready: what was found, where it is, what to do next.

use std::fmt::Write as _;

use crate::cli::context::Context;
use crate::cli::output::{clean, pad, tilde};
use crate::config::Loaded;
use crate::config::model::{LocalKey, ProviderKind};
use crate::i18n::{Message, cli as text};
use crate::process::admin::Status;
use crate::process::local_key;

/// Column of the values; wide enough for the longest label in both languages.
const LABEL_CELLS: usize = 13;
/// What every address of ours speaks.
const PROTOCOLS: &str = "Anthropic Messages · OpenAI Chat · OpenAI Responses";

/// The block, without its last line.
pub(crate) fn block(context: &Context<'_>, loaded: &Loaded, status: &Status, background: bool) -> String {
    let out = &context.out;
    let mut page = format!("{}\n\n", out.paint.bold(format!("tokgate {}", status.version)));
    let mut line = |label: Option<&Message>, value: &str| {
        let label = pad(label.map_or("", |label| label.raw(out.lang)), LABEL_CELLS);
        let _ = writeln!(page, "  {}{value}", out.paint.bold(label));
    };
    found(context, loaded, &mut line);
    line(Some(&text::UP_GATEWAY), &format!("{}     {PROTOCOLS}", status.address));
    for address in &status.also {
        line(None, address);
    }
    line(Some(&text::UP_LOCAL_KEY), &key_hint(context, loaded));
    let config = match &loaded.file {
        Some(path) => tilde(path, context.env.home()),
        None => out.text(&text::NO_CONFIG_FILE, &[("path", &context.config_path())]),
    };
    line(Some(&text::STATUS_CONFIG), &config);
    for note in &loaded.notes {
        line(Some(&text::NOTE), &clean(&note.text(out.lang)));
    }
    page.push('\n');
    let commands = if background { &text::UP_TRY_LINE_HERE } else { &text::UP_TRY_LINE };
    let label = out.paint.bold(pad(out.word(&text::UP_TRY), LABEL_CELLS));
    let _ = writeln!(page, "  {label}{}\n", out.word(commands));
    page
}

/// The last line: how long it took and how it ends.
pub(crate) fn ready(context: &Context<'_>, status: &Status, background: bool) -> String {
    let ms = (crate::clock::now() - context.started).as_millis();
    let line = if background {
        context.out.text(&text::UP_READY_BACKGROUND, &[("ms", &ms), ("pid", &status.pid)])
    } else {
        context.out.text(&text::UP_READY, &[("ms", &ms)])
    };
    format!("  {line}\n")
}

fn found(context: &Context<'_>, loaded: &Loaded, line: &mut impl FnMut(Option<&Message>, &str)) {
    let out = &context.out;
    for (index, key) in loaded.found_in_env.iter().enumerate() {
        let args: [(&str, &dyn std::fmt::Display); 3] =
            [("variable", &key.variable), ("provider", &key.provider), ("preset", &key.preset)];
        line((index == 0).then_some(&text::UP_FOUND), &out.text(&text::UP_FOUND_LINE, &args));
    }
    if only_practice(loaded) && loaded.file.is_none() {
        line(Some(&text::UP_LOOKED), &out.text(&text::UP_LOOKED_LINE, &[("path", &context.config_path())]));
        line(Some(&text::UP_SO), out.word(&text::UP_SO_LINE));
        line(None, out.word(&text::UP_SO_NEXT));
    } else if only_practice(loaded) {
        line(Some(&text::UP_SO), out.word(&text::UP_SO_LINE));
    }
}

/// Whether no real provider can be asked.
fn only_practice(loaded: &Loaded) -> bool {
    let mut enabled = loaded.config.providers.iter().filter(|provider| provider.enabled);
    enabled.all(|provider| matches!(provider.kind, ProviderKind::Simulated(_)))
}

/// Where the local key comes from.
pub(crate) fn key_hint(context: &Context<'_>, loaded: &Loaded) -> String {
    let out = &context.out;
    match loaded.config.server.local_key {
        LocalKey::Auto => {
            let path = tilde(&local_key::path(&context.paths), context.env.home());
            out.text(&text::UP_LOCAL_KEY_AUTO, &[("path", &path)])
        }
        LocalKey::Given(_) => out.word(&text::UP_LOCAL_KEY_GIVEN).to_owned(),
        LocalKey::Off => out.paint.yellow(out.word(&text::UP_LOCAL_KEY_OFF)),
    }
}
