//! What is remembered of a request: one record with its attempts. Metadata only, never bodies, headers or keys.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokgate_wire::price::Cost;
use tokgate_wire::protocol::Protocol;
use tokgate_wire::usage::Usage;

use crate::i18n::{Lang, Text, text};
pub use crate::store::id::RequestId;

/// A word that is compiled in when a record is made and owned when it was read back.
pub type Word = Cow<'static, str>;

/// [`AttemptRecord::result`] of an attempt that went well.
pub const OK: &str = "ok";

/// Longest kept name of a model that an upstream says answered, bytes.
const ANSWERED_MAX: usize = 256;

/// One finished request. As JSON it goes over the admin socket alone; the form for other programs is
/// [`JsonRecord`](crate::store::json::JsonRecord).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number; also when it arrived.
    pub id: RequestId,
    /// Run tag, when started by `tokgate run`.
    pub run: Option<Box<str>>,
    /// Client id: `claude`, `codex`, …
    pub client: Word,
    /// Directory of the run.
    #[serde(with = "shared_option", default)]
    pub project: Option<Arc<str>>,
    /// The client's own conversation id.
    pub session: Option<Box<str>>,
    /// What was called, e.g. `messages`, `responses`, `count-tokens`, `models`.
    pub operation: Word,
    /// Protocol spoken by the client.
    pub protocol: Option<Protocol>,
    /// Model asked for.
    pub model: Option<Box<str>>,
    /// Model that the last provider was asked for, after mapping.
    pub model_sent: Option<Box<str>>,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// HTTP status the client saw. 0 when it saw none.
    pub status: u16,
    /// Error code of ours (`TG301`), when we answered ourselves.
    pub error: Option<Word>,
    /// One line for a person: what went wrong, in the language of the gateway.
    pub detail: Option<Box<str>>,
    /// The same in any language, where the words are ours.
    #[serde(default, deserialize_with = "text::known")]
    pub reason: Option<Box<Text>>,
    /// Provider that answered.
    #[serde(with = "shared_option", default)]
    pub provider: Option<Arc<str>>,
    /// Profile and rule that chose it.
    #[serde(with = "shared_option", default)]
    pub profile: Option<Arc<str>>,
    /// Name of the matching route.
    #[serde(with = "shared_option", default)]
    pub route: Option<Arc<str>>,
    /// Every try in order.
    pub attempts: Vec<AttemptRecord>,
    /// Tokens.
    pub usage: Usage,
    /// Stop reason in the upstream's words.
    pub stop: Option<Box<str>>,
    /// Microseconds from the request's head to: the first byte of the answer head sent to the client. Meaningless when
    /// there was none; read [`Record::head`].
    pub head_us: u32,
    /// … the first generated event.
    pub first_us: Option<u32>,
    /// … the end.
    pub total_us: u64,
    /// Body bytes received from the client, decoded; of a refused body what had come of it.
    pub bytes_in: u64,
    /// Body bytes sent to the client.
    pub bytes_out: u64,
    /// Why it went where it went: the trail of the deciding code, as JSON text; empty when nothing was decided.
    pub trail: Box<str>,
    /// What a translation could not carry: `stop_sequences dropped, tools[].strict reworded`.
    pub losses: Option<Box<str>>,
    /// The number that a question for a request's tokens was answered with.
    #[serde(default)]
    pub counted: Option<u64>,
    /// That number is an estimate.
    #[serde(default)]
    pub estimated: bool,
    /// What the answer cost, when the price is known.
    #[serde(default)]
    pub cost: Option<Cost>,
}

/// How a request ended. Exactly one per request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The answer was complete.
    Completed,
    /// The client got an error (ours or the upstream's).
    Failed,
    /// The stream broke after output had been sent; the client got the protocol's error event.
    Truncated,
    /// The client went away.
    Cancelled,
    /// Refused before anything was tried: no key, wrong host, malformed, too large.
    Refused,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Completed, Self::Failed, Self::Truncated, Self::Cancelled, Self::Refused];

    /// The name used in the database and in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Truncated => "truncated",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
        }
    }

    /// Reads [`Outcome::id`] back; an outcome that a later release invented counts as failed.
    pub fn from_id(id: &str) -> Self {
        Self::ALL.into_iter().find(|outcome| outcome.id() == id).unwrap_or(Self::Failed)
    }
}

