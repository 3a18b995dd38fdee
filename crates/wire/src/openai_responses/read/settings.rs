//! `reasoning`, `text`, `service_tier`.

use super::{Source, members, typed, word};
use crate::conversation::{Effort, Format, Refused, Thinking, ThinkingMode, Tier, Verbosity};
use crate::json::{Reader, Text};

/// `reasoning`, of the request or of a `configuration_update`.
pub(super) fn reasoning<'a>(
    reader: &mut Reader<'a>,
    source: &mut Source<'a, '_>,
    thinking: &mut Thinking,
) -> Result<(), Refused> {
    members(reader, |name, reader| {
        match name {
            "effort" => effort(word(reader)?, source, thinking),
            "summary" | "generate_summary" => {
                if let Some(word) = word(reader)? {
                    thinking.shown = Some(word != "none");
                }
            }
            // These words are what every provider does.
            "context" | "mode" => match word(reader)? {
                None | Some("auto" | "standard") => {}
                Some(_) if name == "mode" => source.losses.dropped("reasoning.mode"),
                Some(_) => source.losses.dropped("reasoning.context"),
            },
            _ => typed::left_out(reader, source.losses, || format!("reasoning.{name}"))?,
        }
        Ok(())
    })
}

fn effort(word: Option<&str>, source: &mut Source<'_, '_>, thinking: &mut Thinking) {
    let Some(word) = word else { return };
    match Effort::from_word(word) {
        Some(effort) => {
            thinking.effort = Some(effort);
            thinking.mode = if effort == Effort::None { ThinkingMode::Off } else { ThinkingMode::Adaptive };
        }
        None => source.losses.dropped("reasoning.effort"),
    }
}

/// `text`, of the request or of a `configuration_update`.
pub(super) fn text<'a>(
    reader: &mut Reader<'a>,
    source: &mut Source<'a, '_>,
    format: &mut Format<'a>,
    verbosity: &mut Option<Verbosity>,
) -> Result<(), Refused> {
    members(reader, |name, reader| {
        match name {
            "format" => *format = self::format(reader, source)?,
            "verbosity" => match word(reader)? {
                None => {}
                Some("low") => *verbosity = Some(Verbosity::Low),
                Some("medium") => *verbosity = Some(Verbosity::Medium),
                Some("high") => *verbosity = Some(Verbosity::High),
                Some(_) => source.losses.dropped("text.verbosity"),
            },
            _ => typed::left_out(reader, source.losses, || format!("text.{name}"))?,
        }
        Ok(())
    })
}

fn format<'a>(reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<Format<'a>, Refused> {
    let start = typed::start(reader)?;
    let mut kind = None;
    let (mut name, mut description): (Option<Text<'a>>, Option<Text<'a>>) = (None, None);
    let (mut schema, mut strict) = (None, None);
    members(reader, |field, reader| {
        match field {
            "type" => kind = word(reader)?,
            "name" => name = typed::text(reader)?,
            "description" => description = typed::text(reader)?,
            "schema" => schema = typed::raw_object(reader)?,
            "strict" => strict = typed::flag(reader)?,
            _ => typed::left_out(reader, source.losses, || format!("text.format.{field}"))?,
        }
        Ok(())
    })?;
    Ok(match kind {
        Some("json_object") => Format::Json,
        Some("json_schema") => match schema {
            Some(schema) => Format::Schema { name, description, schema, strict },
            None => typed::needed(None, start, "schema")?,
        },
        _ => Format::Text,
    })
}

pub(super) fn tier(reader: &mut Reader<'_>, source: &mut Source<'_, '_>) -> Result<Option<Tier>, Refused> {
    Ok(match word(reader)? {
        None => None,
        Some("auto") => Some(Tier::Auto),
        Some("default") => Some(Tier::Standard),
        Some("flex") => Some(Tier::Flex),
        Some("fast") => Some(Tier::Fast),
        Some("priority" | "scale") => Some(Tier::Priority),
        Some(_) => {
            source.losses.dropped("service_tier");
            None
        }
    })
}
