//! Bytes and types of each wire protocol. Pure: no sockets, no clock, no files, no logging.

pub mod client;
pub mod error;
pub mod headers;
pub mod keepalive;
pub mod models;
pub mod path;
pub mod peek;
pub mod protocol;
pub mod reply;
pub mod sse;
pub mod stream;
pub mod usage;
pub mod vendor;
