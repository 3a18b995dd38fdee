//! A request, written for a provider.

use crate::conversation::{Format, Refused, Request, Turn};
use crate::json::Writer;
use crate::translate::context::Context;
use crate::translate::{Outgoing, functions, pieces, web_search};

mod history;
mod options;
mod parts;
mod reasoning;
mod search;
mod tools;

/// Bytes reserved for what is written beside the text of a request.
const ROOM: usize = 4 << 10;

/// Writes a body in the fixed order that keeps the stable parts in front. Calls and results are in pairs already.
pub fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<Vec<u8>, Refused> {
    let mut cx = Context::new(out);
    let tools = functions::declare(request, &mut cx);
    let search = web_search::wanted(request, &mut cx);
    functions::demand(request, &tools, search.is_some(), &mut cx);
    cx.extras(&request.extra);
    let mut body = Writer::with_capacity(pieces::request_size(request) + ROOM);
    body.object(|body| {
        body.key("model").string(cx.out.model);
        tools::write(&tools, search.as_ref(), request, &mut cx, body);
        options::write(request, &mut cx, body);
        body.key("messages").array(|body| history::write(&request.turns, &request.format, &mut cx, body));
    });
    cx.finish(body.into_bytes())
}

/// Writes the messages of one turn into a list.
pub(crate) fn turn(turn: &Turn<'_>, out: &mut Outgoing<'_>, body: &mut Writer) -> Result<(), Refused> {
    let mut cx = Context::new(out);
    history::write(std::slice::from_ref(turn), &Format::Text, &mut cx, body);
    cx.refused.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
