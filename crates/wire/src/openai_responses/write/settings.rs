//! Everything of a request that is neither said nor a tool.

use crate::conversation::{Effort, Fate, Format, Request, ThinkingMode, Tier, Verbosity};
use crate::json::{Fault, Reader, Text, Writer};
use crate::translate::dialect::ThinkingSwitch;
use crate::translate::field;
use crate::translate::{Outgoing, effort, ids, schema};

/// Least `max_output_tokens` that is taken. Source: OpenAI API reference, "Create a model response".
const MAX_OUTPUT_MIN: u64 = 16;

/// Longest `prompt_cache_key` and `safety_identifier`. Source: OpenAI API reference.
const KEY_MAX: usize = 64;

pub(super) fn write(request: &Request<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    reasoning(request, out, writer);
    text(request, out, writer);
    let logprobs = request.sampling.top_logprobs;
    writer.key("include").array(|writer| {
        writer.string("reasoning.encrypted_content");
        if logprobs.is_some() {
            writer.string("message.output_text.logprobs");
        }
    });
    if let Some(alternatives) = logprobs.filter(|alternatives| *alternatives > 0) {
        writer.key("top_logprobs").count(alternatives);
    }
    writer.key("store").flag(false);
    writer.key("stream").flag(request.stream);
    if let Some(wanted) = request.max_output {
        if wanted < MAX_OUTPUT_MIN {
            let field = out.name(field::MAX_OUTPUT);
            out.losses.approximated(field);
        }
        writer.key("max_output_tokens").count(wanted.max(MAX_OUTPUT_MIN));
    }
    sampling(request, out, writer);
    if let Some(tier) = request.tier {
        writer.key("service_tier").string(match tier {
            Tier::Auto => "auto",
            Tier::Standard => "default",
            Tier::Flex => "flex",
            Tier::Fast => "fast",
            Tier::Priority => "priority",
        });
    }
    identity(request, out, writer);
    stop(request, out);
}

fn reasoning(request: &Request<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let thinking = &request.thinking;
    let switched = out.dialect.thinking_switch != ThinkingSwitch::None;
    let wanted = effort::of(thinking);
    let known = out.dialect.efforts;
    let said = wanted.filter(|_| switched).and_then(|wanted| match wanted {
        // A model that cannot do without is not asked to.
        Effort::None if !known.take(Effort::None) => None,
        wanted => Some(known.nearest(wanted)),
    });
    if wanted != said {
        let field = out.name(field::EFFORT);
        out.losses.approximated(field);
    }
    let thinks = !matches!(thinking.mode, ThinkingMode::Unset | ThinkingMode::Off) || thinking.shown == Some(true);
    let summary = switched && thinks && thinking.shown != Some(false) && said != Some(Effort::None);
    if said.is_none() && !summary {
        return;
    }
    writer.key("reasoning").object(|writer| {
        if let Some(effort) = said {
            writer.key("effort").string(effort.word());
        }
        if summary {
            writer.key("summary").string("auto");
        }
    });
}

fn text(request: &Request<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let format = match &request.format {
        Format::Schema { .. } if !out.dialect.schema_answers => {
            let field = out.name(field::FORMAT);
            out.losses.dropped(field);
            &Format::Text
        }
        format => format,
    };
    if *format == Format::Text && request.verbosity.is_none() {
        return;
    }
    writer.key("text").object(|writer| {
        match format {
            Format::Text => {}
            Format::Json => writer.key("format").object(|writer| writer.key("type").string("json_object")),
            Format::Schema { name, description, schema, strict } => writer.key("format").object(|writer| {
                writer.key("type").string("json_schema");
                writer.key("name").text(name.as_ref().unwrap_or(&Text::plain("output")));
                if let Some(description) = description {
                    writer.key("description").text(description);
                }
                // A schema that says nothing of it is enforced where it can be.
                writer.key("strict").flag(strict.unwrap_or_else(|| schema::is_strict(schema)));
                writer.key("schema").raw(schema);
            }),
        }
        if let Some(verbosity) = request.verbosity {
            writer.key("verbosity").string(match verbosity {
                Verbosity::Low => "low",
                Verbosity::Medium => "medium",
                Verbosity::High => "high",
            });
        }
    });
}

fn sampling(request: &Request<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let sampling = &request.sampling;
    for (name, value) in [("temperature", sampling.temperature), ("top_p", sampling.top_p)] {
        match value {
            Some(value) if out.dialect.sampling => writer.key(name).raw(value),
            Some(_) => out.losses.dropped(name),
            None => {}
        }
    }
    let unknown = [
        ("top_k", sampling.top_k.is_some()),
        ("frequency_penalty", sampling.frequency_penalty.is_some()),
        ("presence_penalty", sampling.presence_penalty.is_some()),
        ("seed", sampling.seed.is_some()),
    ];
    unknown.into_iter().filter(|(_, given)| *given).for_each(|(name, _)| out.losses.dropped(name));
}

fn identity(request: &Request<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let identity = &request.identity;
    // What has no key of its own has its user, who changes with the session in Claude Code.
    let hashed = |text: &Text<'_>| Text::from(ids::derived("", ids::hash(text.decoded().as_bytes()), 0));
    let key = match (&identity.cache_key, &identity.user) {
        (Some(key), _) if key.len() <= KEY_MAX => Some(key.clone()),
        (Some(long), _) | (None, Some(long)) => Some(hashed(long)),
        (None, None) => None,
    };
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        writer.key("prompt_cache_key").text(&key);
    }
    match &identity.user {
        // Never the user's own words: who it is concerns nobody at the provider.
        Some(user) if out.dialect.user => {
            writer.key("safety_identifier").string(&ids::derived("user_", ids::hash(&person(user)), 0));
        }
        Some(_) => {
            let field = out.name(field::USER);
            out.losses.dropped(field);
        }
        None => {}
    }
}

/// What of a user's name stays the same from session to session.
fn person(user: &Text<'_>) -> Vec<u8> {
    let plain = user.decoded();
    let mut person = Vec::new();
    // Claude Code names device, account and session in a JSON object.
    let read = Reader::new(&plain).object::<Fault>(|name, reader| {
        let value = reader.raw()?;
        if name != "session_id" {
            person.extend_from_slice(value.as_bytes());
        }
        Ok(())
    });
    match read {
        Ok(()) if !person.is_empty() => person,
        _ => plain.split("_session_").next().unwrap_or_default().as_bytes().to_vec(),
    }
}

/// Responses has no stop texts: the answer is cut here.
fn stop(request: &Request<'_>, out: &mut Outgoing<'_>) {
    let texts = request.stop.iter().filter(|text| !text.is_empty());
    out.stop.extend(texts.map(|text| text.decoded().into_owned()));
    if !out.stop.is_empty() {
        let field = out.name(field::STOP);
        out.losses.note(field, Fate::Emulated);
    }
}
