//! How the answer shall be: reasoning, effort, format, urgency.

use super::{members, typed, word};
use crate::conversation::{Effort, Format, Losses, Request, Thinking, ThinkingMode, Tier};
use crate::json::{Fault, Reader, Text};

/// `thinking`
pub(super) fn thinking<'a>(reader: &mut Reader<'a>, thinking: &mut Thinking, losses: &mut Losses) -> Result<(), Fault> {
    let (mut kind, mut budget) = (None, None);
    members(reader, |name, reader| {
        match name {
            "type" => kind = word(reader)?,
            "budget_tokens" => budget = typed::count(reader)?,
            "display" => thinking.shown = word(reader)?.map(|display| display != "omitted"),
            _ => note_value(name, reader, losses, "thinking")?,
        }
        Ok(())
    })?;
    thinking.mode = match (kind, budget) {
        (Some("enabled"), Some(budget)) => ThinkingMode::Budget(budget),
        (Some("adaptive" | "enabled"), _) => ThinkingMode::Adaptive,
        (Some("between_tools"), _) => ThinkingMode::BetweenTools,
        (Some("disabled"), _) => ThinkingMode::Off,
        (Some(_), _) => {
            losses.approximated("thinking.type");
            ThinkingMode::Adaptive
        }
        (None, _) => ThinkingMode::Unset,
    };
    Ok(())
}

/// `output_config`
pub(super) fn output<'a>(reader: &mut Reader<'a>, request: &mut Request<'a>, losses: &mut Losses) -> Result<(), Fault> {
    members(reader, |name, reader| {
        match name {
            "effort" => {
                let effort = word(reader)?;
                request.thinking.effort = effort.and_then(Effort::from_word);
                if effort.is_some() && request.thinking.effort.is_none() {
                    losses.approximated("output_config.effort");
                }
            }
            "format" => format(reader, request, losses)?,
            _ => note_value(name, reader, losses, "output_config")?,
        }
        Ok(())
    })
}

/// `output_config.format`
pub(super) fn format<'a>(reader: &mut Reader<'a>, request: &mut Request<'a>, losses: &mut Losses) -> Result<(), Fault> {
    let (mut kind, mut schema) = (None, None);
    let mut named: (Option<Text<'a>>, Option<Text<'a>>) = (None, None);
    members(reader, |name, reader| {
        match name {
            "type" => kind = word(reader)?,
            "schema" => schema = typed::raw_object(reader)?,
            "name" => named.0 = typed::text(reader)?,
            "description" => named.1 = typed::text(reader)?,
            _ => note_value(name, reader, losses, "output_config.format")?,
        }
        Ok(())
    })?;
    match (kind, schema) {
        (Some("json_schema"), Some(schema)) => {
            let (name, description) = named;
            request.format = Format::Schema { name, description, schema, strict: Some(true) };
        }
        (None | Some("text"), _) => {}
        _ => losses.dropped("output_config.format"),
    }
    Ok(())
}

/// `service_tier`
pub(super) fn tier(reader: &mut Reader<'_>, request: &mut Request<'_>, losses: &mut Losses) -> Result<(), Fault> {
    // `speed` says more: it stays, wherever it stands.
    let keep = request.tier == Some(Tier::Fast);
    match word(reader)? {
        Some(_) if keep => {}
        Some("auto") => request.tier = Some(Tier::Auto),
        Some("standard_only") => request.tier = Some(Tier::Standard),
        Some(_) => losses.dropped("service_tier"),
        None => {}
    }
    Ok(())
}

/// `speed`
pub(super) fn speed(reader: &mut Reader<'_>, request: &mut Request<'_>, losses: &mut Losses) -> Result<(), Fault> {
    match word(reader)? {
        Some("fast") => request.tier = Some(Tier::Fast),
        Some("standard") | None => {}
        Some(_) => losses.dropped("speed"),
    }
    Ok(())
}

/// A member nobody knows: noted when it has a value.
fn note_value(name: &str, reader: &mut Reader<'_>, losses: &mut Losses, parent: &str) -> Result<(), Fault> {
    if reader.raw()? != "null" {
        losses.dropped(format!("{parent}.{name}"));
    }
    Ok(())
}
