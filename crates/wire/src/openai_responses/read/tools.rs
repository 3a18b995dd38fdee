//! Tools and which of them must be called.

use std::collections::HashSet;

use super::{Source, members, typed, values, word};
use crate::conversation::{Impossible, Losses, Refused, Tool, ToolChoice, ToolKind};
use crate::json::{Fault, Kind, Reader, Shape, Text};
use crate::translate::functions::{self, Grammar};

/// A list of tools. Namespaces are taken apart; what is to be loaded by a search is there from the beginning, since no
/// other protocol can load tools later, so the search itself is left out.
pub(super) fn list<'a>(
    reader: &mut Reader<'a>,
    source: &mut Source<'a, '_>,
    to: &mut Vec<Tool<'a>>,
) -> Result<(), Refused> {
    values(reader, |reader| {
        let start = typed::start(reader)?;
        let (loose, value) = source.raw_of(reader, |source, reader| {
            let mut loose = Loose::default();
            typed::object(reader, |name, reader| loose.member(name, reader, source))?;
            Ok(loose)
        })?;
        loose.build(value, start, source, to)
    })
}

/// The members of any tool.
#[derive(Default)]
struct Loose<'a> {
    kind: &'a str,
    name: Option<Text<'a>>,
    description: Option<Text<'a>>,
    parameters: Option<&'a str>,
    format: Option<&'a str>,
    strict: Option<bool>,
    tools: Vec<Tool<'a>>,
    /// Names of members that have no place.
    unknown: Vec<&'a str>,
}

impl<'a> Loose<'a> {
    fn member(&mut self, name: &'a str, reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?.unwrap_or_default(),
            "name" => self.name = typed::text(reader)?,
            "description" => self.description = typed::text(reader)?,
            "parameters" => self.parameters = typed::raw_object(reader)?,
            "format" => {
                self.format = typed::raw_object(reader)?;
                self.format.iter().for_each(|format| Grammar::note_unknown(format, "tools[].format", source.losses));
            }
            "strict" => self.strict = typed::flag(reader)?,
            "tools" => list(reader, source, &mut self.tools)?,
            // As Chat nests it.
            "function" if reader.kind()? == Kind::Object => {
                members(reader, |name, reader| self.member(name, reader, source))?;
            }
            "defer_loading" => {
                if typed::flag(reader)? == Some(true) {
                    source.losses.reworded("tools[].defer_loading");
                }
            }
            _ => {
                if !matches!(reader.raw()?, "null" | "false" | "[]" | "{}") {
                    self.unknown.push(name);
                }
            }
        }
        Ok(())
    }

    fn build(
        self,
        value: &'a str,
        start: usize,
        source: &mut Source<'a, '_>,
        to: &mut Vec<Tool<'a>>,
    ) -> Result<(), Refused> {
        let kind = match self.kind {
            "" | "function" => ToolKind::Function { schema: self.parameters },
            "custom" => ToolKind::Freeform { format: self.format },
            "namespace" => {
                self.spread(source, to);
                return Ok(());
            }
            "tool_search" => {
                source.losses.reworded("tools[].tool_search");
                return Ok(());
            }
            kind => ToolKind::BuiltIn { kind: Text::Json(kind), value },
        };
        if !matches!(kind, ToolKind::BuiltIn { .. }) || functions::synthetic(&kind).is_some() {
            self.unknown.iter().for_each(|name| source.losses.dropped(format!("tools[].{name}")));
        }
        let name = match (&kind, self.name) {
            (ToolKind::BuiltIn { kind, .. }, _) => kind.clone(),
            (_, Some(name)) if !name.is_empty() => name,
            _ => typed::needed(None, start, "name")?,
        };
        let Self { description, strict, .. } = self;
        to.push(Tool {
            name,
            namespace: None,
            description,
            kind,
            strict,
            deferred: false,
            cache: None,
            extra: Vec::new(),
        });
        Ok(())
    }

    fn spread(self, source: &mut Source<'a, '_>, to: &mut Vec<Tool<'a>>) {
        if self.description.is_some_and(|text| !text.is_empty()) {
            source.losses.dropped("tools[].description");
        }
        self.unknown.iter().for_each(|name| source.losses.dropped(format!("tools[].{name}")));
        let namespace = self.name.filter(|name| !name.is_empty());
        to.extend(self.tools.into_iter().map(|tool| {
            let builtin = matches!(tool.kind, ToolKind::BuiltIn { .. });
            let namespace = namespace.clone().filter(|_| !builtin && tool.namespace.is_none());
            Tool { namespace: namespace.or(tool.namespace), ..tool }
        }));
    }
}

