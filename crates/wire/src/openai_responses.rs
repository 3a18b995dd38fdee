//! OpenAI Responses, to and from the neutral model, and its WebSocket transport.

pub mod decode;
pub mod encode;
pub mod read;
pub mod websocket;
pub mod write;
