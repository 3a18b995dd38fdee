//! Items, and how they become turns.

use super::calls::{build_call, build_result, call_kind, hosted, is_known, kind_of, result_kind};
use super::{Body, Source, content, settings, tools, typed, word};
use crate::conversation::{
    Arguments, Format, Impossible, Opaque, OpaqueKind, Part, Reasoning, Refused, Role, Thinking, Tool, Turn, Verbosity,
};
use crate::json::{Fault, Kind, Reader, Shape, Text};
use crate::translate::compaction::{self, Compaction};

/// The members of any item. No name means two things in two kinds that are read.
#[derive(Default)]
pub(super) struct Item<'a> {
    /// Where it begins.
    pub(super) start: usize,
    /// Where its role stands.
    role_at: usize,
    has_content: bool,
    /// Members without a place.
    unknown: Vec<&'a str>,
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
        let start = typed::start(reader)?;
        let begin = reader.clone();
        let read = Self::read_known(reader, source, start);
        match read {
            // Nobody knows what a member of an item that nobody knows must be.
            Err(_) if !is_known(kind_of(begin.clone())) => {
                let kind = kind_of(begin.clone());
                *reader = begin;
                Ok(Self { start, kind, value: reader.raw()?, ..Self::default() })
            }
            read => read,
        }
    }

    fn read_known(reader: &mut Reader<'a>, source: &mut Source<'a, '_>, start: usize) -> Result<Self, Refused> {
        let (item, value) = source.raw_of(reader, |source, reader| {
            let mut item = Self { start, ..Self::default() };
            match reader.kind()? {
                Kind::String => {
                    (item.role, item.has_content) = (Some("user"), true);
                    item.content.push(Part::text(reader.text()?));
                }
                Kind::Object => typed::object(reader, |name, reader| item.member(name, reader, source))?,
                _ => return Err(Fault::shape(start, Shape::TextOrObject).into()),
            }
            Ok(item)
        })?;
        Ok(Self { value, ..item })
    }

    fn member(&mut self, name: &'a str, reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        match name {
            "type" => self.kind = word(reader)?.unwrap_or_default(),
            "role" => (self.role_at, self.role) = (typed::start(reader)?, word(reader)?),
            "id" => self.id = typed::text(reader)?,
            "call_id" => self.call_id = typed::text(reader)?,
            "name" => self.name = typed::text(reader)?,
            "namespace" => self.namespace = typed::text(reader)?,
            "arguments" => self.arguments = arguments(reader)?,
            "input" => self.input = typed::text(reader)?,
            "action" | "operation" => self.action = Some(reader.raw()?),
            "content" => {
                self.has_content = reader.kind()? != Kind::Null;
                self.content = content::parts(reader, source)?;
            }
            "output" => self.output = content::parts(reader, source)?,
            "summary" => self.summary = content::parts(reader, source)?,
            "encrypted_content" => self.encrypted = typed::text(reader)?,
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
            // Says whether words come before calls or are the answer, which their order says as well.
            "phase" => drop(reader.raw()?),
            _ => {
                if !matches!(reader.raw()?, "null" | "[]" | "{}" | "\"\"") {
                    self.unknown.push(name);
                }
            }
        }
        Ok(())
    }

    /// A compacted conversation that we have made, in words.
    fn summary_so_far(&self) -> Option<String> {
        let encrypted = self.encrypted.as_ref().filter(|_| compaction::is_item(self.kind))?;
        compaction::open(&encrypted.decoded())
    }

    /// What the item is called elsewhere: `call_id`, or of old `local_shell` items `id`.
    pub(super) fn call(&mut self) -> Result<Text<'a>, Fault> {
        let id = self.call_id.take().or(self.id.take()).filter(|id| !id.is_empty());
        typed::needed(id, self.start, "call_id")
    }

    /// Notes the members that have no place; of an item that is not carried as such, it is the item that is noted.
    fn note_unknown(&self, source: &mut Source<'a, '_>) {
        self.unknown.iter().for_each(|name| source.losses.dropped(format!("input[].{name}")));
    }
}

