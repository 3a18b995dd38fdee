//! Messages, read into turns: what the model said and called in one, what its tools said in one.

use crate::conversation::{
    Arguments, CallKind, Extra, Impossible, Losses, Opaque, OpaqueKind, Part, Reasoning, Refused, Role, ToolCall,
    ToolResult, Turn,
};
use crate::json::{Kind, Reader, Text};
use crate::translate::own::Standing;
use crate::translate::{carrier, ids, typed};

use super::content;
use super::{members, object, word};

/// `messages`
pub(super) fn list<'a>(
    reader: &mut Reader<'a>,
    losses: &mut Losses,
    spelt: &mut Vec<(&'static str, &'static str)>,
) -> Result<Vec<Turn<'a>>, Refused> {
    let mut thread = Thread::default();
    let mut standing = Standing::default();
    reader.array(|reader| -> Result<(), Refused> {
        let start = typed::start(reader)?;
        let mut message = Message { start, ..Message::default() };
        object(reader, |name, reader| message.take(name, reader, losses))?;
        if let (Some(own), true) = (message.reasoning_name, spelt.is_empty()) {
            spelt.push(("messages[].reasoning_content", own));
        }
        thread.add(message)?;
        standing.read(start, reader, &mut thread.turns);
        Ok(())
    })?;
    Ok(thread.turns)
}

/// The conversation so far.
#[derive(Default)]
struct Thread<'a> {
    turns: Vec<Turn<'a>>,
    /// The last turn is made of `tool` messages only, so a further one belongs to it.
    in_results: bool,
    /// Calls of the legacy kind so far; they have no ids.
    legacy_calls: u32,
}

/// A message; its fields come in any order.
#[derive(Default)]
struct Message<'a> {
    /// Where it begins.
    start: usize,
    /// Where its role stands.
    role_at: usize,
    role: Option<&'a str>,
    has_content: bool,
    content: Vec<Part<'a>>,
    reasoning: Option<Text<'a>>,
    /// Where the reasoning stands, when not in `reasoning_content`.
    reasoning_name: Option<&'static str>,
    details: Option<&'a str>,
    refusal: Option<Text<'a>>,
    calls: Vec<ToolCall<'a>>,
    legacy_call: Option<ToolCall<'a>>,
    call_id: Option<Text<'a>>,
    cache: Option<&'a str>,
    extra: Vec<Extra<'a>>,
}

impl<'a> Message<'a> {
    fn take(&mut self, name: &'a str, reader: &mut Reader<'a>, losses: &mut Losses) -> Result<(), Refused> {
        match name {
            "role" => (self.role_at, self.role) = (typed::start(reader)?, typed::word(reader)?),
            "content" => {
                self.has_content = reader.kind()? != Kind::Null;
                self.content = content::parts(reader, losses)?;
            }
            "reasoning_content" => {
                self.reasoning = typed::text(reader)?.or(self.reasoning.take());
                self.reasoning_name = None;
            }
            "reasoning" => {
                let before = self.reasoning.take();
                self.reasoning_name = before.is_none().then_some("messages[].reasoning");
                self.reasoning = before.or(typed::text(reader)?);
            }
            "reasoning_details" => {
                self.details = Some(reader.raw()?);
                let alone = self.reasoning.is_none();
                self.reasoning_name = alone.then_some("messages[].reasoning_details").or(self.reasoning_name);
            }
            "refusal" => self.refusal = typed::text(reader)?,
            "tool_calls" => self.calls = calls(reader, losses)?,
            "function_call" => self.legacy_call = Some(legacy_call(reader, "messages[].function_call", losses)?),
            "tool_call_id" => self.call_id = typed::text(reader)?,
            "cache_control" => self.cache = Some(reader.raw()?),
            _ => self.extra.push(Extra { name, value: reader.raw()? }),
        }
        Ok(())
    }

