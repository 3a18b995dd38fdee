//! Fields that go, and Chat's field for the longest answer, which has two names.

use super::lack::{Lack, Lacks, Node};
use crate::conversation::Losses;
use crate::json::{Fault, Kind, Outline, Reader};
use crate::splice::{Edits, Elements};

/// Takes out every field that `lacks` names, and those of the top level that have `gone` already been reported.
pub(super) fn cut(outline: &Outline<'_>, lacks: &Lacks, gone: &[&str], edits: &mut Edits, losses: &mut Losses) {
    if lacks.fields.members.is_empty() && gone.is_empty() {
        return;
    }
    // All at once: commas belong to neighbours.
    outline.cut(edits, |member| {
        if gone.contains(&member.name) {
            return true;
        }
        let goes = lacks.fields.member(member.name).and_then(|node| node.goes.as_deref());
        if let Some(path) = goes {
            losses.dropped(path.to_owned());
        }
        goes.is_some()
    });
    for member in &outline.members {
        let Some(node) = lacks.fields.member(member.name).filter(|node| node.goes.is_none()) else { continue };
        let text = outline.text.get(member.value.clone()).unwrap_or_default();
        let mut found = Edits::default();
        let mut walk = Walk { base: member.value.start, edits: &mut found, losses };
        // What is no JSON is left to the provider, which says so.
        if walk.value(&mut Reader::new(text), node).is_ok() {
            edits.extend(found);
        }
    }
}

/// A walk through a nested value.
struct Walk<'w> {
    /// Where the value begins in the body.
    base: usize,
    edits: &'w mut Edits,
    losses: &'w mut Losses,
}

impl Walk<'_> {
    fn value(&mut self, reader: &mut Reader<'_>, node: &Node) -> Result<(), Fault> {
        match (reader.kind()?, &node.each) {
            (Kind::Object, _) if !node.members.is_empty() => self.object(reader, node),
            (Kind::Array, Some(each)) => reader.array(|reader| self.value(reader, each)),
            _ => reader.raw().map(drop),
        }
    }

    fn object(&mut self, reader: &mut Reader<'_>, node: &Node) -> Result<(), Fault> {
        let mut list = Elements::default();
        let walked: Result<(), Fault> = reader.object(|name, reader| {
            let start = self.base + reader.place_of(name) - 1;
            let known = node.member(name);
            match known.and_then(|node| node.goes.as_deref()) {
                Some(path) => {
                    reader.raw()?;
                    self.losses.dropped(path.to_owned());
                    list.push(start..self.base + reader.offset(), true);
                }
                None => {
                    match known {
                        Some(node) => self.value(reader, node)?,
                        None => drop(reader.raw()?),
                    }
                    list.push(start..self.base + reader.offset(), false);
                }
            }
            Ok(())
        });
        walked?;
        self.edits.remove(&list);
        Ok(())
    }
}

/// Renames Chat's limit for the answer to the name the provider knows; the field that has to go where that is there too.
pub(super) fn rename_limit(
    outline: &Outline<'_>,
    lacks: &Lacks,
    edits: &mut Edits,
    losses: &mut Losses,
) -> Option<&'static str> {
    let names = [
        (Lack::MaxCompletionTokens, "max_completion_tokens", "max_tokens"),
        (Lack::MaxTokens, "max_tokens", "max_completion_tokens"),
    ];
    let (_, from, to) = names.into_iter().find(|(lack, ..)| lacks.has(lack))?;
    let member = outline.member(from)?;
    losses.reworded(from);
    if outline.member(to).is_some() {
        return Some(from);
    }
    edits.replace(member.key.clone(), format!("\"{to}\""));
    None
}
