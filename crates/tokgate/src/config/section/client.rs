//! `[client.NAME]`

use std::collections::BTreeMap;

use super::profile::{is_name, missing_target, refuse_name};
use crate::config::model::{Client, Profile};
use crate::config::reader::Section;
use crate::config::{reference, rules};
use crate::i18n::config as messages;

/// Slots of `client.NAME.models`.
const SLOTS: [&str; 3] = ["opus", "sonnet", "haiku"];

/// Reads every `[client.NAME]`.
pub(crate) fn read(root: &Section<'_>, profiles: &[Profile]) -> BTreeMap<String, Client> {
    root.named("client")
        .into_iter()
        .map(|(entry, section)| {
            if !is_name(&entry.key) {
                refuse_name(&section, entry);
            }
            (entry.key.clone(), client(section, profiles))
        })
        .collect()
}

fn client(section: Section<'_>, profiles: &[Profile]) -> Client {
    let models = section.section("models");
    let client = Client {
        profile: profile(&section, profiles),
        args: section
            .field("args")
            .and_then(|field| field.list())
            .map(|items| items.iter().filter_map(|item| item.raw_text()).map(str::to_owned).collect())
            .unwrap_or_default(),
        env: variables(&section),
        command: section.field("command").and_then(|field| field.text()).map(str::to_owned),
        small_model: section.field("small_model").and_then(|field| field.text()).map(str::to_owned),
        models: SLOTS
            .iter()
            .filter_map(|slot| Some(((*slot).to_owned(), models.field(slot)?.text()?.to_owned())))
            .collect(),
        quiet_traffic: section.field("quiet_traffic").and_then(|field| field.boolean()),
    };
    models.finish();
    section.finish();
    client
}

fn profile(section: &Section<'_>, profiles: &[Profile]) -> Option<String> {
    let field = section.field("profile")?;
    let name = field.text()?;
    if !profiles.iter().any(|profile| &*profile.name == name) {
        let names = profiles.iter().map(|profile| &*profile.name);
        field.reader().error(missing_target(field.error(&rules::MISSING_TARGET), &messages::KIND_PROFILE, name, names));
    }
    Some(name.to_owned())
}

fn variables(section: &Section<'_>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (entry, field) in section.texts_by_name("env") {
        if !reference::is_variable(&entry.key) {
            let error = field.error(&rules::BAD_VARIABLE_NAME);
            field.reader().error(error.with("value", crate::config::mask::shown(&entry.key)));
        }
        if crate::config::mask::secret_name(&entry.key) {
            field.reader().secret(field.place());
        }
        if let Some(text) = field.raw_text() {
            variables.insert(entry.key.clone(), text.to_owned());
        }
    }
    variables
}
