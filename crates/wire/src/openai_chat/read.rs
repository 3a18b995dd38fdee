//! A client's request, read.

use crate::conversation::{
    Effort, Extra, Format, Impossible, Losses, Refused, Request, Thinking, ThinkingMode, Tier, Verbosity,
};
use crate::json::{Fault, Kind, Reader, Text};
use crate::translate::{typed, web_search};

mod content;
mod media;
mod message;
mod tools;

/// Reads a whole body. What has no place in the model is kept beside it; what cannot be read at all is refused.
pub fn request<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    read(body, losses).map_err(|refused| refused.placed(body))
}

fn read<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    let mut reader = Reader::new(body);
    let mut request = Request::default();
    let mut given = Given::default();
    object(&mut reader, |name, reader| field(&mut request, &mut given, losses, name, reader))?;
    reader.end()?;
    typed::needed(given.messages.then_some(()), 0, "messages")?;
    given.settle(&mut request);
    Ok(request)
}

/// What several fields say together.
#[derive(Default)]
struct Given<'a> {
    messages: bool,
    max_completion_tokens: Option<u64>,
    max_tokens: Option<u64>,
    logprobs: bool,
    user: Option<Text<'a>>,
    safety_identifier: Option<Text<'a>>,
    /// What says how much the model reasons, when it is not `reasoning_effort`.
    thinking: Option<&'static str>,
}

impl<'a> Given<'a> {
    fn settle(self, request: &mut Request<'a>) {
        let spelt = [
            ("max_completion_tokens", self.max_completion_tokens.is_none().then_some("max_tokens")),
            ("safety_identifier", self.safety_identifier.is_none().then_some("user")),
            ("reasoning_effort", self.thinking),
        ];
        request.spelt.extend(spelt.into_iter().filter_map(|(usual, own)| Some((usual, own?))));
        request.max_output = self.max_completion_tokens.or(self.max_tokens);
        request.identity.user = self.safety_identifier.or(self.user);
        if self.logprobs {
            request.sampling.top_logprobs.get_or_insert(0);
        }
    }
}

fn field<'a>(
    request: &mut Request<'a>,
    given: &mut Given<'a>,
    losses: &mut Losses,
    name: &'a str,
    reader: &mut Reader<'a>,
) -> Result<(), Refused> {
    match name {
        "model" => request.model = reader.text()?,
        "messages" => {
            given.messages = true;
            request.turns = message::list(reader, losses, &mut request.spelt)?;
        }
        "tools" => request.tools.extend(tools::list(reader, losses)?),
        "functions" => request.tools.extend(tools::legacy(reader, losses)?),
        "tool_choice" | "function_call" => request.tool_choice = tools::choice(reader, losses)?,
        "parallel_tool_calls" => request.parallel_tools = typed::flag(reader)?,
        "max_completion_tokens" => given.max_completion_tokens = typed::count(reader)?,
        "max_tokens" => given.max_tokens = typed::count(reader)?,
        "stop" => request.stop = stop(reader)?,
        "stream" => request.stream = typed::flag(reader)?.unwrap_or(false),
        "stream_options" => request.want_usage = include_usage(reader, losses)?,
        "response_format" => request.format = format(reader, losses)?,
        "verbosity" => request.verbosity = verbosity(reader, losses)?,
        "service_tier" => request.tier = tier(reader, losses)?,
        "user" => given.user = typed::text(reader)?,
        "safety_identifier" => given.safety_identifier = typed::text(reader)?,
        "prompt_cache_key" => request.identity.cache_key = typed::text(reader)?,
        "logprobs" => given.logprobs = typed::flag(reader)?.unwrap_or(false),
        "n" => one_answer(reader)?,
        "modalities" | "audio" => no_sound(name, reader)?,
        "reasoning_effort" | "thinking" | "enable_thinking" | "thinking_budget" | "reasoning" => {
            let others = ["thinking", "enable_thinking", "thinking_budget", "reasoning"];
            given.thinking = others.into_iter().find(|other| *other == name);
            thinking(&mut request.thinking, losses, name, reader)?;
        }
        // Without a setting it says all the same that the model shall search.
        web_search::OPTIONS => request.tools.push(tools::search(web_search::OPTIONS, reader.raw()?)),
        web_search::SWITCH => {
            if typed::flag(reader)? == Some(true) {
                request.tools.push(tools::search(web_search::SWITCH, "{}"));
            }
        }
        _ => other(request, name, reader)?,
    }
    Ok(())
}

/// Numbers that steer chance; anything else is kept as it stands.
fn other<'a>(request: &mut Request<'a>, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Refused> {
    let sampling = &mut request.sampling;
    match name {
        "temperature" => sampling.temperature = typed::number(reader)?,
        "top_p" => sampling.top_p = typed::number(reader)?,
        "top_k" => sampling.top_k = typed::number(reader)?,
        "frequency_penalty" => sampling.frequency_penalty = typed::number(reader)?,
        "presence_penalty" => sampling.presence_penalty = typed::number(reader)?,
        "seed" => sampling.seed = typed::number(reader)?,
        "top_logprobs" => sampling.top_logprobs = typed::count(reader)?,
        _ => request.extra.push(Extra { name, value: reader.raw()? }),
    }
    Ok(())
}

fn one_answer(reader: &mut Reader<'_>) -> Result<(), Refused> {
    let start = typed::start(reader)?;
    match typed::count(reader)? {
        None | Some(0 | 1) => Ok(()),
        _ => Err(Refused::at(start, Impossible::Answers)),
    }
}

