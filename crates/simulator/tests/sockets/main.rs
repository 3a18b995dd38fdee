//! The simulator over real loopback sockets: every fault does what its sentence says, scripts run in order,
//! the log and the figures are right. No test waits for time to pass; all wait for events.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod client;
mod clouds;
mod faults;
mod http2;
mod program;
mod script;
mod tls;