/// One try at one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Provider.
    #[serde(with = "shared")]
    pub provider: Arc<str>,
    /// Key: its number in the provider's list, from 1.
    pub key: Option<u16>,
    /// Model sent; `None` is the one asked for.
    #[serde(with = "shared_option", default)]
    pub model: Option<Arc<str>>,
    /// Model that the upstream says answered, when that is another name than was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_answered: Option<Box<str>>,
    /// HTTP status of the upstream; 0 when there was none.
    pub status: u16,
    /// What happened, the row of the failure table: `ok`, `refused`, `rate-limited` …
    pub result: Word,
    /// What went wrong, redacted: the upstream's own words, else ours in the language of the gateway.
    pub message: Option<Box<str>>,
    /// The same in any language, where the words are ours.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "text::known")]
    pub reason: Option<Box<Text>>,
    /// Whether a pooled connection was reused.
    pub reused: bool,
    /// Milliseconds: name lookup, connect, TLS (0 when reused), until the answer's head (none when no head came), whole
    /// attempt: until it failed or the request ended.
    pub dns_ms: u32,
    /// See `dns_ms`.
    pub connect_ms: u32,
    /// See `dns_ms`.
    pub tls_ms: u32,
    /// See `dns_ms`.
    pub head_ms: Option<u32>,
    /// See `dns_ms`.
    pub total_ms: u32,
    /// Milliseconds from the request's head until it began.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub began_ms: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Record {
    /// Its tokens are those of an answer that did not come to its end: there may have been more.
    pub fn is_partial(&self) -> bool {
        self.outcome != Outcome::Completed && self.usage != Usage::default()
    }

    /// A record of which only this is known.
    pub fn blank(id: RequestId, client: &'static str, operation: &'static str) -> Self {
        Self {
            id,
            run: None,
            client: client.into(),
            project: None,
            session: None,
            operation: operation.into(),
            protocol: None,
            model: None,
            model_sent: None,
            stream: false,
            outcome: Outcome::Cancelled,
            status: 0,
            error: None,
            detail: None,
            reason: None,
            provider: None,
            profile: None,
            route: None,
            attempts: Vec::new(),
            usage: Usage::default(),
            stop: None,
            head_us: 0,
            first_us: None,
            total_us: 0,
            bytes_in: 0,
            bytes_out: 0,
            trail: Box::default(),
            losses: None,
            counted: None,
            estimated: false,
            cost: None,
        }
    }

    /// Says what went wrong; `lang` is the gateway's.
    pub fn explain(&mut self, text: &Text, lang: Lang) {
        (self.detail, self.reason) = (Some(one_line(text, lang).into()), kept(text));
    }

    /// What went wrong, in the reader's language where the words are ours.
    pub fn detail_in(&self, lang: Lang) -> Option<Cow<'_, str>> {
        in_language(self.reason.as_deref(), self.detail.as_deref(), lang)
    }

    /// Bytes it occupies, nearly: the bound of a queue of records.
    pub fn weight(&self) -> usize {
        let shared = [&self.run, &self.session, &self.model, &self.model_sent, &self.detail, &self.stop];
        let texts: usize = shared.iter().filter_map(|text| text.as_deref()).map(str::len).sum();
        let attempts: usize = self.attempts.iter().map(AttemptRecord::weight).sum();
        size_of::<Self>() + texts + self.trail.len() + weight(self.reason.as_deref()) + attempts
    }

    /// The upstream says that this model answered; kept when it is another name than was sent.
    pub fn answered_by(&mut self, model: Option<&str>) {
        if let Some(model) = model.filter(|model| self.model_sent.as_deref() != Some(model))
            && let Some(attempt) = self.attempts.last_mut()
        {
            attempt.model_answered = Some(model[..model.floor_char_boundary(ANSWERED_MAX)].into());
        }
    }

    /// Model that the upstream says answered, when that is another name than was sent.
    pub fn model_answered(&self) -> Option<&str> {
        self.attempts.last()?.model_answered.as_deref()
    }

    /// Microseconds until the client got the answer's head; `None` when it saw none.
    pub fn head(&self) -> Option<u32> {
        (self.status > 0).then_some(self.head_us)
    }

    /// What the client paid for with its context: all input tokens; `None` when the upstream told none.
    pub fn tokens_in(&self) -> Option<u64> {
        let usage = &self.usage;
        let parts = [
            usage.input_uncached,
            usage.cache_read,
            usage.cache_write_5m,
            usage.cache_write_1h,
            usage.cache_write_other,
        ];
        parts.into_iter().flatten().reduce(u64::saturating_add)
    }

    /// What was told in any language; pieces of it came from outside.
    pub(super) fn reasons(&mut self) -> impl Iterator<Item = &mut Box<Text>> {
        let attempts = self.attempts.iter_mut().map(|attempt| &mut attempt.reason);
        std::iter::once(&mut self.reason).chain(attempts).filter_map(Option::as_mut)
    }

    /// The texts that came from outside.
    pub(super) fn outside(&mut self) -> impl Iterator<Item = &mut Box<str>> {
        let texts = [&mut self.session, &mut self.model, &mut self.model_sent, &mut self.detail, &mut self.stop];
        let messages = self.attempts.iter_mut().flat_map(|attempt| [&mut attempt.message, &mut attempt.model_answered]);
        texts.into_iter().chain(messages).filter_map(Option::as_mut).chain(std::iter::once(&mut self.trail))
    }
}

