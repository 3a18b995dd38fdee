//! classify: what went wrong, as plain facts for the policy's one failure table. No judgement here.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use tokgate_policy::classify::{self as table, Answer, Content, Event, Phase, StreamEvent, Transport, Verdict};
use tokgate_policy::retry_after;
use tokgate_wire::conversation::Refused as Untranslatable;
use tokgate_wire::error::{self, WireError};
use tokgate_wire::reply::{self, ReplyFacts};

use super::commit::{OpeningFault, WholeFault};
use crate::i18n::{Message, Text, defects, faults, refusals};
use crate::upstream::{SendError, SendErrorKind};

/// A failed attempt.
#[derive(Debug)]
pub enum Fault {
    /// The key could not be read here.
    KeyUnreadable(Text),
    /// The key was refused like this, and has another value by now where it is kept.
    KeyOutdated(Box<Self>),
    /// The provider's address makes no valid request line.
    Address,
    /// The provider's protocol cannot carry the request.
    Untranslatable {
        /// What, and why.
        refused: Untranslatable,
    },
    /// There is no memory for the body that the provider is to get.
    NoMemory,
    /// No answer head.
    Send(SendError),
    /// An answer that says no.
    Answered(Refused),
    /// A stream failed before generating.
    Opening(OpeningFault),
    /// A whole body failed.
    Whole(WholeFault),
    /// An error dressed as 200.
    ErrorIn200(WireError),
    /// A 200 that is not what was asked for.
    Shape {
        /// What it was.
        content: Content,
        /// What was wrong.
        why: Text,
    },
}

/// An answer that says no.
#[derive(Debug)]
pub struct Refused {
    status: u16,
    error: Option<WireError>,
    content: Content,
    retry_after: Option<std::time::Duration>,
    /// Why its body could not be read.
    unread: Option<Box<WholeFault>>,
    /// It names something that was sent and can be left out.
    names_field: bool,
}

impl Fault {
    /// The fault of an answer with a status other than success, that came at `unix_s` (seconds since the Unix epoch: a
    /// date in it is reckoned from there). `names_field`: it names something that was sent and can be left out.
    pub fn answer(
        status: StatusCode,
        headers: &HeaderMap,
        read: &Result<Bytes, WholeFault>,
        names_field: bool,
        unix_s: u64,
    ) -> Self {
        let (body, unread) = match read {
            Ok(body) => (&body[..], None),
            Err(fault) => (&[][..], Some(Box::new(fault.clone()))),
        };
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut error = error::read(body);
        // AWS names the exception in a header, and in the body not always.
        if let Some(named) = header("x-amzn-errortype").map(error::exception) {
            error.get_or_insert_default().kind.get_or_insert_with(|| named.to_owned());
        }
        let wait = retry_after::from_headers(header, unix_s);
        Self::Answered(Refused {
            status: status.as_u16(),
            error,
            content: content(headers, body),
            retry_after: wait.or_else(|| error::retry_delay(body)),
            unread,
            names_field,
        })
    }

    /// What is wrong with a whole answer with status 200 that was read like this, if anything.
    pub fn whole(read: reply::Reply, headers: &HeaderMap, body: &[u8]) -> Result<ReplyFacts, Self> {
        match read {
            reply::Reply::Complete(facts) => Ok(facts),
            reply::Reply::Error(error) => Err(Self::ErrorIn200(error)),
            reply::Reply::Malformed(defect) => {
                Err(Self::Shape { content: content(headers, body), why: defects::text(&defect) })
            }
        }
    }

    /// The fault of an answer with status 200 that is not what was asked for.
    pub fn unasked(headers: &HeaderMap, body: &[u8], why: Text) -> Self {
        match error::read(body) {
            Some(error) => Self::ErrorIn200(error),
            None => Self::Shape { content: content(headers, body), why },
        }
    }

    /// What the failure table says.
    pub fn verdict(&self, phase: Phase) -> Verdict {
        match self {
            Self::KeyUnreadable(_) => table::classify(Event::KeyUnreadable, Phase::BeforeHead),
            Self::KeyOutdated(_) => table::classify(Event::KeyOutdated, phase),
            Self::Address => table::classify(Event::Transport(Transport::Unreachable), Phase::BeforeHead),
            Self::Untranslatable { .. } => table::classify(Event::Untranslatable, Phase::BeforeHead),
            Self::NoMemory => table::classify(Event::NoMemory, Phase::BeforeHead),
            Self::Send(error) => table::classify(Event::Transport(transport(error.kind)), Phase::BeforeHead),
            Self::Answered(refused) => table::classify(Event::Answer(refused.facts()), phase),
            Self::Opening(OpeningFault::Error(error)) | Self::ErrorIn200(error) => {
                table::classify(Event::Answer(in_stream(error)), phase)
            }
            Self::Opening(OpeningFault::Silent) => table::classify(Event::Transport(Transport::HeadTimeout), phase),
            Self::Opening(fault) => table::classify(Event::Stream(opening(fault)), phase),
            Self::Whole(WholeFault::Late) => table::classify(Event::Transport(Transport::TotalTimeout), phase),
            Self::Whole(WholeFault::TooLarge) => table::classify(Event::Stream(StreamEvent::EventTooLong), phase),
            Self::Whole(WholeFault::Broken(_)) => table::classify(Event::Stream(StreamEvent::WholeCut), phase),
            Self::Shape { .. } => table::classify(Event::Stream(StreamEvent::WrongShape), phase),
        }
    }

