//! Cache breakpoints. Without them Anthropic caches nothing, and protocols that have none expect caching to be
//! automatic.

use super::messages::{Conversation, Speaker};
use super::tools::Ready;
use crate::translate::Dialect;

/// Most breakpoints of one request. Source: Anthropic API documentation, "Prompt caching".
const MARKS_MAX: u8 = 4;

/// Messages of the user that end with a breakpoint of ours: the newest, for the next request, and the one before it,
/// which is what this request finds again.
const USER_MARKS: usize = 2;

/// Our own breakpoint.
const MARK: &str = r#"{"type":"ephemeral"}"#;

/// Where breakpoints go.
pub(super) struct Marks {
    left: u8,
    ours: Option<Ours>,
}

/// Places of ours.
struct Ours {
    messages: [Option<usize>; USER_MARKS],
}

impl Marks {
    /// The client's own breakpoints stay where they are; where there is none, ours go to the ends of what is stable.
    pub(super) fn plan(tools: &[Ready<'_, '_>], conversation: &Conversation<'_, '_>, dialect: &Dialect) -> Self {
        let marked = tools.iter().any(|tool| tool.cache().is_some()) || conversation.is_marked();
        let ours = (dialect.cache_control_added && !marked).then(|| {
            let users = conversation.messages.iter().enumerate().rev();
            let mut users = users.filter(|(_, message)| message.speaker == Speaker::User).map(|(at, _)| at);
            Ours { messages: [users.next(), users.next()] }
        });
        Self { left: MARKS_MAX, ours }
    }

    /// None but the client's own.
    pub(super) const fn of_client() -> Self {
        Self { left: MARKS_MAX, ours: None }
    }

    /// The breakpoint behind something that may be the last of its sort.
    pub(super) fn stable<'m>(&mut self, client: Option<&'m str>, last: bool) -> Option<&'m str> {
        let ours = (last && self.ours.is_some()).then_some(MARK);
        self.spend(client.and_then(sound).or(ours))
    }

    /// The breakpoint behind a block of a message.
    pub(super) fn message<'m>(&mut self, client: Option<&'m str>, message: usize, last: bool) -> Option<&'m str> {
        let ours = self.ours.as_ref().is_some_and(|ours| ours.messages.contains(&Some(message)));
        self.spend(client.and_then(sound).or((last && ours).then_some(MARK)))
    }

    fn spend<'m>(&mut self, mark: Option<&'m str>) -> Option<&'m str> {
        let mark = mark.filter(|_| self.left > 0)?;
        self.left -= 1;
        Some(mark)
    }
}

/// A client's breakpoint, whose form other protocols do not promise.
fn sound(mark: &str) -> Option<&str> {
    mark.starts_with('{').then(|| if mark.contains("\"ephemeral\"") { mark } else { MARK })
}
