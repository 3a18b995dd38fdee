//! Tools, and which of them must be called.

use crate::conversation::{Extra, Refused, Tool, ToolChoice, ToolKind};
use crate::json::{Kind, Reader, Text};

use super::{members, word};

/// `tools`
pub(super) fn list<'a>(reader: &mut Reader<'a>) -> Result<Vec<Tool<'a>>, Refused> {
    let mut tools = Vec::new();
    reader.array(|reader| -> Result<(), Refused> {
        let mut start = reader.clone();
        let mut fields = Fields::default();
        members(reader, |name, reader| fields.outer(name, reader))?;
        tools.push(fields.build(&mut start)?);
        Ok(())
    })?;
    Ok(tools)
}

/// `functions`: what stands in `function` today.
pub(super) fn legacy<'a>(reader: &mut Reader<'a>) -> Result<Vec<Tool<'a>>, Refused> {
    let mut tools = Vec::new();
    reader.array(|reader| -> Result<(), Refused> {
        let mut start = reader.clone();
        let mut fields = Fields { kind: "function", ..Fields::default() };
        members(reader, |name, reader| fields.inner(name, reader))?;
        tools.push(fields.build(&mut start)?);
        Ok(())
    })?;
    Ok(tools)
}

#[derive(Default)]
struct Fields<'a> {
    kind: &'a str,
    name: Option<Text<'a>>,
    description: Option<Text<'a>>,
    schema: Option<&'a str>,
    format: Option<&'a str>,
    strict: Option<bool>,
    cache: Option<&'a str>,
    extra: Vec<Extra<'a>>,
}

impl<'a> Fields<'a> {
    fn outer(&mut self, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?,
            "function" | "custom" => members(reader, |name, reader| self.inner(name, reader))?,
            "cache_control" => self.cache = Some(reader.raw()?),
            // Agents also send the flat form of the other protocols.
            _ => self.inner(name, reader)?,
        }
        Ok(())
    }

    fn inner(&mut self, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Refused> {
        match name {
            "name" => self.name = reader.text_or_skip()?,
            "description" => self.description = reader.text_or_skip()?,
            "parameters" | "input_schema" => self.schema = Some(reader.raw()?),
            "format" => self.format = Some(reader.raw()?),
            "strict" => self.strict = reader.flag()?,
            _ => self.extra.push(Extra { name, value: reader.raw()? }),
        }
        Ok(())
    }

    fn build(self, start: &mut Reader<'a>) -> Result<Tool<'a>, Refused> {
        let (kind, named) = match self.kind {
            "function" | "" => (ToolKind::Function { schema: self.schema }, true),
            "custom" if self.schema.is_none() => (ToolKind::Freeform { format: self.format }, true),
            "custom" => (ToolKind::Function { schema: self.schema }, true),
            kind => (ToolKind::BuiltIn { kind: Text::plain(kind), value: start.raw()? }, false),
        };
        let name = match self.name {
            Some(name) => name,
            None if named => return Err(Refused::new("tools[].function.name", "a tool has no name; give it one")),
            None => Text::plain(self.kind),
        };
        Ok(Tool {
            name,
            namespace: None,
            description: self.description,
            kind,
            strict: self.strict,
            deferred: false,
            cache: self.cache,
            extra: self.extra,
        })
    }
}

/// `tool_choice`, and the legacy `function_call`.
pub(super) fn choice<'a>(reader: &mut Reader<'a>) -> Result<ToolChoice<'a>, Refused> {
    if reader.kind()? == Kind::String {
        return Ok(by_word(word(reader)?));
    }
    let (mut kind, mut name, mut allowed) = ("", None, ToolChoice::Unset);
    members(reader, |member, reader| {
        match member {
            "type" => kind = word(reader)?,
            "function" | "custom" => name = inner_name(reader)?,
            "name" => name = reader.text_or_skip()?,
            "allowed_tools" => allowed = allowed_tools(reader)?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })?;
    Ok(match (kind, name) {
        ("allowed_tools", _) => allowed,
        (_, Some(name)) => ToolChoice::Named(name),
        (word, None) => by_word(word),
    })
}

fn by_word(word: &str) -> ToolChoice<'static> {
    match word {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "required" | "any" => ToolChoice::Required,
        _ => ToolChoice::Unset,
    }
}

fn inner_name<'a>(reader: &mut Reader<'a>) -> Result<Option<Text<'a>>, Refused> {
    let mut found = None;
    members(reader, |name, reader| {
        match name {
            "name" => found = reader.text_or_skip()?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })?;
    Ok(found)
}

fn allowed_tools<'a>(reader: &mut Reader<'a>) -> Result<ToolChoice<'a>, Refused> {
    let (mut required, mut names) = (false, Vec::new());
    members(reader, |member, reader| {
        match member {
            "mode" => required = word(reader)? == "required",
            "tools" => reader.array(|reader| -> Result<(), Refused> {
                members(reader, |member, reader| {
                    match member {
                        "function" | "custom" => names.extend(inner_name(reader)?),
                        "name" => names.extend(reader.text_or_skip()?),
                        _ => drop(reader.raw()?),
                    }
                    Ok(())
                })
            })?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    })?;
    Ok(ToolChoice::Allowed { required, names })
}
