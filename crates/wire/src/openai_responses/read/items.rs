//! Items, and how they become turns.

use super::calls::{build_call, build_result, call_kind, hosted, result_kind};
use super::{Body, Source, content, members, settings, tools, word};
use crate::conversation::{
    Arguments, Format, Opaque, OpaqueKind, Part, Reasoning, Refused, Role, Thinking, Tool, Turn, Verbosity,
};
use crate::json::{Kind, Reader, Text};
use crate::translate::compaction::{self, Compaction};

/// The members of any item. No name means two things in two kinds that are read.
#[derive(Default)]
pub(super) struct Item<'a> {
    pub(super) kind: &'a str,
    pub(super) value: &'a str,
    pub(super) role: Option<&'a str>,
    pub(super) id: Option<Text<'a>>,
    pub(super) call_id: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    pub(super) namespace: Option<Text<'a>>,
    pub(super) arguments: Option<Arguments<'a>>,
    pub(super) input: Option<Text<'a>>,
    pub(super) action: Option<&'a str>,
    pub(super) content: Vec<Part<'a>>,
    pub(super) output: Vec<Part<'a>>,
    pub(super) status: Option<&'a str>,
    pub(super) execution: Option<&'a str>,
    pub(super) tools: Vec<Tool<'a>>,
    summary: Vec<Part<'a>>,
    encrypted: Option<Text<'a>>,
    raw_tools: &'a str,
    update: Update<'a>,
}

/// What a `configuration_update` changes.
#[derive(Default)]
pub(super) struct Update<'a> {
    thinking: Thinking,
    format: Format<'a>,
    verbosity: Option<Verbosity>,
}

impl<'a> Update<'a> {
    fn merge(&mut self, later: Self) {
        if later.thinking.effort.is_some() {
            self.thinking.effort = later.thinking.effort;
            self.thinking.mode = later.thinking.mode;
        }
        self.thinking.shown = later.thinking.shown.or(self.thinking.shown);
        self.verbosity = later.verbosity.or(self.verbosity);
        if later.format != Format::Text {
            self.format = later.format;
        }
    }
}

impl<'a> Item<'a> {
    pub(super) fn read(reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<Self, Refused> {
        let (item, value) = source.raw_of(reader, |source, reader| {
            let mut item = Self::default();
            if reader.kind()? == Kind::String {
                item.content.push(Part::text(reader.text()?));
            } else {
                members(reader, |name, reader| item.member(name, reader, source))?;
            }
            Ok(item)
        })?;
        Ok(Self { value, ..item })
    }

    fn member(&mut self, name: &str, reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?.unwrap_or_default(),
            "role" => self.role = word(reader)?,
            "id" => self.id = reader.text_or_skip()?,
            "call_id" => self.call_id = reader.text_or_skip()?,
            "name" => self.name = reader.text_or_skip()?,
            "namespace" => self.namespace = reader.text_or_skip()?,
            "arguments" => self.arguments = arguments(reader)?,
            "input" => self.input = reader.text_or_skip()?,
            "action" | "operation" => self.action = Some(reader.raw()?),
            "content" => self.content = content::parts(reader, source)?,
            "output" => self.output = content::parts(reader, source)?,
            "summary" => self.summary = content::parts(reader, source)?,
            "encrypted_content" => self.encrypted = reader.text_or_skip()?,
            "status" => self.status = word(reader)?,
            "execution" => self.execution = word(reader)?,
            "tools" => ((), self.raw_tools) = source.raw_of(reader, |s, r| tools::list(r, s, &mut self.tools))?,
            // That the model itself calls is what leaving it out says.
            "async" | "caller" => {
                let value = reader.raw()?;
                if !matches!(value, "null" | "false") && !value.contains("\"direct\"") {
                    source.losses.dropped(format!("input[].{name}"));
                }
            }
            "reasoning" => settings::reasoning(reader, source, &mut self.update.thinking)?,
            "text" => settings::text(reader, source, &mut self.update.format, &mut self.update.verbosity)?,
            _ => drop(reader.raw()?),
        }
        Ok(())
    }

    /// A compacted conversation that we have made, in words.
    fn summary_so_far(&self) -> Option<String> {
        let encrypted = self.encrypted.as_ref().filter(|_| compaction::is_item(self.kind))?;
        compaction::open(&encrypted.decoded())
    }

    /// What the item is called elsewhere: `call_id`, or of old `local_shell` items `id`.
    pub(super) fn call(&mut self) -> Text<'a> {
        self.call_id.take().or(self.id.take()).unwrap_or_default()
    }
}

/// A string that holds JSON, or the JSON itself. Nothing at all means no arguments.
fn arguments<'a>(reader: &mut Reader<'a>) -> Result<Option<Arguments<'a>>, Refused> {
    Ok(match reader.kind()? {
        Kind::String => Some(reader.text()?).filter(|text| !text.is_blank()).map(Arguments::Quoted),
        Kind::Object => Some(Arguments::Json(reader.raw()?)),
        _ => {
            reader.raw()?;
            None
        }
    })
}