    /// What the provider said, word for word, where it said why.
    pub fn message(&self) -> Option<&str> {
        let error = match self {
            Self::Answered(refused) => refused.error.as_ref(),
            Self::Opening(OpeningFault::Error(error)) | Self::ErrorIn200(error) => Some(error),
            _ => None,
        };
        error.map(|error| &*error.message)
    }

    /// The cause, in the provider's own words where it had some; not yet redacted.
    pub fn text(&self) -> Text {
        match self {
            Self::KeyUnreadable(why) => why.clone(),
            Self::KeyOutdated(refused) => refused.text(),
            Self::Address => (&faults::ADDRESS).into(),
            Self::Untranslatable { refused } => refusals::place_and_why(refused),
            Self::NoMemory => (&faults::NO_MEMORY).into(),
            Self::Send(error) => error.message.clone(),
            Self::Answered(refused) => refused.text(),
            Self::Opening(OpeningFault::Error(error)) | Self::ErrorIn200(error) => defects::error(error),
            Self::Opening(OpeningFault::Empty) => (&faults::EMPTY_STREAM).into(),
            Self::Opening(OpeningFault::Silent) => (&faults::SILENT_START).into(),
            Self::Opening(OpeningFault::Broken(why) | OpeningFault::Malformed(why)) => why.clone(),
            Self::Whole(fault) => fault.why(),
            Self::Shape { content, why } => {
                Text::new(&faults::SHAPE).with_words("content", content_text(*content)).with_words("why", why.clone())
            }
        }
    }
}

impl Refused {
    fn text(&self) -> Text {
        let status = |message: &'static Message| Text::new(message).with("status", self.status);
        match (&self.error, &self.unread) {
            (Some(error), None) if error.message.is_empty() => {
                let named = error.kind.as_deref().or(error.code.as_deref());
                let named = named.map_or_else(|| (&faults::UNEXPLAINED).into(), Text::verbatim);
                status(&faults::STATUS_NAMED).with_words("named", named)
            }
            (Some(error), _) => Text::verbatim(&error.message),
            (None, Some(fault)) => status(&faults::STATUS_UNREAD).with_words("why", fault.why()),
            (None, None) => status(&faults::STATUS_WITH).with_words("content", content_text(self.content)),
        }
    }

    fn facts(&self) -> Answer<'_> {
        let error = self.error.as_ref();
        Answer {
            status: self.status,
            kind: error.and_then(|error| error.kind.as_deref()),
            code: error.and_then(|error| error.code.as_deref()),
            message: error.map_or("", |error| &error.message),
            content: self.content,
            retry_after: self.retry_after,
            in_stream: false,
            names_field: self.names_field,
        }
    }
}

/// The facts of an error event inside a 200.
pub fn in_stream(error: &WireError) -> Answer<'_> {
    Answer {
        status: 200,
        kind: error.kind.as_deref(),
        code: error.code.as_deref(),
        message: &error.message,
        content: Content::Json,
        retry_after: None,
        in_stream: true,
        names_field: false,
    }
}

/// Whether the answer says it is an event stream.
pub fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.as_bytes())
        .is_some_and(|kind| kind.len() >= 17 && kind[..17].eq_ignore_ascii_case(b"text/event-stream"))
}

/// What a body is, by its first byte and its headers: a page calls itself many things.
pub fn content(headers: &HeaderMap, body: &[u8]) -> Content {
    let text = body.trim_ascii_start();
    match text.first() {
        None => Content::Empty,
        Some(b'<') => Content::Html,
        Some(b'{' | b'[') => Content::Json,
        Some(_) => {
            let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
            if kind.to_ascii_lowercase().contains("html") { Content::Html } else { Content::Other }
        }
    }
}

fn content_text(content: Content) -> &'static Message {
    match content {
        Content::Json => &faults::CONTENT_JSON,
        Content::Html => &faults::CONTENT_PAGE,
        Content::Empty => &faults::CONTENT_EMPTY,
        Content::Other => &faults::CONTENT_OTHER,
    }
}

