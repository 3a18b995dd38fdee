//! The conversation: which turns become messages, and of which role.

use super::block::{Block, Pen};
use crate::conversation::{Part, Refused, Role, Turn};
use crate::json::{Text, Writer};
use crate::translate::Outgoing;
use crate::translate::exchange::CONTINUE;
use crate::translate::field;

/// How Claude Code's attribution begins: it changes with every request and defeats caches.
const ATTRIBUTION: &str = "x-anthropic-billing-header:";

/// A conversation as the protocol wants it.
pub(super) struct Conversation<'r, 'a> {
    /// `system`
    pub(super) system: Vec<Block<'r, 'a>>,
    /// `messages`: begins and ends with the user, roles alternate but for instructions in between.
    pub(super) messages: Vec<Message<'r, 'a>>,
}

/// A message; never without blocks.
pub(super) struct Message<'r, 'a> {
    pub(super) speaker: Speaker,
    pub(super) blocks: Vec<Block<'r, 'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    User,
    Assistant,
    System,
}

impl Speaker {
    const fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }
}

impl<'r, 'a> Conversation<'r, 'a> {
    /// Arranges turns that are paired already.
    pub(super) fn arrange(turns: &'r [Turn<'a>], out: &mut Outgoing<'_>) -> Result<Self, Refused> {
        let mut conversation = Self { system: Vec::new(), messages: Vec::with_capacity(turns.len() + 1) };
        for turn in turns {
            note_extras(turn, out);
            match turn.role {
                Role::System | Role::Developer => conversation.instructions(turn, out),
                Role::User => conversation.said(Speaker::User, turn, out)?,
                Role::Assistant => conversation.said(Speaker::Assistant, turn, out)?,
            }
        }
        conversation.frame(out);
        Ok(conversation)
    }

    /// Whether the client has set cache breakpoints.
    pub(super) fn is_marked(&self) -> bool {
        let said = self.messages.iter().flat_map(|message| &message.blocks);
        self.system.iter().chain(said).any(|block| block.cache().is_some())
    }

    /// Whether the last turn of the model calls tools without the reasoning that led to it.
    pub(super) fn lost_thinking(&self) -> bool {
        let last = self.messages.iter().rfind(|message| message.speaker == Speaker::Assistant);
        last.is_some_and(|message| {
            let calls = message.blocks.iter().any(|block| matches!(block, Block::Call(_)));
            calls && !matches!(message.blocks.first(), Some(Block::Thinking { .. } | Block::Redacted(_)))
        })
    }

    fn instructions(&mut self, turn: &'r Turn<'a>, out: &mut Outgoing<'_>) {
        let leading = self.messages.is_empty();
        let inline = !leading && !out.dialect.system_anywhere;
        let mut blocks = Vec::with_capacity(turn.parts.len());
        for part in &turn.parts {
            match part {
                Part::Text { text, .. } if text.is_blank() => {}
                Part::Text { text, .. } if leading && out.dialect.strip_attribution && is_attribution(text) => {}
                Part::Text { text, .. } if inline => blocks.push(Block::Instruction(text)),
                Part::Text { text, cache, .. } => blocks.push(Block::Text { text, cache: *cache }),
                _ => out.losses.dropped(out.content(field::IMAGE)),
            }
        }
        if leading {
            self.system.append(&mut blocks);
        } else if inline {
            self.add(Speaker::User, blocks);
        } else {
            self.add(Speaker::System, blocks);
        }
    }

    /// The message of one turn that stands between others.
    pub(super) fn of_turn(turn: &'r Turn<'a>, out: &mut Outgoing<'_>) -> Result<Self, Refused> {
        let mut conversation = Self { system: Vec::new(), messages: Vec::with_capacity(1) };
        note_extras(turn, out);
        match turn.role {
            Role::System | Role::Developer => {
                conversation.instructions(turn, out);
                let blocks = std::mem::take(&mut conversation.system);
                conversation.add(Speaker::System, blocks);
            }
            Role::User => conversation.said(Speaker::User, turn, out)?,
            Role::Assistant => conversation.said(Speaker::Assistant, turn, out)?,
        }
        Ok(conversation)
    }

    fn said(&mut self, speaker: Speaker, turn: &'r Turn<'a>, out: &mut Outgoing<'_>) -> Result<(), Refused> {
        let mut blocks = Vec::with_capacity(turn.parts.len());
        for part in &turn.parts {
            Block::of(part, out, &mut blocks)?;
        }
        self.add(speaker, blocks);
        Ok(())
    }

    /// Adds to the last message if that is the same speaker's.
    fn add(&mut self, speaker: Speaker, mut blocks: Vec<Block<'r, 'a>>) {
        match self.messages.last_mut() {
            _ if blocks.is_empty() => {}
            Some(last) if last.speaker == speaker => last.blocks.append(&mut blocks),
            _ => self.messages.push(Message { speaker, blocks }),
        }
    }

    /// The user speaks first, and the model never last: to other protocols that is a turn of its own, to this one the
    /// beginning of the answer, which newer models refuse.
    fn frame(&mut self, out: &mut Outgoing<'_>) {
        let begins = self.messages.first().is_some_and(|message| message.speaker == Speaker::User);
        let ends = self.messages.last().is_none_or(|message| message.speaker != Speaker::Assistant);
        let filler = || Message { speaker: Speaker::User, blocks: vec![Block::Said(Text::plain(CONTINUE))] };
        if !begins {
            self.messages.insert(0, filler());
        }
        if !ends {
            self.messages.push(filler());
        }
        if !begins || !ends {
            out.losses.reworded(out.name(field::TURNS));
        }
    }
}

