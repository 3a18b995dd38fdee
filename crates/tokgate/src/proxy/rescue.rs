//! rescue: a client that drops its connection after a provider was asked gets its money's worth when it retries. Off
//! unless `queue.rescue` says so. Then the request runs in a task of its own: when the client leaves, the answer is read
//! to its end, within bounds, and kept for a moment; the identical retry of the same client is answered from it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use tokio::sync::{mpsc, oneshot};

use super::body::{Aborted, AnswerBody};
use super::context::{Context, Operation, Transport};
use super::identify;
use super::live::{End, Live};
use super::names::Known;
use super::read::{BufferedBytes, RequestBody};
use super::respond::{self, Shape};
use super::{go_on, note_answer};
use crate::clock;
use crate::gateway::Gateway;
use crate::gateway::rescued::{ANSWER_MAX, Question, Rescued};
use crate::i18n::{Text, faults};
use crate::store::record::{Outcome, RequestId};

/// How long an answer may go on after its client has left.
const FINISH_WITHIN: Duration = Duration::from_secs(60);

/// How long a whole one is kept: SDKs retry within seconds.
const KEPT_FOR: Duration = Duration::from_secs(120);

/// Pieces of an answer ahead of a client that reads slowly.
const PIECES_AHEAD: usize = 8;

/// The request whose answer this is.
const RESCUED: HeaderName = HeaderName::from_static("x-tokgate-rescued");

/// What tells a retry from another request that says the same: the client's own name for it, or an SDK's count. `None`:
/// nothing does, and nothing is rescued.
pub fn question(context: &Context, read: &RequestBody) -> Option<Question> {
    let may = context.snapshot.config.queue.rescue
        && matches!(context.operation, Operation::Create(_))
        && context.caller.transport == Transport::Http;
    if !may {
        return None;
    }
    let known = context.headers.known();
    let lineage = match known.value(Known::IdempotencyKey) {
        Some(key) => key.as_bytes(),
        None => known.has(Known::RetryCount).then_some(&[][..])?,
    };
    let credential = identify::credential(&context.snapshot, known).unwrap_or_default();
    let (tag, path, query) = (context.caller.tag(), &context.path, &context.query);
    let parts = [credential, tag.as_bytes(), path.as_bytes(), query.as_bytes(), lineage, &read.bytes];
    Some(context.settle.gateway().rescues().question(&parts))
}

/// Answers a request that may be rescued, or that is the retry of one that was.
pub async fn serve(context: Context, read: RequestBody, shape: Shape, question: Question) -> Response<AnswerBody> {
    let gateway = Arc::clone(context.settle.gateway());
    if repeats(&context)
        && let Some(rescued) = gateway.rescues().find(&question)
        && let Some(head) = rescued.live.head().await
    {
        return replay(context, shape, &rescued, head.1);
    }
    let id = context.id;
    let (answer, answered) = oneshot::channel();
    tokio::spawn(Box::pin(carry(gateway, context, read, shape, question, answer)));
    // A task that panicked has said so in the log.
    answered.await.unwrap_or_else(|_| respond::answer(&super::verdicts::internal(), shape, id))
}

/// With a name of its own every request is a retry of those before it; an SDK says how often it has tried.
fn repeats(context: &Context) -> bool {
    let known = context.headers.known();
    let count = known.text(Known::RetryCount).and_then(|count| count.parse::<u32>().ok());
    known.has(Known::IdempotencyKey) || count.is_some_and(|count| count > 0)
}

/// The kept answer, for the record of the retry and for its client.
fn replay(mut context: Context, shape: Shape, rescued: &Rescued, headers: HeaderMap) -> Response<AnswerBody> {
    let (pieces, to_client) = mpsc::channel(PIECES_AHEAD);
    let mut response = Response::new(AnswerBody::Piped(to_client));
    *response.headers_mut() = headers;
    if let Ok(id) = HeaderValue::from_bytes(&rescued.id.text()) {
        response.headers_mut().insert(RESCUED, id);
    }
    respond::stamp(response.headers_mut(), context.id, shape.protocol);
    note_answer(&mut context.settle, &response);
    context.settle.record(|record| {
        record.explain(&Text::new(&faults::RESCUED).with("id", rescued.id), shape.lang);
    });
    tokio::spawn(hand_on(context, rescued.live.follow(), pieces));
    response
}

