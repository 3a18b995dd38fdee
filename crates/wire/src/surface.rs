//! Surfaces: where a cloud puts a protocol's calls, and what it wants changed about them. The protocols themselves stay
//! what they are; a surface is a path, a query and a few edits.

pub mod azure;
pub mod bedrock;
