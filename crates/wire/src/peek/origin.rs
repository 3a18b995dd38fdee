//! What a conversation began with. It is the same in every turn, and so names conversations whose clients do not.

use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

use crate::json::{Fault, Kind, Reader};

/// Bytes of the instructions, and of the first turn, that are taken: different programs and different questions differ
/// in these.
const TAKEN_MAX: usize = 4 << 10;

/// Bytes in which the first turn is looked for.
const LOOKED_MAX: usize = 32 << 10;

/// Bytes in which an answer is looked for. Who begins with more has a cache that is worth keeping already.
const FIRST_TURN_MAX: usize = 256 << 10;

/// Members that hold what is said and shown. Marks for the cache wander from turn to turn, and are not among them.
const CONTENT: &[&str] = &["text", "content", "source", "data", "url", "image_url", "file", "file_id", "file_url"];

/// What a conversation began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Hash of its instructions and its first turn.
    pub hash: u64,
    /// It has been answered since.
    pub goes_on: bool,
}

/// Where the conversation of a request begins in its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginning {
    /// `system` or `instructions`; empty where there are none.
    pub instructions: Range<usize>,
    /// `messages` or `input`; empty where there are none.
    pub turns: Range<usize>,
}

impl Beginning {
    /// What the conversation of this body began with; nothing when it has no turns. Looks at some kilobytes only.
    pub fn origin(&self, body: &[u8]) -> Option<Origin> {
        let turns = body.get(self.turns.clone()).filter(|turns| !turns.is_empty())?;
        let mut taken = Taken { hash: DefaultHasher::new(), left: TAKEN_MAX };
        taken.value(body.get(self.instructions.clone()).unwrap_or_default());
        taken.turns(turns);
        Some(Origin { hash: taken.hash.finish(), goes_on: is_answered(turns) })
    }
}

/// Whether there is an answer among the turns. No text holds these words with bare quotes.
fn is_answered(turns: &[u8]) -> bool {
    let holds = |word: &[u8]| memchr::memmem::find(turns, word).is_some();
    turns.len() > FIRST_TURN_MAX || holds(b"\"assistant\"") || holds(b"_call_output\"")
}

/// What is taken of a request.
struct Taken {
    hash: DefaultHasher,
    left: usize,
}

impl Taken {
    /// The first turn of the user. What stands before it are instructions too.
    fn turns(&mut self, turns: &[u8]) {
        let text = prefix(turns);
        let mut reader = Reader::new(text);
        let _: Result<(), Stop> = reader.array(|reader| {
            reader.kind()?;
            let start = reader.offset();
            let is_whole = reader.raw().is_ok();
            let turn = if is_whole { reader.since(start) } else { text.get(start..).unwrap_or_default() };
            let is_users = memchr::memmem::find(turn.as_bytes(), b"\"user\"").is_some();
            if is_users {
                self.begin_turn();
            }
            self.value(turn.as_bytes());
            if is_whole && !is_users { Ok(()) } else { Err(Stop) }
        });
        if text.starts_with('"') {
            self.begin_turn();
            self.value(turns);
        }
    }

    /// What follows is no instruction any more.
    fn begin_turn(&mut self) {
        self.left = TAKEN_MAX;
        self.hash.write_u8(b'/');
    }

    /// The texts of a value, as far as they are taken; of one that is longer than is looked at, what is there.
    fn value(&mut self, value: &[u8]) {
        let text = prefix(value);
        let mut reader = Reader::new(text);
        if self.texts(&mut reader).is_err() {
            self.take(text.get(reader.offset()..).unwrap_or_default());
        }
    }

    fn texts(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        match reader.kind()? {
            Kind::String => self.text(reader),
            Kind::Array => reader.array(|reader| self.texts(reader)),
            Kind::Object => {
                reader.object(|name, reader| if CONTENT.contains(&name) { self.texts(reader) } else { skip(reader) })
            }
            Kind::Null | Kind::Bool | Kind::Number => skip(reader),
        }
    }

    fn text(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let text = reader.raw()?;
        self.take(text);
        if self.left == 0 { Err(Stop) } else { Ok(()) }
    }

    fn take(&mut self, text: &str) {
        let part = text.as_bytes().get(..text.len().min(self.left)).unwrap_or_default();
        self.hash.write(part);
        self.left -= part.len();
    }
}

