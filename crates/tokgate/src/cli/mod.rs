//! The `cli` part.
pub mod error;
