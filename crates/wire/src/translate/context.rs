//! What writers of requests share, whichever the protocol: where losses are noted and refusals kept, and the decisions
//! that are the same for all providers.

use std::borrow::Cow;

use super::field::{self, Field, Place};
use super::plan::Outgoing;
use crate::conversation::{Effort, Extra, Fate, Impossible, Part, Reasoning, Refused, Thinking, ThinkingMode, Turn};
use crate::json::Text;

/// Claude Code's first system text begins so; it changes with every request.
const ATTRIBUTION: &str = "x-anthropic-billing-header";

/// Why a field cannot be left out: it promises what no provider behind these writers can do.
fn impossible(field: &str) -> Option<Impossible> {
    Some(match field {
        "mcp_servers" => Impossible::McpServers,
        "previous_response_id" | "conversation" => Impossible::Kept,
        "prompt" => Impossible::StoredPrompt,
        "background" => Impossible::Background,
        "n" => Impossible::Answers,
        "audio" => Impossible::SoundAnswer,
        "functions" => Impossible::Functions,
        _ => return None,
    })
}

/// Fields whose value asks for what happens anyway.
const DEFAULTS: [(&str, &str); 4] =
    [("store", "false"), ("truncation", "\"disabled\""), ("background", "false"), ("n", "1")];

/// Notes a field that has no place in the protocol, unless it asks for what happens anyway.
pub(crate) fn note_extra(extra: &Extra<'_>, out: &mut Outgoing<'_>) -> Result<(), Refused> {
    let Extra { name, value } = *extra;
    if matches!(value, "null" | "[]" | "{}" | "\"\"") || DEFAULTS.contains(&(name, value)) {
        return Ok(());
    }
    match impossible(name) {
        Some(why) => Err(Refused::new(name.to_owned(), why)),
        None => {
            out.losses.dropped(name.to_owned());
            Ok(())
        }
    }
}

/// What every part of a writer needs.
pub(crate) struct Context<'o, 'd> {
    pub(crate) out: &'o mut Outgoing<'d>,
    /// The first thing that cannot be carried at all. Writing goes on, and the body is thrown away at the end.
    pub(crate) refused: Option<Refused>,
    /// Why the provider makes no search of the web for this request; `None`: it does.
    pub(crate) no_search: Option<Impossible>,
}

impl<'o, 'd> Context<'o, 'd> {
    pub(crate) const fn new(out: &'o mut Outgoing<'d>) -> Self {
        let no_search = if out.dialect.web_search { None } else { Some(Impossible::WebSearch) };
        Self { out, refused: None, no_search }
    }
}

impl Context<'_, '_> {
    pub(crate) fn refuse(&mut self, field: impl Into<Cow<'static, str>>, why: Impossible) {
        self.refused.get_or_insert_with(|| Refused::new(field, why));
    }

    /// Notes a member or a kind of content that is left out.
    pub(crate) fn lose(&mut self, field: Field) {
        let field = self.out.content(field);
        self.out.losses.dropped(field);
    }

    /// Does `write` for the content of another place.
    pub(crate) fn within<T>(&mut self, place: Place, write: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.out.place, place);
        let done = write(self);
        self.out.place = before;
        done
    }

    /// The body, unless something could not be carried.
    pub(crate) fn finish(self, body: Vec<u8>) -> Result<Vec<u8>, Refused> {
        self.refused.map_or(Ok(body), Err)
    }

    /// Notes what of a request has no place in the protocol.
    pub(crate) fn extras(&mut self, extras: &[Extra<'_>]) {
        let noted = extras.iter().try_for_each(|extra| note_extra(extra, self.out));
        if let (Err(refused), None) = (noted, &self.refused) {
            self.refused = Some(refused);
        }
    }

    /// Notes what of a turn has no place in the protocol.
    pub(crate) fn note_extras(&mut self, extras: &[Extra<'_>]) {
        for extra in extras.iter().filter(|extra| !matches!(extra.value, "null" | "[]" | "{}" | "\"\"")) {
            let list = self.out.name(field::TURN);
            self.out.losses.dropped(format!("{list}.{}", extra.name));
        }
    }

    /// As many stop texts as the provider takes; the answer is cut here at the others.
    pub(crate) fn stop<'t, 'a>(&mut self, texts: &'t [Text<'a>]) -> &'t [Text<'a>] {
        let (taken, own) = texts.split_at(texts.len().min(self.out.dialect.stop_max));
        if !own.is_empty() {
            self.out.losses.note(self.out.name(field::STOP), Fate::Emulated);
            self.out.stop.extend(own.iter().map(|text| text.decoded().into_owned()));
        }
        taken
    }

    /// Whether a turn begins with an attribution that is to be left out.
    pub(crate) fn is_attribution(&self, turn: &Turn<'_>) -> bool {
        let first = turn.parts.first();
        self.out.dialect.strip_attribution
            && matches!(first, Some(Part::Text { text: Text::Json(text), .. }) if text.starts_with(ATTRIBUTION))
    }

    /// Notes that reasoning was asked for, or not to be, in vain.
    pub(crate) fn lose_thinking(&mut self) {
        let field = self.out.name(field::THINKING);
        self.out.losses.dropped(field);
    }

    /// Notes reasoning of earlier turns that does not go back.
    pub(crate) fn lose_reasoning(&mut self, reasoning: &Reasoning<'_>) {
        self.out.lose_reasoning(reasoning);
    }

    pub(crate) fn approximate_effort(&mut self) {
        let field = self.out.name(field::EFFORT);
        self.out.losses.approximated(field);
    }

    /// Notes a cache breakpoint that is not kept.
    pub(crate) fn note_cache(&mut self, cache: Option<&str>) {
        if cache.is_some() && !self.out.dialect.cache_control {
            self.out.lose_cache();
        }
    }
}

/// Whether reasoning is asked for; `None`: nothing was said.
pub(crate) fn wants_thinking(thinking: &Thinking) -> Option<bool> {
    match (thinking.mode, thinking.effort) {
        (ThinkingMode::Off, _) | (ThinkingMode::Unset, Some(Effort::None)) => Some(false),
        (ThinkingMode::Unset, None) => None,
        _ => Some(true),
    }
}
