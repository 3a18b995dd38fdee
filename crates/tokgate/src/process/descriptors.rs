//! File descriptors: every stream needs two, and the usual soft limit of 1,024 is meant for programs that use `select`.

use std::io;

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept for what is not a client's connection: providers, names, the database, the configuration.
const RESERVE_MIN: u64 = 32;

/// Raises the soft limit to the hard one. Where the system refuses, we live with what there is.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}

/// Descriptors that may be open when a client's connection is taken.
pub fn for_clients() -> u64 {
    share(getrlimit(Resource::Nofile).current)
}

/// Whether something could not be opened because none was left, in this process or on the machine.
pub fn are_exhausted(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}

/// Four fifths of the limit, and at least [`RESERVE_MIN`] less than it where that leaves half.
fn share(limit: Option<u64>) -> u64 {
    limit.map_or(u64::MAX, |limit| limit - (limit / 5).max(RESERVE_MIN).min(limit / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        raise_limit();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }

    #[test]
    fn that_none_is_left_is_told_from_other_failures() {
        let told = [Errno::MFILE, Errno::NFILE, Errno::CONNREFUSED].map(|errno| are_exhausted(&errno.into()));
        assert_eq!((told, are_exhausted(&io::Error::other("x"))), ([true, true, false], false));
    }

    #[test]
    fn a_fifth_of_the_descriptors_is_kept_and_never_less_than_it_takes() {
        let shares = [Some(0), Some(40), Some(64), Some(100), Some(1_024), Some(1_048_576), None].map(share);
        assert_eq!(shares, [0, 20, 32, 68, 820, 838_861, u64::MAX]);
    }
}
