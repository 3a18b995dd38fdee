//! Ways in which known chat programs give themselves away. One file each and one line here. A preset does nothing by
//! itself: the configuration names it and says what is rewritten.

use super::Detect;

mod cherrystudio;
mod lobechat;
mod opencat;

/// One program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// The name in `[adapter.NAME]`.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// Texts in its `User-Agent`.
    pub user_agents: &'static [&'static str],
    /// Headers it sends, lower case, with their value.
    pub headers: &'static [(&'static str, &'static str)],
}

static ALL: &[&Preset] = &[&cherrystudio::PRESET, &lobechat::PRESET, &opencat::PRESET];

/// All of them, in the order they are listed to people.
pub fn all() -> &'static [&'static Preset] {
    ALL
}

/// The one of this id.
pub fn find(id: &str) -> Option<&'static Preset> {
    ALL.iter().copied().find(|preset| preset.id == id)
}

impl Preset {
    /// How its requests are recognised.
    pub fn detect(&self) -> Detect {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Detect {
            user_agents: self.user_agents.iter().map(|text| (*text).to_owned()).collect(),
            headers: self.headers.iter().map(pair).collect(),
            fields: Vec::new(),
        }
    }
}
