//! Calls and results in pairs, as strict providers demand: every call has one result right behind its turn, every
//! result a call before it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::field;
use crate::conversation::{CallKind, Losses, Part, Role, ToolCall, ToolResult, Turn};
use crate::json::Text;
use crate::protocol::Protocol;

/// What a call is answered with whose result is nowhere.
pub const NO_RESULT: &str = "[no result: call was interrupted]";

/// Puts the turns of a conversation in order. What is made up or reworded is noted.
///
/// Turns of the user and of the model that follow each other become one, empty ones go. Behind a turn with calls comes a
/// user's turn that begins with their results, in the order of the calls. Everything else keeps its order.
pub fn pair<'a>(turns: Vec<Turn<'a>>, losses: &mut Losses) -> Vec<Turn<'a>> {
    pair_as(None, turns, losses)
}

/// The same; calls and results are noted as `client` calls them.
pub fn pair_as<'a>(client: Option<Protocol>, turns: Vec<Turn<'a>>, losses: &mut Losses) -> Vec<Turn<'a>> {
    if is_paired(&turns) {
        return turns;
    }
    let mut turns = merged(turns.into_iter());
    let mut ledger = Ledger { client, calls: Vec::new(), by_id: BTreeMap::new(), turn: 0, losses };
    let first_calls: Vec<usize> = turns.iter_mut().map(|turn| ledger.enter(turn)).collect();
    let mut settled = ledger.settle();
    let mut paired = Vec::with_capacity(turns.len() + 4);
    for (turn, first_call) in turns.into_iter().zip(first_calls) {
        let made = calls(&turn).count();
        paired.push(turn);
        if made > 0 {
            let results = settled.iter_mut().skip(first_call).take(made).filter_map(Option::take);
            paired.push(Turn { parts: results.map(Part::ToolResult).collect(), ..Turn::new(Role::User) });
        }
    }
    merged(paired.into_iter())
}

/// Whether everything is in order: what nearly every client sends.
fn is_paired(turns: &[Turn<'_>]) -> bool {
    let mut ids = Vec::new();
    let mut before: Option<&Turn<'_>> = None;
    for turn in turns {
        let mergeable = matches!(turn.role, Role::User | Role::Assistant);
        let merges = mergeable && before.is_some_and(|before| before.role == turn.role);
        if turn.parts.is_empty() || merges || !answers(before, turn, &mut ids) {
            return false;
        }
        before = Some(turn);
    }
    let is_open = before.is_some_and(|last| calls(last).next().is_some());
    ids.sort_unstable();
    !is_open && ids.windows(2).all(|pair| pair.first() != pair.last())
}

/// Whether `turn` begins with the results of the calls of the turn before it, and has no others. Notes their ids.
fn answers<'a>(before: Option<&Turn<'a>>, turn: &Turn<'a>, ids: &mut Vec<Cow<'a, str>>) -> bool {
    let mut rest = turn.parts.iter();
    for call in before.into_iter().flat_map(calls) {
        match rest.next() {
            Some(Part::ToolResult(result))
                if turn.role == Role::User && result.call_id == call.id && result.kind == call.kind =>
            {
                ids.push(call.id.decoded());
            }
            _ => return false,
        }
    }
    rest.all(|part| match part {
        Part::ToolResult(_) => false,
        Part::ToolCall(_) => turn.role == Role::Assistant,
        _ => true,
    })
}

fn calls<'t, 'a>(turn: &'t Turn<'a>) -> impl Iterator<Item = &'t ToolCall<'a>> {
    turn.parts.iter().filter_map(|part| match part {
        Part::ToolCall(call) => Some(call),
        _ => None,
    })
}

/// Without empty turns, and with those of one role that follow each other as one.
fn merged<'a>(turns: impl Iterator<Item = Turn<'a>>) -> Vec<Turn<'a>> {
    let mut merged: Vec<Turn<'a>> = Vec::with_capacity(turns.size_hint().0);
    for mut turn in turns {
        if turn.parts.is_empty() {
            // Its results stand elsewhere; what else it had is told to be lost with another.
            merged.last_mut().into_iter().for_each(|last| last.extra.append(&mut turn.extra));
            continue;
        }
        let mergeable = matches!(turn.role, Role::User | Role::Assistant);
        match merged.last_mut() {
            Some(last) if mergeable && last.role == turn.role => {
                last.parts.append(&mut turn.parts);
                last.extra.append(&mut turn.extra);
            }
            _ => merged.push(turn),
        }
    }
    merged
}

/// Calls so far, and what they were answered with.
struct Ledger<'a, 'l> {
    client: Option<Protocol>,
    calls: Vec<Call<'a>>,
    /// The newest call of each id. A client's ids may come again in a later turn.
    by_id: BTreeMap<Cow<'a, str>, usize>,
    /// The first call of the turn that is being read.
    turn: usize,
    losses: &'l mut Losses,
}

