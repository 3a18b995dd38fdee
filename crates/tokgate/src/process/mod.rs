//! The `process` part.
