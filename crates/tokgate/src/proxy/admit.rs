//! admit: whether one more request may come in. Rate limits and the waiting room will stand here too.

use std::sync::Arc;
use std::time::Duration;

use http::header;
use http::header::HeaderValue;
use tokgate_wire::error::Kind;

use super::respond::{Problem, Retry};
use crate::gateway::snapshot::Snapshot;
use crate::gateway::{Full, Gateway, Permit};
use crate::i18n::{Lang, proxy as text};

/// A place for this request, or why there is none.
pub fn admit(gateway: &Arc<Gateway>, snapshot: &Snapshot) -> Result<Permit, Problem> {
    let limit = snapshot.config.server.max_concurrent;
    gateway.admit(limit).map_err(|full| match full {
        Full::Busy => Problem {
            retry: Retry::After(Duration::from_secs(2)),
            ..Problem::request("TG316", Kind::Unavailable, 503, text::BUSY.text(snapshot.lang, &[("limit", &limit)]))
        },
        Full::Draining => draining(snapshot.lang),
    })
}

/// The same for a question about a request: clients ask dozens at once, and each is answered in a moment.
pub fn admit_question(gateway: &Gateway, snapshot: &Snapshot) -> Result<(), Problem> {
    gateway.admit_question().map_err(|_| draining(snapshot.lang))
}

fn draining(lang: Lang) -> Problem {
    stopping(lang).with_header(header::CONNECTION, HeaderValue::from_static("close"))
}

/// The gateway is stopping.
pub fn stopping(lang: Lang) -> Problem {
    Problem {
        retry: Retry::After(Duration::from_secs(1)),
        ..Problem::request("TG211", Kind::Unavailable, 503, text::DRAINING.raw(lang).to_owned())
    }
}
