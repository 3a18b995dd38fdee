//! The straight line of a request. The files are its steps, in this order:
//!
//! [`accept`] → [`front`] → [`identify`] ([`host`]) → [`admit`] → [`read`] → [`circle`] → [`adapt`] → [`resolve`] → [`attempt`]
//! ([`prepare`] ([`translate`], [`provenance`], [`downgrade`]) → [`send`] → [`classify`] → [`commit`]) → [`relay`] ([`reading`], [`hold`]) → [`settle`]; errors leave by
//! [`respond`], their words come from [`verdicts`].
//!
//! Frames of a [`websocket`] go down the same line from [`identify`] on.

pub mod accept;
pub mod adapt;
pub mod admit;
pub mod attempt;
pub mod body;
pub mod catalogue;
pub mod circle;
pub mod classify;
pub mod commit;
pub mod context;
pub mod decode;
pub mod denied;
pub mod downgrade;
pub mod frames;
pub mod front;
pub mod hold;
pub mod host;
pub mod identify;
pub mod jobs;
pub mod live;
pub mod names;
pub mod patience;
pub mod prepare;
pub mod provenance;
pub mod read;
pub mod reading;
pub mod relay;
pub mod rescue;
pub mod resolve;
pub mod respond;
pub mod send;
pub mod settle;
pub mod sign;
pub mod tls;
pub mod translate;
pub mod verdicts;
pub mod websocket;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokgate_wire::conversation::Losses;
use tokgate_wire::path::Call;
use tokgate_wire::protocol::Protocol;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::clock;
use crate::gateway::Gateway;
use crate::gateway::snapshot::Snapshot;
use crate::i18n::{Lang, Text};
use crate::store::record::{Outcome, Record, RequestId, Word};
use attempt::{Attempting, Step, UpstreamHead};
use body::AnswerBody;
use context::{Caller, Context, Operation, Transport};
use front::Peer;
use hold::{Decided, Held};
use identify::{Public, Wanted};
use names::{Headers, Heads, Known, Seen};
use read::RequestBody;
use respond::{Problem, Shape};
use settle::Settle;

/// Answers one request as it comes from hyper. Never fails: every error is an answer.
pub async fn handle(gateway: Arc<Gateway>, peer: Peer, mut request: Request<Incoming>) -> Response<AnswerBody> {
    // Hyper leaves this with a request that asks for another protocol, and with no other.
    match request.extensions_mut().remove::<OnUpgrade>() {
        None => answer(gateway, peer, Transport::Http, request).await,
        Some(upgrade) => Box::pin(websocket::handle(gateway, peer, request, upgrade)).await,
    }
}

/// Answers one request, however it came.
pub async fn answer<B: Body<Data = Bytes> + Unpin>(
    gateway: Arc<Gateway>,
    peer: Peer,
    transport: Transport,
    request: Request<B>,
) -> Response<AnswerBody> {
    let started = clock::now();
    let snapshot = Arc::clone(&gateway.snapshot());
    let (head, body) = request.into_parts();
    let unread = !body.is_end_stream();
    let id = RequestId::next(clock::unix_ms());
    let heads = Heads::of(&head.headers);
    let seen = heads.seen();
    let (wanted, shape) = match identify::identify(&gateway, &snapshot, &peer, &head, heads) {
        Ok(identified) => identified,
        Err((problem, shape)) => return ended(refuse(&gateway, id, started, &problem, shape, None), unread),
    };
    let origin = allowed_origin(&snapshot, heads);
    let mut response = match wanted {
        Wanted::Public(public) => ended(answer_public(public), unread),
        Wanted::Preflight => ended(answer_preflight(&head.headers), unread),
        Wanted::WebSocket(handshake, known) => handshake.response(known.caller(Transport::WebSocket)),
        Wanted::Known(known) => match operation(&known.call) {
            Some(operation) => {
                let caller = known.caller(transport);
                let path = known.path.into();
                let request = Arrived { id, started, snapshot, shape, operation, caller, path, seen, report: None };
                // Boxed: a connection keeps room for this future as long as it is open, its streams included.
                Box::pin(serve(gateway, request, head, body)).await
            }
            None => match known.call {
                Call::Job(job) => {
                    let answer = Box::pin(jobs::answer(&gateway, &snapshot, &known, job, &head, shape)).await;
                    ended(answer, unread)
                }
                _ => ended(catalogue::answer(&snapshot, &known, &head), unread),
            },
        },
    };
    if let Some(origin) = origin {
        response.headers_mut().extend(host::page_headers(&origin));
    }
    response
}