struct Call<'a> {
    id: Text<'a>,
    kind: CallKind,
    /// The call before it that has the same id.
    earlier: Option<usize>,
    /// How many had it before.
    repeats: u32,
    /// The first call of its turn.
    turn: usize,
    result: Option<ToolResult<'a>>,
}

impl<'a> Ledger<'a, '_> {
    /// Takes the results out of a turn and notes its calls; gives the number of the first of these.
    fn enter(&mut self, turn: &mut Turn<'a>) -> usize {
        self.turn = self.calls.len();
        let has_tools = |part: &Part<'_>| matches!(part, Part::ToolCall(_) | Part::ToolResult(_));
        if turn.parts.iter().any(has_tools) {
            let parts = std::mem::take(&mut turn.parts);
            turn.parts.reserve(parts.len());
            for part in parts {
                self.part(turn.role, part, &mut turn.parts);
            }
        }
        self.turn
    }

    fn part(&mut self, role: Role, part: Part<'a>, kept: &mut Vec<Part<'a>>) {
        match part {
            Part::ToolCall(mut call) if role == Role::Assistant => {
                call.id = self.open(call.id, call.kind);
                kept.push(Part::ToolCall(call));
            }
            // No protocol lets anybody else call tools.
            Part::ToolCall(_) => self.losses.dropped("role"),
            Part::ToolResult(result) => match self.call_of(&result.call_id) {
                Some(call) => self.answer(call, result),
                None => {
                    self.losses.reworded(field::RESULT.of(self.client));
                    orphan(result, kept);
                }
            },
            other => kept.push(other),
        }
    }

    /// Notes a call; gives its id, another one when it is taken: providers refuse two calls of one id.
    fn open(&mut self, id: Text<'a>, kind: CallKind) -> Text<'a> {
        let number = self.calls.len();
        let name = id.decoded();
        let earlier = self.by_id.insert(name.clone(), number);
        let repeats = earlier.and_then(|earlier| self.calls.get(earlier)).map_or(0, |call| call.repeats + 1);
        let id = if repeats == 0 { id } else { Text::from(self.free(&name, repeats, number)) };
        let call = Call { id: id.clone(), kind, earlier, repeats, turn: self.turn, result: None };
        self.calls.push(call);
        id
    }

    /// An id like `name` that no call has.
    fn free(&mut self, name: &str, repeats: u32, call: usize) -> String {
        let mut ids = (repeats + 1..).map(|number| format!("{name}_{number}"));
        let free = ids.find(|id| !self.by_id.contains_key(id.as_str())).unwrap_or_default();
        self.by_id.insert(Cow::Owned(free.clone()), call);
        free
    }

    /// The call that a result of `id` answers: the newest one of that id, or, when its turn has several, the first of
    /// them that has no result yet.
    fn call_of(&self, id: &Text<'a>) -> Option<usize> {
        let newest = *self.by_id.get(&id.decoded())?;
        let turn = self.calls.get(newest)?.turn;
        let mut open = newest;
        let mut at = Some(newest);
        while let Some(number) = at {
            let Some(call) = self.calls.get(number).filter(|call| call.turn == turn && call.result.is_none()) else {
                break;
            };
            open = number;
            at = call.earlier;
        }
        Some(open)
    }

    fn answer(&mut self, call: usize, mut result: ToolResult<'a>) {
        let Some(call) = self.calls.get_mut(call) else { return };
        result.call_id = call.id.clone();
        result.kind = call.kind;
        if call.result.replace(result).is_some() {
            self.losses.dropped(field::RESULT.of(self.client));
        }
    }

    /// A result for every call, in their order.
    fn settle(self) -> Vec<Option<ToolResult<'a>>> {
        let Self { client, calls, losses, .. } = self;
        let settle = |call: Call<'a>| {
            Some(call.result.unwrap_or_else(|| {
                losses.reworded(field::CALL.of(client));
                interrupted(call.id, call.kind)
            }))
        };
        calls.into_iter().map(settle).collect()
    }
}

/// The result of a call whose own is nowhere.
fn interrupted<'a>(call_id: Text<'a>, kind: CallKind) -> ToolResult<'a> {
    ToolResult { call_id, kind, parts: vec![Part::text(NO_RESULT)], is_error: None, cache: None }
}

/// What a result without a call says, as parts of the turn it stands in.
fn orphan<'a>(result: ToolResult<'a>, kept: &mut Vec<Part<'a>>) {
    kept.push(Part::text(format!("[result of a tool call that is not shown: {}]", result.call_id.decoded())));
    kept.extend(result.parts);
}

#[cfg(test)]
mod tests;
