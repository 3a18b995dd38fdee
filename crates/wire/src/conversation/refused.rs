//! Why a request cannot be translated. Named here, put into words where people are.

use std::borrow::Cow;

use crate::json::{self, Fault, Flaw};

/// A request that cannot be translated: the client's to mend, never the provider's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The field in the client's protocol, with its place where it has one: `messages[3].content[0].source`. Empty: the
    /// whole body.
    pub field: Cow<'static, str>,
    /// Why.
    pub why: Why,
    /// Where in the body, until that is said as [`Refused::field`].
    offset: Option<usize>,
}

/// Whether the request is wrong, or only cannot be said elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The body is no JSON, or not what its own protocol says.
    Malformed(Flaw),
    /// The provider's protocol has no way to say it.
    Impossible(Impossible),
}

/// What no translation carries, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Impossible {
    /// A role that nobody here knows: who speaks is not guessed.
    Role,
    /// A type that nobody here knows, and nothing else is left to be said.
    Type,
    /// A `tool_choice` that nobody here knows: whether a tool must be called is not guessed.
    Choice,
    /// MCP servers that the provider would have to connect to.
    McpServers,
    /// A tool built into another provider; its type.
    BuiltInTool(Box<str>),
    /// A search of the web, which the provider does not make.
    WebSearch,
    /// A search of the web beside tools of the client, which the provider makes only without.
    SearchBesideTools,
    /// A `tool_choice` that names none of the tools.
    ChosenTool,
    /// A search for tools: all are declared from the beginning.
    ToolSearch,
    /// What the server keeps that answered before.
    Kept,
    /// An item that is only referred to.
    ItemReference,
    /// A stored prompt.
    StoredPrompt,
    /// An answer in the background.
    Background,
    /// Several answers at once.
    Answers,
    /// An answer in sound.
    SoundAnswer,
    /// A sound to listen to.
    Sound,
    /// Functions beside the tools.
    Functions,
    /// Probabilities of tokens.
    Logprobs,
    /// A file that lies with another provider.
    File,
    /// A picture by address.
    PictureAddress,
    /// A format of pictures.
    PictureFormat,
    /// A picture that is neither base64 nor an address.
    PictureSource,
    /// A document by address.
    DocumentAddress,
    /// A format of documents; those that are taken.
    DocumentFormat(&'static str),
    /// A document whose base64 or text is damaged.
    DocumentDamaged,
}

impl Refused {
    /// `field` cannot be carried.
    pub fn new(field: impl Into<Cow<'static, str>>, why: Impossible) -> Self {
        Self { field: field.into(), why: Why::Impossible(why), offset: None }
    }

    /// The value at `offset` cannot be carried.
    pub(crate) const fn at(offset: usize, why: Impossible) -> Self {
        Self { field: Cow::Borrowed(""), why: Why::Impossible(why), offset: Some(offset) }
    }

    /// `field` is wrong.
    pub fn malformed(field: impl Into<Cow<'static, str>>, flaw: Flaw) -> Self {
        Self { field: field.into(), why: Why::Malformed(flaw), offset: None }
    }

    /// Whether the request is wrong in its own protocol.
    pub const fn is_malformed(&self) -> bool {
        matches!(self.why, Why::Malformed(_))
    }

    /// The same by the names that the client used, see `Request::spelt`.
    pub(crate) fn spelt(self, names: &[(&'static str, &'static str)]) -> Self {
        match names.iter().find(|(usual, _)| *usual == self.field) {
            Some((_, own)) => Self { field: Cow::Borrowed(own), ..self },
            None => self,
        }
    }

    /// The same with the path to its place in `body`.
    pub(crate) fn placed(mut self, body: &str) -> Self {
        let Some(offset) = self.offset.take() else { return self };
        let mut path = json::path(body, offset);
        if let Why::Malformed(Flaw::Missing(member)) = self.why {
            path.push_str(if path.is_empty() { "" } else { "." });
            path.push_str(member);
        }
        Self { field: path.into(), ..self }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { field: Cow::Borrowed(""), why: Why::Malformed(fault.what), offset: Some(fault.offset) }
    }
}

impl Impossible {
    /// Its name.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Type => "type",
            Self::Choice => "choice",
            Self::McpServers => "mcp-servers",
            Self::BuiltInTool(_) => "built-in-tool",
            Self::WebSearch => "web-search",
            Self::SearchBesideTools => "search-beside-tools",
            Self::ChosenTool => "chosen-tool",
            Self::ToolSearch => "tool-search",
            Self::Kept => "kept",
            Self::ItemReference => "item-reference",
            Self::StoredPrompt => "stored-prompt",
            Self::Background => "background",
            Self::Answers => "answers",
            Self::SoundAnswer => "sound-answer",
            Self::Sound => "sound",
            Self::Functions => "functions",
            Self::Logprobs => "logprobs",
            Self::File => "file",
            Self::PictureAddress => "picture-address",
            Self::PictureFormat => "picture-format",
            Self::PictureSource => "picture-source",
            Self::DocumentAddress => "document-address",
            Self::DocumentFormat(_) => "document-format",
            Self::DocumentDamaged => "document-damaged",
        }
    }
}

impl Why {
    /// Its name.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Malformed(flaw) => flaw.id(),
            Self::Impossible(what) => what.id(),
        }
    }
}