impl AttemptRecord {
    /// A try that has just begun; until more is known it counts as cancelled.
    pub fn begun(provider: Arc<str>) -> Self {
        Self {
            provider,
            key: None,
            model: None,
            model_answered: None,
            status: 0,
            result: "cancelled".into(),
            message: None,
            reason: None,
            reused: false,
            dns_ms: 0,
            connect_ms: 0,
            tls_ms: 0,
            head_ms: None,
            total_ms: 0,
            began_ms: 0,
        }
    }

    /// Says what went wrong; `lang` is the gateway's.
    pub fn explain(&mut self, text: &Text, lang: Lang) {
        (self.message, self.reason) = (Some(one_line(text, lang).into()), kept(text));
    }

    /// What went wrong, in the reader's language where the words are ours.
    pub fn message_in(&self, lang: Lang) -> Option<Cow<'_, str>> {
        in_language(self.reason.as_deref(), self.message.as_deref(), lang)
    }

    /// What went wrong, not yet in any language.
    pub fn words(&self) -> Text {
        let verbatim = || Text::verbatim(self.message.as_deref().unwrap_or_default());
        self.reason.as_deref().cloned().unwrap_or_else(verbatim)
    }

    fn weight(&self) -> usize {
        let texts = [&self.message, &self.model_answered];
        let texts = texts.iter().filter_map(|text| text.as_deref()).map(str::len).sum::<usize>();
        size_of::<Self>() + texts + weight(self.reason.as_deref())
    }
}

/// As it stands in lists.
fn one_line(text: &Text, lang: Lang) -> String {
    text.say(lang).replace('\n', " · ")
}

/// Words of others are the same in every language: nothing more is kept of them.
fn kept(text: &Text) -> Option<Box<Text>> {
    (!text.is_verbatim()).then(|| Box::new(text.clone()))
}

fn in_language<'a>(reason: Option<&Text>, said: Option<&'a str>, lang: Lang) -> Option<Cow<'a, str>> {
    reason.map(|reason| Cow::Owned(one_line(reason, lang))).or(said.map(Cow::Borrowed))
}

fn weight(reason: Option<&Text>) -> usize {
    reason.map_or(0, |reason| size_of::<Text>() + reason.weight())
}

/// Shared texts in JSON.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        Ok(String::deserialize(from)?.into())
    }
}

/// Shared texts that may be missing, in JSON.
mod shared_option {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Option<Arc<str>>, to: S) -> Result<S::Ok, S::Error> {
        text.as_deref().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Arc<str>>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.map(Into::into))
    }
}
