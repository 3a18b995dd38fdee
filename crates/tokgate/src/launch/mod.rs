//! The `launch` part.
