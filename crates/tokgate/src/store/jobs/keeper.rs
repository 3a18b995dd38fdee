//! The thread that has the file open. A file that turns out to be damaged is put aside at once, not only at the next
//! start: in it no job is found again, and none could be stored.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::seal::Seal;
use super::{Base, JobRow, JobsError, Places};
use crate::clock;
use crate::i18n::{Text, jobs as text, queue};

/// Damaged files put aside by one process; with more the disk itself is broken, and its copies would fill it.
const ASIDE_MAX: u32 = 3;

/// What an ask met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// Nothing that is the file's fault.
    Nothing,
    /// The file is damaged.
    Damage,
}

/// Something to do with the file.
pub(super) type Ask = Box<dyn FnOnce(&mut Base) -> Met + Send>;

/// The open file, and what becomes of a damaged one.
#[derive(Debug)]
pub(super) struct Keeper {
    places: Places,
    /// `None`: it could not be opened again; that is tried at every ask.
    base: Option<Base>,
    put_aside: u32,
    problem: Arc<Mutex<Option<Text>>>,
}

impl Keeper {
    /// Opens the file, and makes it when there is none. Returns the jobs that are not over.
    pub(super) fn open(places: &Places, unix_ms: u64) -> Result<(Self, Vec<JobRow>), JobsError> {
        let mut keeper = Self { places: places.clone(), base: None, put_aside: 0, problem: Arc::default() };
        let (base, live) = match open(places, unix_ms) {
            Err(error) if error.is_damage() => {
                keeper.put_aside(unix_ms)?;
                open(places, unix_ms)?
            }
            opened => opened?,
        };
        keeper.base = Some(base);
        Ok((keeper, live))
    }

    /// Where it says what is wrong.
    pub(super) fn problem(&self) -> Arc<Mutex<Option<Text>>> {
        Arc::clone(&self.problem)
    }

    /// Does what is asked until nobody can ask any more.
    pub(super) fn serve(mut self, mut asked: mpsc::Receiver<Ask>) {
        while let Some(ask) = asked.blocking_recv() {
            if self.base.is_none() {
                self.reopen(clock::unix_ms());
            }
            // An ask that is dropped is told that the store is away.
            let met = self.base.as_mut().map(ask);
            if met == Some(Met::Damage) && self.put_aside < ASIDE_MAX {
                self.renew(clock::unix_ms());
            }
        }
    }

    fn renew(&mut self, unix_ms: u64) {
        // Closed before it is moved: closing removes a log by its name, which would be that of the new file.
        self.base = None;
        match self.put_aside(unix_ms) {
            Ok(()) => self.reopen(unix_ms),
            Err(error) => self.unusable(&error),
        }
    }

    fn reopen(&mut self, unix_ms: u64) {
        match open(&self.places, unix_ms) {
            Ok((base, _)) => self.base = Some(base),
            Err(error) => self.unusable(&error),
        }
    }

    fn put_aside(&mut self, unix_ms: u64) -> Result<(), JobsError> {
        self.put_aside += 1;
        let path = &self.places.database;
        let aside = crate::store::schema::move_aside(path, unix_ms)?;
        let text = Text::new(&text::DAMAGED).with("path", path.display()).with("aside", aside.display());
        tracing::error!(code = "TG602", "{text}");
        *self.problem.lock() = Some(text);
        Ok(())
    }

    fn unusable(&self, error: &JobsError) {
        tracing::error!(code = "TG609", %error, "the job file cannot be used");
        *self.problem.lock() = Some(unusable(error));
    }
}

/// The job store cannot be used, and why.
pub fn unusable(error: &JobsError) -> Text {
    Text::new(&queue::STORE_FAILED).with_words("error", error.text())
}

fn open(places: &Places, unix_ms: u64) -> Result<(Base, Vec<JobRow>), JobsError> {
    let mut base = Base::open(&places.database, Seal::load_or_make(&places.seal)?)?;
    base.recover(unix_ms)?;
    let live = base.live()?;
    Ok((base, live))
}
