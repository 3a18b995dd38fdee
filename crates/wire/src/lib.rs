//! Bytes and types of each wire protocol. Pure: no sockets, no clock, no files, no logging.

pub mod protocol;
pub mod usage;
