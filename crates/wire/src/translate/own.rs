//! A request for a provider of the client's own protocol, written from the neutral model: with all that the client said,
//! also what has no place there. Only what was changed in between is written anew.

use super::carrier;
use super::plan::Outgoing;
use crate::conversation::{Refused, Request, Role, Stands, Turn};
use crate::json::{Kind, Reader, Writer};
use crate::protocol::Protocol;
use crate::{anthropic, openai_chat, openai_responses};

/// Room for a longer name of the model.
const ROOM: usize = 256;

/// Tells turns, while they are read from a list, which of its items they stand in. An item that becomes no turn stands
/// with the turn before it; those at the beginning, with the first.
#[derive(Default)]
pub(crate) struct Standing {
    /// Turns so far.
    turns: usize,
    /// Where the items of the last one begin.
    start: Option<usize>,
}

impl Standing {
    /// The item at `start` was read; `turns` are all that the list has become.
    pub(crate) fn read<'a>(&mut self, start: usize, reader: &Reader<'a>, turns: &mut [Turn<'a>]) {
        if self.turns > 0 && turns.len() > self.turns {
            self.start = None;
        }
        self.turns = turns.len();
        let start = *self.start.get_or_insert(start);
        if let Some(last) = turns.last_mut() {
            last.stands = Stands::Items(reader.since(start));
        }
    }
}

/// Writes `request`, which was read from `body`.
pub(crate) fn write(
    protocol: Protocol,
    body: &str,
    request: &Request<'_>,
    out: &mut Outgoing<'_>,
) -> Result<Vec<u8>, Refused> {
    let (list, instructions) = match protocol {
        Protocol::Anthropic => ("messages", "system"),
        Protocol::OpenaiChat => ("messages", ""),
        Protocol::OpenaiResponses => ("input", "instructions"),
    };
    let turns = request.turns.as_slice();
    // Instructions that were changed are a turn of the list.
    let changed = turns.first().is_some_and(|turn| turn.role == Role::System && turn.stands == Stands::Nowhere);
    let mut writer = Writer::with_capacity(body.len() + ROOM);
    let mut written = Ok(());
    writer.object(|writer| {
        writer.key("model").string(out.model);
        written = Reader::new(body).object(|name, reader| {
            let is_list = reader.kind()? == Kind::Array;
            let value = reader.raw()?;
            match name {
                "model" => {}
                _ if name == instructions && changed => {}
                _ if name == list && !turns.iter().all(|turn| is_whole(turn, list, is_list)) => {
                    return write_turns(protocol, turns, out, writer.key(name));
                }
                _ => writer.key(name).raw(value),
            }
            Ok(())
        });
    });
    written.map(|()| writer.into_bytes())
}

/// Whether a turn is as it stands in the body: in the list, or in the one text that takes its place.
fn is_whole(turn: &Turn<'_>, list: &str, is_list: bool) -> bool {
    match turn.stands {
        Stands::Nowhere => false,
        Stands::Member(name) => name != list || !is_list,
        Stands::Items(items) => is_plain(items),
    }
}

/// Whether nothing of ours stands there: no provider can read it.
fn is_plain(items: &str) -> bool {
    memchr::memmem::find(items.as_bytes(), carrier::MARK.as_bytes()).is_none()
}

fn write_turns(
    protocol: Protocol,
    turns: &[Turn<'_>],
    out: &mut Outgoing<'_>,
    writer: &mut Writer,
) -> Result<(), Refused> {
    let mut written = Ok(());
    writer.array(|writer| {
        written = turns.iter().try_for_each(|turn| match turn.stands {
            Stands::Items(items) if is_plain(items) => {
                writer.raw(items);
                Ok(())
            }
            Stands::Member("system" | "instructions") => Ok(()),
            _ => write_turn(protocol, turn, out, writer),
        });
    });
    written
}

fn write_turn(protocol: Protocol, turn: &Turn<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) -> Result<(), Refused> {
    match protocol {
        Protocol::Anthropic => anthropic::write::turn(turn, out, writer),
        Protocol::OpenaiChat => openai_chat::write::turn(turn, out, writer),
        Protocol::OpenaiResponses => openai_responses::write::turn(turn, out, writer),
    }
}
