//! Reasoning kept for clients that do not send it back: those of Chat, whose protocol has no place for it.
//!
//! A tool call that comes back without the reasoning that led to it gets it again, by its id. What is kept is in carriers,
//! so a provider gets its own alone.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::plan::Plan;
use super::{carrier, ids};
use crate::conversation::{Event, Opaque, OpaqueKind, Opened, Part, Reasoning, Role, Turn};
use crate::json::Text;
use crate::protocol::Protocol;
use crate::provenance::digest;

/// Everything kept, together.
const BYTES_MAX: usize = 64 << 20;

/// How long a call is waited for: an agent may sleep over night.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// Longest reasoning of one answer that is kept.
const ANSWER_MAX: usize = 1 << 20;

/// What an entry costs beside its texts.
const ENTRY_BYTES: usize = 128;

/// One reasoning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thought {
    /// How many calls stood before it.
    after_calls: usize,
    text: String,
    carrier: Option<String>,
}

/// What the calls of one answer are to get back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thoughts {
    thoughts: Vec<Thought>,
    /// Ids as the client knows them.
    calls: Vec<String>,
    /// Whose they are.
    scope: u64,
}

/// Collects the thoughts of an answer.
#[derive(Debug)]
pub(super) struct Collector {
    scope: u64,
    seed: u64,
    kind: OpaqueKind,
    open: Option<u32>,
    bytes: usize,
    found: Thoughts,
}

impl Collector {
    /// For clients that do not send reasoning back.
    pub(super) fn new(plan: &Plan) -> Option<Self> {
        (plan.client == Protocol::OpenaiChat).then(|| Self {
            scope: plan.scope,
            seed: plan.seed,
            kind: OpaqueKind::of(plan.upstream),
            open: None,
            bytes: 0,
            found: Thoughts { scope: plan.scope, ..Thoughts::default() },
        })
    }

    pub(super) fn learn(&mut self, event: &Event<'_>) {
        match event {
            Event::Open { part, what: Opened::Reasoning { .. } } => {
                self.open = Some(*part);
                let after_calls = self.found.calls.len();
                self.found.thoughts.push(Thought { after_calls, text: String::new(), carrier: None });
            }
            Event::Open { what: Opened::ToolCall { id, .. }, .. } => {
                let number = u32::try_from(self.found.calls.len()).unwrap_or(u32::MAX);
                let id = if id.is_empty() { ids::call(self.seed, number) } else { id.decoded().into_owned() };
                self.found.calls.push(id);
            }
            Event::Text { part, text } if self.open == Some(*part) => self.keep(text, false),
            Event::Opaque { part, data } if self.open == Some(*part) => self.keep(data, true),
            _ => {}
        }
    }

    fn keep(&mut self, said: &Text<'_>, opaque: bool) {
        let said = said.decoded();
        self.bytes += said.len();
        let Some(thought) = self.found.thoughts.last_mut().filter(|_| self.bytes <= ANSWER_MAX) else { return };
        if opaque {
            thought.carrier = Some(carrier::wrap(self.kind, self.scope, None, &said));
        } else {
            thought.text.push_str(&said);
        }
    }

    /// What is to be kept, if anything: words alone are not worth it, as only blobs are missed.
    pub(super) fn take(&mut self) -> Option<Thoughts> {
        let found = std::mem::take(&mut self.found);
        let worth = self.bytes <= ANSWER_MAX && found.thoughts.iter().any(|thought| thought.carrier.is_some());
        (worth && !found.calls.is_empty()).then_some(found)
    }
}

/// The reasoning of answers that called tools, by caller and call.
#[derive(Debug, Default)]
pub struct Recall {
    by_call: HashMap<u64, (u64, Arc<[Thought]>)>,
    order: VecDeque<Entry>,
    bytes: usize,
    /// Counts entries: the newest of a call counts.
    entries: u64,
}

