//! A conversation where the protocol wants two speakers to take turns: the user begins and ends.

use super::context::Context;
use super::field;
use crate::json::Text;

/// What a user says where the protocol demands one who has said nothing.
pub(crate) const CONTINUE: &str = "(continue)";

/// Turns of user and model, alternating. What stands in a turn is the protocol's own.
#[derive(Debug)]
pub(crate) struct Exchange<I> {
    pub(crate) turns: Vec<Spoken<I>>,
}

/// A turn; never without items.
#[derive(Debug)]
pub(crate) struct Spoken<I> {
    pub(crate) by_model: bool,
    pub(crate) items: Vec<I>,
}

impl<I> Exchange<I> {
    pub(crate) fn with_capacity(turns: usize) -> Self {
        Self { turns: Vec::with_capacity(turns + 2) }
    }

    /// Adds to the last turn if it is of the same speaker.
    pub(crate) fn add(&mut self, by_model: bool, mut items: Vec<I>) {
        match self.turns.last_mut() {
            _ if items.is_empty() => {}
            Some(last) if last.by_model == by_model => last.items.append(&mut items),
            _ => self.turns.push(Spoken { by_model, items }),
        }
    }

    /// Lets the user begin and end. A text of the model at the end is a turn of its own to other protocols, to these the
    /// beginning of the answer, which newer models refuse.
    pub(crate) fn frame(&mut self, text: impl Fn(Text<'static>) -> I, cx: &mut Context<'_, '_>) {
        let begins = self.turns.first().is_some_and(|turn| !turn.by_model);
        let ends = self.turns.last().is_none_or(|turn| !turn.by_model);
        let filler = || Spoken { by_model: false, items: vec![text(Text::plain(CONTINUE))] };
        if !begins {
            self.turns.insert(0, filler());
        }
        if !ends {
            self.turns.push(filler());
        }
        if !begins || !ends {
            let field = cx.out.name(field::TURNS);
            cx.out.losses.reworded(field);
        }
    }
}
