//! Bedrock's Converse: requests from the neutral model, answers to it. Only providers speak it.

pub mod decode;
mod model;
mod signature;
pub mod write;
