//! `stop`: ends the gateway and waits until it is gone.

use std::time::Duration;

use serde_json::json;

use crate::cli::args::Stop;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::i18n::{self, cli as text};
use crate::process::gateway_file::GatewayFile;
use crate::process::lock::Lock;

/// How often the lock is tried. The kernel frees it the moment the process is gone.
const ASK_AGAIN: Duration = Duration::from_millis(50);
/// Time for flushing records after the last stream.
const AFTER_DRAIN: Duration = Duration::from_secs(15);

pub(crate) fn stop(context: &Context<'_>, stop: Stop) -> Result<u8, CliError> {
    let out = &context.out;
    let Some(stopping) = context.admin().stop(stop.now)? else {
        out.say(out.word(&text::STOP_NOT_RUNNING));
        out.json("stop", json!({ "stopped": false }));
        return Ok(exit::DONE);
    };
    if stopping.in_flight > 0 && !stop.now {
        let args: [(&str, &dyn std::fmt::Display); 2] =
            [("count", &stopping.in_flight), ("seconds", &stopping.drain_s)];
        out.say(out.text(&text::STOP_WAITING, &args));
    }
    if let Some(file) = GatewayFile::read(&context.instance().gateway_file()) {
        out.detail(out.text(&text::STOP_WHICH, &[("address", &file.address), ("pid", &file.pid)]));
    }
    let drain = if stop.now { Duration::ZERO } else { Duration::from_secs(stopping.drain_s) };
    wait_until_gone(context, drain + AFTER_DRAIN)?;
    out.say(out.word(&text::STOP_DONE));
    out.json("stop", json!({ "stopped": true }));
    Ok(exit::DONE)
}

fn wait_until_gone(context: &Context<'_>, patience: Duration) -> Result<(), CliError> {
    let lock = context.instance().lock();
    let tries = patience.as_millis() / ASK_AGAIN.as_millis();
    for _ in 0..tries {
        if Lock::try_take(&lock).map_err(|error| CliError::file(&lock, &error))?.is_some() {
            return Ok(());
        }
        std::thread::sleep(ASK_AGAIN);
    }
    let pid = GatewayFile::read(&context.instance().gateway_file()).map(|file| file.pid.to_string());
    let text = Text::new(&i18n::process::NOT_STOPPED).with("pid", pid.unwrap_or_else(|| "?".to_owned()));
    Err(CliError::new("TG209", exit::FAILED, text).at(lock.display()).run("tokgate stop --now"))
}
