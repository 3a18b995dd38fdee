//! Anthropic Messages, to and from the neutral model.

pub mod decode;
pub mod encode;
pub mod read;
pub mod write;
