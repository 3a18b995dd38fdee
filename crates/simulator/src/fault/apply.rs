//! From a fault to a response: picks the family, and does the faults around the response head itself.

use std::time::Duration;

use bytes::Bytes;

use super::{Fault, FaultPlan, Layer, body, stream};
use crate::asked::Asked;
use crate::reply::{self, Act, After, H2, Reply};

/// Length of the one long header, unless told otherwise.
const HUGE_HEADER_BYTES: usize = 1 << 20;

/// What `plan` answers to `asked`; `on_connection` counts earlier requests of the same connection.
pub(crate) fn reply(plan: &FaultPlan, asked: &Asked, number: u64, on_connection: u64) -> Reply {
    let reply = match plan.name.layer() {
        Layer::Answer => body::reply(plan, asked, number),
        Layer::Stream => stream::reply(plan, asked, number),
        Layer::Head => head(plan, asked, number, on_connection),
        // the connection was let through: a test put the fault behind a rule or a header, too late for it
        Layer::Connection => never(Act::Reset),
    };
    let reply = match plan.coding {
        Some(coding) if !body::is_coded(plan.name) => reply.coded(coding),
        _ => reply,
    };
    reply.with_headers(&plan.headers)
}

/// A response of which not even the head arrives.
fn never(act: Act) -> Reply {
    let mut reply = Reply::whole(500, "text/plain", Bytes::new());
    reply.before = vec![act];
    reply
}

fn head(plan: &FaultPlan, asked: &Asked, number: u64, on_connection: u64) -> Reply {
    let good = || reply::good(&plan.answer, asked, number);
    let behind = |acts: Vec<Act>| {
        let mut reply = good();
        reply.before.splice(0..0, acts);
        reply
    };
    let raw = |bytes: &'static [u8]| Act::Raw(Bytes::from_static(bytes));
    match plan.name {
        Fault::StallBeforeHead => never(Act::Stall),
        Fault::ResetBeforeHead => never(Act::Reset),
        Fault::EofBeforeHead => never(Act::Eof),
        Fault::ResetReused if on_connection > 0 => never(Act::Reset),
        Fault::SlowHead => behind(vec![Act::Wait(Duration::from_millis(plan.wait_ms))]),
        Fault::HugeHeader => good().header("x-sim-huge", "h".repeat(plan.bytes.unwrap_or(HUGE_HEADER_BYTES))),
        Fault::OddHeaders => odd_headers(good()),
        Fault::CloseIdle => Reply { after: After::CloseQuietly, ..good() },
        Fault::CutHead => behind(vec![raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/ev"), Act::Eof]),
        Fault::GarbageHead => behind(vec![raw(b"\x15\x03\x01\x00\x02\x02\x50 this is not HTTP\r\n\r\n"), Act::Eof]),
        Fault::EarlyHints => behind(vec![raw(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n")]),
        Fault::H2Refused => Reply { h2: Some(H2::Refuse), ..never(Act::Reset) },
        Fault::H2Goaway => Reply { h2: Some(H2::Goaway), ..never(Act::Eof) },
        Fault::H2GoawayLater => Reply { h2: Some(H2::GoawayLater), after: After::Close, ..good() },
        _ => good(),
    }
}

fn odd_headers(reply: Reply) -> Reply {
    reply
        .header("set-cookie", "session=sim; Path=/; Secure; HttpOnly")
        .header("set-cookie", "__cf_bm=sim; Path=/")
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-credentials", "true")
        .header("alt-svc", "h3=\":443\"; ma=86400")
        .header("strict-transport-security", "max-age=15552000")
        .header("server", "sim-upstream")
        .header("via", "1.1 sim-proxy")
        .header("x-powered-by", "sim")
}
