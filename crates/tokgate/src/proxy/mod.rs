//! The `proxy` part.

pub mod accept;
pub mod front;
pub mod host;
pub mod tls;
