//! `version`.

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::error::exit;
use crate::cli::output::Shape;

pub(crate) fn print(context: &Context<'_>) -> u8 {
    let version = env!("CARGO_PKG_VERSION");
    match context.out.shape {
        Shape::Json(_) => context.out.json("version", json!({ "version": version })),
        _ => context.out.data(&format!("tokgate {version}\n")),
    };
    exit::DONE
}
