//! How the answer shall be, and what of it Anthropic's protocol cannot say.

use super::block::{Block, Pen};
use super::thinking::Thinking;
use crate::conversation::{Fate, Format, Impossible, Refused, Request, Tier};
use crate::json::{Text, Writer};
use crate::translate::context::note_extra;
use crate::translate::field;
use crate::translate::{Outgoing, schema};

/// Longest `user_id`. Source: Anthropic API documentation, "Create a Message".
const USER_MAX: usize = 256;

/// Least `top_p` that is taken together with reasoning.
const THINKING_TOP_P_MIN: f64 = 0.95;

/// Refuses what is impossible, notes what is left out.
pub(super) fn check(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<(), Refused> {
    if request.sampling.top_logprobs.is_some() {
        return Err(Refused::new(out.name(field::LOGPROBS), Impossible::Logprobs));
    }
    request.extra.iter().try_for_each(|extra| note_extra(extra, out))?;
    let sampling = &request.sampling;
    let lost = [
        (sampling.seed.is_some(), "seed"),
        (sampling.frequency_penalty.is_some(), "frequency_penalty"),
        (sampling.presence_penalty.is_some(), "presence_penalty"),
        (request.verbosity.is_some(), out.name(field::VERBOSITY)),
        (!matches!(request.tier, None | Some(Tier::Auto)), "service_tier"),
    ];
    lost.into_iter().filter(|(said, _)| *said).for_each(|(_, name)| out.losses.dropped(name));
    Ok(())
}

/// Asks in words for a shape that cannot be enforced.
pub(super) fn hint_format<'a>(request: &Request<'a>, out: &mut Outgoing<'_>, system: &mut Vec<Block<'_, 'a>>) {
    let hint = match &request.format {
        Format::Schema { schema, .. } if !out.dialect.schema_answers => {
            format!("Answer with one JSON value and nothing else. It must match this JSON schema:\n{schema}")
        }
        Format::Json => "Answer with one JSON object and nothing else.".to_owned(),
        Format::Schema { .. } | Format::Text => return,
    };
    out.losses.reworded(out.name(field::FORMAT));
    system.push(Block::Said(Text::from(hint)));
}

/// Writes `output_config`.
pub(super) fn write_output(writer: &mut Writer, request: &Request<'_>, thinking: &Thinking, pen: &mut Pen<'_, '_>) {
    let format = match &request.format {
        Format::Schema { schema, .. } if pen.out.dialect.schema_answers => Some(*schema),
        _ => None,
    };
    if format.is_none() && thinking.effort.is_none() {
        return;
    }
    writer.key("output_config").object(|writer| {
        if let Some(effort) = thinking.effort {
            writer.key("effort").string(effort.word());
        }
        if let Some(format) = format {
            let (fitted, lost) = schema::fit(Some(format), pen.out.dialect.schema);
            if lost {
                pen.out.losses.approximated(pen.out.name(field::FORMAT_SCHEMA));
            }
            writer.key("format").object(|writer| {
                writer.key("type").string("json_schema");
                writer.key("schema").raw(&fitted);
            });
        }
    });
}

/// Writes the numbers that steer chance. While the model reasons most of them are refused.
pub(super) fn write_sampling(writer: &mut Writer, request: &Request<'_>, thinks: bool, out: &mut Outgoing<'_>) {
    let sampling = &request.sampling;
    let taken = out.dialect.sampling;
    if let Some(spelling) = sampling.temperature {
        match spelling.parse::<f64>() {
            Ok(value) if taken && !thinks && value > 1.0 => {
                out.losses.approximated("temperature");
                writer.key("temperature").raw("1");
            }
            Ok(_) if taken && !thinks => writer.key("temperature").raw(spelling),
            // What every model does anyway.
            Ok(1.0) => {}
            _ => out.losses.dropped("temperature"),
        }
    }
    if let Some(spelling) = sampling.top_p {
        match spelling.parse::<f64>() {
            Ok(value) if taken && (!thinks || value >= THINKING_TOP_P_MIN) => writer.key("top_p").raw(spelling),
            Ok(1.0) => {}
            _ => out.losses.dropped("top_p"),
        }
    }
    match sampling.top_k {
        Some(spelling) if out.dialect.top_k && taken && !thinks => writer.key("top_k").raw(spelling),
        Some(_) => out.losses.dropped("top_k"),
        None => {}
    }
}

/// Writes `stop_sequences`. Blank ones are refused; those beyond what the target takes are watched for here.
pub(super) fn write_stop(writer: &mut Writer, request: &Request<'_>, out: &mut Outgoing<'_>) {
    let field = out.name(field::STOP);
    if request.stop.iter().any(Text::is_blank) {
        out.losses.dropped(field);
    }
    let stop: Vec<_> = request.stop.iter().filter(|text| !text.is_blank()).collect();
    let (sent, watched) = stop.split_at(stop.len().min(out.dialect.stop_max));
    if !watched.is_empty() {
        out.losses.note(field, Fate::Emulated);
        out.stop.extend(watched.iter().map(|text| text.decoded().into_owned()));
    }
    if !sent.is_empty() {
        writer.key("stop_sequences").array(|writer| sent.iter().for_each(|text| writer.text(text)));
    }
}

/// Writes `metadata`.
pub(super) fn write_identity(writer: &mut Writer, request: &Request<'_>, out: &mut Outgoing<'_>) {
    let identity = &request.identity;
    let Some(user) = identity.user.as_ref().or(identity.cache_key.as_ref()) else { return };
    if out.dialect.user && user.len() <= USER_MAX && !user.is_blank() {
        writer.key("metadata").object(|writer| writer.key("user_id").text(user));
    } else {
        let field = if identity.user.is_some() { field::USER } else { field::CACHE_KEY };
        out.losses.dropped(out.name(field));
    }
}
