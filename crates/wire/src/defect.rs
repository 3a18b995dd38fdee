//! What is wrong with a provider's answer, where the provider does not say so itself: it broke off, it is none, it ended
//! in a word that means failure. Named here with what was seen; put into words where people are. The English ones stand
//! here too: they are what a client is told unless its [`Words`] are others.

use std::fmt;

use crate::eventstream::Fault;
use crate::sse::MAX_EVENT;

/// Declares the defects: `Name { what, was, seen } = "id", "English {what}"`.
macro_rules! defects {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$about:meta])* $field:ident),* })? = $id:literal, $english:literal;)*) => {
        /// What is wrong with an answer.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Defect {
            $($(#[$doc])* $name $({ $($(#[$about])* $field: Box<str>),* })?),*
        }

        impl Defect {
            /// Its name; it never changes.
            pub const fn id(&self) -> &'static str {
                match self { $(Self::$name $({ $($field: _),* })? => $id),* }
            }

            /// What fills the places `{name}` of its words.
            pub fn data(&self) -> Vec<(&'static str, &str)> {
                match self { $(Self::$name $({ $($field),* })? => vec![$($((stringify!($field), &**$field)),*)?]),* }
            }

            /// One of each, with nothing seen: what words are held against.
            pub fn all() -> Vec<Self> {
                vec![$(Self::$name $({ $($field: Box::default()),* })?),*]
            }

            const fn english(&self) -> &'static str {
                match self { $(Self::$name $({ $($field: _),* })? => $english),* }
            }
        }
    };
}

defects! {
    /// It broke off.
    Cut = "cut", "the provider's answer broke off before it was complete";
    /// An error without words.
    Unexplained = "unexplained", "the provider failed and did not say why";
    /// It ended in a word that means failure.
    Ended {
        /// The field.
        field,
        /// The word.
        word
    } = "ended", "the provider ended its answer with {field} \"{word}\"";
    /// It is not of its protocol.
    NotValid {
        /// How it begins.
        start
    } = "not-valid", "the provider's answer is not valid: {start}";
    /// Nothing is said in it.
    Empty = "empty", "the provider's answer is empty";
    /// A list of choices is missing, or holds none.
    NoChoices = "no-choices", "the provider's answer holds no choices";
    /// An event that counts is no JSON.
    EventNotJson = "event-not-json", "an event of the provider's stream is not valid JSON";
    /// An event that had to be read is no object.
    EventNotObject {
        /// How it begins.
        start
    } = "event-not-object", "an event of the provider's stream is not a JSON object: {start}";
    /// An event is longer than is kept.
    EventTooLong {
        /// How much that is.
        mib
    } = "event-too-long", "an event of the provider's stream is longer than {mib} MiB";
    /// A block without its type.
    BlockUntyped = "block-untyped", "the provider began a block without saying what it is";
    /// A call without the name of its tool.
    CallUnnamed = "call-unnamed", "the provider called a tool without saying which";
    /// More parts at once than can wait for each other.
    OutOfOrder = "out-of-order", "the provider mixed the parts of its answer beyond what can be put in order";
    /// Asked for a summary, it called a tool.
    SummaryCalled = "summary-called", "the provider called a tool instead of summarizing the conversation";
    /// The summary broke off.
    SummaryCut = "summary-cut", "the provider's summary of the conversation was cut off";
    /// The summary was refused.
    SummaryRefused = "summary-refused", "the provider refused to summarize the conversation";
    /// The summary says nothing.
    SummaryEmpty = "summary-empty", "the provider's summary of the conversation is empty";
    /// A body without a byte.
    BodyEmpty = "body-empty", "the body is empty";
    /// A web page.
    BodyPage {
        /// How it begins.
        start
    } = "body-page", "the body is a web page: {start}";
    /// A stream where a whole answer was asked for.
    BodyStream {
        /// How it begins.
        start
    } = "body-stream", "the body is an event stream: {start}";
    /// JSON that is no answer.
    BodyOtherJson {
        /// How it begins.
        start
    } = "body-other-json", "the body is JSON of another form: {start}";
    /// Anything else.
    BodyNotJson {
        /// How it begins.
        start
    } = "body-not-json", "the body is no JSON: {start}";
    /// See [`Fault::Lengths`].
    FrameLengths = "frame-lengths", "a frame of the event stream has impossible lengths";
    /// See [`Fault::PreludeChecksum`].
    FramePrelude = "frame-prelude", "the checksum over the lengths of an event stream's frame is wrong";
    /// See [`Fault::MessageChecksum`].
    FrameChecksum = "frame-checksum", "the checksum of an event stream's frame is wrong";
    /// See [`Fault::Headers`].
    FrameHeaders = "frame-headers", "the headers of an event stream's frame cannot be read";
    /// See [`Fault::Payload`].
    FramePayload = "frame-payload", "the payload of an event stream's frame is no event";
    /// See [`Fault::Cut`].
    FrameCut = "frame-cut", "the event stream ended inside a frame";
}

