//! read: the request's body into one buffer, bounded, and a look at the few fields that decide where it goes.
//!
//! The whole body is kept, so that every request can be sent again to another provider. It is not parsed.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http::header;
use http_body::Body;
use http_body_util::BodyExt;
use tokgate_policy::engine::{Class, Facts, Stored};
use tokgate_wire::error::Kind;
use tokgate_wire::peek::{self, Beginning, Peek};

use super::context::Context;
use super::decode::{self, Coding, Decoder, Failure, Unreadable};
use super::names::Known;
use super::resolve;
use super::respond::{Problem, Retry};
use crate::gateway::Gateway;
use crate::i18n::{Message, Text, proxy as text, refusals};

/// Up to here a body's buffer grows with what has come: a caller who declares a megabyte and sends a byte every second
/// costs a few bytes. More than one read brings, so that a client who really sends is past it with his second read.
const TRICKLE: usize = 12 << 10;

/// First allocation beyond that for a body of declared length: what real first turns need; larger bodies grow as they
/// arrive, so that a declared length costs nothing until bytes come.
const FIRST_ALLOCATION: usize = 1 << 20;

/// Counted for a body before any of it has come. 10,000 bodies that never come take a third of [`BUFFERED_MAX`] with it.
const COUNTED_AHEAD: u64 = 16 << 10;

/// Models named to a caller who named none.
const MODELS_NAMED: usize = 10;

/// Longest model name passed on; a name goes into logs, records and policy tables.
const MODEL_MAX: usize = 200;

/// When all bodies held together reach this, new ones are refused: memory is bounded whatever the clients do.
pub const BUFFERED_MAX: u64 = 512 << 20;

/// From here on (four fifths) what nobody waits for is refused, so that what somebody waits for finds room.
pub const PRESSED: u64 = BUFFERED_MAX / 100 * 80;

/// From here on new bodies above [`LARGE`] are refused too: what is left is for the many small ones.
pub const NEARLY_FULL: u64 = BUFFERED_MAX / 100 * 95;

/// The code of a request for which there is no memory.
const NO_MEMORY: &str = "TG310";

/// The code of a request that names no model, or something else than a model's name.
pub const MODEL: &str = "TG313";

/// A body that is large: most of a coding client's are smaller.
const LARGE: u64 = 1 << 20;

/// A model asked for, and where its JSON string stands in the body.
pub type Asked = (Arc<str>, Range<usize>);

/// A request's body, kept for every attempt.
#[derive(Debug)]
pub struct RequestBody {
    /// As received (decoded when it came compressed).
    pub bytes: Bytes,
    /// The model asked for and where its JSON string stands.
    pub model: Option<Asked>,
    /// Whether a stream is asked for.
    pub stream: bool,
    /// User id in the body.
    pub user: Option<Box<str>>,
    /// The client's conversation id.
    pub session: Option<Box<str>>,
    /// What ties the request to the provider that keeps it.
    pub stored: Option<Stored>,
    /// It offers tools.
    pub tools: bool,
    /// Its prompt is to stay in the provider's cache for an hour.
    pub long_cache: bool,
    /// Where its conversation begins.
    pub beginning: Beginning,
    /// Gives the buffered bytes back when dropped.
    held: BufferedBytes,
}

impl RequestBody {
    /// Puts another text in the place of the body, and finds the model in it again. What cannot be read, or is too much
    /// to hold, changes nothing: false.
    pub fn replace(&mut self, bytes: Bytes) -> bool {
        let Ok(found) = peek::peek(&bytes) else { return false };
        let (beginning, model) = (found.beginning, found.model);
        let model = model.map(|model| (Arc::from(model.text.as_ref()), model.span));
        let fits = self.held.grow(bytes.len() as u64);
        if fits {
            self.beginning = beginning;
            (self.model, self.bytes) = (model, bytes);
        }
        fits
    }
}

/// Bytes counted against [`BUFFERED_MAX`].
#[derive(Debug)]
pub struct BufferedBytes {
    gateway: Arc<Gateway>,
    bytes: u64,
}

impl BufferedBytes {
    /// Counts `bytes`; nothing when that would be too much.
    pub fn take(gateway: &Arc<Gateway>, bytes: u64) -> Option<Self> {
        (!is_too_large_now(gateway, 0, bytes) && gateway.buffer(bytes, BUFFERED_MAX))
            .then(|| Self { gateway: Arc::clone(gateway), bytes })
    }
}

