//! The gateway's own log: where lines go, how they look, and that no secret is in them.

pub mod redact;
pub mod rotate;
pub mod sink;
