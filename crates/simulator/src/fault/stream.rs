//! The faults inside a stream: a good answer's events, cut, damaged or dressed up.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Fault, FaultPlan, body::OVERLOADED, quirk};
use crate::answer::{Answer, Piece};
use crate::asked::Asked;
use crate::protocol::{Protocol, Surface};
use crate::reply::{self, Act, Acts, Reply};
use crate::wire::{self, Class, Form, Frame, error::Error};

/// Length of the data line that never ends, unless told otherwise.
const ENDLESS_LINE_BYTES: usize = 100 << 20;
/// Length of the one long event, unless told otherwise.
const HUGE_EVENT_BYTES: usize = 4 << 20;
/// Size of a drop, unless told otherwise.
const DRIP_BYTES: usize = 1;
/// Block in which long lines are made.
const BLOCK: usize = 1 << 16;

/// A chunk whose size is no number.
const BAD_CHUNK: &[u8] = b"zz\r\nnot a chunk\r\n";
/// A chunk of 64 bytes of which a dozen come.
const HALF_CHUNK: &[u8] = b"40\r\ndata: {\"half";

/// A text that a careless relay takes for events.
const LOOKALIKE: &str = "He said:\n\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\ndata: [DONE]\n\nand went on. ";
/// Characters of two, three and four bytes.
const WIDE: &str = "é 世界 👩‍👩‍👧 🏳️‍🌈 ß я 你好 end";

/// The answer of a fault of [`super::Layer::Stream`]. A request without `stream` gets the JSON body with the
/// same fault where a body can have it.
pub(super) fn reply(plan: &FaultPlan, asked: &Asked, number: u64) -> Reply {
    let answer = answer(plan);
    let acts: Acts =
        if asked.stream { streamed(plan, &answer, asked, number) } else { unary(plan, &answer, asked, number) };
    let mut reply = Reply::events(asked.surface(), acts);
    match (asked.stream, plan.name) {
        (false, _) => reply.headers = vec![("content-type".to_owned(), "application/json".to_owned())],
        (true, Fault::SseMislabelled) => {
            reply.headers = vec![("content-type".to_owned(), "text/plain; charset=utf-8".to_owned())];
        }
        (true, _) => {}
    }
    reply.request_id(asked.surface(), number)
}

fn answer(plan: &FaultPlan) -> Answer {
    let mut answer = quirk::occasion(plan.name, &plan.answer).unwrap_or_else(|| plan.answer.clone());
    let text = match plan.name {
        Fault::LookalikeText => LOOKALIKE.to_owned(),
        Fault::SplitUtf8 => WIDE.to_owned(),
        Fault::HugeEvent => "h".repeat(plan.bytes.unwrap_or(HUGE_EVENT_BYTES)),
        _ => return answer,
    };
    answer.pieces.insert(0, Piece::Text(text));
    answer.chunks = 1;
    answer
}

/// The acts before and after the place where the fault strikes.
fn parts(plan: &FaultPlan, good: Vec<Act>, generated: &[bool]) -> (Vec<Act>, Vec<Act>) {
    if let Some(bytes) = plan.after_bytes {
        return at_byte(good, bytes);
    }
    let mut places = generated.iter().enumerate().filter(|(_, is_generated)| **is_generated).map(|(n, _)| n);
    // right behind the last event that may pass, so that the closing events stay behind the cut
    let cut = match plan.after_events.checked_sub(1) {
        None => places.next(),
        Some(last) => places.nth(last).map(|n| n + 1),
    };
    let cut = cut.unwrap_or(good.len());
    let mut head = good;
    let tail = head.split_off(cut);
    (head, tail)
}

fn at_byte(good: Vec<Act>, bytes: usize) -> (Vec<Act>, Vec<Act>) {
    let (mut head, mut tail, mut left) = (Vec::new(), Vec::new(), bytes);
    for act in good {
        match act {
            Act::Data(mut data) if !data.is_empty() => {
                let first = data.split_to(left.min(data.len()));
                left -= first.len();
                head.extend((!first.is_empty()).then_some(Act::Data(first)));
                tail.extend((!data.is_empty()).then_some(Act::Data(data)));
            }
            act if left > 0 => head.push(act),
            act => tail.push(act),
        }
    }
    (head, tail)
}