impl BufferedBytes {
    /// Counts up to `bytes` in all; false when that would be too much.
    fn grow(&mut self, bytes: u64) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        if more > 0 && (is_too_large_now(&self.gateway, self.bytes, bytes) || !self.gateway.buffer(more, BUFFERED_MAX))
        {
            return false;
        }
        self.bytes += more;
        true
    }

    /// Counts `bytes` in all, fewer than before or more; false, and nothing changed, when that would be too much.
    pub fn resize(&mut self, bytes: u64) -> bool {
        if let Some(less) = self.bytes.checked_sub(bytes) {
            self.gateway.unbuffer(less);
            self.bytes = bytes;
        }
        self.grow(bytes)
    }

    /// Bytes counted.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// Whether none are counted.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

impl Drop for BufferedBytes {
    fn drop(&mut self) {
        self.gateway.unbuffer(self.bytes);
    }
}

/// Whether so much is held that what nobody waits for is refused.
pub fn is_pressed(gateway: &Gateway) -> bool {
    gateway.buffered() >= PRESSED
}

/// Whether something becomes large while nearly everything is taken.
fn is_too_large_now(gateway: &Gateway, before: u64, after: u64) -> bool {
    before <= LARGE && after > LARGE && gateway.buffered() >= NEARLY_FULL
}

/// A body that was not taken.
#[derive(Debug)]
pub struct Untaken {
    /// Why.
    pub problem: Problem,
    /// Some of it is still to come.
    pub unread: bool,
}

/// What has come of a body.
#[derive(Debug, Default)]
struct Come {
    bytes: u64,
    whole: bool,
}

/// Reads the body of `context`'s request.
pub async fn read<B: Body<Data = Bytes> + Unpin>(context: &mut Context, mut body: B) -> Result<RequestBody, Untaken> {
    let mut come = Come::default();
    let read = match take(context, &mut body, &mut come).await {
        Ok((bytes, held)) => look(context, bytes, held).map_err(|problem| Untaken { problem, unread: false }),
        Err(problem) => {
            context.settle.record(|record| record.bytes_in = come.bytes);
            Err(Untaken { problem, unread: !come.whole && !body.is_end_stream() })
        }
    };
    if read.as_ref().is_err_and(|untaken| untaken.problem.code == NO_MEMORY) {
        context.settle.gateway().count_shed();
    }
    read
}

async fn take<B: Body<Data = Bytes> + Unpin>(
    context: &mut Context,
    body: &mut B,
    come: &mut Come,
) -> Result<(Bytes, BufferedBytes), Problem> {
    let limit = context.snapshot.config.server.max_body;
    let declared = body.size_hint().exact();
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let coding = coding(context)?;
    let Some(mut held) = room(context.settle.gateway(), declared) else {
        return Err(buffers_full());
    };
    let bytes = match coding {
        None => collect(body, declared, limit, &mut held, come).await?,
        Some(coding) => Box::pin(decoded(context, body, coding, limit, &mut held, come)).await?,
    };
    let actual = bytes.len() as u64;
    if !held.grow(actual) {
        return Err(buffers_full());
    }
    context.settle.record(|record| record.bytes_in = actual);
    Ok((bytes, held))
}

/// Room for a body to come: all that it declares must fit, but what has not come is not counted. Else some callers who
/// declare much and send little would keep all others out.
fn room(gateway: &Arc<Gateway>, declared: Option<u64>) -> Option<BufferedBytes> {
    let ahead = declared.unwrap_or(COUNTED_AHEAD).min(COUNTED_AHEAD);
    let mut held = BufferedBytes::take(gateway, declared.unwrap_or(ahead))?;
    (held.len() == ahead || held.resize(ahead)).then_some(held)
}

async fn collect<B: Body<Data = Bytes> + Unpin>(
    body: &mut B,
    declared: Option<u64>,
    limit: u64,
    held: &mut BufferedBytes,
    come: &mut Come,
) -> Result<Bytes, Problem> {
    let mut buffer = BytesMut::new();
    let mut first: Option<Bytes> = None;
    while let Some(frame) = body.frame().await {
        // The client broke off: nobody is left to read an answer.
        let frame = frame.map_err(|_| broken_off())?;
        let Ok(data) = frame.into_data() else { continue };
        if data.is_empty() {
            continue;
        }
        come.bytes += data.len() as u64;
        let so_far = first.as_ref().map_or(buffer.len(), Bytes::len) as u64;
        if so_far + data.len() as u64 > limit {
            return Err(too_large(limit));
        }
        if !held.grow(so_far + data.len() as u64) {
            return Err(buffers_full());
        }
        match (first.take(), buffer.is_empty()) {
            (None, true) => first = Some(data),
            (Some(one), _) => {
                make_room(&mut buffer, one.len() + data.len(), declared);
                buffer.extend_from_slice(&one);
                buffer.extend_from_slice(&data);
            }
            (None, false) => {
                make_room(&mut buffer, data.len(), declared);
                buffer.extend_from_slice(&data);
            }
        }
    }
    come.whole = true;
    Ok(first.unwrap_or_else(|| buffer.freeze()))
}

