//! The catalogue of everything a provider can do wrong: one stable name and one sentence each.
//! What a fault does to an answer is in `fault/`; this file only names them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::coding::Coding;
use crate::wire::error::Error;

mod apply;
mod body;
mod quirk;
mod stream;
pub(crate) use apply::reply;

/// Where a fault shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Before any request is read; chosen when the connection is accepted.
    Connection,
    /// Instead of, or around, the response head.
    Head,
    /// A complete answer that is not the one asked for.
    Answer,
    /// Inside a 200 stream.
    Stream,
}

macro_rules! faults {
    ($($variant:ident $name:literal $layer:ident $doc:literal)*) => {
        /// One kind of misbehaviour.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Fault { $(#[doc = $doc] $variant,)* }

        impl Fault {
            /// Every fault, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it does, in one sentence.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            /// Where it shows itself.
            pub fn layer(self) -> Layer {
                match self { $(Self::$variant => Layer::$layer,)* }
            }
        }
    };
}

faults! {
    Status "status" Answer "Any status (knob `status`) with a plain typed error body."
    BadRequest "400" Answer "400 with a generic invalid-request error."
    PromptTooLong "400-prompt-too-long" Answer "400 whose message says that the prompt is longer than the context window."
    BadRole "400-role" Answer "400 refusing the role of the second message."
    ExtraInputs "400-extra-inputs" Answer "400 refusing an unknown field (`context_management: Extra inputs are not permitted`)."
    ContentFilter "400-content-filter" Answer "400 of a content filter (Gemini: 200 with `promptFeedback` and no candidates)."
    BadSignature "400-signature" Answer "400 refusing the signature of a thinking block."
    Unauthorized "401" Answer "401 with an authentication error."
    PaymentRequired "402" Answer "402 with a billing error."
    Forbidden "403" Answer "403 with a permission error."
    ForbiddenHtml "403-html" Answer "403 with the HTML page of a firewall."
    ModelNotFound "404-model" Answer "404 saying that the model does not exist."
    PathNotFound "404-path" Answer "404 of a web server that does not know the path."
    RequestTimeout "408" Answer "408 with a timeout error."
    Conflict "409" Answer "409 with a conflict error."
    TooLarge "413" Answer "413 with a request-too-large error."
    Unprocessable "422" Answer "422 with a FastAPI-style detail list."
    RateLimited "429" Answer "429 without any hint when to come back."
    RetryAfter "429-retry-after" Answer "429 with `retry-after` in seconds (knob `retry_after`, any text)."
    RetryAfterMs "429-retry-after-ms" Answer "429 with `retry-after-ms` (knob `retry_after`)."
    RetryAfterDate "429-http-date" Answer "429 with `retry-after` as an HTTP date that many seconds ahead."
    InsufficientQuota "429-insufficient-quota" Answer "429 whose code says that the balance is used up."
    ZhipuBalance "429-zhipu-1113" Answer "429 with Zhipu's code 1113, balance used up."
    Internal "500" Answer "500 with an api error."
    NotImplemented "501" Answer "501 with an api error."
    BadGatewayHtml "502-html" Answer "502 with an HTML page."
    Unavailable "503" Answer "503 with an api error."
    UnavailableRetryAfter "503-retry-after" Answer "503 with `retry-after` in seconds (knob `retry_after`)."
    GatewayTimeout "504" Answer "504 with a timeout error."
    Overloaded "529" Answer "529 with an overloaded error."
    Redirect "302-redirect" Answer "302 to another host (knob `location`)."
    OkHtml "200-html" Answer "200 with a login page instead of an answer."
    OkEmpty "200-empty" Answer "200 with an empty body."
    OkInvalidJson "200-invalid-json" Answer "200 whose JSON, or first event, breaks off."
    OkErrorBody "200-error-body" Answer "200 with a JSON error envelope as the whole body."
    FirstOverloaded "sse-first-overloaded" Stream "The first event of a stream is an overloaded error."
    FirstRateLimit "sse-first-rate-limit" Stream "The first event of a stream is a rate limit error."
    FirstApiError "sse-first-api-error" Stream "The first event of a stream is an api error."
    FirstInvalidRequest "sse-first-invalid-request" Stream "The first event of a stream is an invalid request error."
    ErrorAfter "sse-error-after" Stream "An error event after some generated events (knob `after_events`)."
    FirstFailed "sse-first-failed" Stream "Responses: `response.failed` right after the opening events; else like `sse-first-overloaded`."
    FailedAfter "sse-failed-after" Stream "Responses: `response.failed` after some generated events; else like `sse-error-after`."
    Empty "sse-empty" Stream "An event stream without any event."
    PreambleOnly "sse-preamble-only" Stream "Only the opening events, then a proper end of the body."
    CutReset "sse-cut-reset" Stream "TCP reset (HTTP/2: RST_STREAM) after some generated events or bytes."
    CutClean "sse-cut-clean" Stream "A proper end of the body after some generated events or bytes."
    CutEof "sse-cut-eof" Stream "The connection closes without the last chunk after some generated events or bytes."
    BadEvent "sse-bad-event" Stream "An event whose JSON is broken after some generated events."
    BadUtf8 "sse-bad-utf8" Stream "An event with bytes that are not UTF-8 after some generated events."
    EndlessLine "sse-endless-line" Stream "A data line without end (knob `bytes`) after some generated events."
    StallBeforeHead "stall-before-head" Head "The request is read and never answered."
    StallAfterHead "stall-after-head" Stream "The response head, then nothing."
    StallMidStream "stall-mid-stream" Stream "Some generated events, then nothing."
    StallWithPings "stall-with-pings" Stream "Some generated events, then only pings (knob `wait_ms` apart)."
    SlowHead "slow-head" Head "A good answer whose head comes late (knob `wait_ms`)."
    Drip "drip" Stream "A good answer in small pieces (knob `bytes` each; 0 for random sizes from `seed`)."
    NoDone "no-done" Stream "A good answer without its terminal event (Chat: without `[DONE]`)."
    CrLf "crlf" Stream "A good answer with CRLF line ends."
    Cr "cr" Stream "A good answer with CR line ends."
    Bom "bom" Stream "A good answer with a byte order mark in front."
    Comments "comments" Stream "A good answer with comments, `id:` and `retry:` lines, and `data:` without the space."
    UnknownEvents "unknown-events" Stream "A good answer with event types and fields that nobody knows."
    LookalikeText "lookalike-text" Stream "A good answer whose text looks like SSE lines and an error event."
    HugeEvent "huge-event" Stream "A good answer with one very long text event (knob `bytes`)."
    HugeHeader "huge-header" Head "A good answer with one very long response header (knob `bytes`)."
    OddHeaders "odd-headers" Head "A good answer with Set-Cookie, CORS, Alt-Svc and Server headers."
    AlwaysStreams "always-streams" Answer "A good stream, whether one was asked for or not."
    NeverStreams "never-streams" Answer "A good answer as one body, whether a stream was asked for or not."
    Gzip "gzip" Answer "A good answer, gzip-coded though nobody asked."
    CodedCut "coded-cut" Answer "A good answer in a content-encoding (knob `coding`, else gzip) whose data stops in the middle; the body ends in good order."
    CodedDamaged "coded-damaged" Answer "A body that says it is in a content-encoding (knob `coding`, else gzip) and is noise."
    GzipBomb "gzip-bomb" Answer "A gzip-coded body that grows about a thousandfold (knob `bytes` after growing)."
    SplitUtf8 "split-utf8" Stream "A good answer with characters split over chunks."
    DuplicateStop "duplicate-stop" Stream "A good answer with its terminal event twice and a late event after it."
    SseMislabelled "sse-mislabelled" Stream "A good stream that calls itself `text/plain`."
    ErrorUntyped "sse-error-untyped" Stream "Like `sse-error-after`, with an event whose data has no `type` and no name."
    FrameChecksum "frame-checksum" Stream "Bedrock: frames with a wrong checksum after some generated events; else a good answer."
    FramePrelude "frame-prelude" Stream "Bedrock: frames whose lengths do not fit their checksum after some generated events; else a good answer."
    ToolNoIndex "tool-no-index" Stream "Chat: tool calls without `index`."
    ToolNoId "tool-no-id" Stream "Chat: tool calls without `id`."
    ToolNameLate "tool-name-late" Stream "Chat: the name of a call is empty in its first fragment and comes in the second."
    ToolNameRepeated "tool-name-repeated" Stream "Chat: id, type and name of a call on each of its fragments."
    ToolArgumentsTwice "tool-arguments-twice" Stream "Chat: arguments in fragments, and whole in one more."
    ToolArgumentsLate "tool-arguments-late" Stream "Arguments only whole, at the end of the call (Chat: one fragment; Responses: only in `.done`)."
    ToolCallsEmpty "tool-calls-empty" Stream "Chat: `tool_calls: []` in every other delta."
    ToolStray "tool-stray" Stream "Chat: a last fragment of a call that never began, without id and name."
    ToolsInterleaved "tools-interleaved" Stream "Chat, Responses: fragments of parallel calls in turns."
    FinishMissing "finish-missing" Stream "Chat, Anthropic: an end without a reason."
    FinishStop "finish-stop" Stream "Chat, Anthropic: tool calls, and a reason that says the turn is over."
    UsageInChoices "usage-in-choices" Stream "Chat: the figures inside the last choice."
    ReasoningField "reasoning-field" Stream "Chat: reasoning in `reasoning` and not in `reasoning_content`."
    VertexEvent "vertex-event" Stream "Anthropic: an event `vertex_event` after the first."
    BlockStopTwice "block-stop-twice" Stream "Anthropic: every `content_block_stop` twice."
    MessageDeltaTwice "message-delta-twice" Stream "Anthropic: `message_delta` twice."
    OutputAtEnd "output-at-end" Stream "Responses: items only in the output of the last event."
    OutputIndexZero "output-index-zero" Stream "Responses: `output_index` is always 0."
    UsageMissing "usage-missing" Stream "A good answer without any usage."
    UsageNegative "usage-negative" Stream "A good answer with negative usage figures."
    UsageHuge "usage-huge" Stream "A good answer with usage figures above 2^63."
    ResetBeforeHead "reset-before-head" Head "TCP reset after the request was read, before any response byte."
    EofBeforeHead "eof-before-head" Head "The connection closes after the request was read, before any response byte."
    ResetReused "reset-reused" Head "A good answer to the first request of a connection, a TCP reset for every later one."
    CloseIdle "close-idle" Head "A good answer, then the connection closes although it promised to stay."
    CutHead "cut-head" Head "The connection closes in the middle of the response head."
    GarbageHead "garbage-head" Head "Bytes that are not HTTP instead of a response head."
    ShortBody "short-body" Answer "A `content-length` larger than the body, then the connection closes."
    BadChunk "bad-chunk" Stream "A chunk size that is not a number after some generated events."
    CutChunk "cut-chunk" Stream "The connection closes inside a chunk after some generated events."
    EarlyHints "early-hints" Head "A 103 head in front of a good answer."
    H2Refused "h2-refused-stream" Head "RST_STREAM with REFUSED_STREAM (HTTP/1.1: like `reset-before-head`)."
    H2Goaway "h2-goaway" Head "GOAWAY whose last stream is before this request, then close (HTTP/1.1: like `eof-before-head`)."
    H2GoawayLater "h2-goaway-later" Head "GOAWAY in good order, and this request is still answered well (HTTP/1.1: `connection: close`)."
    AcceptThenClose "accept-then-close" Connection "The connection is accepted and reset at once."
    TlsNeverAnswers "tls-never-answers" Connection "The connection is accepted and nothing is ever sent, not even a TLS hello."
    TlsAlert "tls-alert" Connection "The TLS handshake is refused with an alert: no protocol in common."
    TlsSelfSigned "tls-self-signed" Connection "TLS with a certificate that no authority signed."
    TlsWrongHost "tls-wrong-host" Connection "TLS with a certificate for another host."
    TlsExpired "tls-expired" Connection "TLS with a certificate that ran out."
}

