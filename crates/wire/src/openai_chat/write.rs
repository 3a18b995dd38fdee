//! A request, written for a provider.

use crate::conversation::{Refused, Request};
use crate::json::Writer;
use crate::protocol::Protocol;
use crate::translate::{Outgoing, pairing};

mod history;
mod options;
mod parts;
mod reasoning;
mod tools;

/// Bytes reserved for what is written beside the text of a request.
const ROOM: usize = 4 << 10;

/// Writes a body in the fixed order that keeps the stable parts in front.
pub fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let mut cx = Context { out, refused: None };
    let results = cx.field("messages[].content[].tool_result", "input[].function_call_output");
    let turns = pairing::paired(results, &request.turns, &mut cx.out.losses);
    let tools = tools::declare(request, &mut cx);
    options::extras(&request.extra, &mut cx);
    let mut body = Writer::with_capacity(size(request) + ROOM);
    body.object(|body| {
        body.key("model").string(cx.out.model);
        tools::write(&tools, &request.tool_choice, request.parallel_tools, &mut cx, body);
        options::write(request, &mut cx, body);
        body.key("messages").array(|body| history::write(&turns, &request.format, &mut cx, body));
    });
    match cx.refused {
        Some(refused) => Err(refused),
        None => Ok(body.into_bytes()),
    }
}

/// What every part of the writer needs.
struct Context<'o, 'd> {
    out: &'o mut Outgoing<'d>,
    /// The first thing that cannot be carried at all. Writing goes on, and the body is thrown away at the end.
    refused: Option<Refused>,
}

impl Context<'_, '_> {
    /// A field's name in the client's protocol.
    fn field(&self, anthropic: &'static str, responses: &'static str) -> &'static str {
        if self.out.client == Some(Protocol::OpenaiResponses) { responses } else { anthropic }
    }

    fn refuse(
        &mut self,
        field: impl Into<std::borrow::Cow<'static, str>>,
        why: impl Into<std::borrow::Cow<'static, str>>,
    ) {
        self.refused.get_or_insert_with(|| Refused::new(field, why));
    }
}

/// About as many bytes as the texts of a request have: the body is written without growing.
fn size(request: &Request<'_>) -> usize {
    let parts = request.turns.iter().flat_map(|turn| &turn.parts);
    let tools = request.tools.iter().map(|tool| tools::size(tool));
    parts.map(parts::size).sum::<usize>() + tools.sum::<usize>()
}

#[cfg(test)]
mod tests;
