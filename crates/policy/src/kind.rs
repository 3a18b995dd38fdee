//! What a request is for, as far as it shows.

use crate::facts::Facts;
use crate::model_map;

/// A kind of request. One request may be of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Work beside the conversation that nobody waits for: a small fast model, or a coding client's title and topic
    /// questions, which offer no tools.
    Background,
    /// Thinking was asked for.
    Thinking,
    /// The provider shall search the web.
    WebSearch,
    /// It shows images.
    Image,
    /// It only asks for its tokens.
    CountTokens,
}

/// Programs whose own turns always offer tools.
const CODING_CLIENTS: [&str; 3] = ["claude", "codex", "opencode"];

/// Above this size, bytes, a request is a conversation, whatever it offers. Titles are asked for with 4 KiB.
const BACKGROUND_MAX: u64 = 32 << 10;

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Background, Self::Thinking, Self::WebSearch, Self::Image, Self::CountTokens];

    /// Name in configuration and explanations.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Thinking => "thinking",
            Self::WebSearch => "web-search",
            Self::Image => "image",
            Self::CountTokens => "count-tokens",
        }
    }

    /// Whether a request is of this kind.
    pub fn is_of(self, facts: &Facts<'_>) -> bool {
        match self {
            Self::Background => is_background(facts),
            Self::Thinking => (facts.traits)().thinking,
            Self::WebSearch => (facts.traits)().web_search,
            Self::Image => (facts.traits)().images,
            Self::CountTokens => facts.counts_tokens,
        }
    }
}

pub(crate) fn is_background(facts: &Facts<'_>) -> bool {
    if facts.wanted_model().is_some_and(model_map::is_small) {
        return true;
    }
    let coding = facts.client.is_some_and(|client| CODING_CLIENTS.contains(&client));
    coding && !facts.counts_tokens && facts.body_bytes <= BACKGROUND_MAX && !facts.tools
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::Class;
    use crate::facts::Traits;

    #[test]
    fn a_small_model_or_a_coding_clients_question_without_tools_is_background() {
        let turn = Facts {
            model: Some("claude-sonnet-5"),
            client: Some("claude"),
            body_bytes: 4_000,
            tools: true,
            ..Facts::new(0)
        };
        assert!(!Kind::Background.is_of(&turn));
        assert!(Kind::Background.is_of(&Facts { model: Some("claude-haiku-5"), ..turn }));
        let title = Facts { tools: false, ..turn };
        assert!(Kind::Background.is_of(&title));
        assert!(!Kind::Background.is_of(&Facts { body_bytes: 1 << 20, ..title }), "a long conversation");
        assert!(
            !Kind::Background.is_of(&Facts { client: Some("openai-sdk"), ..title }),
            "programs that never offer tools"
        );
    }

    #[test]
    fn nobody_waits_for_titles_and_counts_whatever_their_model() {
        let turn = Facts { model: Some("opus"), client: Some("codex"), tools: true, ..Facts::new(0) };
        let class = |facts: &Facts<'_>| Class::of(facts);
        assert_eq!(class(&turn), Class::Interactive);
        assert_eq!(class(&Facts { tools: false, ..turn }), Class::Background, "a title");
        assert_eq!(class(&Facts { tools: false, client: Some("other"), ..turn }), Class::Interactive, "a chat");
        assert_eq!(class(&Facts { counts_tokens: true, ..turn }), Class::Background);
        assert_eq!(class(&Facts { model: Some("haiku"), ..turn }), Class::Background);
        let job = Facts { class: Class::Async, ..turn };
        assert_eq!(class(&Facts { counts_tokens: true, ..job }), Class::Async);
    }

    #[test]
    fn a_request_may_be_of_several_kinds() {
        let traits = || Traits { thinking: true, images: true, ..Traits::default() };
        let facts = Facts { traits: &traits, ..Facts::new(0) };
        let of = Kind::ALL.into_iter().filter(|kind| kind.is_of(&facts)).map(Kind::id).collect::<Vec<_>>();
        assert_eq!(of, ["thinking", "image"]);
    }
}
