//! Whether and how much the model reasons, and how long its answer may be: the one depends on the other.

use crate::conversation::{Effort, Request, ThinkingMode};
use crate::json::Writer;
use crate::translate::dialect::ThinkingSwitch;
use crate::translate::field;
use crate::translate::{Outgoing, effort};

/// What is said of reasoning.
pub(super) struct Thinking {
    mode: Mode,
    /// `output_config.effort`
    pub(super) effort: Option<Effort>,
    /// `display`
    display: Option<&'static str>,
    /// `max_tokens`
    pub(super) max_tokens: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Unset,
    Off,
    Adaptive,
    Budget(u64),
    BetweenTools,
}

impl Thinking {
    /// Whether the model reasons.
    pub(super) const fn is_on(&self) -> bool {
        !matches!(self.mode, Mode::Unset | Mode::Off)
    }

    /// Whether it reasons with a budget: then no tool can be forced.
    pub(super) const fn is_manual(&self) -> bool {
        matches!(self.mode, Mode::Budget(_))
    }

    /// Writes `thinking`.
    pub(super) fn write(&self, writer: &mut Writer) {
        let kind = match self.mode {
            Mode::Unset => return,
            Mode::Off => "disabled",
            Mode::Adaptive => "adaptive",
            Mode::Budget(_) => "enabled",
            Mode::BetweenTools => "between_tools",
        };
        writer.key("thinking").object(|writer| {
            writer.key("type").string(kind);
            if let Mode::Budget(tokens) = self.mode {
                writer.key("budget_tokens").count(tokens);
            }
            if let Some(display) = self.display.filter(|_| matches!(self.mode, Mode::Adaptive | Mode::Budget(_))) {
                writer.key("display").string(display);
            }
        });
    }
}

/// What to say. `lost_thinking`: the last turn calls tools and its reasoning could not be kept.
pub(super) fn settle(request: &Request<'_>, lost_thinking: bool, out: &mut Outgoing<'_>) -> Thinking {
    let asked = request.thinking;
    let max_tokens = request.max_output.unwrap_or(out.dialect.max_output_default);
    let mut settled = Thinking { mode: Mode::Unset, effort: None, display: display(request), max_tokens };
    let off = asked.mode == ThinkingMode::Off || asked.effort == Some(Effort::None);
    match (out.dialect.thinking_switch, asked.mode) {
        (_, ThinkingMode::Unset) if asked.effort.is_none() => {}
        (ThinkingSwitch::None, _) if off => {}
        (ThinkingSwitch::None, _) => note_dropped(out),
        // Never together with an effort: providers refuse that.
        _ if off => settled.mode = Mode::Off,
        (ThinkingSwitch::Budget, mode) => {
            let wanted = match mode {
                ThinkingMode::Budget(tokens) => tokens,
                _ => effort::budget(asked.effort.unwrap_or(Effort::Medium)),
            };
            settled.display = None;
            settled.budget(wanted, lost_thinking, out);
        }
        (_, mode) => {
            settled.effort = asked.effort.map(|wanted| known_effort(wanted, out));
            match mode {
                ThinkingMode::Budget(tokens) => settled.budget(tokens, lost_thinking, out),
                ThinkingMode::BetweenTools => settled.mode = Mode::BetweenTools,
                _ => settled.mode = Mode::Adaptive,
            }
        }
    }
    settled
}

impl Thinking {
    /// A budget with room for the answer behind it: the longest answer counts both.
    fn budget(&mut self, wanted: u64, lost_thinking: bool, out: &mut Outgoing<'_>) {
        // A provider refuses manual reasoning when the turn it goes on with has lost its own.
        let room = if lost_thinking { None } else { self.room_for(wanted, out.dialect.max_output_default) };
        match room {
            Some((tokens, max_tokens)) => (self.mode, self.max_tokens) = (Mode::Budget(tokens), max_tokens),
            None => (self.mode, self.effort) = (Mode::Off, None),
        }
        if self.mode != Mode::Budget(wanted) {
            out.losses.approximated(effort_field(out));
        }
    }

    /// The budget and the longest answer that fit; `None`: there is no room for reasoning.
    fn room_for(&self, wanted: u64, most: u64) -> Option<(u64, u64)> {
        let answer = self.max_tokens;
        let total = if wanted < answer { answer } else { answer.saturating_add(wanted).min(most.max(answer)) };
        effort::within(wanted, total).map(|tokens| (tokens, total))
    }
}

/// The nearest effort that the protocol and the model know.
fn known_effort(wanted: Effort, out: &mut Outgoing<'_>) -> Effort {
    let said = effort::thinking(wanted).effort.unwrap_or(wanted);
    let known = out.dialect.efforts.nearest(said);
    if known != wanted {
        out.losses.approximated(effort_field(out));
    }
    known
}

/// Clients that only know efforts show a summary when there is one.
fn display(request: &Request<'_>) -> Option<&'static str> {
    match request.thinking.shown {
        Some(false) => Some("omitted"),
        Some(true) => Some("summarized"),
        None if request.thinking.mode == ThinkingMode::Unset => Some("summarized"),
        None => None,
    }
}

fn note_dropped(out: &mut Outgoing<'_>) {
    out.losses.dropped(effort_field(out));
}

fn effort_field(out: &Outgoing<'_>) -> &'static str {
    out.name(field::EFFORT)
}
