//! A request, written for a provider. The model and whether the answer is streamed stand in the path.

use crate::conversation::{Impossible, Refused, Request};
use crate::json::Writer;
use crate::translate::context::Context;
use crate::translate::{Outgoing, functions, pieces};

use super::model;

mod block;
mod cache;
mod document;
mod messages;
mod settings;
mod tools;

/// Bytes reserved for what is written beside the text of a request.
const ROOM: usize = 4 << 10;

/// Writes a body in a fixed order that keeps the stable parts in front.
pub fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let mut cx = Context::new(out);
    let mut body = Writer::with_capacity(pieces::request_size(request) + ROOM);
    body.object(|body| write(request, true, &mut cx, body));
    cx.finish(body.into_bytes())
}

/// Writes the body that asks how many tokens `request` has (`CountTokens`).
pub fn count(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let mut cx = Context::new(out);
    let mut body = Writer::with_capacity(pieces::request_size(request) + ROOM);
    body.object(|body| {
        body.key("input").object(|body| {
            body.key("converse").object(|body| write(request, false, &mut cx, body));
        });
    });
    cx.finish(body.into_bytes())
}

/// `generates`: with what only matters to an answer.
fn write(request: &Request<'_>, generates: bool, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let turns = &request.turns;
    let model = model::of(cx.out.model);
    let mut points = cache::Points::new(&model);
    // Whatever a configuration says: the protocol has no such tool.
    cx.no_search = Some(Impossible::WebSearch);
    let tools = functions::declare(request, cx);
    functions::demand(request, &tools, false, cx);
    cx.extras(&request.extra);
    let hint = if cx.out.dialect.schema_answers { None } else { pieces::format_hint(&request.format, true, cx) };
    let thinking = settings::Thinking::settle(request, &model, cx);
    tools::write(&tools, turns, request, &thinking, &mut points, cx, body);
    let (instructions, said) = turns.split_at(messages::leading(turns));
    messages::write_instructions(instructions, hint, &mut points, cx, body);
    if generates {
        settings::write_inference(request, &thinking, cx, body);
    }
    settings::write_additional(request, &model, &thinking, cx, body);
    if generates {
        settings::write_format(&request.format, cx, body);
    }
    let conversation = messages::arrange(said, &model, cx);
    body.key("messages").array(|body| messages::write(&conversation, &model, &mut points, cx, body));
}

#[cfg(test)]
mod tests;
