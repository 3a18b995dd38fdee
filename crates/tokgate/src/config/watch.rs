//! Says when the configuration file changed.
//!
//! Editors and Kubernetes replace a file instead of writing into it, so the *folder* is watched, and that of the file a
//! link points to. Several events in a row are one change: the last one counts. Where the system reports nothing
//! (network folders, no folder yet), the file is looked at from time to time.

use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use notify::{RecursiveMode, Watcher as _};

/// Quiet time after the last event before the file counts as written.
const SETTLE: Duration = Duration::from_millis(200);
/// Events that never stop must not delay the change for ever: 25 × 200 ms.
const SETTLE_ROUNDS: usize = 25;
/// How often the file is looked at when the system reports nothing.
const POLL: Duration = Duration::from_secs(2);
/// How often it is looked at although the system reports: a bind mount can stay silent.
const SAFETY_POLL: Duration = Duration::from_secs(30);

/// Calls back after each change of a file, until it is dropped.
pub struct Watcher {
    wake: Sender<Signal>,
    /// Held for its life: dropping it stops the events.
    _events: Option<notify::RecommendedWatcher>,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.wake.send(Signal::Stop);
    }
}

enum Signal {
    Event,
    Stop,
}

impl Watcher {
    /// Watches `file`, which need not exist yet. `changed` is called on a thread of its own.
    pub fn start(file: &Path, changed: impl FnMut() + Send + 'static) -> Self {
        let (wake, signals) = mpsc::channel();
        let seen = Fingerprint::of(file);
        let events = watch_folders(file, &wake);
        let pause = if events.is_some() { SAFETY_POLL } else { POLL };
        let file = file.to_owned();
        // A thread that cannot be started leaves a watcher that never calls; the gateway runs on without reload.
        let _ = thread::Builder::new()
            .name("config-watch".to_owned())
            .spawn(move || Loop { file, signals, pause, seen, changed }.run());
        Self { wake, _events: events }
    }
}

struct Loop<F> {
    file: PathBuf,
    signals: Receiver<Signal>,
    pause: Duration,
    seen: Fingerprint,
    changed: F,
}

impl<F: FnMut()> Loop<F> {
    fn run(mut self) {
        loop {
            match self.signals.recv_timeout(self.pause) {
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Signal::Event) => {
                    if !self.settle() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Fingerprint::of(&self.file);
            if now != self.seen {
                self.seen = now;
                (self.changed)();
            }
        }
    }

    /// Waits until no event came for a while; `false` to stop.
    fn settle(&self) -> bool {
        for _ in 0..SETTLE_ROUNDS {
            match self.signals.recv_timeout(SETTLE) {
                Ok(Signal::Event) => {}
                Err(RecvTimeoutError::Timeout) => return true,
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        true
    }
}

/// Tells one state of a file from another without reading it. Its mode belongs to it: who may read a file with keys in
/// it decides whether it is taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(Option<(u64, u64, u64, i64, i64, u32)>);

impl Fingerprint {
    pub(crate) fn of(file: &Path) -> Self {
        let facts = |m: Metadata| (m.dev(), m.ino(), m.len(), m.mtime(), m.mtime_nsec(), m.mode());
        Self(std::fs::metadata(file).ok().map(facts))
    }
}

fn watch_folders(file: &Path, wake: &Sender<Signal>) -> Option<notify::RecommendedWatcher> {
    let wake = wake.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let read_only = event.as_ref().is_ok_and(|event| event.kind.is_access());
        if !read_only {
            let _ = wake.send(Signal::Event);
        }
    })
    .ok()?;
    let folder = file.parent()?;
    watcher.watch(folder, RecursiveMode::NonRecursive).ok()?;
    if let Some(target) = file.canonicalize().ok().and_then(|target| target.parent().map(Path::to_owned))
        && target != folder
    {
        // The link's own folder is watched already; without this one the safety poll finds the change.
        let _ = watcher.watch(&target, RecursiveMode::NonRecursive);
    }
    Some(watcher)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Long enough for a loaded machine; the tests end as soon as the call comes.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn watched(file: &Path) -> (Watcher, Receiver<()>) {
        let (call, called) = mpsc::channel();
        let watcher = Watcher::start(file, move || {
            let _ = call.send(());
        });
        (watcher, called)
    }

    #[test]
    fn replacing_writing_and_creating_the_file_are_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let (_watcher, called) = watched(&file);
        std::fs::write(&file, "a").unwrap();
        called.recv_timeout(PATIENCE).unwrap();
        std::fs::write(&file, "bb").unwrap();
        called.recv_timeout(PATIENCE).unwrap();
        let new = folder.path().join("new");
        std::fs::write(&new, "ccc").unwrap();
        std::fs::rename(&new, &file).unwrap();
        called.recv_timeout(PATIENCE).unwrap();
    }

    #[test]
    fn another_mode_is_a_change_as_it_may_be_the_remedy() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "a").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let (_watcher, called) = watched(&file);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        called.recv_timeout(PATIENCE).unwrap();
    }

    #[test]
    fn a_link_that_is_turned_to_another_file_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        std::fs::write(&one, "1").unwrap();
        std::fs::write(&two, "22").unwrap();
        let link = folder.path().join("config.toml");
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let (_watcher, called) = watched(&link);
        let next = folder.path().join("next");
        std::os::unix::fs::symlink(&two, &next).unwrap();
        std::fs::rename(&next, &link).unwrap();
        called.recv_timeout(PATIENCE).unwrap();
    }

    #[test]
    fn a_file_whose_folder_does_not_exist_is_still_watched() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("later/config.toml");
        let (_watcher, called) = watched(&file);
        std::fs::create_dir(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "a").unwrap();
        called.recv_timeout(PATIENCE).unwrap();
    }
}