fn streamed(plan: &FaultPlan, answer: &Answer, asked: &Asked, number: u64) -> Acts {
    let frames = wire::frames(answer, asked, number);
    if let Some(acts) = around(plan, asked, &frames, number) {
        return acts;
    }
    let changed = rewritten(plan, &frames).or_else(|| quirk::rewritten(plan.name, asked, &frames));
    if let Some(frames) = changed {
        return data(frames.iter().map(Frame::bytes));
    }
    match plan.name {
        Fault::Drip => drip(plan, data(frames.iter().map(Frame::bytes))),
        // AWS's frames have neither lines nor comments
        Fault::Bom | Fault::Comments if asked.surface().is_binary() => data(frames.iter().map(Frame::bytes)),
        Fault::SplitUtf8 => Box::new(split_characters(&frames).into_iter()),
        Fault::CrLf => data(frames.iter().map(|f| f.bytes_with("\r\n"))),
        Fault::Cr => data(frames.iter().map(|f| f.bytes_with("\r"))),
        Fault::Bom => {
            data([Bytes::from_static("\u{feff}".as_bytes())].into_iter().chain(frames.iter().map(Frame::bytes)))
        }
        Fault::Comments => data(frames.iter().enumerate().map(commented)),
        _ => struck(plan, asked, &frames, number),
    }
}

fn data(pieces: impl IntoIterator<Item = Bytes>) -> Acts {
    let acts: Vec<Act> = pieces.into_iter().map(Act::Data).collect();
    Box::new(acts.into_iter())
}

fn drip(plan: &FaultPlan, acts: Acts) -> Acts {
    match plan.bytes.unwrap_or(DRIP_BYTES) {
        0 => reply::split(acts, plan.seed),
        size => reply::resized(acts, size),
    }
}

/// Faults that leave the good events out altogether.
fn around(plan: &FaultPlan, asked: &Asked, frames: &[Frame], number: u64) -> Option<Acts> {
    let first = |kind, code, message| {
        let error = plan.worded(Error { kind, code: Some(code), message });
        Some(data([wire::error::event(asked.surface(), error, 0).bytes()]))
    };
    match plan.name {
        Fault::Empty => Some(data([])),
        Fault::StallAfterHead => Some(Box::new([Act::Stall].into_iter())),
        Fault::PreambleOnly => {
            let preamble = frames.iter().take_while(|f| f.class == Class::Around);
            Some(data(preamble.map(Frame::bytes).collect::<Vec<_>>()))
        }
        Fault::FirstFailed if asked.protocol == Protocol::OpenaiResponses => {
            let opening: Vec<&Frame> =
                frames.iter().take_while(|f| f.name != Some("response.output_item.added")).collect();
            let error = plan.worded(OVERLOADED);
            let failed = wire::error::failed(&asked.model, error, number, opening.len() as u64);
            Some(data(opening.into_iter().chain([&failed]).map(Frame::bytes)))
        }
        Fault::FirstOverloaded | Fault::FirstFailed => first("overloaded_error", "server_is_overloaded", "Overloaded"),
        Fault::FirstRateLimit => {
            first("rate_limit_error", "rate_limit_exceeded", "Rate limit reached. Please try again in 2s.")
        }
        Fault::FirstApiError => first("api_error", "server_error", "Internal server error"),
        Fault::FirstInvalidRequest => first("invalid_request_error", "invalid_prompt", "Invalid prompt"),
        _ => None,
    }
}

/// Faults that change the events themselves.
fn rewritten(plan: &FaultPlan, frames: &[Frame]) -> Option<Vec<Frame>> {
    let mut frames = frames.to_vec();
    match plan.name {
        Fault::NoDone => frames.retain(|f| f.class != Class::Terminal),
        Fault::DuplicateStop => {
            let late = frames.iter().find(|f| f.class == Class::Generated).cloned();
            let end = frames.iter().rfind(|f| f.class == Class::Terminal).cloned();
            frames.extend(end);
            frames.extend(late);
        }
        Fault::UnknownEvents => frames = with_unknown(frames),
        Fault::UsageMissing => change_usage(&mut frames, &|_| None),
        Fault::UsageNegative => change_usage(&mut frames, &|_| Some(json!(-7))),
        Fault::UsageHuge => change_usage(&mut frames, &|_| Some(json!(u64::MAX))),
        Fault::LookalikeText | Fault::HugeEvent => {}
        _ => return None,
    }
    Some(frames)
}

fn with_unknown(frames: Vec<Frame>) -> Vec<Frame> {
    let form = frames.first().map_or(Form::Sse, |frame| frame.form);
    let strange = |n: usize| {
        let data = json!({"type": "sim.unknown", "n": n, "nested": {"deep": [1, null, "x"]}});
        Frame { form, ..Frame::new(Some("sim.unknown"), data.to_string(), Class::Around) }
    };
    let add_field = |mut frame: Frame| {
        if let Ok(Value::Object(mut data)) = serde_json::from_str(&frame.data) {
            data.insert("sim_unknown".to_owned(), json!({"a": [1]}));
            frame.data = Value::Object(data).to_string();
        }
        frame
    };
    let last = frames.len().saturating_sub(1);
    let each = frames.into_iter().enumerate();
    each.flat_map(|(n, frame)| (n > 0 && n < last).then(|| strange(n)).into_iter().chain([add_field(frame)])).collect()
}

