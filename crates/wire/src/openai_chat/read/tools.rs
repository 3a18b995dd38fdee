//! Tools, and which of them must be called.

use crate::conversation::{Extra, Impossible, Losses, Refused, Tool, ToolChoice, ToolKind};
use crate::json::{Fault, Kind, Reader, Shape, Text};
use crate::translate::functions::Grammar;
use crate::translate::typed;

use super::{members, object, word};

/// `tools`
pub(super) fn list<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Vec<Tool<'a>>, Refused> {
    let mut tools = Vec::new();
    reader.array(|reader| -> Result<(), Refused> {
        let start = typed::start(reader)?;
        let mut again = reader.clone();
        let mut fields = Fields::default();
        object(reader, |name, reader| fields.outer(name, reader, losses))?;
        tools.push(fields.build(start, &mut again)?);
        Ok(())
    })?;
    Ok(tools)
}

/// `functions`: what stands in `function` today.
pub(super) fn legacy<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Vec<Tool<'a>>, Refused> {
    let mut tools = Vec::new();
    reader.array(|reader| -> Result<(), Refused> {
        let start = typed::start(reader)?;
        let mut again = reader.clone();
        let mut fields = Fields { kind: "function", ..Fields::default() };
        object(reader, |name, reader| fields.inner(name, reader, losses))?;
        tools.push(fields.build(start, &mut again)?);
        Ok(())
    })?;
    Ok(tools)
}

/// A search of the web that is asked for by a field of its own.
pub(super) fn search<'a>(kind: &'static str, value: &'a str) -> Tool<'a> {
    Tool {
        name: Text::plain(kind),
        namespace: None,
        description: None,
        kind: ToolKind::BuiltIn { kind: Text::plain(kind), value },
        strict: None,
        deferred: false,
        cache: None,
        extra: Vec::new(),
    }
}

#[derive(Default)]
struct Fields<'a> {
    kind: &'a str,
    /// It has the protocol's own form, not the flat one of others.
    nested: bool,
    name: Option<Text<'a>>,
    description: Option<Text<'a>>,
    schema: Option<&'a str>,
    format: Option<&'a str>,
    strict: Option<bool>,
    cache: Option<&'a str>,
    extra: Vec<Extra<'a>>,
}

impl<'a> Fields<'a> {
    fn outer(&mut self, name: &'a str, reader: &mut Reader<'a>, losses: &mut Losses) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?,
            "function" | "custom" => {
                self.nested = true;
                members(reader, |name, reader| self.inner(name, reader, losses))?;
            }
            "cache_control" => self.cache = Some(reader.raw()?),
            // Agents also send the flat form of the other protocols.
            _ => self.inner(name, reader, losses)?,
        }
        Ok(())
    }

    fn inner(&mut self, name: &'a str, reader: &mut Reader<'a>, losses: &mut Losses) -> Result<(), Refused> {
        match name {
            "name" => self.name = typed::text(reader)?,
            "description" => self.description = typed::text(reader)?,
            "parameters" | "input_schema" => self.schema = typed::raw_object(reader)?,
            "format" => {
                let format = reader.raw()?;
                Grammar::note_unknown(format, "tools[].custom.format", losses);
                self.format = Some(format);
            }
            "strict" => self.strict = typed::flag(reader)?,
            _ => self.extra.push(Extra { name, value: reader.raw()? }),
        }
        Ok(())
    }

    fn build(self, start: usize, again: &mut Reader<'a>) -> Result<Tool<'a>, Refused> {
        let (kind, named) = match self.kind {
            "function" | "" => (ToolKind::Function { schema: self.schema }, true),
            "custom" if self.schema.is_none() => (ToolKind::Freeform { format: self.format }, true),
            "custom" => (ToolKind::Function { schema: self.schema }, true),
            kind => (ToolKind::BuiltIn { kind: Text::plain(kind), value: again.raw()? }, false),
        };
        let name = match self.name.filter(|name| !name.is_empty()) {
            Some(name) => name,
            None if named => typed::needed(None, start, if self.nested { "function.name" } else { "name" })?,
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
pub(super) fn choice<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<ToolChoice<'a>, Refused> {
    let unknown = Refused::at(typed::start(reader)?, Impossible::Choice);
    match reader.kind()? {
        Kind::String => return by_word(word(reader)?).ok_or(unknown),
        Kind::Object => {}
        _ => return Err(Fault::shape(reader.offset(), Shape::TextOrObject).into()),
    }
    let (mut kind, mut name, mut allowed) = ("", None, ToolChoice::Unset);
    members(reader, |member, reader| {
        match member {
            "type" => kind = word(reader)?,
            "function" | "custom" => name = inner_name(reader, "tool_choice", losses)?,
            "name" => name = typed::text(reader)?,
            "allowed_tools" => allowed = allowed_tools(reader, losses)?,
            _ => typed::left_out(reader, losses, || format!("tool_choice.{member}"))?,
        }
        Ok(())
    })?;
    match (kind, name) {
        ("allowed_tools", _) => Ok(allowed),
        (_, Some(name)) => Ok(ToolChoice::Named(name)),
        (word, None) => by_word(word).ok_or(unknown),
    }
}

fn by_word(word: &str) -> Option<ToolChoice<'static>> {
    Some(match word {
        "auto" => ToolChoice::Auto,
        "none" => ToolChoice::None,
        "required" | "any" => ToolChoice::Required,
        _ => return None,
    })
}

fn inner_name<'a>(reader: &mut Reader<'a>, within: &str, losses: &mut Losses) -> Result<Option<Text<'a>>, Refused> {
    let mut found = None;
    members(reader, |name, reader| {
        match name {
            "name" => found = typed::text(reader)?,
            _ => typed::left_out(reader, losses, || format!("{within}.{name}"))?,
        }
        Ok(())
    })?;
    Ok(found)
}

/// Where the tools stand that may be called.
const ALLOWED: &str = "tool_choice.allowed_tools.tools[]";

fn allowed_tools<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<ToolChoice<'a>, Refused> {
    let (mut required, mut names) = (false, Vec::new());
    members(reader, |member, reader| {
        match member {
            "mode" => required = word(reader)? == "required",
            "tools" => typed::values(reader, |reader| -> Result<(), Refused> {
                members(reader, |member, reader| {
                    match member {
                        "function" | "custom" => names.extend(inner_name(reader, ALLOWED, losses)?),
                        "name" => names.extend(typed::text(reader)?),
                        "type" => drop(reader.raw()?),
                        _ => typed::left_out(reader, losses, || format!("{ALLOWED}.{member}"))?,
                    }
                    Ok(())
                })
            })?,
            _ => typed::left_out(reader, losses, || format!("tool_choice.allowed_tools.{member}"))?,
        }
        Ok(())
    })?;
    Ok(ToolChoice::Allowed { required, names })
}
