//! admit: a place among the requests under way, at once or in turn, or why there is none.

use std::sync::Arc;
use std::time::Duration;

use http::header;
use http::header::HeaderValue;
use tokgate_wire::error::Kind;

use super::respond::{Problem, Retry};
use crate::gateway::places::Place;
use crate::gateway::snapshot::Snapshot;
use crate::gateway::{Full, Gateway};
use crate::i18n::{Text, proxy as text};

/// When a caller that found the line full may come again.
const AGAIN: Duration = Duration::from_secs(2);

/// A place for this request, or why there is none. Waits for one when all are taken; the body is not read before.
pub async fn admit(gateway: &Arc<Gateway>, snapshot: &Snapshot) -> Result<Place, Problem> {
    let server = &snapshot.config.server;
    let admitted = match gateway.admit(server.max_concurrent) {
        Err(Full::Busy) => {
            let hold = snapshot.config.hold.max;
            Box::pin(gateway.admit_in_turn(server.max_concurrent, server.max_waiting, hold)).await
        }
        admitted => admitted,
    };
    admitted.map_err(|full| match full {
        Full::Busy | Full::Line => {
            let (limit, waiting) = (server.max_concurrent, server.max_waiting);
            let text = Text::new(&text::BUSY).with("limit", limit).with("waiting", waiting);
            Problem { retry: Retry::After(AGAIN), ..Problem::request("TG316", Kind::Unavailable, 503, text) }
        }
        Full::Draining => draining(),
    })
}

/// The same for a question about a request: clients ask dozens at once, and each is answered in a moment.
pub fn admit_question(gateway: &Gateway) -> Result<(), Problem> {
    gateway.admit_question().map_err(|_| draining())
}

fn draining() -> Problem {
    stopping().with_header(header::CONNECTION, HeaderValue::from_static("close"))
}

/// The gateway is stopping.
pub fn stopping() -> Problem {
    Problem {
        retry: Retry::After(Duration::from_secs(1)),
        ..Problem::request("TG211", Kind::Unavailable, 503, &text::DRAINING)
    }
}
