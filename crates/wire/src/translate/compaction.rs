//! Compaction by a provider that has no such call: it is asked for a summary, and the summary comes back as the item that
//! Responses has for a compacted conversation.

use super::carrier::{self, Carried};
use crate::conversation::{End, Event, Finish, Format, OpaqueKind, Opened, Request, Role, ToolChoice, Turn};
use crate::defect::Defect;
use crate::error::WireError;

/// What the provider is asked.
const ASK: &str = "The conversation up to here is about to be replaced by a summary, and you will go on from that \
                   summary alone. Write it now. Say what the user wants and every instruction that still holds, what \
                   has been done and found out (with exact names of files, commands, values and error messages), what \
                   was decided and why, what is unfinished, and what comes next. Call no tools, do not go on with the \
                   work, and answer with the summary only.";

/// What stands before the summary when it comes back.
const PREFACE: &str = "Summary of the conversation so far, which it replaces:\n\n";

/// The scope of a summary: it is plain text of ours, and every provider may read it.
const EVERYBODY: u64 = u64::MAX;

/// How a compaction was asked for, and so how it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compaction {
    /// A `compaction_trigger` at the end of the input: a response whose only item it is.
    Item,
    /// `POST /responses/compact`: an object of its own.
    Call,
}

impl Compaction {
    /// What it is called where losses are told.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::Item => "input[].compaction_trigger",
            Self::Call => "compact",
        }
    }
}

/// Makes of a request the question for a summary.
pub(crate) fn ask(request: &mut Request<'_>) {
    request.turns.push(Turn::text(Role::User, ASK));
    if !request.tools.is_empty() {
        request.tool_choice = ToolChoice::None;
    }
    request.format = Format::Text;
    request.stop.clear();
}

/// The content of an item that holds `summary`.
pub(crate) fn wrap(summary: &str) -> String {
    carrier::wrap(OpaqueKind::Plain, EVERYBODY, None, summary)
}

/// What is said in the place of an item with this content; `None` when it is not ours.
pub(crate) fn open(content: &str) -> Option<String> {
    match carrier::open(content, EVERYBODY) {
        Carried::Ours { kind: OpaqueKind::Plain, data, .. } if !data.is_empty() => Some(format!("{PREFACE}{data}")),
        _ => None,
    }
}

/// Whether items of this type hold a compacted conversation.
pub(crate) fn is_item(kind: &str) -> bool {
    matches!(kind, "compaction" | "compaction_summary" | "context_compaction")
}

/// Collects a summary from an answer. The decoder bounds its length.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    text: String,
    /// Parts that are texts: reasoning is none of the summary.
    texts: Vec<u32>,
    calls: bool,
    refused: bool,
}

impl Summary {
    pub(crate) fn learn(&mut self, event: &Event<'_>) {
        match event {
            Event::Open { part, what: Opened::Text } => {
                if !self.text.is_empty() {
                    self.text.push_str("\n\n");
                }
                self.texts.push(*part);
            }
            Event::Open { what: Opened::ToolCall { .. }, .. } => self.calls = true,
            Event::Open { what: Opened::Refusal, .. } => self.refused = true,
            Event::Text { part, text } if self.texts.contains(part) => self.text.push_str(&text.decoded()),
            _ => {}
        }
    }

    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// How the compaction ends when the answer ends so: half a summary, or none, would lose the conversation.
    pub(crate) fn settle(&self, end: End) -> End {
        let End::Complete(finish) = &end else { return end };
        let defect = match finish {
            _ if self.calls => Defect::SummaryCalled,
            Finish::MaxOutput | Finish::ContextFull => Defect::SummaryCut,
            Finish::Refusal => Defect::SummaryRefused,
            _ if self.refused => Defect::SummaryRefused,
            _ if self.text().is_empty() => Defect::SummaryEmpty,
            _ => return end,
        };
        End::Failed(WireError { kind: Some("server_error".to_owned()), ..defect.into() })
    }
}

#[cfg(test)]
mod tests;