fn skip(reader: &mut Reader<'_>) -> Result<(), Stop> {
    reader.raw()?;
    Ok(())
}

/// A walk ends: there is enough, or what comes is not looked at.
struct Stop;

impl From<Fault> for Stop {
    fn from(_: Fault) -> Self {
        Self
    }
}

/// As much as is looked at. A character that is cut in two is left out.
fn prefix(value: &[u8]) -> &str {
    let part = value.get(..value.len().min(LOOKED_MAX)).unwrap_or_default();
    let whole = match std::str::from_utf8(part) {
        Ok(text) => return text,
        Err(error) => error.valid_up_to(),
    };
    part.get(..whole).and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;
    use crate::peek::peek;

    fn origin_of(body: &str) -> Origin {
        peek(body.as_bytes()).unwrap().beginning.origin(body.as_bytes()).unwrap()
    }

    #[test]
    fn every_turn_of_a_conversation_has_its_origin() {
        for (first, later) in [
            (
                r#"{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]}"#,
                r#"{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"},{"role":"assistant","content":"hello"},{"role":"user","content":"and?"}]}"#,
            ),
            (
                r#"{"system":"be brief","messages":[{"content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}],"role":"user"}]}"#,
                r#"{"messages":[{"content":[{"type":"text","text":"hi"}],"role":"user"},{"role":"assistant","content":"hello"},{"role":"user","content":"and?"}],"system":"be brief"}"#,
            ),
            (
                r#"{"instructions":"be brief","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]}]}"#,
                r#"{"instructions":"be brief","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]},{"type":"function_call","name":"a"},{"type":"function_call_output","output":"b"}]}"#,
            ),
        ] {
            assert!(!origin_of(first).goes_on, "{first}");
            assert_eq!(origin_of(later), Origin { goes_on: true, ..origin_of(first) }, "{first}");
        }
    }

    #[test]
    fn other_instructions_and_other_questions_are_another_conversation() {
        let bodies = [
            r#"{"system":"a","messages":[{"role":"user","content":"b"}]}"#,
            r#"{"system":"b","messages":[{"role":"user","content":"a"}]}"#,
            r#"{"system":"a","messages":[{"role":"user","content":"c"}]}"#,
            r#"{"messages":[{"role":"user","content":"b"}]}"#,
            r#"{"messages":[{"role":"system","content":"c"},{"role":"user","content":"b"}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"AA=="}}]}]}"#,
            r#"{"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"BB=="}}]}]}"#,
            r#"{"input":"d","instructions":"c"}"#,
            r#"{"input":"c","instructions":"c"}"#,
        ];
        for (at, one) in bodies.iter().enumerate() {
            for other in &bodies[at + 1..] {
                assert_ne!(origin_of(one).hash, origin_of(other).hash, "{one} {other}");
            }
        }
    }

    #[test]
    fn what_begins_with_much_is_known_by_its_first_kilobytes() {
        let turn = |size: usize, end: &str| {
            let text = "a text\\n".repeat(size / 8);
            let system = "s".repeat(6_000);
            format!(r#"{{"system":"{system}","messages":[{{"role":"user","content":"{text}"}}{end}]}}"#)
        };
        let answer = r#",{"role":"assistant","content":"b"},{"role":"user","content":"c"}"#;
        for size in [0, 100, 3_000, 5_000, 40_000, 100_000] {
            let (first, later) = (turn(size, ""), turn(size, answer));
            assert_eq!(origin_of(&later), Origin { goes_on: true, ..origin_of(&first) }, "{size}");
            assert!(!origin_of(&first).goes_on, "{size}");
        }
        assert!(origin_of(&turn(300_000, "")).goes_on);
        assert_eq!(origin_of(&turn(50_000, "")).hash, origin_of(&turn(60_000, "")).hash);
        assert_ne!(origin_of(&turn(100, "")).hash, origin_of(&turn(200, "")).hash);
    }

    #[test]
    fn what_has_no_turns_or_strange_ones_is_no_trouble() {
        assert_eq!(Beginning::default().origin(b"{}"), None);
        for body in [r#"{"input":7}"#, r#"{"messages":[]}"#, r#"{"messages":[1,,2]}"#, r#"{"input":{"a":[}}"#] {
            let Ok(peek) = peek(body.as_bytes()) else { continue };
            assert!(!peek.beginning.origin(body.as_bytes()).unwrap().goes_on);
        }
    }
}