fn opening(fault: &OpeningFault) -> StreamEvent {
    match fault {
        OpeningFault::Empty | OpeningFault::Error(_) => StreamEvent::Empty,
        OpeningFault::Broken(_) => StreamEvent::Cut,
        OpeningFault::Malformed(_) => StreamEvent::Malformed,
        OpeningFault::Silent => StreamEvent::Idle,
    }
}

fn transport(kind: SendErrorKind) -> Transport {
    match kind {
        SendErrorKind::DnsNotFound => Transport::DnsNotFound,
        SendErrorKind::DnsFailed => Transport::DnsFailed,
        SendErrorKind::DnsTimeout => Transport::DnsTimeout,
        SendErrorKind::Refused => Transport::Refused,
        SendErrorKind::Unreachable => Transport::Unreachable,
        SendErrorKind::OwnAddress => Transport::OwnAddress,
        SendErrorKind::ConnectTimeout => Transport::ConnectTimeout,
        SendErrorKind::TlsTimeout => Transport::TlsTimeout,
        SendErrorKind::TlsAlert => Transport::TlsAlert,
        SendErrorKind::TlsCertificate(_) => Transport::TlsCertificate,
        SendErrorKind::ProxyRefused => Transport::ProxyRefused,
        SendErrorKind::PoolWait => Transport::PoolWait,
        // The retry on a fresh connection that a reused one deserves has been made by the sender.
        SendErrorKind::ResetReused | SendErrorKind::ResetFresh => Transport::ResetFresh,
        SendErrorKind::HeadTimeout => Transport::HeadTimeout,
        SendErrorKind::HeadTooLarge => Transport::HeadTooLarge,
        SendErrorKind::ProtocolError => Transport::ProtocolError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_page_whatever_it_calls_itself() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        assert_eq!(content(&headers, b"  <!doctype html>"), Content::Html);
        assert_eq!(content(&headers, b"{}"), Content::Json);
        assert_eq!(content(&headers, b" \n"), Content::Empty);
        assert_eq!(content(&headers, b"upstream request timeout"), Content::Other);
    }

    /// The user would look for a wrong key where there is none.
    #[test]
    fn a_key_that_is_not_there_was_not_rejected() {
        let verdict = Fault::KeyUnreadable(Text::verbatim("TOKGATE_X is not set")).verdict(Phase::BeforeHead);
        assert_eq!((verdict.row.id(), verdict.key), ("key-unreadable", table::KeyEffect::Quarantine));
        assert_eq!(verdict.certainty, table::Certainty::NotSent);
    }

    #[test]
    fn an_exception_that_is_named_in_a_header_alone_is_that_exception() {
        let mut headers = HeaderMap::new();
        let named = http::HeaderValue::from_static("ServiceQuotaExceededException:http://internal.example/x/");
        headers.insert("x-amzn-errortype", named);
        let fault = Fault::answer(
            StatusCode::BAD_REQUEST,
            &headers,
            &Ok(Bytes::from_static(b"{\"message\":\"no\"}")),
            false,
            0,
        );
        assert_eq!((fault.verdict(Phase::Head).row.id(), &*fault.text().to_string()), ("quota-exhausted", "no"));
    }

    #[test]
    fn an_error_whose_body_is_damaged_is_not_called_empty() {
        let read = Err(WholeFault::Broken(Text::verbatim("the compressed data is damaged (gzip)")));
        let fault = Fault::answer(StatusCode::BAD_REQUEST, &HeaderMap::new(), &read, false, 0);
        let words = "status 400 with a body that cannot be read: the compressed data is damaged (gzip)";
        assert_eq!(fault.text().to_string(), words);
        assert_eq!(fault.verdict(Phase::Head).row.id(), "invalid-request");
        let empty = Fault::answer(StatusCode::BAD_REQUEST, &HeaderMap::new(), &Ok(Bytes::new()), false, 0);
        assert_eq!(empty.text().to_string(), "status 400 with an empty body");
    }

    /// It is no stream, and it was not empty.
    #[test]
    fn a_whole_answer_that_was_cut_is_not_called_an_empty_stream() {
        let fault = Fault::Whole(WholeFault::Broken(Text::verbatim("closed early")));
        assert_eq!(fault.verdict(Phase::Held).row.id(), "answer-cut");
    }

    #[test]
    fn an_event_stream_is_recognised_with_parameters_and_in_any_case() {
        let mut headers = HeaderMap::new();
        assert!(!is_event_stream(&headers));
        headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("Text/Event-Stream; charset=utf-8"));
        assert!(is_event_stream(&headers));
    }
}
