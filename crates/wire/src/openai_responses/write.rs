//! A request, written for a provider.

use crate::conversation::{Refused, Request, Turn};
use crate::json::Writer;
use crate::translate::Outgoing;

mod check;
mod content;
mod input;
mod settings;
mod tools;

/// Bytes that a body needs beside the texts in it, per turn; only a first guess.
const TURN_SIZE: usize = 1 << 10;

/// Writes a body in the fixed order that keeps the stable parts in front. Calls and results are in pairs already.
pub fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    check::request(request, out)?;
    let turns = &request.turns;
    let instructions = input::instructions(turns, out);
    let mut writer = Writer::with_capacity(turns.len() * TURN_SIZE);
    writer.object(|writer| {
        writer.key("model").string(out.model);
        let tools = tools::write(&request.tools, out, writer);
        if !instructions.is_empty() {
            writer.key("instructions").string_of(|writer| input::join(&instructions, "\n\n", writer));
        }
        if tools {
            tools::choice(request, out, writer);
        }
        settings::write(request, out, writer);
        writer.key("input");
        input::write(turns, out, writer);
    });
    Ok(writer.into_bytes())
}

/// Writes the items of one turn into a list.
pub(crate) fn turn(turn: &Turn<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) -> Result<(), Refused> {
    turn.parts.iter().try_for_each(|part| check::part(part, out))?;
    input::note_extras(turn, out);
    input::turn(turn, out, writer);
    Ok(())
}

#[cfg(test)]
mod tests;