/// What of a turn has no place in a message.
fn note_extras(turn: &Turn<'_>, out: &mut Outgoing<'_>) {
    for extra in &turn.extra {
        out.losses.dropped(format!("{}.{}", out.name(field::TURN), extra.name));
    }
}

/// Looks at the beginning only, escapes or not: the mark has none.
fn is_attribution(text: &Text<'_>) -> bool {
    match text {
        Text::Json(text) => text.starts_with(ATTRIBUTION),
        Text::Plain(text) => text.starts_with(ATTRIBUTION),
    }
}

/// Writes `system`.
pub(super) fn write_system(writer: &mut Writer, blocks: &[Block<'_, '_>], pen: &mut Pen<'_, '_>) {
    if blocks.is_empty() {
        return;
    }
    writer.key("system").array(|writer| {
        for (at, block) in blocks.iter().enumerate() {
            let cache = pen.marks.stable(block.cache(), at + 1 == blocks.len());
            block.write_text(writer, cache);
        }
    });
}

/// Writes `messages`.
pub(super) fn write(writer: &mut Writer, messages: &[Message<'_, '_>], pen: &mut Pen<'_, '_>) -> Result<(), Refused> {
    let mut refused = Ok(());
    writer.key("messages").array(|writer| refused = write_all(writer, messages, pen));
    refused
}

/// Writes messages into a list.
pub(super) fn write_all(
    writer: &mut Writer,
    messages: &[Message<'_, '_>],
    pen: &mut Pen<'_, '_>,
) -> Result<(), Refused> {
    let mut refused = Ok(());
    for (number, message) in messages.iter().enumerate() {
        writer.object(|writer| {
            writer.key("role").string(message.speaker.word());
            writer.key("content").array(|writer| {
                for (at, block) in message.blocks.iter().enumerate() {
                    let last = at + 1 == message.blocks.len();
                    let cache = pen.marks.message(block.cache(), number, last);
                    let written = block.write(writer, cache, pen);
                    refused = std::mem::replace(&mut refused, Ok(())).and(written);
                }
            });
        });
    }
    refused
}
