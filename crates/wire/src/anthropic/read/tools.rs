//! Tools, and which of them must be called.

use super::{members, word};
use crate::conversation::{Extra, Losses, Refused, Request, Tool, ToolChoice, ToolKind};
use crate::json::{Fault, Kind, Reader, Text};

/// `tools`
pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    body: &'a str,
    losses: &mut Losses,
    tools: &mut Vec<Tool<'a>>,
) -> Result<(), Refused> {
    if reader.kind()? != Kind::Array {
        return if reader.raw()? == "null" { Ok(()) } else { Err(Refused::new("tools", "tools must be a list")) };
    }
    reader.array(|reader| {
        if reader.kind()? != Kind::Object {
            return Err(Refused::new(format!("tools[{}]", tools.len()), "a tool must be an object"));
        }
        tools.push(tool(reader, body, losses)?);
        Ok(())
    })
}

/// A tool of the client has no `type`, or `custom`; every other type is a tool that Anthropic knows or runs.
fn tool<'a>(reader: &mut Reader<'a>, body: &'a str, losses: &mut Losses) -> Result<Tool<'a>, Fault> {
    let start = reader.offset();
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
    reader.object(|name, reader| -> Result<(), Fault> {
        match name {
            "type" => kind = word(reader)?,
            "name" => tool.name = reader.text_or_skip()?.unwrap_or_default(),
            "description" => tool.description = reader.text_or_skip()?,
            "input_schema" => schema = Some(reader.raw()?).filter(|schema| schema.starts_with('{')),
            "strict" => tool.strict = reader.flag()?,
            "defer_loading" => tool.deferred = reader.flag()? == Some(true),
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
        losses.dropped("tools[].name");
    }
    Ok(tool)
}

/// `tool_choice`
pub(super) fn choice<'a>(reader: &mut Reader<'a>, request: &mut Request<'a>, losses: &mut Losses) -> Result<(), Fault> {
    let (mut kind, mut named) = (None, None);
    members(reader, |name, reader| {
        match name {
            "type" => kind = word(reader)?,
            "name" => named = reader.text_or_skip()?,
            "disable_parallel_tool_use" => request.parallel_tools = reader.flag()?.map(|disabled| !disabled),
            _ => {
                reader.raw()?;
            }
        }
        Ok(())
    })?;
    request.tool_choice = match (kind, named) {
        (Some("auto"), _) => ToolChoice::Auto,
        (Some("any"), _) => ToolChoice::Required,
        (Some("none"), _) => ToolChoice::None,
        (Some("tool"), Some(name)) => ToolChoice::Named(name),
        (None, _) => ToolChoice::Unset,
        _ => {
            losses.approximated("tool_choice.type");
            ToolChoice::Auto
        }
    };
    Ok(())
}
