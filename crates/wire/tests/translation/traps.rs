//! Fifty mistakes that other translators made in the field. `traps.toml` names each, where it was met, and the tests
//! that keep it from being made here.

mod list;
mod reasoning;
mod requests;
mod streams;
mod usage;
