//! What the gateway process denies to others on this machine: files it makes are private, its memory is not dumped.

use rustix::fs::Mode;

/// Called once when a gateway starts, before it makes any file.
pub fn apply() {
    rustix::process::umask(Mode::from_raw_mode(0o077));
    // Keys are in memory: no core file, no ptrace by the same user's other programs. A kernel that refuses leaves us
    // where we were.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
