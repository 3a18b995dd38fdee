//! Anthropic Messages, to and from the neutral model.

pub mod decode;
pub mod encode;
mod estimate;
mod opaque;
pub mod read;
mod walk;
pub mod write;

pub use estimate::input_estimate;
