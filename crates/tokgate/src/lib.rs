//! tokgate: a gateway between AI coding clients and model providers.
//!
//! This crate is the shell: sockets, files, database, command line. What is decided lives in `tokgate-policy`, what is
//! spoken in `tokgate-wire`. The way of a request is the list of files in [`proxy`].

pub mod clock;
pub mod config;
mod gather;
pub mod i18n;
pub mod machine;
mod patience;
pub mod secret;

pub mod cli;
pub mod gateway;
pub mod launch;
pub mod process;
pub mod proxy;
pub mod store;
pub mod telemetry;
pub mod upstream;
