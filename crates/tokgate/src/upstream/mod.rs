//! The `upstream` part.