/// Room in `buffer` for `more`, and once it is clear that the body comes, for what it declares.
fn make_room(buffer: &mut BytesMut, more: usize, declared: Option<u64>) {
    let whole = buffer.len() + more;
    if whole <= buffer.capacity() {
        return;
    }
    let declared = declared.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let wanted = if whole > TRICKLE { declared.min(FIRST_ALLOCATION.max(whole * 4)) } else { whole };
    buffer.reserve(wanted.max(whole) - buffer.len());
}

/// How the body is encoded; refused before anything of it is read when that cannot be undone.
fn coding(context: &Context) -> Result<Option<Coding>, Problem> {
    if !context.headers.known().has(Known::ContentEncoding) {
        return Ok(None);
    }
    Coding::of(context.headers.map()).map_err(|unreadable| {
        let (message, coding) = match &unreadable {
            Unreadable::Unknown(coding) => (&text::CODING_UNKNOWN, coding),
            Unreadable::Stacked(codings) => (&text::CODINGS_STACKED, codings),
        };
        let text = Text::new(message).with("coding", coding).with("accepted", decode::ACCEPTED);
        Problem::request("TG311", Kind::UnsupportedMedia, 415, text)
            .with_header(header::ACCEPT_ENCODING, HeaderValue::from_static(decode::ACCEPTED))
    })
}

/// Collects an encoded body decoded. That is what every provider gets: one text to look into, to put a model's name
/// into and to send again, whatever the provider can undo.
async fn decoded<B: Body<Data = Bytes> + Unpin>(
    context: &mut Context,
    body: &mut B,
    coding: Coding,
    limit: u64,
    held: &mut BufferedBytes,
    come: &mut Come,
) -> Result<Bytes, Problem> {
    let mut decoder = Decoder::new(coding);
    let mut buffer = BytesMut::new();
    // A decoder keeps no more than it has given out, and no more than its window.
    let Some(mut window) = BufferedBytes::take(context.settle.gateway(), 0) else {
        return Err(buffers_full());
    };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| broken_off())?;
        let Ok(data) = frame.into_data() else { continue };
        come.bytes += data.len() as u64;
        if come.bytes > limit {
            return Err(too_large(limit));
        }
        decoder.feed(data);
        while let Some(piece) = decoder.give().map_err(|failure| undecodable(coding, failure))? {
            let so_far = buffer.len() as u64 + piece.len() as u64;
            if so_far > limit {
                return Err(too_large(limit));
            }
            if !held.grow(so_far) || !window.grow(so_far.min(coding.window())) {
                return Err(buffers_full());
            }
            buffer.extend_from_slice(&piece);
            // Decoding is work without waiting: others get their turn after each piece.
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
    }
    come.whole = true;
    decoder.finish().map_err(|failure| undecodable(coding, failure))?;
    context.headers.remove(Known::ContentEncoding);
    Ok(buffer.freeze())
}

fn undecodable(coding: Coding, failure: Failure) -> Problem {
    let (code, kind, status, message) = match failure {
        Failure::Bomb => ("TG314", Kind::TooLarge, 413, &text::CODING_BOMB),
        Failure::Invalid => ("TG311", Kind::InvalidRequest, 400, &text::CODING_BROKEN),
        Failure::Short => ("TG311", Kind::InvalidRequest, 400, &text::CODING_SHORT),
        Failure::Window => ("TG311", Kind::InvalidRequest, 400, &text::CODING_WINDOW),
    };
    let mib = coding.window() >> 20;
    Problem::request(code, kind, status, Text::new(message).with("coding", coding.name()).with("mib", mib))
}

fn look(context: &mut Context, bytes: Bytes, held: BufferedBytes) -> Result<RequestBody, Problem> {
    let found = match peek::peek(&bytes) {
        Ok(found) => found,
        Err(malformed) => {
            let (offset, reason) = (malformed.offset, refusals::body(&malformed));
            let text = Text::new(&text::BODY_MALFORMED).with("offset", offset).with_words("reason", reason);
            let field = malformed.reason.field().unwrap_or_default();
            return Err(Problem::request("TG312", Kind::InvalidRequest, 400, text).about(field));
        }
    };
    let model = model(context, &found)?;
    if is_pressed(context.settle.gateway()) && nobody_waits(context, model.as_ref(), &found, bytes.len()) {
        return Err(shed());
    }
    let known = context.headers.known();
    let session = tokgate_wire::client::session(|name| known.named(name), &found).map(Into::into);
    let (stream, user) = (found.stream.unwrap_or(false), found.user.as_deref().map(Into::into));
    let stored = found
        .stored
        .as_ref()
        .map(|stored| Stored { field: stored.field, id: (!stored.id.is_empty()).then(|| resolve::stored(&stored.id)) });
    let (tools, long_cache, beginning) = (found.tools, found.long_cache, found.beginning.clone());
    drop(found);
    context.settle.record(|record| {
        record.model = model.as_ref().map(|(name, _)| (**name).into());
        record.stream = stream;
        record.session.clone_from(&session);
    });
    Ok(RequestBody { bytes, model, stream, user, session, stored, tools, long_cache, beginning, held })
}