    /// Reasoning, words, calls: the order in which they were said.
    fn into_assistant(mut self, thread: &mut Thread<'a>) -> Turn<'a> {
        let mut turn = Turn::new(Role::Assistant);
        turn.parts.extend(reasoning(self.reasoning, self.details));
        turn.parts.append(&mut self.content);
        turn.parts.extend(self.refusal.filter(|text| !text.is_empty()).map(Part::Refusal));
        turn.parts.extend(self.calls.into_iter().map(Part::ToolCall));
        if let Some(call) = self.legacy_call {
            thread.legacy_calls += 1;
            let id = legacy_id(thread.legacy_calls);
            turn.parts.push(Part::ToolCall(ToolCall { id, ..call }));
        }
        turn.extra = self.extra;
        turn
    }

    fn into_result(self, call_id: Text<'a>) -> (Part<'a>, Vec<Extra<'a>>) {
        let result =
            ToolResult { call_id, kind: CallKind::Function, parts: self.content, is_error: None, cache: self.cache };
        (Part::ToolResult(result), self.extra)
    }
}

impl<'a> Thread<'a> {
    fn add(&mut self, message: Message<'a>) -> Result<(), Refused> {
        let role = match typed::needed(message.role, message.start, "role")? {
            "system" => Role::System,
            "developer" => Role::Developer,
            "user" => Role::User,
            "assistant" => {
                let turn = message.into_assistant(self);
                self.push(turn);
                return Ok(());
            }
            "tool" => {
                let id = typed::needed(message.call_id.clone(), message.start, "tool_call_id")?;
                self.result(message, id);
                return Ok(());
            }
            "function" => {
                self.result(message, legacy_id(self.legacy_calls));
                return Ok(());
            }
            _ => return Err(Refused::at(message.role_at, Impossible::Role)),
        };
        typed::needed(message.has_content.then_some(()), message.start, "content")?;
        self.say(role, message);
        Ok(())
    }

    fn say(&mut self, role: Role, message: Message<'a>) {
        let mut turn = Turn { parts: message.content, extra: message.extra, ..Turn::new(role) };
        if let (Some(marker), Some(Part::Text { cache, .. })) = (message.cache, turn.parts.last_mut()) {
            cache.get_or_insert(marker);
        }
        self.push(turn);
    }

    fn result(&mut self, message: Message<'a>, call_id: Text<'a>) {
        let (part, mut extra) = message.into_result(call_id);
        if let (true, Some(turn)) = (self.in_results, self.turns.last_mut()) {
            turn.parts.push(part);
            turn.extra.append(&mut extra);
        } else {
            self.turns.push(Turn { parts: vec![part], extra, ..Turn::new(Role::User) });
            self.in_results = true;
        }
    }

    /// A turn of its own. One without anything said is left out: strict providers refuse it.
    fn push(&mut self, turn: Turn<'a>) {
        if !turn.parts.is_empty() {
            self.turns.push(turn);
            self.in_results = false;
        }
    }
}

fn legacy_id(ordinal: u32) -> Text<'static> {
    ids::derived("call_", 0, ordinal).into()
}

fn calls<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Vec<ToolCall<'a>>, Refused> {
    let mut calls = Vec::new();
    typed::values(reader, |reader| -> Result<(), Refused> {
        let call = call(reader, losses)?;
        // Broken streams leave such calls behind in a conversation.
        if call.name.is_empty() {
            losses.dropped("messages[].tool_calls[]");
        } else {
            calls.push(call);
        }
        Ok(())
    })?;
    Ok(calls)
}

fn call<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<ToolCall<'a>, Refused> {
    let start = typed::start(reader)?;
    let (mut id, mut cache, mut call) = (None, None, None);
    object(reader, |name, reader| {
        match name {
            "id" => id = typed::text(reader)?,
            "function" => call = Some(legacy_call(reader, "messages[].tool_calls[].function", losses)?),
            "custom" => call = Some(custom_call(reader, losses)?),
            "cache_control" => cache = Some(reader.raw()?),
            // Which of the two it is, and the place that it has in a stream.
            "type" | "index" => drop(reader.raw()?),
            _ => typed::left_out(reader, losses, || format!("messages[].tool_calls[].{name}"))?,
        }
        Ok(())
    })?;
    let id = typed::needed(id, start, "id")?;
    let call = typed::needed(call, start, "function")?;
    Ok(ToolCall { id, cache, ..call })
}

const fn blank_call<'a>() -> ToolCall<'a> {
    ToolCall {
        id: Text::EMPTY,
        name: Text::EMPTY,
        namespace: None,
        kind: CallKind::Function,
        arguments: Arguments::Json("{}"),
        cache: None,
    }
}

