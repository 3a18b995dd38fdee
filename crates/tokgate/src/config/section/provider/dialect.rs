//! `lacks`, `[provider.NAME.dialect]` and `[provider.NAME.model."MODEL".dialect]`: what a provider takes.

use tokgate_wire::conversation::Effort;
use tokgate_wire::downgrade::{BadLack, LACKS_MAX, Lack};
use tokgate_wire::translate::dialect::Efforts;
use tokgate_wire::translate::dialect::changes::{self, Changes};

use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::i18n::config as messages;

/// Reads `dialect` of a provider, or of some of its models.
pub(super) fn read(section: &Section<'_>) -> Changes {
    let section = section.section("dialect");
    let flag = |name: &&'static str| Some((*name, section.field(name)?.boolean()?));
    let count = |(name, range): &(&'static str, std::ops::RangeInclusive<u32>)| {
        let number = section.field(name)?.integer((*range.start()).into()..=(*range.end()).into())?;
        Some((*name, u32::try_from(number).ok()?))
    };
    let changes = Changes {
        flags: changes::FLAGS.iter().filter_map(flag).collect(),
        counts: changes::COUNTS.iter().filter_map(count).collect(),
        reasoning_in: section.field("reasoning_in").and_then(|field| field.choice(&changes::REASONING_IN)),
        thinking_switch: section.field("thinking_switch").and_then(|field| field.choice(&changes::THINKING_SWITCH)),
        search_switch: section.field("search_switch").and_then(|field| field.choice(&changes::SEARCH_SWITCH)),
        max_output_field: section.field("max_output_field").and_then(|field| field.choice(&changes::MAX_OUTPUT_FIELD)),
        schema: section.field("schema").and_then(|field| field.choice(&changes::SCHEMA)),
        efforts: section.field("efforts").and_then(|field| efforts(&field)),
    };
    section.finish();
    changes
}

/// Reads the dialects of single models, as written.
pub(super) fn by_model(section: &Section<'_>) -> Vec<(String, Changes)> {
    let models = section.named("model").into_iter();
    let read = models.map(|(entry, model)| {
        let changes = read(&model);
        model.finish();
        (entry.key.clone(), changes)
    });
    read.filter(|(_, changes)| !changes.is_empty()).collect()
}

fn efforts(field: &Field<'_>) -> Option<Efforts> {
    let words = Effort::ALL.map(|effort| (effort.word(), effort));
    Some(field.texts()?.iter().filter_map(|(_, item)| item.choice(&words)).collect())
}

/// Reads a list of what can be left out of a request.
pub(crate) fn lacks(section: &Section<'_>, key: &'static str) -> Option<Vec<Lack>> {
    let field = section.field(key)?;
    let lack = |(text, item): (&str, Field<'_>)| match Lack::parse(text) {
        Ok(lack) => Some(lack),
        Err(why) => {
            let error = item.error(&rules::BAD_LACK);
            item.reader().error(match why {
                BadLack::Malformed => error,
                BadLack::Essential => error.fix(&messages::ESSENTIAL_LACK_FIX),
                BadLack::UnknownValue => error.fix(&messages::LACKED_VALUE_FIX),
            });
            None
        }
    };
    let texts = field.texts().unwrap_or_default();
    if texts.len() > LACKS_MAX {
        field.reader().error(field.error(&rules::OUT_OF_RANGE).with("least", "0").with("most", LACKS_MAX.to_string()));
    }
    Some(texts.into_iter().filter_map(lack).collect())
}
