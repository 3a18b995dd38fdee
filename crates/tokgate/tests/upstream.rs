//! The upstream side against small servers made for each test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

#[path = "upstream/descriptors.rs"]
mod descriptors;
#[path = "upstream/http1.rs"]
mod http1;
#[path = "upstream/http2.rs"]
mod http2;
#[path = "upstream/names.rs"]
mod names;
#[path = "upstream/proxies.rs"]
mod proxies;
#[path = "upstream/support.rs"]
mod support;
#[path = "upstream/tls.rs"]
mod tls;
