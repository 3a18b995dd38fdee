//! The habits of relays and lesser servers: complete answers whose events are not quite what the protocol says.
//! A protocol that has no place for a habit gives a good answer.

use serde_json::{Value, json};

use super::Fault;
use crate::asked::Asked;
use crate::protocol::Protocol;
use crate::wire::Frame;

/// The events with the habit of `fault`; `None` when it is none of these.
pub(super) fn rewritten(fault: Fault, asked: &Asked, frames: &[Frame]) -> Option<Vec<Frame>> {
    if !is_quirk(fault) {
        return None;
    }
    let frames = frames.to_vec();
    Some(match asked.protocol {
        Protocol::OpenaiChat => chat(fault, frames),
        Protocol::OpenaiResponses => responses(fault, frames),
        Protocol::Anthropic => anthropic(fault, frames),
        Protocol::Gemini | Protocol::BedrockConverse => frames,
    })
}

fn is_quirk(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::ToolNoIndex
            | Fault::ToolNoId
            | Fault::ToolNameLate
            | Fault::ToolNameRepeated
            | Fault::ToolArgumentsTwice
            | Fault::ToolArgumentsLate
            | Fault::ToolCallsEmpty
            | Fault::ToolStray
            | Fault::ToolsInterleaved
            | Fault::FinishMissing
            | Fault::FinishStop
            | Fault::UsageInChoices
            | Fault::ReasoningField
            | Fault::VertexEvent
            | Fault::BlockStopTwice
            | Fault::MessageDeltaTwice
            | Fault::OutputAtEnd
            | Fault::OutputIndexZero
    )
}

fn chat(fault: Fault, frames: Vec<Frame>) -> Vec<Frame> {
    match fault {
        Fault::ToolNoIndex => each_call(frames, |call| drop_member(call, "index")),
        Fault::ToolNoId => each_call(frames, |call| drop_member(call, "id")),
        Fault::ToolNameLate => late_names(frames),
        Fault::ToolNameRepeated => repeated_names(frames),
        Fault::ToolArgumentsTwice => at_each_end(frames, true),
        Fault::ToolArgumentsLate => at_each_end(frames, false),
        Fault::ToolCallsEmpty => each(frames, |chunk| {
            if let Some(delta) = chunk.pointer_mut("/choices/0/delta").and_then(Value::as_object_mut) {
                delta.entry("tool_calls").or_insert_with(|| json!([]));
            }
        }),
        Fault::ToolStray => stray(frames),
        Fault::ToolsInterleaved => interleaved(frames, call_index),
        Fault::FinishMissing => frames.into_iter().filter(|frame| finish(&read(frame)).is_none()).collect(),
        Fault::FinishStop => each(frames, |chunk| {
            if finish(chunk).is_some() {
                chunk["choices"][0]["finish_reason"] = json!("stop");
            }
        }),
        Fault::UsageInChoices => usage_in_choices(frames),
        Fault::ReasoningField => each(frames, |chunk| {
            if let Some(delta) = chunk.pointer_mut("/choices/0/delta").and_then(Value::as_object_mut)
                && let Some(reasoning) = delta.remove("reasoning_content")
            {
                delta.insert("reasoning".to_owned(), reasoning);
            }
        }),
        _ => frames,
    }
}

fn responses(fault: Fault, frames: Vec<Frame>) -> Vec<Frame> {
    let named = |frame: &Frame, part: &str| frame.name.is_some_and(|name| name.contains(part));
    let frames = match fault {
        Fault::ToolArgumentsLate => {
            frames.into_iter().filter(|frame| !named(frame, "function_call_arguments.delta")).collect()
        }
        Fault::ToolsInterleaved => interleaved(frames, output_index),
        Fault::OutputAtEnd => {
            let of_the_answer = |part| ["created", "in_progress", "completed", "incomplete"].contains(&part);
            let is_kept =
                |frame: &Frame| frame.name.and_then(|name| name.strip_prefix("response.")).is_some_and(of_the_answer);
            frames.into_iter().filter(is_kept).collect()
        }
        Fault::OutputIndexZero => each(frames, |event| {
            if event.get("output_index").is_some() {
                event["output_index"] = json!(0);
            }
        }),
        _ => frames,
    };
    numbered(frames)
}