/// What `identify` made of a request for a provider.
struct Arrived {
    id: RequestId,
    started: Instant,
    snapshot: Arc<Snapshot>,
    shape: Shape,
    operation: Operation,
    caller: Caller,
    path: Box<str>,
    seen: Seen,
    /// Who wants the record besides the recorder.
    report: Option<oneshot::Sender<Record>>,
}

/// A request for a provider, from admission to its answer's head.
async fn serve<B: Body<Data = Bytes> + Unpin>(
    gateway: Arc<Gateway>,
    request: Arrived,
    head: Parts,
    body: B,
) -> Response<AnswerBody> {
    let Arrived { id, started, snapshot, mut shape, operation, caller, path, seen, report } = request;
    let admitted = match operation.counts() {
        Some(_) => admit::admit_question(&gateway).map(|()| None),
        None => admit::admit(&gateway, &snapshot).await.map(Some),
    };
    let place = match admitted {
        Ok(place) => place,
        Err(problem) => {
            let response = refuse(&gateway, id, started, &problem, shape, Some((operation, &caller)));
            return ended(response, !body.is_end_stream());
        }
    };
    let record = blank_record(id, shape, Some((operation, &caller)));
    let mut settle = Settle::new(gateway, started, record, place);
    if let Some(report) = report {
        settle.report_to(report);
    }
    let query = head.uri.query().map_or_else(Box::default, |query| format!("?{query}").into());
    let headers = Headers::new(head.headers, seen);
    let mut context = Context {
        id,
        started,
        snapshot,
        caller,
        operation,
        path,
        query,
        headers,
        adapter: None,
        adapted: Losses::default(),
        settle,
    };
    let read = match read::read(&mut context, body).await {
        Ok(read) => read,
        Err(untaken) => return ended(fail(context, &untaken.problem, shape, Outcome::Refused), untaken.unread),
    };
    shape.stream = read.stream;
    if let Some(prefer) = jobs::wanted(&context) {
        return Box::pin(jobs::submit(context, read, shape, prefer)).await;
    }
    if let Some(question) = rescue::question(&context, &read) {
        return Box::pin(rescue::serve(context, read, shape, question)).await;
    }
    go_on(context, read, shape).await
}

/// The line from the body's last byte to the answer's head.
async fn go_on(mut context: Context, mut read: RequestBody, shape: Shape) -> Response<AnswerBody> {
    let operation = context.operation;
    if let Err(problem) = circle::check(&mut context, &read) {
        return fail(context, &problem, shape, Outcome::Refused);
    }
    adapt::adapt(&mut context, &mut read);
    if let Err(problem) = resolve::resolve(&mut context, &read) {
        return fail(context, &problem, shape, Outcome::Failed);
    }
    let mut attempting = Box::new(Attempting::new(context, read));
    let step = match operation.counts() {
        Some(op) => attempting.count(op).await,
        None => attempting.run().await,
    };
    deliver(attempting, step, shape)
}

