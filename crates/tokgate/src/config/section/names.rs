//! Names of the elements of a list: commands mean one by its name, so no two have the same.

use std::collections::BTreeMap;

use crate::config::problem::Place;
use crate::config::reader::Section;
use crate::config::rules;

/// The names so far, with their places.
#[derive(Debug, Default)]
pub(super) struct Names<'a>(BTreeMap<&'a str, Place>);

impl<'a> Names<'a> {
    /// The name of an element, when it has one. The same again is refused.
    pub(super) fn take(&mut self, section: &Section<'a>) -> Option<&'a str> {
        let field = section.field("name")?;
        let name = field.text()?;
        match self.0.get(name) {
            Some(first) => {
                let error = field.error(&rules::DUPLICATE).with("name", name).and(first.clone());
                field.reader().error(error);
            }
            None => {
                self.0.insert(name, field.place().clone());
            }
        }
        Some(name)
    }
}