impl<'a> Body<'a> {
    /// Puts an item into the conversation. Consecutive items of the assistant are one turn, as are outputs and what the
    /// user says right behind them.
    pub(super) fn item(&mut self, item: Item<'a>, number: usize, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        match item.kind {
            "" if item.role.is_none() && item.content.is_empty() && item.id.is_some() => refuse(REFERENCE, number),
            "item_reference" => refuse(REFERENCE, number),
            "compaction_trigger" => {
                self.request.compaction = Some(Compaction::Item);
                Ok(())
            }
            "" | "message" => {
                self.message(item, source);
                Ok(())
            }
            "reasoning" => {
                if let Some(reasoning) = reasoning(item, source) {
                    self.assistant(Part::Reasoning(reasoning));
                }
                Ok(())
            }
            "additional_tools" => {
                self.add_tools(item);
                Ok(())
            }
            "configuration_update" => {
                self.update.merge(item.update);
                Ok(())
            }
            _ => {
                self.tool_item(item, source);
                Ok(())
            }
        }
    }

    fn message(&mut self, item: Item<'a>, source: &mut Source<'a, '_>) {
        if item.content.is_empty() {
            return;
        }
        match item.role {
            Some("assistant") => item.content.into_iter().for_each(|part| self.assistant(part)),
            Some("system") => self.turn(Role::System, item.content),
            Some("developer") => self.turn(Role::Developer, item.content),
            role => {
                if !matches!(role, None | Some("user")) {
                    source.losses.approximated("input[].role");
                }
                match self.results() {
                    Some(parts) => parts.extend(item.content),
                    None => self.turn(Role::User, item.content),
                }
            }
        }
    }

    /// Calls, outputs, and what providers do by themselves.
    fn tool_item(&mut self, mut item: Item<'a>, source: &mut Source<'a, '_>) {
        if let Some(kind) = call_kind(item.kind, item.execution) {
            match build_call(kind, &mut item) {
                Some(call) => self.assistant(Part::ToolCall(call)),
                None => source.losses.dropped("input[].function_call"),
            }
        } else if let Some(kind) = result_kind(item.kind, item.execution) {
            let result = Part::ToolResult(build_result(kind, &mut item));
            if item.kind == "tool_search_output" {
                self.add_tools(item);
            }
            match self.results() {
                Some(parts) => parts.push(result),
                None => self.turn(Role::User, vec![result]),
            }
        } else {
            if item.kind == "tool_search_output" {
                self.add_tools(item);
                return;
            }
            match item.summary_so_far() {
                Some(summary) => self.turn(Role::User, vec![Part::text(summary)]),
                None => self.assistant(hosted(item)),
            }
        }
    }

    fn add_tools(&mut self, item: Item<'a>) {
        self.later_tools.extend(item.tools);
        self.echo.keep_tools(item.raw_tools);
    }

    /// The last update counts, and more than the request's own fields, wherever those stand in the body.
    pub(super) fn configure(&mut self) {
        let request = &mut self.request;
        let (thinking, verbosity) = (request.thinking, request.verbosity);
        let mut own = Update { thinking, verbosity, format: std::mem::take(&mut request.format) };
        own.merge(std::mem::take(&mut self.update));
        (request.thinking, request.verbosity, request.format) = (own.thinking, own.verbosity, own.format);
    }

    fn turn(&mut self, role: Role, parts: Vec<Part<'a>>) {
        self.request.turns.push(Turn { role, parts, extra: Vec::new() });
    }

    /// Adds to the assistant's turn, which begins here if it has not.
    fn assistant(&mut self, part: Part<'a>) {
        match self.request.turns.last_mut() {
            Some(turn) if turn.role == Role::Assistant => turn.parts.push(part),
            _ => self.turn(Role::Assistant, vec![part]),
        }
    }

    /// The user's turn, if it is the last one and begins with results.
    fn results(&mut self) -> Option<&mut Vec<Part<'a>>> {
        let turn = self.request.turns.last_mut().filter(|turn| turn.role == Role::User)?;
        matches!(turn.parts.first(), Some(Part::ToolResult(_))).then_some(&mut turn.parts)
    }
}

fn reasoning<'a>(item: Item<'a>, source: &mut Source<'a, '_>) -> Option<Reasoning<'a>> {
    let text = |parts: Vec<Part<'a>>| -> Vec<Text<'a>> {
        let texts =
            parts.into_iter().filter_map(|part| if let Part::Text { text, .. } = part { Some(text) } else { None });
        texts.collect()
    };
    let (summary, content) = (text(item.summary), text(item.content));
    if !summary.is_empty() && !content.is_empty() {
        source.losses.dropped("input[].reasoning.content");
    }
    let text = if summary.is_empty() { content } else { summary };
    let data = item.encrypted.filter(|data| !data.is_empty());
    let opaque = data.map(|data| Opaque { kind: OpaqueKind::OpenaiEncrypted, data });
    if text.is_empty() && opaque.is_none() {
        return None;
    }
    Some(Reasoning { text, opaque, id: item.id, redacted: false })
}

const REFERENCE: &str = "the item it refers to is kept at the server that made it, and the provider of this request \
                         cannot see it; send the item itself instead (with `store: false` clients do)";

fn refuse(why: &'static str, number: usize) -> Result<(), Refused> {
    Err(Refused::new(format!("input[{number}]"), why))
}
