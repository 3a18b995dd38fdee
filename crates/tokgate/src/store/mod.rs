//! Records on disk.

pub mod record;
