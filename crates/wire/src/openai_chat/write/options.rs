//! Everything of a request but its tools and its messages.

use crate::conversation::{Effort, Format, Identity, Request, Sampling, Thinking, ThinkingMode, Tier, Verbosity};
use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::translate::dialect::{MaxOutputField, ThinkingSwitch};
use crate::translate::{effort, ids, schema};

use crate::translate::context::{Context, wants_thinking};
use crate::translate::field;

/// Name of a schema for which the client has none.
const SCHEMA_NAME: &str = "output";

pub(super) fn write(request: &Request<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    format(&request.format, cx, body);
    max_output(request.max_output, cx, body);
    sampling(&request.sampling, cx, body);
    stop(&request.stop, cx, body);
    thinking(&request.thinking, cx, body);
    openai(request, cx, body);
    identity(&request.identity, cx, body);
    if request.stream {
        body.key("stream").flag(true);
        if cx.out.dialect.include_usage {
            body.key("stream_options").object(|body| body.key("include_usage").flag(true));
        }
    }
}

fn format(format: &Format<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    match format {
        Format::Text => {}
        Format::Schema { name, description, schema, strict } if cx.out.dialect.schema_answers => {
            let fits = schema::is_strict(schema);
            if *strict == Some(true) && !fits {
                cx.out.losses.approximated(cx.out.name(field::FORMAT_STRICT));
            }
            body.key("response_format").object(|body| {
                body.key("type").string("json_schema");
                body.key("json_schema").object(|body| {
                    body.key("name").text(name.as_ref().unwrap_or(&Text::plain(SCHEMA_NAME)));
                    if let Some(description) = description {
                        body.key("description").text(description);
                    }
                    body.key("schema").raw(schema);
                    if fits || *strict == Some(false) {
                        body.key("strict").flag(strict.unwrap_or(true));
                    }
                });
            });
        }
        // A schema that the provider does not take is told to the model in words, see `history`.
        Format::Json | Format::Schema { .. } => {
            body.key("response_format").object(|body| body.key("type").string("json_object"));
        }
    }
}

fn max_output(tokens: Option<u64>, cx: &Context<'_, '_>, body: &mut Writer) {
    let Some(tokens) = tokens else { return };
    let name = match cx.out.dialect.max_output_field {
        MaxOutputField::MaxCompletionTokens => "max_completion_tokens",
        MaxOutputField::MaxTokens => "max_tokens",
    };
    // 0 warms Anthropic's cache; here the least is 1.
    body.key(name).count(tokens.max(1));
}

fn sampling(sampling: &Sampling<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let dialect = cx.out.dialect;
    let numbers = [
        ("temperature", sampling.temperature, dialect.sampling),
        ("top_p", sampling.top_p, dialect.sampling),
        ("top_k", sampling.top_k, dialect.top_k),
        ("frequency_penalty", sampling.frequency_penalty, dialect.sampling),
        ("presence_penalty", sampling.presence_penalty, dialect.sampling),
        ("seed", sampling.seed, true),
    ];
    for (name, number, taken) in numbers {
        match number {
            Some(number) if taken => body.key(name).raw(number),
            Some(_) => cx.out.losses.dropped(name),
            None => {}
        }
    }
    if let Some(alternatives) = sampling.top_logprobs {
        body.key("logprobs").flag(true);
        if alternatives > 0 {
            body.key("top_logprobs").count(alternatives);
        }
    }
}

