//! How the answer shall be.

use crate::conversation::{Format, Request, Thinking, ThinkingMode, Tier};
use crate::json::Writer;
use crate::translate::context::{Context, wants_thinking};
use crate::translate::dialect::{Efforts, SchemaDialect, ThinkingSwitch};
use crate::translate::{effort, schema};

use super::super::model::{Model, Thinks};
use crate::translate::field;

/// A budget that the model chooses itself.
const DYNAMIC: &str = "-1";

pub(super) fn write(
    request: &Request<'_>,
    model: &Model,
    takes_schema: bool,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    note_losses(request, cx);
    let mut inside = Writer::default();
    inside.object(|body| {
        // 0 warms Anthropic's cache; here the least is 1.
        if let Some(tokens) = request.max_output {
            body.key("maxOutputTokens").count(tokens.max(1));
        }
        sampling(request, cx, body);
        let stop = cx.stop(&request.stop);
        if !stop.is_empty() {
            body.key("stopSequences").array(|body| stop.iter().for_each(|text| body.text(text)));
        }
        if let Some(alternatives) = request.sampling.top_logprobs {
            body.key("responseLogprobs").flag(true);
            if alternatives > 0 {
                body.key("logprobs").count(alternatives);
            }
        }
        if takes_schema {
            format(&request.format, cx, body);
        }
        thinking(request, model, cx, body);
    });
    let inside = inside.into_bytes();
    if inside != b"{}" {
        // What was written is valid UTF-8: it was made of texts.
        body.key("generationConfig").raw(&String::from_utf8(inside).unwrap_or_default());
    }
}

/// What this protocol has no field for, or that its models refuse.
fn note_losses(request: &Request<'_>, cx: &mut Context<'_, '_>) {
    let is_said = |number: Option<&str>| number.is_some_and(|number| number.parse() != Ok(0.0));
    let lost = [
        (is_said(request.sampling.frequency_penalty), "frequency_penalty"),
        (is_said(request.sampling.presence_penalty), "presence_penalty"),
        (request.verbosity.is_some(), cx.out.name(field::VERBOSITY)),
        (!matches!(request.tier, None | Some(Tier::Auto)), "service_tier"),
        (request.identity.user.is_some(), cx.out.name(field::USER)),
        (request.identity.cache_key.is_some(), cx.out.name(field::CACHE_KEY)),
    ];
    lost.into_iter().filter(|(said, _)| *said).for_each(|(_, field)| cx.out.losses.dropped(field));
}

fn sampling(request: &Request<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let dialect = cx.out.dialect;
    let numbers = [
        ("temperature", "temperature", request.sampling.temperature, dialect.sampling),
        ("topP", "top_p", request.sampling.top_p, dialect.sampling),
        ("topK", "top_k", request.sampling.top_k, dialect.top_k),
        ("seed", "seed", request.sampling.seed, true),
    ];
    for (name, field, number, taken) in numbers {
        match number {
            Some(number) if taken => body.key(name).raw(number),
            Some(_) => cx.out.losses.dropped(field),
            None => {}
        }
    }
}

fn format(format: &Format<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    if *format != Format::Text {
        body.key("responseMimeType").string("application/json");
    }
    if let Format::Schema { schema, .. } = format {
        match cx.out.dialect.schema {
            SchemaDialect::OpenApi => {
                let (fitted, lost) = schema::fit(Some(schema), SchemaDialect::OpenApi);
                if lost {
                    let field = cx.out.name(field::FORMAT_SCHEMA);
                    cx.out.losses.approximated(field);
                }
                body.key("responseSchema").raw(&fitted);
            }
            SchemaDialect::Full | SchemaDialect::Moonshot => body.key("responseJsonSchema").raw(schema),
        }
    }
}

/// `thinkingConfig`: a level or a budget, never both.
fn thinking(request: &Request<'_>, model: &Model, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let thinking = &request.thinking;
    let Some(on) = wants_thinking(thinking) else { return };
    let thinks = match (cx.out.dialect.thinking_switch, model.thinks) {
        (ThinkingSwitch::None, _) => Thinks::No,
        (_, thinks) => thinks,
    };
    if thinks == Thinks::No {
        if on {
            cx.lose_thinking();
        }
        return;
    }
    body.key("thinkingConfig").object(|body| {
        if on && thinking.shown != Some(false) {
            body.key("includeThoughts").flag(true);
        }
        match thinks {
            Thinks::No => {}
            Thinks::Level(levels) => level(thinking, levels, cx, body),
            Thinks::Budget { least, most, stops } if on => {
                budget(thinking, request.max_output, (least, most, stops), cx, body);
            }
            Thinks::Budget { stops: true, .. } => body.key("thinkingBudget").count(0),
            Thinks::Budget { least, .. } => {
                cx.approximate_effort();
                body.key("thinkingBudget").count(least);
            }
        }
    });
}

/// Its least level is the nearest to none.
fn level(thinking: &Thinking, levels: Efforts, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let Some(wanted) = effort::of(thinking) else { return };
    let known = if cx.out.dialect.efforts.are_known() { cx.out.dialect.efforts } else { levels };
    let near = known.nearest(wanted);
    if near != wanted {
        cx.approximate_effort();
    }
    body.key("thinkingLevel").string(&near.word().to_ascii_uppercase());
}

/// Reasoning counts as output: a budget leaves room for the answer.
fn budget(
    thinking: &Thinking,
    max_output: Option<u64>,
    (least, most, stops): (u64, u64, bool),
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    let wanted = match (thinking.mode, thinking.effort) {
        (ThinkingMode::Budget(tokens), _) => tokens,
        (_, Some(effort)) => effort::budget(effort),
        (_, None) => return body.key("thinkingBudget").raw(DYNAMIC),
    };
    let room = max_output.map_or(wanted, |max| effort::within(wanted, max).unwrap_or(if stops { 0 } else { least }));
    let near = if room == 0 && stops { 0 } else { room.clamp(least, most) };
    if near != wanted {
        cx.approximate_effort();
    }
    body.key("thinkingBudget").count(near);
}
