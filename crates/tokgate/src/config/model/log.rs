//! `[log]`: what is written down.

use std::time::Duration;

/// `[log]`
#[derive(Debug, Clone)]
pub struct Log {
    /// `error | warn | info | debug | trace`. Default `info`.
    pub level: LogLevel,
    /// `pretty | json`. Default `pretty`.
    pub format: LogFormat,
    /// One line per request. Default true.
    pub access_log: bool,
    /// `keep = { requests = "400d", max_size = "2GiB" }`
    pub keep: LogKeep,
}

/// `log.level`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// `log.format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Pretty,
    /// One object per line.
    Json,
}

/// `log.keep.requests` (`"400d"` or a count such as `10000`) and `log.keep.max_size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogKeep {
    /// Age or count of records kept. Default 400 days.
    pub requests: Retention,
    /// Database size, bytes, above which the oldest records go. Default 2 GiB.
    pub max_size: u64,
}

/// How long records stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// At most this old.
    Age(Duration),
    /// At most this many.
    Count(u64),
}
