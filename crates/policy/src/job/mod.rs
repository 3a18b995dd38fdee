//! What becomes of a job: a request whose client does not wait for the answer. When it is tried, tried again, given up;
//! what a crash in the middle of a try means.
//!
//! Times are `Duration`s since one fixed moment that outlives the process, such as the Unix epoch.

mod order;
mod state;
mod strategy;

#[cfg(test)]
mod tests;

pub use order::{Priority, next};
pub use state::{Ending, Job, Moved, Settled, State, Terms};
pub use strategy::{Retries, Strategy};