/// Every number inside a `usage` goes through `change`; `None` removes the usage.
pub(super) fn change_usage(frames: &mut [Frame], change: &dyn Fn(&Value) -> Option<Value>) {
    for frame in frames {
        if let Ok(mut event) = serde_json::from_str(&frame.data) {
            usage_in(&mut event, change);
            frame.data = event.to_string();
        }
    }
}

fn usage_in(value: &mut Value, change: &dyn Fn(&Value) -> Option<Value>) {
    let Value::Object(members) = value else { return };
    // Google says `usageMetadata`, and Bedrock repeats the figures beside those of the model.
    for name in ["usage", "usageMetadata", "amazon-bedrock-invocationMetrics"] {
        let Some(figures) = members.get_mut(name).filter(|figures| figures.is_object()) else { continue };
        match change(&Value::Null) {
            Some(figure) => numbers_in(figures, &figure),
            None => drop(members.remove(name)),
        }
    }
    members.values_mut().for_each(|member| usage_in(member, change));
}

fn numbers_in(value: &mut Value, figure: &Value) {
    match value {
        Value::Number(_) => *value = figure.clone(),
        Value::Object(members) => members.values_mut().for_each(|member| numbers_in(member, figure)),
        _ => {}
    }
}

/// No blank line after the comment: once an `id:` was seen, the official OpenAI library takes a lone comment for
/// an event without data and fails. That is its mistake, but not the one to simulate here.
fn commented((n, frame): (usize, &Frame)) -> Bytes {
    let name = frame.name.map(|name| format!("event:{name}\n")).unwrap_or_default();
    Bytes::from(format!(": comment {n}\nid: {n}\nretry: 3000\n{name}data:{}\n\n", frame.data))
}

/// Chunks that end inside a character wherever there is one of several bytes.
fn split_characters(frames: &[Frame]) -> Vec<Act> {
    let whole: Vec<u8> = frames.iter().flat_map(|f| f.bytes()).collect();
    let (mut acts, mut from) = (Vec::new(), 0);
    for (n, byte) in whole.iter().enumerate() {
        if (0x80..0xc0).contains(byte) {
            acts.push(Act::Data(Bytes::copy_from_slice(&whole[from..n])));
            from = n;
        }
    }
    acts.push(Act::Data(Bytes::copy_from_slice(&whole[from..])));
    acts
}

/// Faults that strike after some events.
fn struck(plan: &FaultPlan, asked: &Asked, frames: &[Frame], number: u64) -> Acts {
    let good = frames.iter().map(|f| Act::Data(f.bytes())).collect();
    let generated: Vec<bool> = frames.iter().map(|f| f.class == Class::Generated).collect();
    let (mut head, tail) = parts(plan, good, &generated);
    let sequence = head.len() as u64;
    match plan.name {
        Fault::CutClean => {}
        Fault::CutReset => head.push(Act::Reset),
        Fault::CutEof => head.push(Act::Eof),
        Fault::StallMidStream => head.push(Act::Stall),
        Fault::StallWithPings => return pings(plan, asked.surface(), head),
        Fault::FailedAfter if asked.protocol == Protocol::OpenaiResponses => {
            head.push(Act::Data(wire::error::failed(&asked.model, plan.worded(OVERLOADED), number, sequence).bytes()));
        }
        Fault::ErrorAfter | Fault::FailedAfter => {
            let event = wire::error::event(asked.surface(), plan.worded(OVERLOADED), sequence);
            head.push(Act::Data(event.bytes()));
        }
        Fault::BadEvent => {
            head.extend([damaged(asked, frames, "content_block_delta", b"{\"type\":\"content_blo"), Act::Eof]);
        }
        Fault::BadUtf8 => {
            head.push(damaged(asked, frames, "sim", b"{\"text\":\"\xff\xfe\xc3(\"}"));
            head.extend(tail);
        }
        Fault::ErrorUntyped => head.push(Act::Data(untyped(plan, asked))),
        Fault::FrameChecksum if asked.surface().is_binary() => {
            head.extend(tail.into_iter().map(|act| flipped(act, Flip::Last)));
        }
        Fault::FramePrelude if asked.surface().is_binary() => {
            head.extend(tail.into_iter().map(|act| flipped(act, Flip::First)));
        }
        Fault::BadChunk => head.extend([Act::Raw(Bytes::from_static(BAD_CHUNK)), Act::Eof]),
        Fault::CutChunk => head.extend([Act::Raw(Bytes::from_static(HALF_CHUNK)), Act::Eof]),
        Fault::EndlessLine => return endless(plan, asked, head),
        _ => head.extend(tail),
    }
    Box::new(head.into_iter())
}

