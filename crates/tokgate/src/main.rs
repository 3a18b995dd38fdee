//! The program: allocator and command line. Everything else is in the library.

use std::process::ExitCode;

use tokgate::cli::error::{CliError, exit};
use tokgate::cli::gateway::{Gateway, Serving, Start};
use tokgate::config::model::SecretRef;
use tokgate::secret::Secret;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Holds the place of the running part until it is joined.
struct NotBuilt;

impl NotBuilt {
    fn error() -> CliError {
        CliError::new("TG210", exit::FAILED, &tokgate::i18n::cli::NOT_BUILT).at("tokgate").run("tokgate version")
    }
}

impl Gateway for NotBuilt {
    fn serve(&self, _start: Start) -> Serving<'_> {
        Box::pin(async { Err(Self::error()) })
    }

    fn resolve(&self, reference: &SecretRef) -> Result<Secret, CliError> {
        match reference {
            SecretRef::Literal(secret) => Ok(secret.clone()),
            _ => Err(Self::error()),
        }
    }
}

fn main() -> ExitCode {
    tokgate::cli::main(&NotBuilt)
}
