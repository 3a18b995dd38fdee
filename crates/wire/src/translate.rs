//! Translation: any client with any provider.
//!
//! A request is read into the neutral model, goes through the passes that need to see all of it, and is written in the
//! provider's protocol; its answer comes back as neutral events. Per protocol there is one reader and one writer of
//! requests, one decoder and one encoder of answers. Nothing here knows a vendor by name: what differs between
//! providers of one protocol is a fact in [`Dialect`].

pub mod answer;
pub(crate) mod arguments;
pub mod carrier;
pub mod compaction;
pub(crate) mod context;
pub mod convert;
pub mod dialect;
pub mod effort;
pub(crate) mod exchange;
pub(crate) mod field;
pub(crate) mod functions;
pub mod ids;
pub(crate) mod logprobs;
pub mod names;
pub(crate) mod own;
pub mod pairing;
pub(crate) mod pieces;
pub mod plan;
pub mod recall;
pub(crate) mod said;
pub mod schema;
pub mod sequencer;
pub mod stop;
pub(crate) mod typed;
pub(crate) mod web_search;

pub use answer::AnswerStream;
pub use dialect::Dialect;
pub use plan::{Outgoing, Plan};
