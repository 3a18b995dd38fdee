//! Proofs about translation, driven through the doors the gateway uses: `convert::request`, `AnswerStream`, `whole`.
//! What is walked here is data in files beside the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod fidelity;
mod fold;
mod fuzz;
mod golden;
mod laws;
mod own;
mod own_answers;
mod pair;
mod provider;
mod raw;
mod refusals;
mod searches;
mod traps;
mod vendors;