/// An answer given before the request's body was read to its end closes the connection: what is still to come of the
/// body stands where the next request would begin. The client has to know, or it sends that next request into it.
fn ended(mut response: Response<AnswerBody>, unread: bool) -> Response<AnswerBody> {
    if unread {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Turns the first step into an answer.
fn deliver(mut attempting: Box<Attempting>, step: Step, shape: Shape) -> Response<AnswerBody> {
    let id = attempting.context.id;
    let adapter = attempting.context.adapter.clone();
    let response = match step {
        Step::Stream(head, mut relay) => {
            relay.head_goes_out(head.status.as_u16());
            pass_on(attempting.context.settle.gateway(), head, AnswerBody::Relay(relay), id, shape)
        }
        Step::Whole(head, bytes) => {
            let now = clock::now();
            let settle = &mut attempting.context.settle;
            settle.mark_head_at(now);
            settle.record(|record| record.status = head.status.as_u16());
            let outcome = if head.status.is_success() { Outcome::Completed } else { Outcome::Failed };
            if outcome == Outcome::Failed {
                jobs::keep(&attempting);
            }
            attempting.context.settle.finish_at(now, outcome);
            pass_on(attempting.context.settle.gateway(), head, AnswerBody::fixed(bytes), id, shape)
        }
        Step::Failed(problem) => {
            jobs::keep(&attempting);
            fail((*attempting).into_context(), &problem, shape, Outcome::Failed)
        }
        Step::HeadDue => hold(attempting, shape),
    };
    adapt::named(response, adapter.as_deref())
}

/// Sends the head of a stream now and goes on trying behind it.
fn hold(mut attempting: Box<Attempting>, shape: Shape) -> Response<AnswerBody> {
    let id = attempting.context.id;
    attempting.head_is_sent();
    attempting.context.settle.mark_head();
    attempting.context.settle.record(|record| record.status = 200);
    let ending = attempting.context.settle.gateway().ending();
    let attempts = Box::pin(async move {
        let step = tokio::select! {
            step = attempting.run() => step,
            () = ending => Step::Failed(admit::stopping()),
        };
        let problem = match step {
            Step::Stream(_, relay) => return Decided::Stream(relay),
            Step::Failed(problem) => problem,
            // With the head sent, `run` holds without limit and passes no whole answer on.
            Step::Whole(..) | Step::HeadDue => verdicts::internal(),
        };
        jobs::keep(&attempting);
        let mut settle = attempting.context.settle.take();
        note_problem(&mut settle, &problem, shape.lang);
        Decided::Failed(Box::new((problem, settle)))
    });
    let mut response = Response::new(AnswerBody::Held(Box::new(Held::new(attempts, shape.protocol, shape.lang, id))));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    respond::stamp(response.headers_mut(), id, shape.protocol);
    response
}

/// The upstream's answer as the client gets it: its bytes, its status, its headers less those of the hop and those that
/// repeat one of our secrets.
fn pass_on(
    gateway: &Gateway,
    head: UpstreamHead,
    body: AnswerBody,
    id: RequestId,
    shape: Shape,
) -> Response<AnswerBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    let headers = response.headers_mut();
    let secrets = gateway.redactor().secrets();
    let ends_here = |(name, value): &(&HeaderName, &HeaderValue)| {
        !tokgate_wire::headers::forwards_response(name.as_str()) || secrets.are_in(value.as_bytes())
    };
    let ending: Vec<HeaderName> = headers.iter().filter(ends_here).map(|(name, _)| name.clone()).collect();
    for name in ending {
        headers.remove(name);
    }
    if let Some(provider) = head.provider.as_deref().and_then(|name| HeaderValue::from_str(name).ok()) {
        headers.insert(Known::Provider.name(), provider);
    }
    if head.estimated {
        headers.insert(ESTIMATED, HeaderValue::from_static("true"));
    }
    if let Some(lost) = head.lost.as_deref().and_then(|lost| HeaderValue::from_str(lost).ok()) {
        headers.insert(LOST, lost);
    }
    respond::stamp(headers, id, shape.protocol);
    response
}

/// A number of tokens that nobody counted.
const ESTIMATED: HeaderName = HeaderName::from_static("x-tokgate-estimated");

/// What a translation could not carry.
const LOST: HeaderName = HeaderName::from_static("x-tokgate-lost");

/// An error of ours for a request that has a record.
fn fail(mut context: Context, problem: &Problem, shape: Shape, outcome: Outcome) -> Response<AnswerBody> {
    let response = respond::answer(problem, shape, context.id);
    note_problem(&mut context.settle, problem, shape.lang);
    note_answer(&mut context.settle, &response);
    let response = with_attempts(response, &mut context.settle);
    context.settle.finish(outcome);
    response
}

/// Says in a header what was tried: `2; kimi=429, glm=529`.
fn with_attempts(mut response: Response<AnswerBody>, settle: &mut Settle) -> Response<AnswerBody> {
    let tried = settle.with_record(String::new(), |record| {
        let each: Vec<String> = record
            .attempts
            .iter()
            .map(|attempt| match attempt.status {
                0 => format!("{}={}", attempt.provider, attempt.result),
                status => format!("{}={status}", attempt.provider),
            })
            .collect();
        format!("{}; {}", each.len(), each.join(", "))
    });
    if !tried.is_empty()
        && !tried.starts_with("0;")
        && let Ok(value) = HeaderValue::from_str(&tried)
    {
        response.headers_mut().insert("x-tokgate-attempts", value);
    }
    response
}

fn note_problem(settle: &mut Settle, problem: &Problem, lang: Lang) {
    settle.record(|record| {
        record.error = Some(problem.code.into());
        record.explain(&problem.text, lang);
    });
}

/// What the client gets of an error of ours.
fn note_answer(settle: &mut Settle, response: &Response<AnswerBody>) {
    settle.mark_head();
    settle.record(|record| {
        record.status = response.status().as_u16();
        record.bytes_out = response.body().size_hint().exact().unwrap_or_default();
    });
}

/// An error of ours before there is anything to settle.
fn refuse(
    gateway: &Arc<Gateway>,
    id: RequestId,
    started: Instant,
    problem: &Problem,
    shape: Shape,
    known: Option<(Operation, &Caller)>,
) -> Response<AnswerBody> {
    let response = respond::answer(problem, shape, id);
    let record = blank_record(id, shape, known);
    let mut settle = Settle::new(Arc::clone(gateway), started, record, None);
    note_problem(&mut settle, problem, shape.lang);
    note_answer(&mut settle, &response);
    settle.finish(Outcome::Refused);
    response
}

/// A WebSocket's frame that was refused before it was a request: it leaves a record, of this id.
fn refuse_frame(gateway: &Arc<Gateway>, caller: &Caller, status: u16, code: &'static str, said: &Text) -> RequestId {
    let id = RequestId::next(clock::unix_ms());
    let shape = Shape {
        protocol: Protocol::OpenaiResponses,
        client: caller.client,
        stream: true,
        lang: gateway.snapshot().lang,
    };
    let known = (Operation::Create(Protocol::OpenaiResponses), caller);
    let mut record = Record { status, error: Some(code.into()), ..blank_record(id, shape, Some(known)) };
    record.explain(said, shape.lang);
    Settle::new(Arc::clone(gateway), clock::now(), record, None).finish(Outcome::Refused);
    id
}

fn blank_record(id: RequestId, shape: Shape, known: Option<(Operation, &Caller)>) -> Record {
    let run = known.and_then(|(_, caller)| caller.run.as_ref());
    let named = known.and_then(|(_, caller)| caller.named.as_deref());
    let client = run.map(|run| &*run.client).or(named);
    Record {
        client: client.map_or(Word::Borrowed(shape.client.id()), |client| Word::Owned(client.to_owned())),
        run: run.map(|run| run.tag.clone()),
        project: run.and_then(|run| run.project.clone()),
        protocol: known.map(|(operation, _)| operation.protocol()),
        ..Record::blank(
            id,
            shape.client.id(),
            known.map_or("refused", |(operation, caller)| operation.name(caller.transport)),
        )
    }
}

fn operation(call: &Call<'_>) -> Option<Operation> {
    match call {
        Call::Create(protocol) => Some(Operation::Create(*protocol)),
        Call::Unary { protocol, op } => Some(Operation::Unary(*protocol, *op)),
        _ => None,
    }
}

fn answer_public(public: Public) -> Response<AnswerBody> {
    match public {
        Public::Hello => Response::new(AnswerBody::empty()),
        Public::Health => {
            let text = concat!(r#"{"status":"ok","name":"tokgate","version":""#, env!("CARGO_PKG_VERSION"), r#""}"#);
            let mut response = Response::new(AnswerBody::fixed(text));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
    }
}

/// The page to let read the answer, when the request came from one on the list.
fn allowed_origin(snapshot: &Snapshot, heads: Heads<'_>) -> Option<String> {
    let origin = heads.text(Known::Origin)?;
    snapshot.config.server.allow_origins.iter().any(|listed| listed == origin).then(|| origin.to_owned())
}

fn answer_preflight(headers: &HeaderMap) -> Response<AnswerBody> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let private = text("access-control-request-private-network") == Some("true");
    let mut response = Response::new(AnswerBody::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Some(origin) = text("origin") {
        *response.headers_mut() = host::preflight_headers(origin, text("access-control-request-headers"), private);
    }
    response
}
