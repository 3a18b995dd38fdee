//! A part that waits: an owned copy of its events.

use crate::conversation::{CallKind, Citation, Event, Opened, Supports};
use crate::json::{Text, Writer};

/// Bytes a held event costs beside its text: a million empty ones are no small thing either.
const EVENT_COST: usize = 64;

/// All events of one part so far.
#[derive(Debug)]
pub(super) struct Held {
    part: u32,
    what: What,
    events: Vec<Piece>,
    closed: bool,
    size: usize,
}

/// An owned [`Opened`].
#[derive(Debug)]
enum What {
    Text,
    Refusal,
    Reasoning { id: Option<Owned> },
    ToolCall { id: Owned, name: Owned, namespace: Option<Owned>, kind: CallKind },
    Hosted { kind: String, value: String },
}

#[derive(Debug)]
enum Piece {
    Text(Owned),
    Break,
    Arguments(Owned),
    Opaque(Owned),
    Logprobs(String),
    Citation { url: Owned, title: Option<Owned>, quote: Option<Owned>, supports: Supports },
}

/// The inside of a JSON string. Escapes stay as they stand, so pieces can be put together without being decoded.
#[derive(Debug)]
struct Owned(String);

impl Owned {
    fn new(text: &Text<'_>) -> Self {
        let mut owned = Self(String::new());
        owned.append(text);
        owned
    }

    fn append(&mut self, text: &Text<'_>) {
        match text {
            Text::Json(escaped) => self.0.push_str(escaped),
            Text::Plain(plain) => {
                let mut writer = Writer::after(std::mem::take(&mut self.0).into_bytes());
                writer.escaped(plain);
                // Escaping UTF-8 gives UTF-8.
                self.0 = String::from_utf8(writer.into_bytes()).unwrap_or_default();
            }
        }
    }

    fn text(&self) -> Text<'_> {
        Text::Json(&self.0)
    }
}

impl Held {
    pub(super) fn new(part: u32, what: &Opened<'_>) -> Self {
        let (what, length) = match what {
            Opened::Text => (What::Text, 0),
            Opened::Refusal => (What::Refusal, 0),
            Opened::Reasoning { id } => (What::Reasoning { id: id.as_ref().map(Owned::new) }, 0),
            Opened::ToolCall { id, name, namespace, kind } => {
                let (id, name, namespace) = (Owned::new(id), Owned::new(name), namespace.as_ref().map(Owned::new));
                let length = id.0.len() + name.0.len();
                (What::ToolCall { id, name, namespace, kind: *kind }, length)
            }
            Opened::Hosted { kind, value } => {
                (What::Hosted { kind: (*kind).to_owned(), value: (*value).to_owned() }, value.len())
            }
        };
        Self { part, what, events: Vec::new(), closed: false, size: length + EVENT_COST }
    }

    pub(super) const fn part(&self) -> u32 {
        self.part
    }

    /// Bytes it takes, nearly.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Keeps an event of this part; gives the bytes it takes.
    pub(super) fn push(&mut self, event: &Event<'_>) -> usize {
        if self.closed {
            return 0;
        }
        let before = self.size;
        match (event, self.events.last_mut()) {
            (Event::Text { text, .. }, Some(Piece::Text(last)))
            | (Event::Arguments { text, .. }, Some(Piece::Arguments(last))) => {
                let length = last.0.len();
                last.append(text);
                self.size += last.0.len() - length;
            }
            (Event::Text { text, .. }, _) => self.keep(text.len(), Piece::Text(Owned::new(text))),
            (Event::Arguments { text, .. }, _) => self.keep(text.len(), Piece::Arguments(Owned::new(text))),
            (Event::Piece { .. }, _) => self.keep(0, Piece::Break),
            (Event::Opaque { data, .. }, _) => self.keep(data.len(), Piece::Opaque(Owned::new(data))),
            (Event::Logprobs { list, .. }, _) => self.keep(list.len(), Piece::Logprobs((*list).to_owned())),
            (Event::Citation { source, .. }, _) => {
                let (url, title) = (Owned::new(&source.url), source.title.as_ref().map(Owned::new));
                let quote = source.quote.as_ref().map(Owned::new);
                let length = [Some(&url), title.as_ref(), quote.as_ref()].into_iter().flatten().map(|one| one.0.len());
                let length = length.sum();
                self.keep(length, Piece::Citation { url, title, quote, supports: source.supports });
            }
            (Event::Close { .. }, _) => self.closed = true,
            (Event::Open { .. } | Event::Start { .. } | Event::Usage(_) | Event::Ping, _) => {}
        }
        self.size - before
    }

    fn keep(&mut self, length: usize, piece: Piece) {
        self.events.push(piece);
        self.size += length + EVENT_COST;
    }

    /// Its events in their order.
    pub(super) fn give(&self, mut to: impl FnMut(Event<'_>)) {
        let part = self.part;
        to(Event::Open { part, what: self.what.opened() });
        for piece in &self.events {
            to(match piece {
                Piece::Text(text) => Event::Text { part, text: text.text() },
                Piece::Break => Event::Piece { part },
                Piece::Arguments(text) => Event::Arguments { part, text: text.text() },
                Piece::Opaque(data) => Event::Opaque { part, data: data.text() },
                Piece::Logprobs(list) => Event::Logprobs { part, list },
                Piece::Citation { url, title, quote, supports } => {
                    let (title, quote) = (title.as_ref().map(Owned::text), quote.as_ref().map(Owned::text));
                    Event::Citation { part, source: Citation { url: url.text(), title, quote, supports: *supports } }
                }
            });
        }
        if self.closed {
            to(Event::Close { part });
        }
    }
}

impl What {
    fn opened(&self) -> Opened<'_> {
        match self {
            Self::Text => Opened::Text,
            Self::Refusal => Opened::Refusal,
            Self::Reasoning { id } => Opened::Reasoning { id: id.as_ref().map(Owned::text) },
            Self::ToolCall { id, name, namespace, kind } => Opened::ToolCall {
                id: id.text(),
                name: name.text(),
                namespace: namespace.as_ref().map(Owned::text),
                kind: *kind,
            },
            Self::Hosted { kind, value } => Opened::Hosted { kind, value },
        }
    }
}
