//! The `proxy` part.
