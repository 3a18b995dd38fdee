//! Commands that change something, as people and scripts call them: each test has a home folder of its own, and where
//! one is needed a gateway and simulated providers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "commands/config.rs"]
mod config;
#[path = "commands/home.rs"]
mod home;
#[path = "commands/provider.rs"]
mod provider;
#[path = "commands/restart.rs"]
mod restart;
