//! Bytes and types of each wire protocol. Pure: no sockets, no clock, no files, no logging.

pub mod adapter;
pub mod anthropic;
pub mod auth;
pub mod client;
pub mod conversation;
pub mod converse;
pub mod count;
pub mod defect;
pub mod downgrade;
mod embedded;
pub mod error;
pub mod eventstream;
pub mod gemini;
pub mod headers;
pub mod json;
pub mod keepalive;
pub mod models;
pub mod openai_chat;
pub mod openai_responses;
pub mod path;
pub mod peek;
pub mod prefer;
pub mod price;
pub mod protocol;
pub mod provenance;
pub mod reply;
pub mod splice;
pub mod sse;
pub mod stream;
pub mod surface;
pub mod translate;
pub mod usage;
pub mod vendor;

#[cfg(test)]
mod test_vectors;