/// `{name, arguments}`
fn legacy_call<'a>(reader: &mut Reader<'a>, field: &str, losses: &mut Losses) -> Result<ToolCall<'a>, Refused> {
    let start = typed::start(reader)?;
    let (mut call, mut named) = (blank_call(), None);
    object(reader, |name, reader| {
        match name {
            "name" => named = typed::text(reader)?,
            "arguments" if reader.kind()? == Kind::String => call.arguments = Arguments::Quoted(reader.text()?),
            // Some clients leave out the quotes.
            "arguments" => call.arguments = Arguments::Json(typed::raw_object(reader)?.unwrap_or("{}")),
            _ => typed::left_out(reader, losses, || format!("{field}.{name}"))?,
        }
        Ok(())
    })?;
    call.name = typed::needed(named, start, "name")?;
    Ok(call)
}

/// `{name, input}`
fn custom_call<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<ToolCall<'a>, Refused> {
    let mut call = ToolCall { kind: CallKind::Freeform, arguments: Arguments::Freeform(Text::EMPTY), ..blank_call() };
    let start = typed::start(reader)?;
    let mut named = None;
    object(reader, |name, reader| {
        match name {
            "name" => named = typed::text(reader)?,
            "input" => call.arguments = Arguments::Freeform(typed::text(reader)?.unwrap_or_default()),
            _ => typed::left_out(reader, losses, || format!("messages[].tool_calls[].custom.{name}"))?,
        }
        Ok(())
    })?;
    call.name = typed::needed(named, start, "name")?;
    Ok(call)
}

/// What the model thought: where the details hold carriers of ours, one reasoning per entry, as only the entries tell
/// which text belongs to which carrier; else one, with the details as they stand.
fn reasoning<'a>(text: Option<Text<'a>>, details: Option<&'a str>) -> Vec<Part<'a>> {
    let entries = details.map(entries).unwrap_or_default();
    if entries.iter().any(|entry| entry.carrier.is_some()) {
        return entries.into_iter().filter_map(|entry| entry.into_part(text.as_ref())).map(Part::Reasoning).collect();
    }
    let text = text.filter(|text| !text.is_empty());
    let pieces: Vec<_> = match text {
        Some(text) => vec![text],
        None => entries.into_iter().filter_map(|entry| entry.text).collect(),
    };
    let listed = details.filter(|details| details.starts_with('[') && details.len() > "[]".len());
    let opaque = listed.map(|details| Opaque { kind: OpaqueKind::ChatDetails, data: Text::plain(details) });
    if pieces.is_empty() && opaque.is_none() {
        return Vec::new();
    }
    vec![Part::Reasoning(Reasoning { text: pieces, opaque, id: None, redacted: false })]
}

/// An entry of `reasoning_details`.
#[derive(Default)]
struct Entry<'a> {
    encrypted: bool,
    text: Option<Text<'a>>,
    carrier: Option<Text<'a>>,
}

impl<'a> Entry<'a> {
    /// An entry that holds nothing but the carrier belongs to the message's own reasoning.
    fn into_part(self, said: Option<&Text<'a>>) -> Option<Reasoning<'a>> {
        let own = self.text.filter(|text| !text.is_empty());
        let text = if self.encrypted { None } else { own.or_else(|| said.cloned()) };
        let opaque = self.carrier.map(|data| Opaque { kind: OpaqueKind::ChatDetails, data });
        let some = text.is_some() || opaque.is_some();
        some.then(|| Reasoning { text: text.into_iter().collect(), opaque, id: None, redacted: false })
    }
}

/// The entries of a list that was found to be JSON when it was skipped.
fn entries(details: &str) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    let mut reader = Reader::new(details);
    // Another shape than a list has no entries; it is kept as it stands all the same.
    let _: Result<(), Refused> = reader.array(|reader| {
        let mut entry = Entry::default();
        members(reader, |name, reader| {
            match name {
                "type" => entry.encrypted = word(reader)? == "reasoning.encrypted",
                "text" | "summary" => entry.text = typed::text(reader)?,
                "signature" | "data" => {
                    let data = typed::text(reader)?;
                    entry.carrier =
                        data.filter(|data| data.decoded().starts_with(carrier::MARK)).or(entry.carrier.take());
                }
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        entries.push(entry);
        Ok(())
    });
    entries
}
