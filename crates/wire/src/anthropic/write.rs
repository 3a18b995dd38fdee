//! A request, written for a provider.

mod block;
mod cache;
mod media;
mod messages;
mod reasoning;
mod settings;
mod thinking;
mod tools;

use crate::conversation::{Refused, Request, Turn};
use crate::json::{Text, Writer};
use crate::translate::Outgoing;

use block::Pen;
use messages::Conversation;

/// Room for what stands around the content.
const FRAME_BYTES: usize = 2 << 10;

/// Writes a body in the fixed order that keeps the stable parts in front. Calls and results are in pairs already.
pub fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    settings::check(request, out)?;
    let tools = tools::ready(request, out)?;
    let mut conversation = Conversation::arrange(&request.turns, out)?;
    settings::hint_format(request, out, &mut conversation.system);
    let thinking = thinking::settle(request, conversation.lost_thinking(), out);
    let marks = cache::Marks::plan(&tools, &conversation, out.dialect);
    let mut writer = Writer::with_capacity(super::input_estimate(request) as usize * 4 + FRAME_BYTES);
    let mut refused = Ok(());
    writer.object(|writer| {
        let mut pen = Pen::new(out, marks);
        writer.key("model").string(pen.out.model);
        tools::write(writer, &tools, &mut pen);
        messages::write_system(writer, &conversation.system, &mut pen);
        tools::write_choice(writer, request, &tools, &thinking, &mut pen);
        writer.key("max_tokens").count(thinking.max_tokens);
        thinking.write(writer);
        settings::write_output(writer, request, &thinking, &mut pen);
        settings::write_sampling(writer, request, thinking.is_on(), pen.out);
        settings::write_stop(writer, request, pen.out);
        settings::write_identity(writer, request, pen.out);
        if request.stream {
            writer.key("stream").flag(true);
        }
        refused = messages::write(writer, &conversation.messages, &mut pen);
    });
    refused.map(|()| writer.into_bytes())
}

/// Writes the message of one turn into a list.
pub(crate) fn turn(turn: &Turn<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) -> Result<(), Refused> {
    let conversation = Conversation::of_turn(turn, out)?;
    messages::write_all(writer, &conversation.messages, &mut Pen::new(out, cache::Marks::of_client()))
}

/// A name as it is sent: with its namespace in front.
fn sent_name<'a>(name: &Text<'a>, namespace: Option<&Text<'a>>, out: &mut Outgoing<'_>) -> Text<'a> {
    let (max, digit_first) = (out.dialect.name_max, out.dialect.name_digit_first);
    match namespace {
        Some(namespace) => {
            let flat = format!("{}__{}", namespace.decoded(), name.decoded());
            out.names.tool(&Text::from(flat), max, digit_first)
        }
        None => out.names.tool(name, max, digit_first),
    }
}

#[cfg(test)]
mod tests;
