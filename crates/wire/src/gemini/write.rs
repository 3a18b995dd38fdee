//! A request, written for a provider. The model and whether the answer is streamed stand in the path.

use crate::conversation::{Impossible, Refused, Request};
use crate::json::Writer;
use crate::translate::context::Context;
use crate::translate::{Outgoing, functions, pieces, web_search};

use super::model;

mod contents;
mod part;
mod settings;
mod tools;

/// Bytes reserved for what is written beside the text of a request.
const ROOM: usize = 4 << 10;

/// Writes a body in a fixed order that keeps the stable parts in front.
pub fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let mut cx = Context::new(out);
    let mut body = Writer::with_capacity(pieces::request_size(request) + ROOM);
    body.object(|body| write(request, &mut cx, body));
    cx.finish(body.into_bytes())
}

/// Writes the body that asks how many tokens `request` has (`:countTokens`).
pub fn count(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let mut cx = Context::new(out);
    let mut body = Writer::with_capacity(pieces::request_size(request) + ROOM);
    body.object(|body| {
        body.key("generateContentRequest").object(|body| {
            let model = cx.out.model;
            body.key("model").string_of(|body| {
                body.escaped("models/");
                body.escaped(model.strip_prefix("models/").unwrap_or(model));
            });
            write(request, &mut cx, body);
        });
    });
    cx.finish(body.into_bytes())
}

fn write(request: &Request<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let turns = &request.turns;
    let model = model::of(cx.out.model);
    // Its models search or call functions, not both. Source: Gemini API documentation, "Tool combination": those that
    // can, only with a history of what the provider did itself, which no client has.
    if cx.no_search.is_none() && request.tools.iter().any(|tool| !web_search::is_made(tool)) {
        cx.no_search = Some(Impossible::SearchBesideTools);
    }
    let tools = functions::declare(request, cx);
    let search = web_search::wanted(request, cx);
    functions::demand(request, &tools, search.is_some(), cx);
    cx.extras(&request.extra);
    let takes_schema = cx.out.dialect.schema_answers && (tools.is_empty() || model.schema_beside_tools);
    tools::write(&tools, search.as_ref(), request, cx, body);
    let hint = if takes_schema { None } else { pieces::format_hint(&request.format, true, cx) };
    let (instructions, said) = turns.split_at(contents::leading(turns));
    contents::write_instructions(instructions, hint, cx, body);
    settings::write(request, &model, takes_schema, cx, body);
    let conversation = contents::Conversation::arrange(said, &model, cx);
    body.key("contents").array(|body| conversation.write(&model, cx, body));
}

#[cfg(test)]
mod tests;
