//! The neutral model: what is said in every protocol, without being any of them.
//!
//! A superset: each concept of each protocol has a place, the order of parts is kept, and what has no place here is
//! kept as it stands, marked with the protocol it came from. Requests borrow from the body they were read from;
//! answers are a sequence of [`Event`]s, streamed or not.

mod event;
mod loss;
mod part;
mod refused;
mod request;
mod tool;

pub use event::{Citation, End, Event, Finish, Opened, Sink, Supports};
pub use loss::{Fate, Loss, Losses};
pub use part::{Media, Opaque, OpaqueKind, Part, Reasoning, Role, Source, Stands, ToolCall, ToolResult, Turn};
pub use refused::{Impossible, Refused, Why};
pub use request::{Effort, Extra, Format, Identity, Request, Sampling, Thinking, ThinkingMode, Tier, Verbosity};
pub use tool::{Arguments, CallKind, Tool, ToolChoice, ToolKind};
