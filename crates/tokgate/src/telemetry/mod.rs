//! The `telemetry` part.
