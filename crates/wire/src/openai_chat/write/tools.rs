//! Tools, and which of them must be called.

use super::search;
use crate::conversation::{Impossible, Request, ToolChoice};
use crate::json::Writer;
use crate::translate::context::Context;
use crate::translate::field;
use crate::translate::functions::{Declared, Form, Grammar};
use crate::translate::schema;
use crate::translate::web_search::WebSearch;

/// `tools`, and what may be said only beside them.
pub(super) fn write(
    tools: &[Declared<'_, '_>],
    search: Option<&WebSearch<'_>>,
    request: &Request<'_>,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let searching = search.and_then(|search| search::tool(search, cx));
    if !tools.is_empty() || searching.is_some() {
        body.key("tools").array(|body| {
            tools.iter().for_each(|tool| write_tool(tool, cx, body));
            searching.iter().for_each(|tool| body.raw(tool));
        });
    }
    if let Some(search) = search.filter(|_| searching.is_none()) {
        search::switch(search, &request.tool_choice, cx, body);
    }
    let choice = search::choice(search, &request.tool_choice, tools.is_empty(), cx);
    if tools.is_empty() {
        return;
    }
    write_choice(tools, choice, cx, body);
    match request.parallel_tools {
        Some(parallel) if cx.out.dialect.parallel_tools => body.key("parallel_tool_calls").flag(parallel),
        Some(false) => cx.out.losses.dropped(cx.out.name(field::PARALLEL)),
        _ => {}
    }
}

fn write_choice(tools: &[Declared<'_, '_>], choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let word = match choice {
        ToolChoice::Unset => return,
        ToolChoice::Auto | ToolChoice::Allowed { required: false, .. } => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => "required",
        ToolChoice::Named(name) => match tools.iter().find(|tool| tool.is_called(name)) {
            Some(tool) => return write_forced(tool, body.key("tool_choice")),
            None => return cx.refuse("tool_choice", Impossible::ChosenTool),
        },
    };
    body.key("tool_choice").string(word);
}

fn write_forced(tool: &Declared<'_, '_>, body: &mut Writer) {
    let kind = if matches!(tool.form, Form::Freeform(_)) { "custom" } else { "function" };
    body.object(|body| {
        body.key("type").string(kind);
        body.key(kind).object(|body| body.key("name").text(&tool.name));
    });
}

fn write_tool(tool: &Declared<'_, '_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    body.object(|body| {
        if let Form::Freeform(format) = &tool.form {
            body.key("type").string("custom");
            body.key("custom").object(|body| write_freeform(tool, *format, body));
        } else {
            body.key("type").string("function");
            body.key("function").object(|body| write_function(tool, cx, body));
        }
        if let Some(cache) = tool.tool.cache.filter(|_| cx.out.dialect.cache_control) {
            body.key("cache_control").raw(cache);
        }
    });
}

fn write_function(tool: &Declared<'_, '_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    body.key("name").text(&tool.name);
    tool.write_description("description", body);
    let schema = tool.schema(cx);
    body.key("parameters").raw(&schema);
    if tool.tool.strict == Some(true) && matches!(tool.form, Form::Function(_)) {
        if schema::is_strict(&schema) {
            body.key("strict").flag(true);
        } else {
            cx.out.losses.dropped(cx.out.name(field::TOOL_STRICT));
        }
    }
}

fn write_freeform(tool: &Declared<'_, '_>, format: Option<&str>, body: &mut Writer) {
    body.key("name").text(&tool.name);
    if let Some(description) = &tool.tool.description {
        body.key("description").text(description);
    }
    if let Some(grammar) = format.and_then(Grammar::read) {
        body.key("format").object(|body| {
            body.key("type").string("grammar");
            body.key("grammar").object(|body| {
                body.key("syntax").text(&grammar.syntax);
                body.key("definition").text(&grammar.definition);
            });
        });
    }
}
