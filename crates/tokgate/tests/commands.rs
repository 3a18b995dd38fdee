//! Commands that change something, as people and scripts call them: each test has a home folder of its own, and where
//! one is needed a gateway and simulated providers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "commands/config.rs"]
mod config;
#[path = "commands/descriptors.rs"]
mod descriptors;
#[path = "commands/exit.rs"]
mod exit;
#[path = "commands/health.rs"]
mod health;
#[path = "commands/home.rs"]
mod home;
#[path = "commands/kill.rs"]
mod kill;
#[path = "commands/provider.rs"]
mod provider;
#[path = "commands/queue.rs"]
mod queue;
#[path = "commands/restart.rs"]
mod restart;
#[path = "commands/upstream.rs"]
mod upstream;