/// Longest quote of what is not valid, bytes: enough to recognise a page or a log line by.
const START_MAX: usize = 200;

impl Defect {
    /// An answer that ended with `word` in `field`.
    pub(crate) fn ended(field: &str, word: &str) -> Self {
        Self::Ended { field: field.into(), word: word.into() }
    }

    /// An answer that is not of its protocol.
    pub(crate) fn not_valid(data: &[u8]) -> Self {
        Self::NotValid { start: start(data, START_MAX) }
    }

    /// An event that is no object.
    pub(crate) fn not_object(data: &[u8]) -> Self {
        Self::EventNotObject { start: start(data, START_MAX) }
    }

    /// An event longer than [`MAX_EVENT`].
    pub fn too_long() -> Self {
        Self::EventTooLong { mib: (MAX_EVENT >> 20).to_string().into() }
    }
}

/// How `data` begins, at most `max` bytes, on one line.
pub(crate) fn start(data: &[u8], max: usize) -> Box<str> {
    let start = String::from_utf8_lossy(data.get(..data.len().min(max)).unwrap_or_default());
    start.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().into()
}

impl From<Fault> for Defect {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lengths => Self::FrameLengths,
            Fault::PreludeChecksum => Self::FramePrelude,
            Fault::MessageChecksum => Self::FrameChecksum,
            Fault::Headers => Self::FrameHeaders,
            Fault::Payload => Self::FramePayload,
            Fault::Cut => Self::FrameCut,
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.data();
        let mut parts = self.english().split('{');
        f.write_str(parts.next().unwrap_or_default())?;
        parts.try_for_each(|part| {
            let (name, after) = part.split_once('}').unwrap_or((part, ""));
            let value = data.iter().find(|(of, _)| *of == name).map_or("", |(_, value)| value);
            write!(f, "{value}{after}")
        })
    }
}

/// Puts defects into the words in which a client is told of them.
#[derive(Debug, Clone, Copy)]
pub struct Words(pub fn(&Defect) -> String);

impl Words {
    /// `defect` in these words.
    pub fn say(self, defect: &Defect) -> String {
        (self.0)(defect)
    }
}

impl Default for Words {
    /// The English ones.
    fn default() -> Self {
        Self(Defect::to_string)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_has_a_name_of_its_own_and_says_all_that_was_seen() {
        let mut ids = HashSet::new();
        for defect in Defect::all() {
            assert!(ids.insert(defect.id()), "{} is used twice", defect.id());
            for (name, _) in defect.data() {
                assert!(defect.english().contains(&format!("{{{name}}}")), "{}: {name}", defect.id());
            }
            assert!(!defect.to_string().contains(['{', '}']), "{defect}");
        }
    }

    #[test]
    fn what_was_seen_stands_in_the_words_and_is_not_read_as_a_place() {
        let word = "{field}";
        let said = Defect::ended("finish_reason", word).to_string();
        assert_eq!(said, "the provider ended its answer with finish_reason \"{field}\"");
    }

    #[test]
    fn a_quote_is_short_and_on_one_line() {
        let said = Defect::not_valid("<html>\n".repeat(100).as_bytes()).to_string();
        assert!(said.len() < 300 && !said.contains('\n'), "{said}");
    }
}
