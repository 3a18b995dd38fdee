//! What is said: turns and their parts.

use super::{Arguments, CallKind, Extra};
use crate::json::Text;
use crate::protocol::UpstreamProtocol;

/// One turn.
#[derive(Debug, Clone)]
pub struct Turn<'a> {
    /// Who speaks.
    pub role: Role,
    /// What, in order.
    pub parts: Vec<Part<'a>>,
    /// Fields without a place, as they stand.
    pub extra: Vec<Extra<'a>>,
    /// Where it stands in the client's body: a provider of the client's own protocol gets all that is there, also what
    /// has no place here. No other protocol does.
    pub stands: Stands<'a>,
}

impl<'a> Turn<'a> {
    /// A turn of `role` without parts.
    pub const fn new(role: Role) -> Self {
        Self { role, parts: Vec::new(), extra: Vec::new(), stands: Stands::Nowhere }
    }

    /// A turn that says one text.
    pub fn text(role: Role, text: impl Into<Text<'a>>) -> Self {
        Self { parts: vec![Part::text(text)], ..Self::new(role) }
    }

    /// Its parts, to be changed: what stands in the client's body is then no longer what is said.
    pub const fn change(&mut self) -> &mut Vec<Part<'a>> {
        self.stands = Stands::Nowhere;
        &mut self.parts
    }
}

/// Where a turn stands in the body that it was read from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stands<'a> {
    /// Nowhere: it was made here, or changed.
    #[default]
    Nowhere,
    /// In a member of its own (`system`, `instructions`).
    Member(&'static str),
    /// In these items of the list of all that was said, JSON with the commas between.
    Items(&'a str),
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The program's instructions. Before everything else (`system`, `instructions`) or in between.
    System,
    /// Instructions by OpenAI's newer name; between system and user in rank.
    Developer,
    /// The user, and the results of tools.
    User,
    /// The model.
    Assistant,
}

/// A part of a turn.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// Text.
    Text {
        /// What it says.
        text: Text<'a>,
        /// A cache breakpoint stands behind it: the client's marker as it stands (`{"type":"ephemeral"}`).
        cache: Option<&'a str>,
        /// Sources named in it, JSON as they stand.
        citations: Option<&'a str>,
    },
    /// A picture.
    Image(Media<'a>),
    /// A document.
    Document(Media<'a>),
    /// Sound.
    Audio(Media<'a>),
    /// A result of a search the client made: title, source, text.
    SearchResult {
        /// Title.
        title: Text<'a>,
        /// Where it is from.
        source: Text<'a>,
        /// What it says.
        text: Vec<Text<'a>>,
        /// See [`Part::Text`].
        cache: Option<&'a str>,
    },
    /// Reasoning.
    Reasoning(Reasoning<'a>),
    /// The model calls a tool.
    ToolCall(ToolCall<'a>),
    /// What a tool said.
    ToolResult(ToolResult<'a>),
    /// The model refuses.
    Refusal(Text<'a>),
    /// Anything else: its `type` and itself, JSON as it stands.
    Other {
        /// Its type.
        kind: &'a str,
        /// The whole block or item.
        value: &'a str,
        /// What of it can be read, if anything.
        readable: Option<Text<'a>>,
    },
}

impl<'a> Part<'a> {
    /// Plain text.
    pub fn text(text: impl Into<Text<'a>>) -> Self {
        Self::Text { text: text.into(), cache: None, citations: None }
    }
}

/// A picture, document or sound.
#[derive(Debug, Clone)]
pub struct Media<'a> {
    /// Where its bytes are.
    pub source: Source<'a>,
    /// File name or title.
    pub name: Option<Text<'a>>,
    /// What it is about, for the model.
    pub context: Option<Text<'a>>,
    /// `detail` of an image as OpenAI says it.
    pub detail: Option<Text<'a>>,
    /// See [`Part::Text`].
    pub cache: Option<&'a str>,
    /// Whether the model shall name places in it (`citations.enabled`).
    pub cited: bool,
}

impl<'a> Media<'a> {
    /// Just this.
    pub const fn new(source: Source<'a>) -> Self {
        Self { source, name: None, context: None, detail: None, cache: None, cited: false }
    }
}

/// Where bytes are.
#[derive(Debug, Clone)]
pub enum Source<'a> {
    /// Here, in base64.
    Base64 {
        /// `image/png`, `application/pdf`, …; for sound the format's short name may stand alone (`wav`).
        media_type: Text<'a>,
        /// Base64.
        data: Text<'a>,
    },
    /// At an address.
    Url(Text<'a>),
    /// At the provider, under this id: means nothing elsewhere.
    File(Text<'a>),
    /// Plain text.
    Text(Text<'a>),
    /// Parts of its own (texts and images).
    Parts(Vec<Part<'a>>),
}

/// Reasoning of the model: what can be read of it, and what only its maker understands.
#[derive(Debug, Clone, Default)]
pub struct Reasoning<'a> {
    /// Readable pieces: of Responses its summary parts, else one.
    pub text: Vec<Text<'a>>,
    /// Unreadable.
    pub opaque: Option<Opaque<'a>>,
    /// Id of the item (Responses).
    pub id: Option<Text<'a>>,
    /// Nothing of it was meant to be read (`redacted_thinking`).
    pub redacted: bool,
}

/// Something only its maker understands.
#[derive(Debug, Clone)]
pub struct Opaque<'a> {
    /// What it is.
    pub kind: OpaqueKind,
    /// As the client sent it.
    pub data: Text<'a>,
}

/// What an opaque text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpaqueKind {
    /// Nothing: it says whose the readable reasoning beside it is.
    Plain,
    /// `thinking.signature`
    AnthropicSignature,
    /// `redacted_thinking.data`
    AnthropicRedacted,
    /// `reasoning.encrypted_content`
    OpenaiEncrypted,
    /// `reasoning_details`, the whole list as JSON
    ChatDetails,
    /// `thoughtSignature`, with a mark of the part it stood at
    GeminiSignature,
    /// `reasoningContent`: a signature, or what is redacted
    ConverseSignature,
}

impl OpaqueKind {
    /// What the opaque texts in an answer of `upstream` are.
    pub const fn of(upstream: UpstreamProtocol) -> Self {
        match upstream {
            UpstreamProtocol::Anthropic => Self::AnthropicSignature,
            UpstreamProtocol::OpenaiChat => Self::ChatDetails,
            UpstreamProtocol::OpenaiResponses => Self::OpenaiEncrypted,
            UpstreamProtocol::Gemini => Self::GeminiSignature,
            UpstreamProtocol::BedrockConverse => Self::ConverseSignature,
        }
    }
}

/// The model calls a tool.
#[derive(Debug, Clone)]
pub struct ToolCall<'a> {
    /// Id the result refers to.
    pub id: Text<'a>,
    /// Tool.
    pub name: Text<'a>,
    /// Namespace of the tool (Responses).
    pub namespace: Option<Text<'a>>,
    /// What sort of call.
    pub kind: CallKind,
    /// With what.
    pub arguments: Arguments<'a>,
    /// See [`Part::Text`].
    pub cache: Option<&'a str>,
}

/// What a tool said.
#[derive(Debug, Clone)]
pub struct ToolResult<'a> {
    /// The call it answers.
    pub call_id: Text<'a>,
    /// What sort of call.
    pub kind: CallKind,
    /// What it said: texts, images, documents.
    pub parts: Vec<Part<'a>>,
    /// Whether it failed; `None` where the protocol cannot say so.
    pub is_error: Option<bool>,
    /// See [`Part::Text`].
    pub cache: Option<&'a str>,
}
