//! Tools, and which of them must be called.

use super::{members, typed, word};
use crate::conversation::{Extra, Impossible, Losses, Refused, Request, Tool, ToolChoice, ToolKind};
use crate::json::{Fault, Flaw, Reader, Text};

/// `tools`
pub(super) fn read<'a>(reader: &mut Reader<'a>, body: &'a str, tools: &mut Vec<Tool<'a>>) -> Result<(), Refused> {
    typed::values(reader, |reader| {
        tools.push(tool(reader, body)?);
        Ok(())
    })
}

/// A tool of the client has no `type`, or `custom`; every other type is a tool that Anthropic knows or runs.
fn tool<'a>(reader: &mut Reader<'a>, body: &'a str) -> Result<Tool<'a>, Fault> {
    let start = typed::start(reader)?;
    let (mut kind, mut schema) = (None, None);
    let mut tool = Tool {
        name: Text::EMPTY,
        namespace: None,
        description: None,
        kind: ToolKind::Function { schema: None },
        strict: None,
        deferred: false,
        cache: None,
        extra: Vec::new(),
    };
    typed::object(reader, |name, reader| -> Result<(), Fault> {
        match name {
            "type" => kind = word(reader)?,
            "name" => tool.name = typed::text(reader)?.unwrap_or_default(),
            "description" => tool.description = typed::text(reader)?,
            "input_schema" => schema = typed::raw_object(reader)?,
            "strict" => tool.strict = typed::flag(reader)?,
            "defer_loading" => tool.deferred = typed::flag(reader)? == Some(true),
            "cache_control" => tool.cache = Some(reader.raw()?).filter(|cache| *cache != "null"),
            _ => {
                let value = reader.raw()?;
                if value != "null" && value != "false" {
                    tool.extra.push(Extra { name, value });
                }
            }
        }
        Ok(())
    })?;
    match kind {
        None | Some("custom") => tool.kind = ToolKind::Function { schema },
        Some(kind) => {
            let value = body.get(start..reader.offset()).unwrap_or_default();
            tool.extra.clear();
            tool.kind = ToolKind::BuiltIn { kind: Text::Json(kind), value };
        }
    }
    if tool.name.is_empty() && matches!(tool.kind, ToolKind::Function { .. }) {
        return typed::needed(None, start, "name");
    }
    Ok(tool)
}

/// `tool_choice`
pub(super) fn choice<'a>(
    reader: &mut Reader<'a>,
    request: &mut Request<'a>,
    losses: &mut Losses,
) -> Result<(), Refused> {
    let start = typed::start(reader)?;
    let (mut kind, mut named) = (None, None);
    members(reader, |name, reader| -> Result<(), Fault> {
        match name {
            "type" => kind = word(reader)?,
            "name" => named = typed::text(reader)?,
            "disable_parallel_tool_use" => request.parallel_tools = typed::flag(reader)?.map(|disabled| !disabled),
            _ => typed::left_out(reader, losses, || format!("tool_choice.{name}"))?,
        }
        Ok(())
    })?;
    request.tool_choice = match (kind, named) {
        (Some("auto"), _) => ToolChoice::Auto,
        (Some("any"), _) => ToolChoice::Required,
        (Some("none"), _) => ToolChoice::None,
        (Some("tool"), Some(name)) => ToolChoice::Named(name),
        (None, _) => ToolChoice::Unset,
        (Some("tool"), None) => return Err(Fault { offset: start, what: Flaw::Missing("name") }.into()),
        _ => return Err(Refused::at(start, Impossible::Choice)),
    };
    Ok(())
}
