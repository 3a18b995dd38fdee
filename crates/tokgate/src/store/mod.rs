//! Records on disk: one SQLite file, one writer thread, read-only readers.
//!
//! Traffic never depends on it: a request hands over its record and goes on, whatever the disk does.

pub mod id;
pub mod query;
pub mod record;
pub mod run;
pub mod writer;
