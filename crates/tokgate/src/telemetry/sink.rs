//! Where log lines go: stderr or a file, through a bounded buffer and a thread, so that no request waits for a
//! terminal or a disk.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::telemetry::rotate::RotatingFile;

/// Bytes that wait at most: a terminal that stands still (Ctrl-S) loses lines beyond this.
const BUFFER_MAX: usize = 1 << 20;
/// How long [`Sink::flush`] waits for a terminal or disk that does not move.
const FLUSH_MAX: Duration = Duration::from_secs(1);

/// The log; cheap to clone. When the last clone goes, what waits is still written.
#[derive(Clone)]
pub struct Sink(Arc<Handle>);

struct Handle(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    thread: Condvar,
    waiters: Condvar,
}

#[derive(Default)]
struct State {
    buffer: Vec<u8>,
    lost_lines: u64,
    writing: bool,
    ended: bool,
}

impl Sink {
    /// Lines go to stderr.
    pub fn stderr() -> io::Result<Self> {
        Self::to(io::stderr())
    }

    /// Lines go to this file, which is rotated by size.
    pub fn file(path: &Path) -> io::Result<Self> {
        Self::to(RotatingFile::open(path)?)
    }

    /// Lines go there, in blocks.
    pub fn to(output: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("tokgate-log".to_owned()).spawn(move || theirs.write_out(output))?;
        Ok(Self(Arc::new(Handle(shared))))
    }

    /// Adds whole lines. Never blocks; lines that find no room are counted, and the log says how many.
    pub fn write(&self, lines: &str) {
        if lines.is_empty() {
            return;
        }
        let shared = &*self.0.0;
        let mut state = shared.state.lock();
        if state.buffer.len() + lines.len() > BUFFER_MAX {
            state.lost_lines += lines.matches('\n').count() as u64;
            return;
        }
        let wake = state.buffer.is_empty();
        state.buffer.extend_from_slice(lines.as_bytes());
        drop(state);
        if wake {
            shared.thread.notify_one();
        }
    }

    /// Waits, at most a second, until everything is written.
    pub fn flush(&self) {
        let shared = &*self.0.0;
        let mut state = shared.state.lock();
        let waits = |state: &mut State| state.writing || !state.buffer.is_empty();
        shared.waiters.wait_while_for(&mut state, waits, FLUSH_MAX);
    }
}

impl Shared {
    fn write_out(&self, mut output: impl Write) {
        let mut block = Vec::new();
        loop {
            let mut state = self.state.lock();
            state.writing = false;
            self.waiters.notify_all();
            self.thread.wait_while(&mut state, |state| state.buffer.is_empty() && !state.ended);
            if state.buffer.is_empty() {
                return;
            }
            std::mem::swap(&mut state.buffer, &mut block);
            state.writing = true;
            let lost = std::mem::take(&mut state.lost_lines);
            drop(state);
            if lost > 0 {
                block.extend_from_slice(format!("({lost} log lines lost: the log could not be written)\n").as_bytes());
            }
            // Nobody can be told that the log is gone, and requests must go on.
            let _ = output.write_all(&block).and_then(|()| output.flush());
            block.clear();
            block.shrink_to(64 << 10);
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state.lock().ended = true;
        self.0.thread.notify_one();
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}
