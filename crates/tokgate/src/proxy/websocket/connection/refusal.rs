//! Frames that are refused before they are requests. Each leaves a record, whose id the client is told.

use tokgate_wire::openai_responses::websocket::{self as wire, Failure, Unreadable};

use super::Session;
use crate::gateway::snapshot::Snapshot;
use crate::i18n::{Text, proxy as text, refusals};
use crate::proxy::respond;

/// Why a frame is refused.
#[derive(Debug, Clone)]
pub(super) struct Refusal<'a> {
    /// The status that HTTP would have.
    pub(super) status: u16,
    /// `TG310` …, or a code of the protocol that clients know.
    pub(super) code: &'static str,
    /// For people.
    pub(super) words: Text,
    /// The member at fault.
    param: Option<&'a str>,
}

impl<'a> Refusal<'a> {
    pub(super) fn of(status: u16, code: &'static str, words: impl Into<Text>) -> Self {
        Self { status, code, words: words.into(), param: None }
    }

    /// Names the member at fault.
    pub(super) fn at(self, member: &'a str) -> Self {
        Self { param: Some(member), ..self }
    }
}

/// The connection takes no new requests; clients know the code, and connect anew.
pub(super) fn limit_reached(snapshot: &Snapshot) -> Refusal<'static> {
    let words = if snapshot.config.server.websocket { &text::CONNECTION_LIMIT } else { &text::WEBSOCKET_SWITCHED_OFF };
    Refusal::of(400, "websocket_connection_limit_reached", words)
}

/// A name from outside, short enough for a sentence.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}

impl Session {
    /// A frame is refused.
    pub(super) fn refuse(&mut self, refusal: &Refusal<'_>, lane: Option<&str>) {
        let id = self.put_down(refusal);
        self.tell(refusal, Some(&id), lane);
    }

    pub(super) fn refuse_unreadable(&mut self, unreadable: &Unreadable, lane: Option<&str>) {
        let words = Text::new(&text::FRAME_UNREADABLE).with_words("why", refusals::frame(unreadable));
        let refusal = Refusal::of(400, "TG318", words);
        self.refuse(&Refusal { param: unreadable.member(), ..refusal }, lane);
    }

    /// Leaves the record of a refused frame; its id.
    pub(super) fn put_down(&self, refusal: &Refusal<'_>) -> String {
        let Refusal { status, code, words, .. } = refusal;
        let (status, code) = (*status, *code);
        crate::proxy::refuse_frame(&self.connection.gateway, &self.connection.caller, status, code, words).to_string()
    }

    /// Tells the client; `id` is that of the record, if a frame was refused.
    pub(super) fn tell(&mut self, refusal: &Refusal<'_>, id: Option<&str>, lane: Option<&str>) {
        let (status, code, param) = (refusal.status, refusal.code, refusal.param);
        let words = refusal.words.say(self.lang());
        let kind = if status >= 500 { "server_error" } else { "invalid_request_error" };
        let failure = Failure { status, kind, code: Some(code), message: &words, param };
        let again = (status == 503 || status == 429).then_some(("retry-after", respond::RETRY_SOON));
        let name = respond::OWN_ID;
        let id = id.map(|id| (name.as_str(), id));
        self.say(wire::error(&failure, again.into_iter().chain(id), lane));
    }
}
