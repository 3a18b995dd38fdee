//! What a translation could not carry.

use std::borrow::Cow;

/// Most losses kept of one request: a conversation of thousands of turns loses the same thing in each.
const LOSSES_MAX: usize = 32;

/// One thing that did not get through as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// The field in the client's protocol: `stop_sequences`, `tools[].cache_control`.
    pub field: Cow<'static, str>,
    /// What became of it.
    pub fate: Fate,
    /// How often.
    pub count: u32,
}

/// What became of a thing that could not be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Left out.
    Dropped,
    /// Said in other words: the model still sees it, in another form.
    Reworded,
    /// Moved to the nearest thing there is (an effort the model lacks, a temperature out of range).
    Approximated,
    /// Done here instead of at the provider (stop texts).
    Emulated,
}

impl Fate {
    /// Its name in records and headers.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Reworded => "reworded",
            Self::Approximated => "approximated",
            Self::Emulated => "emulated",
        }
    }
}

/// The losses of one translation, each named once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses(Vec<Loss>);

impl Losses {
    /// Notes one.
    pub fn note(&mut self, field: impl Into<Cow<'static, str>>, fate: Fate) {
        let field = field.into();
        if let Some(known) = self.0.iter_mut().find(|known| known.field == field && known.fate == fate) {
            known.count = known.count.saturating_add(1);
        } else if self.0.len() < LOSSES_MAX {
            self.0.push(Loss { field, fate, count: 1 });
        }
    }

    /// Takes over those of another step.
    pub fn extend(&mut self, other: &Self) {
        for loss in &other.0 {
            self.note(loss.field.clone(), loss.fate);
        }
    }

    /// Tells losses of `usual`, and of what is in it, by another name.
    pub(crate) fn rename(&mut self, usual: &str, own: &str) {
        for loss in &mut self.0 {
            if let Some(inside) = loss.field.strip_prefix(usual).filter(|rest| rest.is_empty() || rest.starts_with('.'))
            {
                loss.field = format!("{own}{inside}").into();
            }
        }
    }

    /// Left out.
    pub fn dropped(&mut self, field: impl Into<Cow<'static, str>>) {
        self.note(field, Fate::Dropped);
    }

    /// Said in other words.
    pub fn reworded(&mut self, field: impl Into<Cow<'static, str>>) {
        self.note(field, Fate::Reworded);
    }

    /// Moved to the nearest.
    pub fn approximated(&mut self, field: impl Into<Cow<'static, str>>) {
        self.note(field, Fate::Approximated);
    }

    /// All, in the order they were met.
    pub fn all(&self) -> &[Loss] {
        &self.0
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