/// A call as it came.
#[derive(Debug)]
struct Entry {
    call: u64,
    number: u64,
    at: Duration,
    /// What it costs.
    bytes: usize,
}

impl Recall {
    /// Keeps what an answer to `caller` thought before it called.
    pub fn keep(&mut self, now: Duration, caller: &str, thoughts: Thoughts) {
        while self.order.front().is_some_and(|entry| entry.at + KEPT < now) {
            self.forget_oldest();
        }
        let text = |thought: &Thought| thought.text.len() + thought.carrier.as_ref().map_or(0, String::len);
        // Calls of one answer share its thoughts; the first one pays for them.
        let mut bytes = thoughts.thoughts.iter().map(text).sum::<usize>() + ENTRY_BYTES;
        let kept: Arc<[Thought]> = thoughts.thoughts.into();
        for call in &thoughts.calls {
            self.entries += 1;
            let (call, number) = (key(caller, thoughts.scope, call), self.entries);
            self.by_call.insert(call, (number, Arc::clone(&kept)));
            self.order.push_back(Entry { call, number, at: now, bytes });
            self.bytes += bytes;
            bytes = ENTRY_BYTES;
        }
        while self.bytes > BYTES_MAX {
            self.forget_oldest();
        }
    }

    /// Puts back what turns of a conversation of `caller` have lost, for a target of `scope`.
    pub fn restore(&self, caller: &str, scope: u64, turns: &mut [Turn<'_>]) {
        if self.by_call.is_empty() {
            return;
        }
        // An id that comes again is another answer's, whose id is the same by chance.
        let mut put = HashSet::new();
        for turn in turns.iter_mut().filter(|turn| turn.role == Role::Assistant) {
            let holds_own = |part: &Part<'_>| matches!(part, Part::Reasoning(Reasoning { opaque: Some(_), .. }));
            let call = turn.parts.iter().find_map(|part| match part {
                Part::ToolCall(call) => Some(call.id.decoded()),
                _ => None,
            });
            let Some(call) = call.filter(|_| !turn.parts.iter().any(holds_own)) else { continue };
            let call = key(caller, scope, &call);
            if let Some((_, thoughts)) = self.by_call.get(&call).filter(|_| put.insert(call)) {
                put_back(thoughts, turn.change());
            }
        }
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.order.pop_front() else { return };
        self.bytes -= oldest.bytes;
        if self.by_call.get(&oldest.call).is_some_and(|(number, _)| *number == oldest.number) {
            self.by_call.remove(&oldest.call);
        }
    }
}

/// Calls of two callers, and of two providers, may have one id.
fn key(caller: &str, scope: u64, call: &str) -> u64 {
    digest::bytes(digest::mix(digest::of(caller) ^ scope), call.as_bytes())
}

/// Each thought before the call it led to. Words that the client kept are among them already.
fn put_back(thoughts: &[Thought], parts: &mut Vec<Part<'_>>) {
    let mut calls = 0;
    let mut left = thoughts.iter().peekable();
    let mut whole = Vec::with_capacity(parts.len() + thoughts.len());
    for part in parts.drain(..).filter(|part| !matches!(part, Part::Reasoning(_))) {
        while let Some(thought) = left.next_if(|thought| thought.after_calls <= calls) {
            whole.push(thought.part());
        }
        calls += usize::from(matches!(part, Part::ToolCall(_)));
        whole.push(part);
    }
    *parts = whole;
}

impl Thought {
    fn part<'a>(&self) -> Part<'a> {
        let text = (!self.text.is_empty()).then(|| Text::from(self.text.clone()));
        let opaque = self.carrier.as_ref();
        Part::Reasoning(Reasoning {
            text: text.into_iter().collect(),
            opaque: opaque.map(|data| Opaque { kind: OpaqueKind::ChatDetails, data: Text::from(data.clone()) }),
            id: None,
            redacted: false,
        })
    }
}

#[cfg(test)]
mod tests;
