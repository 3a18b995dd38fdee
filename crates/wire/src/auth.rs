//! How requests prove who sends them, where a plain header with the key is not enough.

pub mod sigv4;