impl Fault {
    /// The fault of that name. `status=NNN` style names are read by [`crate::Behaviour::parse`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|f| f.name() == name)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        fault.name().to_owned()
    }
}

impl TryFrom<String> for Fault {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        Self::from_name(&name).ok_or_else(|| format!("no fault is called {name:?}"))
    }
}

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::try_from(String::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// A fault with its settings. Settings that a fault does not use are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultPlan {
    /// What goes wrong.
    pub name: Fault,
    /// The status of `status`.
    #[serde(default = "defaults::status")]
    pub status: u16,
    /// Generated events that pass before the fault.
    #[serde(default = "defaults::after_events")]
    pub after_events: usize,
    /// Body bytes that pass before the fault; wins over `after_events`.
    #[serde(default)]
    pub after_bytes: Option<usize>,
    /// The value of a retry header, as text, so that nonsense can be sent too.
    #[serde(default = "defaults::retry_after")]
    pub retry_after: String,
    /// Length of waits, in milliseconds.
    #[serde(default = "defaults::wait_ms")]
    pub wait_ms: u64,
    /// Size in bytes of whatever the fault makes large (or small, for `drip`); each fault has its default.
    #[serde(default)]
    pub bytes: Option<usize>,
    /// Seed of random sizes.
    #[serde(default)]
    pub seed: u64,
    /// Where a redirect leads.
    #[serde(default = "defaults::location")]
    pub location: String,
    /// A content-encoding for the body, whatever it is.
    #[serde(default)]
    pub coding: Option<Coding>,
    /// Replaces the message of an error.
    #[serde(default)]
    pub message: Option<String>,
    /// Replaces the type of an error, in Anthropic's words (`rate_limit_error`).
    #[serde(default)]
    pub kind: Option<String>,
    /// Replaces the code of an error, in OpenAI's words (`rate_limit_exceeded`).
    #[serde(default)]
    pub code: Option<String>,
    /// Further response headers.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The good answer that the fault damages.
    #[serde(default)]
    pub answer: Answer,
}