/// A request without a model, with some that are known, where any is.
fn model_missing(known: &[&str]) -> Text {
    match known {
        [] => Text::new(&text::MODEL_MISSING_NONE),
        known => Text::new(&text::MODEL_MISSING).with_list("known", known),
    }
}

/// What is wrong with the model that a body names.
pub fn model_fault(found: &Peek<'_>) -> Option<Text> {
    if found.model_invalid {
        return Some(Text::new(&text::MODEL_NOT_TEXT));
    }
    found.model.as_ref().and_then(|model| name_fault(&model.text))
}

/// What is wrong with the name of a model.
pub fn name_fault(name: &str) -> Option<Text> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@-[]+~".contains(&byte);
    let fits = !name.is_empty() && name.len() <= MODEL_MAX && name.bytes().all(fits) && !name.contains("..");
    (!fits).then(|| Text::new(&text::MODEL_INVALID).with("max", MODEL_MAX))
}

fn model(context: &Context, found: &Peek<'_>) -> Result<Option<Asked>, Problem> {
    if let Some(text) = model_fault(found) {
        return Err(Problem::request(MODEL, Kind::InvalidRequest, 400, text).about("model"));
    }
    let Some(model) = &found.model else {
        let known: Vec<&str> = context.snapshot.models().into_iter().map(|(id, _)| id).take(MODELS_NAMED).collect();
        let text = model_missing(&known);
        return Err(Problem::request(MODEL, Kind::InvalidRequest, 400, text).about("model"));
    };
    Ok(Some((model.text.as_ref().into(), model.span.clone())))
}

fn too_large(limit: u64) -> Problem {
    let mib = limit >> 20;
    Problem::request("TG314", Kind::TooLarge, 413, Text::new(&text::BODY_TOO_LARGE).with("mib", mib))
}

/// A program's own work, beside which its user's goes on.
fn nobody_waits(context: &Context, model: Option<&Asked>, found: &Peek<'_>, bytes: usize) -> bool {
    let facts = Facts {
        model: model.map(|(name, _)| &**name),
        pinned_model: context.caller.run.as_ref().and_then(|run| run.model.as_deref()),
        client: Some(resolve::client(context)),
        counts_tokens: context.operation.counts().is_some(),
        tools: found.tools,
        body_bytes: bytes as u64,
        class: resolve::class(context),
        ..Facts::new(0)
    };
    Class::of(&facts) != Class::Interactive
}

fn buffers_full() -> Problem {
    no_memory(&text::BUFFERS_FULL)
}

fn shed() -> Problem {
    no_memory(&text::SHED)
}

fn no_memory(message: &'static Message) -> Problem {
    let words = Text::new(message);
    Problem {
        retry: Retry::After(Duration::from_secs(2)),
        ..Problem::request(NO_MEMORY, Kind::Unavailable, 503, words)
    }
}

fn broken_off() -> Problem {
    Problem::request("TG315", Kind::InvalidRequest, 400, &text::BODY_BROKEN_OFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Room after so many pieces of this size, of a body that declares ten megabytes.
    fn room_after(pieces: usize, size: usize) -> usize {
        let mut buffer = BytesMut::new();
        for _ in 0..pieces {
            make_room(&mut buffer, size, Some(10 << 20));
            buffer.extend_from_slice(&vec![b'x'; size]);
        }
        buffer.capacity()
    }

    #[test]
    fn a_body_that_trickles_takes_what_has_come_and_one_that_comes_its_place_at_once() {
        assert!(room_after(5, 1) <= 64);
        assert!(room_after(12, 1 << 10) <= 24 << 10);
        assert_eq!(room_after(2, 8 << 10), FIRST_ALLOCATION);
        assert_eq!(room_after(1, 1 << 20), 4 << 20);
    }

    #[test]
    fn a_missing_model_is_not_answered_with_an_empty_list_of_examples() {
        assert!(model_missing(&[]).to_string().ends_with("names no `model`."));
        assert!(model_missing(&["m-1", "m-2"]).to_string().ends_with("for example: m-1, m-2"));
    }
}
