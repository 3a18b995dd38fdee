//! `limit set` and `limit unset`: limits in the configuration file, validated before they are written.

use serde_json::json;
use tokgate_policy::engine::{Allowance, Concurrent, Over};
use toml_edit::Value;

use crate::cli::args::{LimitNumber, LimitSet, LimitUnset};
use crate::cli::command::conditions;
use crate::cli::command::config::edit::{self, Done};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::{Shape, clean, tilde};
use crate::config::Overrides;
use crate::config::edit::{Change, KeyPath, NewTable, typed};
use crate::config::model::Config;
use crate::i18n::{Lang, cli as text, edit as words, proxy};

/// The list that limits for callers stand in.
const LIST: &str = "limit";
/// Begins the name of a provider's limit.
const PROVIDER: &str = "provider:";

/// What a command is about.
#[derive(Debug, Clone, Copy)]
enum Of<'n> {
    Callers(&'n str),
    Provider(&'n str),
}

impl<'n> Of<'n> {
    fn named(name: &'n str) -> Self {
        name.strip_prefix(PROVIDER).map_or(Self::Callers(name), Self::Provider)
    }
}

pub(super) fn set(context: &Context<'_>, asked: &LimitSet) -> Result<u8, CliError> {
    let config = context.load(&Overrides::default())?.config;
    let of = Of::named(&asked.name);
    let numbers = numbers(asked);
    let changes = match of {
        Of::Provider(_) if !asked.conditions.is_empty() || asked.over.is_some() => {
            return Err(CliError::new("TG220", exit::USAGE, &text::LIMIT_OF_CALLERS).run("tokgate limit set --help"));
        }
        _ if numbers.is_empty() && asked.conditions.is_empty() && asked.over.is_none() => return Err(no_number()),
        Of::Provider(name) => {
            known_provider(&config, name)?;
            let change = |(number, value): (LimitNumber, Value)| {
                Ok(Change::Set(path(["provider", name, "limits", number.key()])?, value))
            };
            numbers.into_iter().map(change).collect::<Result<_, CliError>>()?
        }
        Of::Callers(name) => of_callers(&config, name, asked, numbers)?,
    };
    report(context, of, &edit::edit(context, &changes)?);
    Ok(exit::DONE)
}

pub(super) fn unset(context: &Context<'_>, asked: &LimitUnset) -> Result<u8, CliError> {
    let config = context.load(&Overrides::default())?.config;
    let of = Of::named(&asked.name);
    let whole = match of {
        Of::Provider(name) => {
            known_provider(&config, name)?;
            vec!["provider".to_owned(), name.to_owned(), "limits".to_owned()]
        }
        Of::Callers(name) => {
            let at = find(&config, name).ok_or_else(|| unknown(&config, name))?;
            vec![LIST.to_owned(), (at + 1).to_string()]
        }
    };
    let steps = || whole.iter().map(String::as_str);
    let changes = if asked.numbers.is_empty() {
        vec![Change::Unset(path(steps())?)]
    } else {
        let unset = |number: &LimitNumber| Ok(Change::Unset(path(steps().chain([number.key()]))?));
        asked.numbers.iter().map(unset).collect::<Result<_, CliError>>()?
    };
    report(context, of, &edit::edit(context, &changes)?);
    Ok(exit::DONE)
}

/// The numbers that were typed, as the configuration takes them.
fn numbers(asked: &LimitSet) -> Vec<(LimitNumber, Value)> {
    let number = |number: Option<u32>| number.map(|number| Value::from(i64::from(number)));
    let concurrent = asked.concurrent.as_deref();
    let each = LimitNumber::ALL.into_iter().zip([
        concurrent.map(|typed_value| typed(&["provider", "*", "limits", "concurrent"], typed_value)),
        number(asked.rpm),
        number(asked.tpm),
    ]);
    each.filter_map(|(number, value)| Some((number, value?))).collect()
}

fn of_callers(
    config: &Config,
    name: &str,
    asked: &LimitSet,
    numbers: Vec<(LimitNumber, Value)>,
) -> Result<Vec<Change>, CliError> {
    let when = conditions::table(LIST, &asked.conditions)?;
    let when = (!when.is_empty()).then(|| ("match", Value::from(when)));
    let over = asked.over.as_deref().map(|over| ("over", Value::from(over)));
    let numbers: Vec<_> = numbers.into_iter().map(|(number, value)| (number.key(), value)).collect();
    let Some(at) = find(config, name) else {
        if numbers.is_empty() {
            return Err(no_number());
        }
        let mut table = NewTable::new();
        table.insert("name", toml_edit::value(name));
        for (key, value) in when.into_iter().chain(numbers).chain(over) {
            table.insert(key, toml_edit::value(value));
        }
        return Ok(vec![Change::Append(path([LIST])?, table)]);
    };
    let at = (at + 1).to_string();
    let change = |(key, value)| Ok(Change::Set(path([LIST, &at, key])?, value));
    when.into_iter().chain(numbers).chain(over).map(change).collect()
}

/// Says how the limit is now.
fn report(context: &Context<'_>, of: Of<'_>, done: &Done) {
    let edited = done.edited();
    let (config, out) = (&edited.loaded.config, &context.out);
    let limit = match of {
        Of::Callers(name) => {
            find(config, name).and_then(|at| config.limits.get(at)).map(|limit| (limit.allowed, Some(limit.over)))
        }
        Of::Provider(name) => {
            config.providers.iter().find(|provider| *provider.name == *name).map(|provider| (provider.limits, None))
        }
    };
    let (of, name) = match of {
        Of::Callers(name) => ("caller", name),
        Of::Provider(name) => ("provider", name),
    };
    let allowed = limit.map(|(allowed, _)| allowed).unwrap_or_default();
    let [concurrent, rpm, tpm] = shown(&allowed);
    match &out.shape {
        Shape::Json(_) => {
            let over = limit.and_then(|(_, over)| over).map(|over| if over == Over::Wait { "wait" } else { "reject" });
            let file = edited.file.display().to_string();
            out.json(
                "limit.edit",
                json!({ "file": file, "changed": edited.changed, "in_force": done.in_force(), "of": of, "name": name,
                    "concurrent": concurrent, "rpm": allowed.rpm, "tpm": allowed.tpm, "over": over }),
            );
        }
        Shape::Plain => {
            let cell = |number: Option<String>| number.unwrap_or_else(|| "-".to_owned());
            out.data(&format!("{of}\t{}\t{}\t{}\t{}\n", clean(name), cell(concurrent), cell(rpm), cell(tpm)));
        }
        Shape::Human => {
            let file = tilde(&edited.file, context.env.home());
            let said = in_words(&allowed, out.lang).unwrap_or_else(|| out.word(&text::LIMIT_NONE).to_owned());
            let message = if edited.changed { &text::LIMIT_NOW } else { &words::SAME };
            out.say(out.text(message, &[("name", &clean(name)), ("limits", &said), ("path", &file)]));
        }
    }
}

fn shown(allowed: &Allowance) -> [Option<String>; 3] {
    let concurrent = allowed.concurrent.map(|concurrent| match concurrent {
        Concurrent::Auto => "auto".to_owned(),
        Concurrent::Fixed(count) => count.to_string(),
    });
    [concurrent, allowed.rpm.map(|rpm| rpm.to_string()), allowed.tpm.map(|tpm| tpm.to_string())]
}

/// `4 at once, 30 requests a minute`; nothing where nothing is limited.
fn in_words(allowed: &Allowance, lang: Lang) -> Option<String> {
    let messages = [&proxy::ALLOWED_CONCURRENT, &proxy::ALLOWED_RPM, &proxy::ALLOWED_TPM];
    let each = messages.into_iter().zip(shown(allowed));
    let each: Vec<String> =
        each.filter_map(|(message, count)| Some(message.text(lang, &[("count", &count?)]))).collect();
    (!each.is_empty()).then(|| each.join(if lang == Lang::Zh { "，" } else { ", " }))
}

fn find(config: &Config, name: &str) -> Option<usize> {
    config.limits.iter().position(|limit| *limit.name == *name)
}

fn path<'a>(steps: impl IntoIterator<Item = &'a str>) -> Result<KeyPath, CliError> {
    KeyPath::of(steps).ok_or_else(|| CliError::new("TG190", exit::USAGE, Text::verbatim(LIST)))
}

fn no_number() -> CliError {
    CliError::new("TG220", exit::USAGE, &text::LIMIT_NO_NUMBER).run("tokgate limit set --help")
}

fn unknown(config: &Config, name: &str) -> CliError {
    let known = config.limits.iter().map(|limit| clean(&limit.name));
    CliError::new("TG190", exit::USAGE, Text::new(&text::LIMIT_UNKNOWN).with("name", clean(name)))
        .fix(Text::new(&text::ROUTE_KNOWN).with_list("known", known))
}

fn known_provider(config: &Config, name: &str) -> Result<(), CliError> {
    if config.providers.iter().any(|provider| *provider.name == *name) {
        return Ok(());
    }
    let known = config.providers.iter().map(|provider| &*provider.name);
    let message = Text::new(&proxy::PROVIDER_UNKNOWN).with("name", clean(name)).with_list("known", known);
    Err(CliError::new("TG303", exit::USAGE, message))
}
