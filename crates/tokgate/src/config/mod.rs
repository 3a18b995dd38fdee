//! Configuration: TOML text in, one validated snapshot out.

pub mod model;
