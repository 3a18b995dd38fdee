//! `Prefer` (RFC 7240): what a client would like, and the two wishes that are known here. Whatever else is wished for is
//! passed over, as the RFC says.

use std::time::Duration;

/// Longest wait for a job's answer: proxies between cut connections that are silent for longer.
pub const WAIT_MAX: Duration = Duration::from_secs(50);

/// The wishes of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prefer {
    /// `respond-async`: answer at once, work later.
    pub respond_async: bool,
    /// `wait=N`: but wait so long for the answer. Of a job no longer than [`WAIT_MAX`].
    pub wait: Option<Duration>,
}

/// Reads the values of all `prefer` headers. Of a wish that comes twice the first holds.
pub fn read<'a>(values: impl Iterator<Item = &'a str>) -> Prefer {
    let mut prefer = Prefer::default();
    for wish in values.flat_map(|value| value.split(',')) {
        let wish = wish.split(';').next().unwrap_or_default();
        let (name, value) = wish.split_once('=').unwrap_or((wish, ""));
        let (name, value) = (name.trim(), value.trim().trim_matches('"'));
        if name.eq_ignore_ascii_case("respond-async") {
            prefer.respond_async = true;
        } else if name.eq_ignore_ascii_case("wait") && prefer.wait.is_none() {
            prefer.wait = value.parse().ok().map(Duration::from_secs);
        }
    }
    prefer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_found_in_every_way_of_writing_them() {
        let both = Prefer { respond_async: true, wait: Some(Duration::from_secs(10)) };
        assert_eq!(read(["respond-async, wait=10"].into_iter()), both);
        assert_eq!(read(["Wait=\"10\"; x", " RESPOND-ASYNC ; foo=1"].into_iter()), both);
        assert_eq!(read(["wait=10,wait=20,respond-async"].into_iter()), both);
        assert_eq!(read(["return=minimal", "wait=soon", ""].into_iter()), Prefer::default());
        assert_eq!(read(["wait=99999"].into_iter()).wait, Some(Duration::from_secs(99_999)));
        assert!(!read(["respond-asynchronously"].into_iter()).respond_async);
    }
}
