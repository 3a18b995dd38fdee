//! Tool calls, put together from fragments.

use crate::conversation::{CallKind, Event, Opened, Sink};
use crate::defect::Defect;
use crate::error::WireError;
use crate::json::Text;
use crate::translate::arguments::Watch;
use crate::translate::{Plan, functions};

use super::Parts;
use super::chunk::Fragment;

/// Most calls of one answer; a provider that sends more than that is broken.
const CALLS_MAX: usize = 1024;

/// The calls of an answer, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    /// As sent; empty until it comes.
    name: String,
    watch: Watch,
    state: State,
}

#[derive(Debug)]
enum State {
    /// No name yet; what came of the arguments waits.
    Nameless { arguments: String },
    /// Begun; arguments go on as they come.
    Open { part: u32 },
    /// Begun; its arguments hold an input that can be taken out when they are whole.
    Wrapped { part: u32, arguments: String },
    /// Complete.
    Closed,
}

impl Calls {
    /// Takes a fragment.
    pub(super) fn take(&mut self, fragment: Fragment<'_>, plan: &Plan, parts: &mut Parts, to: &mut impl Sink) {
        let known = self.find(&fragment);
        let at = match known {
            Some(at) => at,
            // Behind the last call relays send a fragment with nothing in it.
            None if fragment.name.is_empty() && fragment.arguments.is_blank() && fragment.id.is_empty() => return,
            None if self.0.len() >= CALLS_MAX => return,
            None => {
                self.pause(to);
                self.0.push(Call::new(&fragment));
                self.0.len() - 1
            }
        };
        let repeated = self.0.iter().any(|call| !call.id.is_empty() && fragment.id == *call.id.as_str());
        let Some(call) = self.0.get_mut(at) else { return };
        if call.id.is_empty() && !repeated {
            call.id = super::plain(&fragment.id);
        }
        call.name(&fragment, plan, parts, to);
        call.arguments(fragment.arguments, to);
    }

    /// The call that a fragment goes on with: by index, by id, or the last one.
    fn find(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let of_id = || self.0.iter().rposition(|call| !call.id.is_empty() && fragment.id == *call.id.as_str());
        let at = match fragment.index {
            Some(index) => self.0.iter().rposition(|call| call.index == Some(index))?,
            None if fragment.id.is_empty() => self.0.len().checked_sub(1)?,
            None => of_id()?,
        };
        let call = self.0.get(at)?;
        // Relays that number every call 0 still give each its own id.
        let other_id = !fragment.id.is_empty() && !call.id.is_empty() && fragment.id != *call.id.as_str();
        if other_id {
            return of_id();
        }
        // Without ids a name behind a whole call begins another one, unless nothing but the name is repeated.
        let again = fragment.id.is_empty() && call.watch.is_whole() && !fragment.name.is_empty();
        let other_name = fragment.name != *call.name.as_str();
        if again && (other_name || !fragment.arguments.is_blank()) { None } else { Some(at) }
    }

    /// Something else comes: calls whose arguments are whole are complete.
    pub(super) fn pause(&mut self, to: &mut impl Sink) {
        for call in self.0.iter_mut().filter(|call| call.watch.is_whole()) {
            call.close(to);
        }
    }

    /// The answer is over. With `cut_off`, calls that are not whole stay open. A call that never got a name cannot be
    /// given to anybody; without arguments it was none.
    pub(super) fn end(&mut self, cut_off: bool, to: &mut impl Sink) -> Result<(), WireError> {
        for call in &mut self.0 {
            if let State::Nameless { .. } = call.state {
                if !call.watch.is_blank() && !cut_off {
                    return Err(Defect::CallUnnamed.into());
                }
                continue;
            }
            if !cut_off || call.watch.is_whole() {
                call.close(to);
            }
        }
        Ok(())
    }

    /// Whether each call has all of its arguments, as they themselves prove.
    pub(super) fn are_whole(&self) -> bool {
        self.0.iter().all(|call| match call.state {
            State::Nameless { .. } => call.watch.is_blank(),
            _ => call.watch.is_whole(),
        })
    }

    /// Whether any call is complete or at least named.
    pub(super) fn any(&self) -> bool {
        self.0.iter().any(|call| !matches!(call.state, State::Nameless { .. }))
    }
}

impl Call {
    fn new(fragment: &Fragment<'_>) -> Self {
        // Where a text ends that is no JSON, only the end of the answer tells.
        let watch = if fragment.kind == CallKind::Freeform { Watch::Unclear } else { Watch::default() };
        let state = State::Nameless { arguments: String::new() };
        Self { index: fragment.index, id: String::new(), name: String::new(), watch, state }
    }

    /// Begins the call at its first name; relays repeat it on every fragment.
    fn name(&mut self, fragment: &Fragment<'_>, plan: &Plan, parts: &mut Parts, to: &mut impl Sink) {
        let State::Nameless { arguments } = &mut self.state else { return };
        if fragment.name.is_empty() {
            return;
        }
        let waiting = std::mem::take(arguments);
        let part = parts.next();
        let sent = fragment.name.decoded();
        let form = plan.form(&sent);
        let kind = if fragment.kind == CallKind::Freeform { CallKind::Freeform } else { form };
        let what = Opened::ToolCall {
            id: Text::from(self.id.as_str()),
            name: Text::from(plan.names.tool_back(&sent)),
            // What was put in front of the name stays there: only the client's protocol may know it as a namespace.
            namespace: None,
            kind,
        };
        to.event(Event::Open { part, what });
        self.name = sent.into_owned();
        if kind == CallKind::Freeform && fragment.kind != CallKind::Freeform {
            self.state = State::Wrapped { part, arguments: waiting };
            return;
        }
        self.state = State::Open { part };
        if !waiting.is_empty() {
            to.event(Event::Arguments { part, text: waiting.into() });
        }
    }

    fn arguments(&mut self, text: Text<'_>, to: &mut impl Sink) {
        if text.is_empty() {
            return;
        }
        self.watch.take(&text);
        match &mut self.state {
            State::Nameless { arguments } | State::Wrapped { arguments, .. } => arguments.push_str(&text.decoded()),
            State::Open { part } => to.event(Event::Arguments { part: *part, text }),
            State::Closed => {}
        }
    }

    fn close(&mut self, to: &mut impl Sink) {
        let part = match std::mem::replace(&mut self.state, State::Closed) {
            State::Open { part } => part,
            State::Wrapped { part, arguments } => {
                let input = functions::input(&arguments);
                if !input.is_empty() {
                    to.event(Event::Arguments { part, text: input });
                }
                part
            }
            other => {
                self.state = other;
                return;
            }
        };
        to.event(Event::Close { part });
    }
}
