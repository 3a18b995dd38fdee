//! Every decision of the gateway. Pure: time and randomness are arguments, facts come in plain.
//!
//! [`classify`] says what a failure means, [`engine`] decides what is tried next. Nothing here reads a clock, opens a
//! socket or knows the bytes of a protocol. Time is a `Duration` since any fixed moment, as long as it is always the
//! same one.

pub mod classify;
pub mod engine;
pub mod glob;
pub mod health;
pub mod job;
pub mod memory;
pub mod model_map;
pub mod probe;
pub mod repeats;
pub mod retry_after;

mod absent;
mod backoff;
mod bounded;
mod breaker;
mod budget;
mod candidates;
mod capacity;
mod cooldown;
mod explain;
mod facts;
mod flight;
mod group;
mod jitter;
mod keepers;
mod keys;
mod kind;
mod lacks;
mod outlier;
mod params;
mod profile;
mod refusal;
mod route;
mod select;
mod sizes;
mod snapshot;
mod state;
mod stay;
mod tier;
mod window;
