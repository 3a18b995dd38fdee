//! `route add`, `remove`, `move` and `edit`: changes of the rules in the configuration file, validated before they are
//! written.

use tokgate_policy::engine::RouteParams;

use crate::cli::args::route::RouteAdd;
use crate::cli::command::conditions::{self, pair};
use crate::cli::command::config::edit;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Text, exit};
use crate::cli::output::clean;
use crate::config::edit::{Change, KeyPath, NewTable, typed};
use crate::i18n::cli as text;

/// The list that rules stand in.
const LIST: &str = "route";

pub(super) fn add(context: &Context<'_>, rule: &RouteAdd) -> Result<u8, CliError> {
    let mut table = NewTable::new();
    table.insert("name", toml_edit::value(&rule.name));
    let when = conditions::table(LIST, &rule.conditions)?;
    if !when.is_empty() {
        table.insert("match", toml_edit::value(when));
    }
    table.insert("to", toml_edit::value(&rule.to));
    if let Some(model) = &rule.model {
        table.insert("model", toml_edit::value(model));
    }
    if rule.strict {
        table.insert("strict", toml_edit::value(true));
    }
    if let Some(priority) = rule.priority {
        table.insert("priority", toml_edit::value(i64::from(priority)));
    }
    let mut changes = vec![Change::Append(path([LIST])?, table)];
    if let Some(place) = rule.place {
        let count = context.load(&crate::config::Overrides::default())?.config.routes.len();
        changes.push(Change::Move(path([LIST])?, count, index(place, count + 1)?));
    }
    done(context, &changes)
}

pub(super) fn remove(context: &Context<'_>, rule: &str) -> Result<u8, CliError> {
    let (at, _) = find(context, rule)?;
    done(context, &[Change::Unset(path([LIST, &(at + 1).to_string()])?)])
}

pub(super) fn move_to(context: &Context<'_>, rule: &str, place: usize) -> Result<u8, CliError> {
    let (at, count) = find(context, rule)?;
    done(context, &[Change::Move(path([LIST])?, at, index(place, count)?)])
}

pub(super) fn edit(context: &Context<'_>, rule: &str, set: &[String]) -> Result<u8, CliError> {
    let (at, _) = find(context, rule)?;
    let at = (at + 1).to_string();
    let changes = set.iter().map(|set| {
        let (key, value) = pair(set, "KEY=VALUE")?;
        let steps = || [LIST, at.as_str()].into_iter().chain(key.split('.'));
        let path = path(steps())?;
        let named: Vec<&str> = std::iter::once(LIST).chain(key.split('.')).collect();
        // An empty value takes the key out.
        Ok(if value.is_empty() { Change::Unset(path) } else { Change::Set(path, typed(&named, value)) })
    });
    let changes = changes.collect::<Result<Vec<_>, CliError>>()?;
    done(context, &changes)
}

fn done(context: &Context<'_>, changes: &[Change]) -> Result<u8, CliError> {
    edit::edit(context, changes)?;
    context.out.say(context.out.word(&text::ROUTE_CHANGED));
    super::list(context)
}

fn path<'a>(steps: impl IntoIterator<Item = &'a str>) -> Result<KeyPath, CliError> {
    KeyPath::of(steps).ok_or_else(|| CliError::new("TG190", exit::USAGE, Text::verbatim(LIST)))
}

/// Where a rule stands, from 0, and how many there are: by its name, or by its number from 1.
fn find(context: &Context<'_>, rule: &str) -> Result<(usize, usize), CliError> {
    let routes = context.load(&crate::config::Overrides::default())?.config.routes;
    let named: Vec<usize> =
        routes.iter().enumerate().filter(|(_, route)| *route.name == *rule).map(|(at, _)| at).collect();
    match named.as_slice() {
        [one] => Ok((*one, routes.len())),
        [] => match rule.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
            Some(at) if at < routes.len() => Ok((at, routes.len())),
            _ => Err(unknown(rule, &routes)),
        },
        _ => Err(CliError::new("TG351", exit::USAGE, Text::new(&text::ROUTE_TWICE).with("name", clean(rule)))
            .fix(&text::ROUTE_BY_NUMBER)),
    }
}

fn unknown(rule: &str, routes: &[RouteParams]) -> CliError {
    let known = routes.iter().map(|route| clean(&route.name));
    CliError::new("TG351", exit::USAGE, Text::new(&text::ROUTE_UNKNOWN).with("name", clean(rule)))
        .fix(Text::new(&text::ROUTE_KNOWN).with_list("known", known))
}

fn index(place: usize, count: usize) -> Result<usize, CliError> {
    place.checked_sub(1).filter(|at| *at < count).ok_or_else(|| {
        CliError::new(
            "TG351",
            exit::USAGE,
            Text::new(&text::ROUTE_NOT_A_PLACE).with("place", place).with("count", count),
        )
        .fix(&text::ROUTE_BY_NUMBER)
    })
}
