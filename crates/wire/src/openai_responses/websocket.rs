//! Responses over a WebSocket: what a client says in a frame, the request that this stands for over HTTP, what the
//! connection remembers between two requests, and the frames of an answer.
//!
//! A frame is a text with one JSON object. `response.create` is a request; its answer is the `data` of the events that
//! HTTP would send, one frame each. Source: OpenAI's guide "WebSocket mode" and `ResponsesClientEvent` and
//! `ResponsesServerEvent` of its Python SDK 3.52; what Codex reads of it was measured with 0.169.0.

mod answer;
mod client_event;
mod frame;
mod history;

pub use answer::{Answer, Said};
pub use client_event::{Asked, ClientEvent, Create, MEMBERS_MAX, STREAM_ID_MAX, Steer, Unreadable};
pub use frame::{Failure, error, error_of_answer, keepalive, metadata, steer_failed, warmed_up};
pub use history::{BYTES_MAX, History, RESPONSES_MAX, Turn};

#[cfg(test)]
mod tests;
