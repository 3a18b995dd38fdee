//! Records on disk: one SQLite file, one writer thread, read-only readers.
//!
//! Traffic never depends on it: a request hands over its record and goes on, whatever the disk does.

mod database;
pub mod format;
pub mod id;
pub mod jobs;
pub mod json;
pub mod query;
mod queue;
pub mod record;
mod retention;
mod row;
pub mod run;
#[cfg(test)]
mod sample;
mod schema;
pub mod show;
pub mod visible;
pub mod why;
pub mod writer;
