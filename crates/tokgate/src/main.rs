//! The program: allocator and command line. Everything else is in the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tokgate::cli::main(&tokgate::gateway::serve::Service)
}