/// Keeps the first of every name. Codex declares tools again that a search has loaded before.
pub(super) fn remove_duplicates(tools: &mut Vec<Tool<'_>>) {
    let mut seen = HashSet::with_capacity(tools.len());
    tools.retain(|tool| {
        // Servers of one kind (`mcp`) may be several.
        let value = match &tool.kind {
            ToolKind::BuiltIn { value, .. } => value,
            _ => "",
        };
        seen.insert((tool.namespace.as_ref().map(Text::decoded), tool.name.decoded(), value))
    });
}

/// `tool_choice`
pub(super) fn choice<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<ToolChoice<'a>, Refused> {
    let start = typed::start(reader)?;
    Ok(match reader.kind()? {
        Kind::String => match word(reader)? {
            Some("auto") => ToolChoice::Auto,
            Some("none") => ToolChoice::None,
            Some("required") => ToolChoice::Required,
            _ => return Err(Refused::at(start, Impossible::Choice)),
        },
        Kind::Object => Choice::read(reader, "tool_choice", losses)?.build(),
        Kind::Null => {
            reader.raw()?;
            ToolChoice::Unset
        }
        _ => return Err(Fault::shape(start, Shape::TextOrObject).into()),
    })
}

/// The members of a `tool_choice` or of a tool in its list.
#[derive(Default)]
struct Choice<'a> {
    kind: &'a str,
    name: Option<Text<'a>>,
    mode: &'a str,
    names: Vec<Text<'a>>,
}

impl<'a> Choice<'a> {
    fn read(reader: &mut Reader<'a>, within: &str, losses: &mut Losses) -> Result<Self, Refused> {
        let mut choice = Self::default();
        choice.members(reader, within, losses)?;
        Ok(choice)
    }

    fn members(&mut self, reader: &mut Reader<'a>, within: &str, losses: &mut Losses) -> Result<(), Refused> {
        members(reader, |name, reader| {
            match name {
                "type" => self.kind = word(reader)?.unwrap_or_default(),
                "name" => self.name = typed::text(reader)?,
                "mode" => self.mode = word(reader)?.unwrap_or_default(),
                "tools" => values(reader, |reader| {
                    self.names.push(Self::read(reader, "tool_choice.tools[]", losses)?.target());
                    Ok(())
                })?,
                // As Chat nests it.
                "function" | "custom" | "allowed_tools" => {
                    let inner = Self::read(reader, within, losses)?;
                    self.name = self.name.take().or(inner.name);
                    self.names.extend(inner.names);
                    self.mode = if inner.mode.is_empty() { self.mode } else { inner.mode };
                }
                // Which of its servers: it is the tool that is told to be lost.
                "server_label" => drop(reader.raw()?),
                _ => typed::left_out(reader, losses, || format!("{within}.{name}"))?,
            }
            Ok(())
        })
    }

    fn build(self) -> ToolChoice<'a> {
        match self.kind {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            "allowed_tools" => ToolChoice::Allowed { required: self.mode == "required", names: self.names },
            _ => ToolChoice::Named(self.target()),
        }
    }

    /// The tool it names: by name, or a built-in one by its type.
    fn target(self) -> Text<'a> {
        self.name.unwrap_or(Text::Json(self.kind))
    }
}
