//! `version`.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::exit;
use crate::cli::output::{Shape, tilde};

pub(crate) fn print(context: &Context<'_>) -> u8 {
    let version = env!("CARGO_PKG_VERSION");
    match context.out.shape {
        Shape::Json(_) => context.out.json("version", json!({ "version": version })),
        _ => context.out.data(&format!("tokgate {version}\n")),
    };
    let program = std::env::current_exe().unwrap_or_default();
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    context.out.detail(format!("{} ({system} {processor})", tilde(&program, context.env.home())));
    exit::DONE
}
