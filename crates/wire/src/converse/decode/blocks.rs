//! Blocks of an answer. Only calls have a beginning of their own, and indices may have gaps; parts have none.

use std::collections::BTreeMap;

use super::frame::Piece;
use crate::conversation::{CallKind, Event, Opened, Sink};
use crate::json::Text;
use crate::translate::{Plan, functions};

use super::super::signature::{Sort, marked};

/// Most blocks that are open at once; a provider that opens more is broken.
const OPEN_MAX: usize = 1024;

/// The blocks that are open, by the provider's index.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: BTreeMap<u64, Block>,
    /// How many parts there were.
    parts: u32,
    called: bool,
}

#[derive(Debug)]
struct Block {
    part: u32,
    holds: Holds,
}

#[derive(Debug)]
enum Holds {
    Text,
    /// What was opaque in it so far.
    Reasoning(String, Sort),
    Call {
        input: String,
        /// Its input stands in an object, and is taken out when that is whole.
        wrapped: bool,
    },
}

impl Blocks {
    /// Takes a piece of the block at `index`.
    pub(super) fn take(&mut self, index: u64, piece: Piece<'_>, plan: &Plan, to: &mut impl Sink) {
        match piece {
            Piece::Text(text) if text.is_empty() => {}
            Piece::Text(text) => {
                if let Some(Block { part, .. }) = self.block(index, Wanted::Text, to) {
                    to.event(Event::Text { part: *part, text });
                }
            }
            Piece::Thought(text) if text.is_empty() => {}
            Piece::Thought(text) => {
                if let Some(Block { part, .. }) = self.block(index, Wanted::Reasoning(Sort::Signature), to) {
                    to.event(Event::Text { part: *part, text });
                }
            }
            Piece::Signature(data) => self.keep(index, Sort::Signature, &data, to),
            Piece::Redacted(data) => self.keep(index, Sort::Redacted, &data, to),
            Piece::Call { id, name } => self.call(index, id, &name, plan, to),
            Piece::Input(text) => self.input(index, text, to),
        }
    }

    /// The block at `index` is over. A call whose input is not whole stays open until the end says why.
    pub(super) fn stop(&mut self, index: u64, to: &mut impl Sink) {
        let whole = |block: &Block| match &block.holds {
            Holds::Call { input, .. } => input.trim().is_empty() || functions::is_object(input),
            Holds::Text | Holds::Reasoning(..) => true,
        };
        if self.open.get(&index).is_some_and(whole)
            && let Some(block) = self.open.remove(&index)
        {
            block.close(to);
        }
    }

    /// Whether a call is open whose input has begun and is not whole.
    pub(super) fn has_cut_call(&self) -> bool {
        self.open.values().any(|block| match &block.holds {
            Holds::Call { input, .. } => !input.trim().is_empty() && !functions::is_object(input),
            Holds::Text | Holds::Reasoning(..) => false,
        })
    }

    /// The answer is over. With `cut_off`, calls that are not whole stay open.
    pub(super) fn end(&mut self, cut_off: bool, to: &mut impl Sink) {
        let mut left: Vec<u64> = self.open.keys().copied().collect();
        left.drain(..).for_each(|index| self.stop(index, to));
        if !cut_off {
            std::mem::take(&mut self.open).into_values().for_each(|block| block.close(to));
        }
    }

    pub(super) const fn called(&self) -> bool {
        self.called
    }

    /// The open block at `index`, begun if it is none of this sort.
    fn block(&mut self, index: u64, wanted: Wanted, to: &mut impl Sink) -> Option<&mut Block> {
        let fits = self.open.get(&index).is_some_and(|block| wanted.fits(&block.holds));
        if !fits {
            self.stop(index, to);
            let what = match wanted {
                Wanted::Text => Opened::Text,
                Wanted::Reasoning(_) => Opened::Reasoning { id: None },
            };
            let holds = match wanted {
                Wanted::Text => Holds::Text,
                Wanted::Reasoning(sort) => Holds::Reasoning(String::new(), sort),
            };
            self.begin(index, what, holds, to);
        }
        self.open.get_mut(&index).filter(|block| wanted.fits(&block.holds))
    }

    fn begin(&mut self, index: u64, what: Opened<'_>, holds: Holds, to: &mut impl Sink) {
        if self.open.len() >= OPEN_MAX || self.open.contains_key(&index) {
            return;
        }
        let part = self.parts;
        self.parts = self.parts.saturating_add(1);
        self.open.insert(index, Block { part, holds });
        to.event(Event::Open { part, what });
    }

    /// Opaque data of one block may come in pieces; that of two blocks is never put together.
    fn keep(&mut self, index: u64, sort: Sort, data: &Text<'_>, to: &mut impl Sink) {
        if data.is_empty() {
            return;
        }
        if let Some(Block { holds: Holds::Reasoning(kept, _), .. }) = self.block(index, Wanted::Reasoning(sort), to) {
            kept.push_str(&data.decoded());
        }
    }

    fn call(&mut self, index: u64, id: Text<'_>, name: &Text<'_>, plan: &Plan, to: &mut impl Sink) {
        self.stop(index, to);
        self.called = true;
        let sent = name.decoded();
        let kind = plan.form(&sent);
        // What was put in front of the name stays there: only the client's protocol may know it as a namespace.
        let name = Text::from(plan.names.tool_back(&sent));
        let holds = Holds::Call { input: String::new(), wrapped: kind == CallKind::Freeform };
        self.begin(index, Opened::ToolCall { id, name, namespace: None, kind }, holds, to);
    }

    fn input(&mut self, index: u64, text: Text<'_>, to: &mut impl Sink) {
        if text.is_empty() {
            return;
        }
        if let Some(Block { part, holds: Holds::Call { input, wrapped } }) = self.open.get_mut(&index) {
            input.push_str(&text.decoded());
            if !*wrapped {
                to.event(Event::Arguments { part: *part, text });
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Reasoning(Sort),
}

impl Wanted {
    fn fits(self, holds: &Holds) -> bool {
        match (self, holds) {
            (Self::Text, Holds::Text) => true,
            (Self::Reasoning(sort), Holds::Reasoning(_, held)) => sort == *held,
            _ => false,
        }
    }
}

impl Block {
    fn close(self, to: &mut impl Sink) {
        let part = self.part;
        match self.holds {
            Holds::Text => {}
            Holds::Reasoning(data, sort) => {
                if !data.is_empty() {
                    to.event(Event::Opaque { part, data: marked(sort, &data).into() });
                }
            }
            Holds::Call { input, wrapped: true } => {
                let text = functions::input(&input);
                if !text.is_empty() {
                    to.event(Event::Arguments { part, text });
                }
            }
            Holds::Call { input, .. } if input.trim().is_empty() => {
                to.event(Event::Arguments { part, text: Text::plain("{}") });
            }
            Holds::Call { .. } => {}
        }
        to.event(Event::Close { part });
    }
}