fn stop(texts: &[Text<'_>], cx: &mut Context<'_, '_>, body: &mut Writer) {
    let taken = cx.stop(texts);
    if !taken.is_empty() {
        body.key("stop").array(|body| taken.iter().for_each(|text| body.text(text)));
    }
}

fn thinking(thinking: &Thinking, cx: &mut Context<'_, '_>, body: &mut Writer) {
    if thinking.shown == Some(false) {
        let field = cx.out.name(field::DISPLAY);
        cx.out.losses.dropped(field);
    }
    let Some(on) = wants_thinking(thinking) else { return };
    match cx.out.dialect.thinking_switch {
        ThinkingSwitch::Protocol => reasoning_effort(thinking, cx, body),
        switch @ (ThinkingSwitch::Thinking | ThinkingSwitch::ThinkingAdaptive) => {
            let word = match switch {
                _ if !on => "disabled",
                ThinkingSwitch::ThinkingAdaptive => "adaptive",
                _ => "enabled",
            };
            body.key("thinking").object(|body| body.key("type").string(word));
            beside_switch(thinking, on, cx, body);
        }
        ThinkingSwitch::EnableThinking => {
            body.key("enable_thinking").flag(on);
            if let Some(tokens) = tokens(thinking).filter(|_| on) {
                body.key("thinking_budget").count(tokens);
            }
        }
        ThinkingSwitch::TemplateArguments => {
            body.key("chat_template_kwargs").object(|body| body.key("enable_thinking").flag(on));
            beside_switch(thinking, on, cx, body);
        }
        ThinkingSwitch::Reasoning => body.key("reasoning").object(|body| match (on, thinking.mode, thinking.effort) {
            (false, ..) => body.key("enabled").flag(false),
            (true, ThinkingMode::Budget(tokens), None) => body.key("max_tokens").count(tokens),
            (true, _, None) => body.key("enabled").flag(true),
            (true, _, Some(effort)) => body.key("effort").string(near(effort, cx).word()),
        }),
        ThinkingSwitch::Budget | ThinkingSwitch::None if on => cx.lose_thinking(),
        ThinkingSwitch::Budget | ThinkingSwitch::None => {}
    }
}

/// Providers with a switch of their own take an effort only where their efforts are known, and never one beside a
/// switch that is off.
fn beside_switch(thinking: &Thinking, on: bool, cx: &mut Context<'_, '_>, body: &mut Writer) {
    if !on {
        return;
    }
    if cx.out.dialect.efforts.are_known() {
        reasoning_effort(thinking, cx, body);
    } else if thinking.effort.is_some() || matches!(thinking.mode, ThinkingMode::Budget(_)) {
        cx.approximate_effort();
    }
}

fn reasoning_effort(thinking: &Thinking, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let Some(wanted) = effort::of(thinking) else { return };
    let known = cx.out.dialect.efforts;
    if wanted == Effort::None && !known.take(wanted) {
        // Its least effort would be more than nothing, and its own choice is at least no mistake.
        cx.lose_thinking();
        return;
    }
    body.key("reasoning_effort").string(near(wanted, cx).word());
}

fn near(wanted: Effort, cx: &mut Context<'_, '_>) -> Effort {
    let near = cx.out.dialect.efforts.nearest(wanted);
    if near != wanted {
        cx.approximate_effort();
    }
    near
}

fn tokens(thinking: &Thinking) -> Option<u64> {
    match thinking.mode {
        ThinkingMode::Budget(tokens) => Some(tokens),
        _ => thinking.effort.map(effort::budget).filter(|tokens| *tokens > 0),
    }
}

/// What OpenAI alone understands; others refuse the whole request for it.
fn openai(request: &Request<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let verbosity = request.verbosity.map(|verbosity| match verbosity {
        Verbosity::Low => "low",
        Verbosity::Medium => "medium",
        Verbosity::High => "high",
    });
    let tier = request.tier.map(|tier| match tier {
        Tier::Auto => "auto",
        Tier::Standard => "default",
        Tier::Flex => "flex",
        Tier::Fast => "fast",
        Tier::Priority => "priority",
    });
    for (name, word) in [("verbosity", verbosity), ("service_tier", tier)] {
        match word {
            Some(word) if cx.out.dialect.openai_fields => body.key(name).string(word),
            Some("auto") | None => {}
            Some(_) => {
                let field = if name == "verbosity" { cx.out.name(field::VERBOSITY) } else { name };
                cx.out.losses.dropped(field);
            }
        }
    }
}

/// Who asks, as hashes: a provider tells users apart without learning who they are.
fn identity(identity: &Identity<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let named = identity.user.as_ref().map(Text::decoded);
    let (user, session) = named.as_deref().map_or((None, None), user_and_session);
    let own = cx.out.dialect.openai_fields;
    match user {
        Some(user) if cx.out.dialect.user => {
            let hash = ids::derived("user_", ids::hash(user.as_bytes()), 0);
            body.key(if own { "safety_identifier" } else { "user" }).string(&hash);
        }
        Some(_) => {
            let field = cx.out.name(field::USER);
            cx.out.losses.dropped(field);
        }
        None => {}
    }
    match (&identity.cache_key, session) {
        (Some(key), _) if own => body.key("prompt_cache_key").text(key),
        (Some(_), _) => cx.out.losses.dropped(cx.out.name(field::CACHE_KEY)),
        (None, Some(session)) if own => {
            body.key("prompt_cache_key").string(&ids::derived("session_", ids::hash(session.as_bytes()), 0));
        }
        (None, _) => {}
    }
}

/// Claude Code puts user and session into one id: an object, in older versions `user_…_session_…`.
fn user_and_session(id: &str) -> (Option<String>, Option<String>) {
    if let Some((user, session)) = id.split_once("_session_") {
        return (Some(user.to_owned()), Some(session.to_owned()));
    }
    let (mut user, mut session) = (String::new(), None);
    let mut reader = Reader::new(id);
    let is_object = reader.kind() == Ok(Kind::Object);
    let read = reader.object(|name, reader| -> Result<(), Fault> {
        match (name, reader.text_or_skip()?) {
            ("session_id", text) => session = text.map(|text| text.decoded().into_owned()),
            (_, Some(text)) => user.push_str(&text.decoded()),
            (_, None) => {}
        }
        Ok(())
    });
    if is_object && read.is_ok() {
        return (Some(user).filter(|user| !user.is_empty()), session);
    }
    (Some(id.to_owned()).filter(|id| !id.is_empty()), None)
}
