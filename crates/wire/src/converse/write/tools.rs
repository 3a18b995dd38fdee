//! Tools, and which of them must be called.

use std::borrow::Cow;

use crate::conversation::{Impossible, Part, Request, ToolChoice, Turn};
use crate::json::{Text, Writer};
use crate::translate::context::Context;
use crate::translate::functions::{self, Declared};

use super::cache::Points;
use super::settings::Thinking;
use crate::translate::field;

/// What stands for a tool that was called and is no longer declared.
const GONE: &str = "This tool is no longer available.";
const NO_ARGUMENTS: &str = r#"{"type":"object","properties":{}}"#;

/// `toolConfig`, which is demanded wherever the conversation has calls, also when no tool may be called any more.
pub(super) fn write(
    tools: &[Declared<'_, '_>],
    turns: &[Turn<'_>],
    request: &Request<'_>,
    thinking: &Thinking,
    points: &mut Points,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let called =
        if tools.is_empty() || request.tool_choice == ToolChoice::None { called(turns, cx) } else { Vec::new() };
    let choice = match &request.tool_choice {
        // There is no word for none: no tools are, or the model decides.
        ToolChoice::None if called.is_empty() => return,
        ToolChoice::None => {
            cx.out.losses.dropped("tool_choice");
            &ToolChoice::Unset
        }
        choice => choice,
    };
    if tools.is_empty() && called.is_empty() {
        return;
    }
    body.key("toolConfig").object(|body| {
        body.key("tools").array(|body| {
            for tool in tools {
                declare(tool, cx, body);
                points.set_tool(tool.tool.cache, cx, body);
            }
            if tools.is_empty() {
                cx.out.losses.reworded("tools");
                called
                    .iter()
                    .for_each(|name| write_spec(name, |body| body.key("description").string(GONE), NO_ARGUMENTS, body));
            }
        });
        if !tools.is_empty() {
            write_choice(tools, choice, thinking, cx, body);
        }
    });
    if request.parallel_tools == Some(false) {
        cx.out.losses.dropped(cx.out.name(field::PARALLEL));
    }
}

/// Names of the tools that were called, as sent, each once.
fn called<'t>(turns: &'t [Turn<'_>], cx: &mut Context<'_, '_>) -> Vec<Text<'t>> {
    let mut names: Vec<Text<'t>> = Vec::new();
    for part in turns.iter().flat_map(|turn| &turn.parts) {
        if let Part::ToolCall(call) = part {
            let flat = functions::flat(call.namespace.as_ref(), &call.name);
            let name = cx.out.names.tool(&flat, cx.out.dialect.name_max, cx.out.dialect.name_digit_first);
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

fn declare(tool: &Declared<'_, '_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    if tool.tool.strict == Some(true) {
        cx.out.losses.dropped(cx.out.name(field::TOOL_STRICT));
    }
    let schema: Cow<'_, str> = tool.schema(cx);
    write_spec(&tool.name, |body| tool.write_description("description", body), &schema, body);
}

fn write_spec(name: &Text<'_>, description: impl FnOnce(&mut Writer), schema: &str, body: &mut Writer) {
    body.object(|body| {
        body.key("toolSpec").object(|body| {
            body.key("name").text(name);
            description(body);
            body.key("inputSchema").object(|body| body.key("json").raw(schema));
        });
    });
}

fn write_choice(
    tools: &[Declared<'_, '_>],
    choice: &ToolChoice<'_>,
    thinking: &Thinking,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let (kind, name) = match choice {
        ToolChoice::Unset | ToolChoice::None => return,
        ToolChoice::Auto | ToolChoice::Allowed { required: false, .. } => ("auto", None),
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => ("any", None),
        ToolChoice::Named(name) => match tools.iter().find(|tool| tool.is_called(name)) {
            Some(tool) => ("tool", Some(&tool.name)),
            None => return cx.refuse("tool_choice", Impossible::ChosenTool),
        },
    };
    // Claude refuses to be forced while it reasons with a budget.
    let forced = kind != "auto";
    let (kind, name) = if forced && thinking.is_manual() { ("auto", None) } else { (kind, name) };
    if forced && kind == "auto" {
        cx.out.losses.approximated("tool_choice");
    }
    body.key("toolChoice").object(|body| {
        body.key(kind).object(|body| {
            if let Some(name) = name {
                body.key("name").text(name);
            }
        });
    });
}