/// Text is the one modality; `audio` says how the other one shall sound.
fn no_sound(name: &str, reader: &mut Reader<'_>) -> Result<(), Refused> {
    let start = typed::start(reader)?;
    let sound = match name {
        "audio" => reader.raw().map(|_| true)?,
        _ => typed::texts(reader)?.iter().any(|modality| *modality != *"text"),
    };
    if sound { Err(Refused::at(start, Impossible::SoundAnswer)) } else { Ok(()) }
}

fn stop<'a>(reader: &mut Reader<'a>) -> Result<Vec<Text<'a>>, Refused> {
    let mut texts = typed::texts(reader)?;
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

fn include_usage(reader: &mut Reader<'_>, losses: &mut Losses) -> Result<bool, Refused> {
    let mut wanted = false;
    members(reader, |name, reader| {
        match name {
            "include_usage" => wanted = typed::flag(reader)?.unwrap_or(false),
            _ => typed::left_out(reader, losses, || format!("stream_options.{name}"))?,
        }
        Ok(())
    })?;
    Ok(wanted)
}

fn format<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Format<'a>, Refused> {
    let (mut kind, mut schema) = ("", Format::Text);
    members(reader, |name, reader| {
        match name {
            "type" => kind = word(reader)?,
            "json_schema" => schema = json_schema(reader, losses)?,
            _ => typed::left_out(reader, losses, || format!("response_format.{name}"))?,
        }
        Ok(())
    })?;
    Ok(match kind {
        "json_schema" => schema,
        "json_object" => Format::Json,
        "text" | "" => Format::Text,
        _ => {
            losses.dropped("response_format");
            Format::Text
        }
    })
}

fn json_schema<'a>(reader: &mut Reader<'a>, losses: &mut Losses) -> Result<Format<'a>, Refused> {
    let (mut title, mut description, mut schema, mut strict) = (None, None, "{}", None);
    members(reader, |name, reader| {
        match name {
            "name" => title = typed::text(reader)?,
            "description" => description = typed::text(reader)?,
            "schema" => schema = typed::raw_object(reader)?.unwrap_or("{}"),
            "strict" => strict = typed::flag(reader)?,
            _ => typed::left_out(reader, losses, || format!("response_format.json_schema.{name}"))?,
        }
        Ok(())
    })?;
    Ok(Format::Schema { name: title, description, schema, strict })
}

fn verbosity(reader: &mut Reader<'_>, losses: &mut Losses) -> Result<Option<Verbosity>, Refused> {
    Ok(match word(reader)? {
        "low" => Some(Verbosity::Low),
        "medium" => Some(Verbosity::Medium),
        "high" => Some(Verbosity::High),
        _ => {
            losses.dropped("verbosity");
            None
        }
    })
}

fn tier(reader: &mut Reader<'_>, losses: &mut Losses) -> Result<Option<Tier>, Refused> {
    Ok(match word(reader)? {
        "auto" => Some(Tier::Auto),
        "default" => Some(Tier::Standard),
        "flex" => Some(Tier::Flex),
        "fast" => Some(Tier::Fast),
        "priority" | "scale" => Some(Tier::Priority),
        _ => {
            losses.dropped("service_tier");
            None
        }
    })
}

/// The protocol's own word for reasoning and those of the many that imitate it.
fn thinking<'a>(
    thinking: &mut Thinking,
    losses: &mut Losses,
    name: &str,
    reader: &mut Reader<'a>,
) -> Result<(), Refused> {
    match name {
        "reasoning_effort" => effort(thinking, losses, name, word(reader)?),
        "enable_thinking" => switch(thinking, typed::flag(reader)?.unwrap_or(true)),
        "thinking_budget" => budget(thinking, typed::count(reader)?),
        _ => members(reader, |member, reader| {
            match member {
                "type" => match word(reader)? {
                    "disabled" => switch(thinking, false),
                    _ => switch(thinking, true),
                },
                "enabled" => switch(thinking, typed::flag(reader)?.unwrap_or(true)),
                "budget_tokens" | "max_tokens" => budget(thinking, typed::count(reader)?),
                "effort" => effort(thinking, losses, name, word(reader)?),
                "exclude" => thinking.shown = typed::flag(reader)?.map(|excluded| !excluded),
                _ => typed::left_out(reader, losses, || format!("{name}.{member}"))?,
            }
            Ok(())
        })?,
    }
    Ok(())
}

fn effort(thinking: &mut Thinking, losses: &mut Losses, field: &str, word: &str) {
    match Effort::from_word(word) {
        Some(Effort::None) => switch(thinking, false),
        Some(effort) => thinking.effort = Some(effort),
        None => losses.dropped(field.to_owned()),
    }
}

fn switch(thinking: &mut Thinking, on: bool) {
    thinking.mode = match (on, thinking.mode) {
        (false, _) => ThinkingMode::Off,
        (true, budget @ ThinkingMode::Budget(_)) => budget,
        (true, _) => ThinkingMode::Adaptive,
    };
}

fn budget(thinking: &mut Thinking, tokens: Option<u64>) {
    match tokens {
        Some(0) => thinking.mode = ThinkingMode::Off,
        Some(tokens) if thinking.mode != ThinkingMode::Off => thinking.mode = ThinkingMode::Budget(tokens),
        _ => {}
    }
}

/// Walks the members of an object that are not null; nothing for `null`.
fn members<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    if reader.kind()? == Kind::Null { Ok(reader.raw().map(drop)?) } else { object(reader, member) }
}

/// Walks the members of an object that are not null.
fn object<'a>(
    reader: &mut Reader<'a>,
    mut member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    typed::object(
        reader,
        |name, reader| {
            if reader.kind()? == Kind::Null { Ok(reader.raw().map(drop)?) } else { member(name, reader) }
        },
    )
}

/// A word of the protocol, plain; empty when there is none.
fn word<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Fault> {
    typed::word(reader).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests;
