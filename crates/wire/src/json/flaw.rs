//! What is wrong with a JSON text, or with a value in it: named here, put into words where people are.

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It ends too early.
    Unfinished,
    /// Something follows the value.
    Trailing,
    /// Nothing that begins a value.
    NoValue,
    /// A member without a name in quotes.
    NoString,
    /// No colon behind a member's name.
    NoColon,
    /// Neither a comma nor the end behind a member.
    NoMemberEnd,
    /// Neither a comma nor the end behind an item of a list.
    NoItemEnd,
    /// A number without a digit where one must be.
    Number,
    /// A word that is none of `true`, `false`, `null`.
    Word,
    /// A backslash before something that makes no escape.
    Escape,
    /// A control character in a string.
    Control,
    /// One half of a surrogate pair: no text has it, and no two programs read it alike.
    Surrogate,
    /// Nested deeper than [`crate::peek::MAX_DEPTH`].
    TooDeep,
    /// A member that is there twice.
    Duplicate,
    /// A value of another shape than its protocol has there.
    Shape(Shape),
    /// A member that must be there.
    Missing(&'static str),
    /// Nothing in it, where something must be said.
    Empty,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// An object.
    Object,
    /// A list.
    List,
    /// A whole number that is not negative.
    Count,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A text, or a list of blocks, parts or items.
    Content,
    /// A text, or a list of texts.
    Texts,
    /// A text or an object.
    TextOrObject,
}

impl Flaw {
    /// Its name.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Trailing => "trailing",
            Self::NoValue => "no-value",
            Self::NoString => "no-string",
            Self::NoColon => "no-colon",
            Self::NoMemberEnd => "no-member-end",
            Self::NoItemEnd => "no-item-end",
            Self::Number => "number",
            Self::Word => "word",
            Self::Escape => "escape",
            Self::Control => "control",
            Self::Surrogate => "surrogate",
            Self::TooDeep => "too-deep",
            Self::Duplicate => "duplicate",
            Self::Shape(shape) => shape.id(),
            Self::Missing(_) => "missing",
            Self::Empty => "empty",
        }
    }

    /// Whether the text is no JSON at all.
    pub const fn is_grammar(self) -> bool {
        !matches!(
            self,
            Self::Surrogate | Self::TooDeep | Self::Duplicate | Self::Shape(_) | Self::Missing(_) | Self::Empty
        )
    }
}

impl Shape {
    const fn id(self) -> &'static str {
        match self {
            Self::Text => "not-text",
            Self::Object => "not-object",
            Self::List => "not-list",
            Self::Count => "not-count",
            Self::Number => "not-number",
            Self::Flag => "not-flag",
            Self::Content => "not-content",
            Self::Texts => "not-texts",
            Self::TextOrObject => "not-text-or-object",
        }
    }
}