/// Hands the kept answer on as it comes. The request ends with it: only then is it known how much it was.
async fn hand_on(mut context: Context, mut body: AnswerBody, pieces: mpsc::Sender<Result<Bytes, Aborted>>) {
    let mut bytes = 0;
    let outcome = loop {
        match body.frame().await {
            None => break Outcome::Completed,
            Some(Err(aborted)) => {
                // Whether he hears it or has left: it ends here.
                let _ = pieces.send(Err(aborted)).await;
                break Outcome::Truncated;
            }
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                let length = data.len() as u64;
                if pieces.send(Ok(data)).await.is_err() {
                    break Outcome::Cancelled;
                }
                bytes += length;
            }
        }
    };
    context.settle.record(|record| record.bytes_out = bytes);
    context.settle.finish(outcome);
}

/// The request in a task of its own.
async fn carry(
    gateway: Arc<Gateway>,
    context: Context,
    read: RequestBody,
    shape: Shape,
    question: Question,
    mut answer: oneshot::Sender<Response<AnswerBody>>,
) {
    let id = context.id;
    let mut place = Place::take(Arc::clone(&gateway), question, id);
    let mut work = Box::pin(go_on(context, read, shape));
    let response = tokio::select! {
        response = &mut work => Some(response),
        // Where no provider has been asked there is nothing to be rescued: it is cancelled, like any other.
        () = answer.closed() => match gateway.underway().has(id) {
            true => tokio::time::timeout(FINISH_WITHIN, &mut work).await.ok(),
            false => None,
        },
    };
    let Some(response) = response else { return };
    if !response.status().is_success() {
        // Nobody pays for an error twice.
        let _ = answer.send(response);
        return;
    }
    let (parts, body) = response.into_parts();
    let (pieces, to_client) = mpsc::channel(PIECES_AHEAD);
    place.live.open((parts.status, parts.headers.clone()));
    let _ = answer.send(Response::from_parts(parts, AnswerBody::Piped(to_client)));
    // Where too much is held already, nothing is kept: the client gets his answer all the same.
    let held = BufferedBytes::take(&gateway, 0);
    if held.is_none() {
        place.give_up();
    }
    Tee { place, held }.run(body, pieces).await;
}

/// A request's place among those that may be rescued. A retry finds it from the beginning: it may come before anybody
/// has noticed that its client has left. When it is dropped, the answer is forgotten.
struct Place {
    gateway: Arc<Gateway>,
    live: Arc<Live>,
    question: Question,
    id: RequestId,
    /// It can still be rescued.
    keeps: bool,
}

impl Place {
    fn take(gateway: Arc<Gateway>, question: Question, id: RequestId) -> Self {
        let live = Arc::new(Live::default());
        let keeps = gateway.rescues().keep(question, Rescued { live: Arc::clone(&live), id });
        Self { gateway, live, question, id, keeps }
    }

    fn give_up(&mut self) {
        self.keeps = false;
        self.gateway.rescues().forget(&self.question, self.id);
        self.live.clear();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gateway.rescues().forget(&self.question, self.id);
        // Whoever waits for it goes his own way, unless it ended well.
        self.live.close(End::Cut);
    }
}

/// An answer on its way to its client, and beside that kept for his retry.
struct Tee {
    place: Place,
    /// Counts what is kept.
    held: Option<BufferedBytes>,
}

impl Tee {
    async fn run(mut self, mut body: AnswerBody, pieces: mpsc::Sender<Result<Bytes, Aborted>>) {
        loop {
            let frame = tokio::select! {
                frame = body.frame() => frame,
                () = pieces.closed() => return self.finish(body).await,
            };
            match frame {
                None => return self.place.live.close(End::Whole),
                Some(Err(aborted)) => {
                    let _ = pieces.send(Err(aborted)).await;
                    return;
                }
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.keep(&data);
                    if pieces.send(Ok(data)).await.is_err() {
                        return self.finish(body).await;
                    }
                }
            }
        }
    }

    /// The client has left: the rest is read for his retry.
    async fn finish(mut self, mut body: AnswerBody) {
        let until = clock::now() + FINISH_WITHIN;
        while self.place.keeps && !self.place.gateway.is_draining() {
            match tokio::time::timeout_at(until, body.frame()).await {
                Ok(None) => {
                    drop(body);
                    self.place.live.close(End::Whole);
                    return tokio::time::sleep(KEPT_FOR).await;
                }
                Ok(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.keep(&data);
                }
                Ok(Some(Err(_))) | Err(_) => return,
            }
        }
    }

    fn keep(&mut self, data: &Bytes) {
        if !self.place.keeps {
            return;
        }
        let bytes = (self.place.live.bytes() + data.len()) as u64;
        let counted = self.held.as_mut().is_some_and(|held| held.resize(bytes));
        if !counted || !self.place.live.push(data.clone(), ANSWER_MAX) {
            self.place.give_up();
            self.held = None;
        }
    }
}