fn anthropic(fault: Fault, mut frames: Vec<Frame>) -> Vec<Frame> {
    match fault {
        Fault::VertexEvent => {
            let strange = json!({"type": "vertex_event", "vertex": {"region": "sim"}});
            let like = frames.first().cloned();
            let event = like.map(|like| Frame { name: Some("vertex_event"), data: strange.to_string(), ..like });
            frames.splice(1.min(frames.len())..1.min(frames.len()), event);
            frames
        }
        Fault::BlockStopTwice => twice(frames, "content_block_stop"),
        Fault::MessageDeltaTwice => twice(frames, "message_delta"),
        Fault::FinishMissing => frames.into_iter().filter(|frame| frame.name != Some("message_delta")).collect(),
        Fault::FinishStop => each(frames, |event| {
            if event["type"] == "message_delta" {
                event["delta"]["stop_reason"] = json!("end_turn");
            }
        }),
        _ => frames,
    }
}

fn read(frame: &Frame) -> Value {
    serde_json::from_str(&frame.data).unwrap_or_default()
}

/// Every event changed; what is no JSON stays.
fn each(mut frames: Vec<Frame>, change: impl Fn(&mut Value)) -> Vec<Frame> {
    for frame in &mut frames {
        let mut event = read(frame);
        if !event.is_null() {
            change(&mut event);
            frame.data = event.to_string();
        }
    }
    frames
}

fn each_call(frames: Vec<Frame>, change: impl Fn(&mut Value)) -> Vec<Frame> {
    each(frames, |chunk| chunk.pointer_mut("/choices/0/delta/tool_calls/0").into_iter().for_each(&change))
}

fn drop_member(value: &mut Value, name: &str) {
    if let Some(members) = value.as_object_mut() {
        members.remove(name);
    }
}

fn twice(frames: Vec<Frame>, name: &str) -> Vec<Frame> {
    let times = |frame: &Frame| if frame.name == Some(name) { 2 } else { 1 };
    frames.into_iter().flat_map(|frame| vec![frame.clone(); times(&frame)]).collect()
}

fn finish(chunk: &Value) -> Option<&str> {
    chunk.pointer("/choices/0/finish_reason")?.as_str()
}

fn call(chunk: &Value) -> Option<&Value> {
    chunk.pointer("/choices/0/delta/tool_calls/0")
}

fn call_index(chunk: &Value) -> Option<u64> {
    call(chunk)?["index"].as_u64()
}

/// The item of an argument fragment.
fn output_index(event: &Value) -> Option<u64> {
    event["output_index"].as_u64().filter(|_| event["type"] == "response.function_call_arguments.delta")
}

/// The name of a call: not yet in its first fragment, and then in the second.
fn late_names(mut frames: Vec<Frame>) -> Vec<Frame> {
    let mut name = Value::Null;
    for frame in &mut frames {
        let mut chunk = read(frame);
        let Some(call) = chunk.pointer_mut("/choices/0/delta/tool_calls/0") else { continue };
        let function = &mut call["function"];
        if function["name"].is_string() {
            name = std::mem::replace(&mut function["name"], json!(""));
        } else if !name.is_null() {
            function["name"] = name.take();
        }
        frame.data = chunk.to_string();
    }
    frames
}

/// Id, type and name of a call on each of its fragments.
fn repeated_names(mut frames: Vec<Frame>) -> Vec<Frame> {
    let mut first = Value::Null;
    for frame in &mut frames {
        let mut chunk = read(frame);
        let Some(call) = chunk.pointer_mut("/choices/0/delta/tool_calls/0") else { continue };
        if call["id"].is_string() {
            first = call.clone();
        }
        call["id"] = first["id"].clone();
        call["type"] = first["type"].clone();
        call["function"]["name"] = first["function"]["name"].clone();
        frame.data = chunk.to_string();
    }
    frames
}

