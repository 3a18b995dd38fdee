//! `[adapter.NAME]`

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokgate_wire::adapter::{Adapter, Detect, Rewrite, Session, preset};
use tokgate_wire::downgrade::Lacks;

use super::header;
use super::profile::{is_name, refuse_name};
use super::provider::lacks;
use crate::config::reader::{Field, Section};
use crate::config::rules;
use crate::i18n::Both;

/// How long a session id may stay the same.
const PERIODS: RangeInclusive<Duration> = Duration::from_secs(60)..=Duration::from_secs(366 * 86_400);

/// Reads every `[adapter.NAME]` that is switched on, as written: the first that recognises a request rewrites it.
pub(crate) fn read(root: &Section<'_>) -> Vec<Arc<Adapter>> {
    let adapters = root.named("adapter").into_iter().filter_map(|(entry, section)| {
        if !is_name(&entry.key) {
            refuse_name(&section, entry);
        }
        adapter(&entry.key, section)
    });
    adapters.map(Arc::new).collect()
}

fn adapter(name: &str, section: Section<'_>) -> Option<Adapter> {
    let enabled = section.field("enabled").and_then(|field| field.boolean()).unwrap_or(true);
    let own = Detect {
        user_agents: texts(&section, "user_agent"),
        headers: header::matched(&section, |field| field.text().map(str::to_owned)),
        fields: texts(&section, "body"),
    };
    let known = preset::find(name).map(preset::Preset::detect);
    let written = own != Detect::default();
    if !written && known.is_none() && section.is_table() {
        let known: Vec<&str> = preset::all().iter().map(|preset| preset.id).collect();
        section.reader().error(section.error(&rules::NOT_DETECTED).with("known", Both::list(known)));
    }
    let detect = if written { own } else { known.unwrap_or_default() };
    let rewrite = Rewrite {
        system: section.field("system").and_then(|field| field.text()).map(str::to_owned),
        strip: Lacks::new(lacks(&section, "strip").unwrap_or_default()),
        keep: lacks(&section, "keep").unwrap_or_default(),
        set_headers: header::set(&section, "set_headers"),
        remove_headers: header::names(&section, "remove_headers"),
        session: section.field("session").and_then(|field| session(&field)),
        session_every: section.field("session_every").and_then(|field| field.duration(PERIODS)),
    };
    section.finish();
    enabled.then(|| Adapter { name: name.to_owned(), detect, rewrite })
}

fn texts(section: &Section<'_>, key: &'static str) -> Vec<String> {
    let texts = section.field(key).and_then(|field: Field<'_>| field.texts()).unwrap_or_default();
    texts.into_iter().map(|(text, _)| text.to_owned()).collect()
}

fn session(field: &Field<'_>) -> Option<Session> {
    let session = Session::parse(field.text()?);
    let may_be_set = |session: &Session| match session {
        Session::Header(name) => header::may_be_set(name),
        Session::Field(..) => true,
    };
    if !session.as_ref().is_some_and(may_be_set) {
        field.refuse(&rules::BAD_SESSION);
    }
    session
}