/// An error as OpenAI writes it, in a stream of any protocol.
fn untyped(plan: &FaultPlan, asked: &Asked) -> Bytes {
    let error = wire::error::body(Protocol::OpenaiChat, plan.worded(OVERLOADED), 0);
    let event = Frame::new(None, error.to_string(), Class::Terminal);
    if asked.surface().is_binary() { Frame { name: Some("error"), form: Form::Event, ..event } } else { event }.bytes()
}

/// An event with data that is none.
fn damaged(asked: &Asked, frames: &[Frame], name: &str, data: &[u8]) -> Act {
    if asked.surface().is_binary() {
        let like = frames.iter().find(|frame| frame.class == Class::Generated);
        return Act::Data(like.map(|frame| frame.framed(data)).unwrap_or_default());
    }
    Act::Data([b"event: ", name.as_bytes(), b"\ndata: ", data, b"\n\n"].concat().into())
}

/// Which byte of a frame is not what it was.
enum Flip {
    First,
    Last,
}

fn flipped(act: Act, flip: Flip) -> Act {
    let Act::Data(bytes) = act else { return act };
    let mut bytes = bytes.to_vec();
    let byte = match flip {
        Flip::First => bytes.first_mut(),
        Flip::Last => bytes.last_mut(),
    };
    if let Some(byte) = byte {
        *byte ^= 1;
    }
    Act::Data(bytes.into())
}

fn pings(plan: &FaultPlan, surface: Surface, head: Vec<Act>) -> Acts {
    let wait = Duration::from_millis(plan.wait_ms.max(1));
    let ping = wire::ping(surface).unwrap_or_default();
    let for_ever = (0_u64..).flat_map(move |_| [Act::Wait(wait), Act::Data(ping.clone())]);
    Box::new(head.into_iter().chain(for_ever))
}

fn endless(plan: &FaultPlan, asked: &Asked, head: Vec<Act>) -> Acts {
    let size = plan.bytes.unwrap_or(ENDLESS_LINE_BYTES);
    let block = Bytes::from(vec![b'x'; BLOCK]);
    let blocks = (0..size).step_by(BLOCK).map(move |start| Act::Data(block.slice(..BLOCK.min(size - start))));
    let start = match asked.surface().is_binary() {
        true => Act::Data(wire::eventstream::prelude(0, size).into()),
        false => Act::Data(Bytes::from_static(b"data: \"")),
    };
    Box::new(head.into_iter().chain([start]).chain(blocks).chain([Act::Eof]))
}

/// The same fault for an answer that is one JSON body.
fn unary(plan: &FaultPlan, answer: &Answer, asked: &Asked, number: u64) -> Acts {
    let body = wire::body(answer, asked, number).to_string();
    let half = plan.after_bytes.unwrap_or(body.len() / 2).min(body.len());
    let whole = || data([Bytes::from(body.clone())]);
    let half_then = |act: Option<Act>| -> Acts {
        let first = Act::Data(Bytes::copy_from_slice(&body.as_bytes()[..half]));
        Box::new([first].into_iter().chain(act))
    };
    let error = || data([Bytes::from(wire::error::body(asked.surface(), plan.worded(OVERLOADED), number).to_string())]);
    match plan.name {
        Fault::Empty => data([]),
        Fault::FirstOverloaded
        | Fault::FirstRateLimit
        | Fault::FirstApiError
        | Fault::FirstInvalidRequest
        | Fault::FirstFailed => error(),
        Fault::CutReset => half_then(Some(Act::Reset)),
        Fault::CutEof | Fault::EndlessLine | Fault::BadEvent => half_then(Some(Act::Eof)),
        Fault::BadChunk => Box::new([Act::Raw(Bytes::from_static(BAD_CHUNK)), Act::Eof].into_iter()),
        Fault::CutChunk => Box::new([Act::Raw(Bytes::from_static(HALF_CHUNK)), Act::Eof].into_iter()),
        Fault::CutClean | Fault::PreambleOnly | Fault::ErrorAfter | Fault::ErrorUntyped | Fault::FailedAfter => {
            half_then(None)
        }
        Fault::StallAfterHead => Box::new([Act::Stall].into_iter()),
        Fault::StallMidStream | Fault::StallWithPings => half_then(Some(Act::Stall)),
        Fault::Drip => drip(plan, whole()),
        Fault::UsageMissing | Fault::UsageNegative | Fault::UsageHuge => {
            let mut frames = [Frame::new(None, body.clone(), Class::Around)];
            if let Some(changed) = rewritten(plan, &frames) {
                frames[0].data = changed.into_iter().map(|f| f.data).collect();
            }
            data([Bytes::from(frames[0].data.clone())])
        }
        _ => whole(),
    }
}