/// A string that holds JSON, or the JSON itself. Nothing at all means no arguments.
fn arguments<'a>(reader: &mut Reader<'a>) -> Result<Option<Arguments<'a>>, Refused> {
    Ok(match reader.kind()? {
        Kind::String => Some(reader.text()?).filter(|text| !text.is_blank()).map(Arguments::Quoted),
        Kind::Object => Some(Arguments::Json(reader.raw()?)),
        Kind::Null => {
            reader.raw()?;
            None
        }
        _ => return Err(Fault::shape(reader.offset(), Shape::TextOrObject).into()),
    })
}

impl<'a> Body<'a> {
    /// Puts an item into the conversation. Consecutive items of the assistant are one turn, as are outputs and what the
    /// user says right behind them.
    pub(super) fn item(&mut self, item: Item<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        match item.kind {
            "" if item.role.is_none() && item.content.is_empty() && item.id.is_some() => {
                Err(Refused::at(item.start, Impossible::ItemReference))
            }
            "item_reference" => Err(Refused::at(item.start, Impossible::ItemReference)),
            "" if item.role.is_none() && !item.has_content => Ok(typed::needed(None, item.start, "type")?),
            "compaction_trigger" => {
                self.request.compaction = Some(Compaction::Item);
                Ok(())
            }
            "" | "message" => self.message(item, source),
            "reasoning" => {
                item.note_unknown(source);
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
                self.update.get_or_insert_default().merge(item.update);
                Ok(())
            }
            _ => self.tool_item(item, source),
        }
    }

    fn message(&mut self, item: Item<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        let role = typed::needed(item.role, item.start, "role")?;
        if !matches!(role, "user" | "assistant" | "system" | "developer") {
            return Err(Refused::at(item.role_at, Impossible::Role));
        }
        typed::needed(item.has_content.then_some(()), item.start, "content")?;
        item.note_unknown(source);
        match role {
            _ if item.content.is_empty() => {}
            "assistant" => item.content.into_iter().for_each(|part| self.assistant(part)),
            "system" => self.turn(Role::System, item.content),
            "developer" => self.turn(Role::Developer, item.content),
            _ => match self.results() {
                Some(parts) => parts.extend(item.content),
                None => self.turn(Role::User, item.content),
            },
        }
        Ok(())
    }

    /// Calls, outputs, and what providers do by themselves.
    fn tool_item(&mut self, mut item: Item<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        if let Some(kind) = call_kind(item.kind, item.execution) {
            item.note_unknown(source);
            match build_call(kind, &mut item)? {
                Some(call) => self.assistant(Part::ToolCall(call)),
                None => source.losses.dropped("input[].function_call"),
            }
        } else if let Some(kind) = result_kind(item.kind, item.execution) {
            let result = Part::ToolResult(build_result(kind, &mut item)?);
            item.note_unknown(source);
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
                return Ok(());
            }
            match item.summary_so_far() {
                Some(summary) => self.turn(Role::User, vec![Part::text(summary)]),
                None => self.assistant(hosted(item)),
            }
        }
        Ok(())
    }

    fn add_tools(&mut self, item: Item<'a>) {
        self.later_tools.extend(item.tools);
        self.echo.keep_tools(item.raw_tools);
    }

    /// The last update counts, and more than the request's own fields, wherever those stand in the body.
    pub(super) fn configure(&mut self) {
        let Some(update) = self.update.take() else { return };
        let request = &mut self.request;
        let (thinking, verbosity) = (request.thinking, request.verbosity);
        // What is lost of these was said in the update alone.
        let only_there = [
            (thinking == Thinking::default(), ("reasoning", "input[].reasoning")),
            (verbosity.is_none(), ("text.verbosity", "input[].text.verbosity")),
            (request.format == Format::Text, ("text.format", "input[].text.format")),
        ];
        request.spelt.extend(only_there.into_iter().filter_map(|(only, names)| only.then_some(names)));
        let mut own = Update { thinking, verbosity, format: std::mem::take(&mut request.format) };
        own.merge(update);
        (request.thinking, request.verbosity, request.format) = (own.thinking, own.verbosity, own.format);
    }

    fn turn(&mut self, role: Role, parts: Vec<Part<'a>>) {
        self.request.turns.push(Turn { parts, ..Turn::new(role) });
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