mod defaults {
    pub(super) fn status() -> u16 {
        500
    }
    pub(super) fn after_events() -> usize {
        2
    }
    pub(super) fn retry_after() -> String {
        "7".to_owned()
    }
    pub(super) fn wait_ms() -> u64 {
        1000
    }
    pub(super) fn location() -> String {
        "http://redirected.invalid/v1/messages".to_owned()
    }
}

impl FaultPlan {
    /// The error with the plan's own words in place of the usual ones.
    fn worded<'a>(&'a self, usual: Error<'a>) -> Error<'a> {
        Error {
            kind: self.kind.as_deref().unwrap_or(usual.kind),
            code: self.code.as_deref().or(usual.code),
            message: self.message.as_deref().unwrap_or(usual.message),
        }
    }
}

impl From<Fault> for FaultPlan {
    fn from(name: Fault) -> Self {
        Self {
            name,
            status: defaults::status(),
            after_events: defaults::after_events(),
            after_bytes: None,
            retry_after: defaults::retry_after(),
            wait_ms: defaults::wait_ms(),
            bytes: None,
            seed: 0,
            location: defaults::location(),
            coding: None,
            message: None,
            kind: None,
            code: None,
            headers: Vec::new(),
            answer: Answer::default(),
        }
    }
}

#[cfg(test)]
#[path = "fault/tests.rs"]
mod tests;
