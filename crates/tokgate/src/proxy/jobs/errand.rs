//! A stored request on the line: from `admit` on like any other. Who it is of was found out when it was accepted.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tokgate_wire::client;
use tokio::sync::oneshot;

use crate::clock;
use crate::gateway::Gateway;
use crate::proxy::body::AnswerBody;
use crate::proxy::context::{Caller, Operation, Transport};
use crate::proxy::identify::Shown;
use crate::proxy::names::{Heads, Known};
use crate::proxy::respond::Shape;
use crate::proxy::{Arrived, serve};
use crate::store::jobs::{Content, JobRow};
use crate::store::record::{Record, RequestId};

/// A request under way whose answer somebody else collects.
#[derive(Debug)]
pub struct Errand {
    /// The answer.
    pub response: Response<AnswerBody>,
    /// The record, when it is settled.
    pub record: oneshot::Receiver<Record>,
}

/// Sends it.
pub async fn errand(gateway: &Arc<Gateway>, row: &JobRow, content: Content) -> Errand {
    let headers = content.header_map();
    let heads = Heads::of(&headers);
    let seen = heads.seen();
    let client = client::detect(heads.text(Known::UserAgent), heads.text(Known::Originator));
    let (report, record) = oneshot::channel();
    let snapshot = Arc::clone(&gateway.snapshot());
    let arrived = Arrived {
        id: RequestId::next(clock::unix_ms()),
        started: clock::now(),
        shape: Shape { protocol: row.protocol, client, stream: row.stream, lang: snapshot.lang },
        snapshot,
        operation: Operation::Create(row.protocol),
        caller: Caller {
            transport: Transport::Job,
            client,
            run: row.run.as_deref().and_then(|tag| gateway.runs().find(tag)),
            named: row.named.clone(),
            shown: Shown::LocalKey,
        },
        path: row.path.clone(),
        seen,
        report: Some(report),
    };
    let mut request = Request::new(());
    // The path was read when it came, and so it reads again.
    *request.uri_mut() = format!("{}{}", row.path, row.query).parse().unwrap_or_default();
    *request.headers_mut() = headers;
    let (head, ()) = request.into_parts();
    let body: Full<Bytes> = Full::new(content.body);
    let response = Box::pin(serve(Arc::clone(gateway), arrived, head, body)).await;
    Errand { response, record }
}