/// The whole arguments in one more fragment at the end of each call; the fragments before it stay or go.
fn at_each_end(frames: Vec<Frame>, keep: bool) -> Vec<Frame> {
    let mut out: Vec<Frame> = Vec::new();
    let mut open: Option<(Frame, String)> = None;
    let whole = |(like, arguments): (Frame, String)| {
        let mut chunk = read(&like);
        chunk["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] = json!(arguments);
        Frame { data: chunk.to_string(), ..like }
    };
    for frame in frames {
        let chunk = read(&frame);
        let fragment = call(&chunk).filter(|call| !call["id"].is_string());
        match (fragment, &mut open) {
            (Some(call), Some((_, arguments))) => {
                arguments.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
            }
            (Some(call), None) => {
                let part = call["function"]["arguments"].as_str().unwrap_or_default();
                open = Some((frame.clone(), part.to_owned()));
            }
            (None, _) => out.extend(open.take().map(whole)),
        }
        if fragment.is_none() || keep {
            out.push(frame);
        }
    }
    out
}

/// A fragment of a call that never began, before the end.
fn stray(mut frames: Vec<Frame>) -> Vec<Frame> {
    let last = frames.iter().rposition(|frame| call_index(&read(frame)).is_some());
    let Some(at) = last else { return frames };
    let mut chunk = read(&frames[at]);
    let index = call_index(&chunk).unwrap_or_default() + 1;
    chunk["choices"][0]["delta"] = json!({"tool_calls": [{"index": index, "function": {"arguments": ""}}]});
    let frame = Frame { data: chunk.to_string(), ..frames[at].clone() };
    frames.insert(at + 1, frame);
    frames
}

/// Fragments of calls next to each other in turns, one of each; everything else keeps its order.
fn interleaved(frames: Vec<Frame>, index: impl Fn(&Value) -> Option<u64>) -> Vec<Frame> {
    let mut calls: Vec<(u64, Vec<Frame>)> = Vec::new();
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for frame in frames {
        let event = read(&frame);
        match index(&event) {
            Some(index) => match calls.iter_mut().find(|(known, _)| *known == index) {
                Some((_, fragments)) => fragments.push(frame),
                None => calls.push((index, vec![frame])),
            },
            // Every item is announced before the fragments come in turns.
            None if calls.is_empty() || event["type"] == "response.output_item.added" => before.push(frame),
            None => after.push(frame),
        }
    }
    let longest = calls.iter().map(|(_, fragments)| fragments.len()).max().unwrap_or_default();
    let calls = &calls;
    let turns =
        (0..longest).flat_map(|turn| calls.iter().filter_map(move |(_, fragments)| fragments.get(turn).cloned()));
    before.into_iter().chain(turns).chain(after).collect()
}

/// Moonshot's figures: inside the choice of the last chunk.
fn usage_in_choices(mut frames: Vec<Frame>) -> Vec<Frame> {
    let figures = frames.iter().rev().map(read).find_map(|chunk| chunk.get("usage").filter(|u| u.is_object()).cloned());
    let figures =
        figures.unwrap_or_else(|| json!({"prompt_tokens": 120, "completion_tokens": 24, "total_tokens": 144}));
    frames.retain(|frame| !read(frame)["usage"].is_object());
    each(frames, |chunk| {
        if finish(chunk).is_some() {
            chunk["choices"][0]["usage"] = figures.clone();
        }
    })
}

/// The numbers of a Responses stream without gaps.
fn numbered(mut frames: Vec<Frame>) -> Vec<Frame> {
    for (number, frame) in frames.iter_mut().enumerate() {
        let mut event = read(frame);
        event["sequence_number"] = json!(number);
        frame.data = event.to_string();
    }
    frames
}

/// An answer that has what the habits are about, for plans that bring none of their own: reasoning, text and two calls.
pub(super) fn occasion(fault: Fault, answer: &crate::answer::Answer) -> Option<crate::answer::Answer> {
    let usual = *answer == crate::answer::Answer::default();
    (usual && is_quirk(fault)).then(|| {
        answer
            .clone()
            .thinking("The files first.", "c2ltLXNpZ25hdHVyZQ==")
            .tool("bash", json!({"command": "ls -l /tmp"}))
            .tool("read", json!({"path": "a b c"}))
    })
}

#[cfg(test)]
#[path = "quirk/tests.rs"]
mod tests;
