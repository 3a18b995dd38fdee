//! Items of the output.

use super::call::Call;
use super::quoted::Quoted;
use crate::json::{Text, Writer};

/// An item.
#[derive(Debug)]
pub(super) enum Item {
    /// Text and refusals.
    Message(Message),
    /// Reasoning.
    Reasoning(Reasoning),
    /// A call.
    Call(Call),
    /// Complete: JSON as it went out.
    Done(String),
}

impl Item {
    /// The item when it is complete.
    pub(super) fn done(&self) -> Option<&str> {
        match self {
            Self::Done(item) => Some(item),
            _ => None,
        }
    }
}

/// How an item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    InProgress,
    Completed,
    Incomplete,
}

impl Standing {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
        }
    }
}

/// A run of texts.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) contents: Vec<Content>,
    /// Something else has begun behind it: it is no final answer, and takes no further text.
    pub(super) followed: bool,
}

/// One text of a message.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) refusal: bool,
    pub(super) text: Quoted,
    /// Items of a list.
    pub(super) annotations: Annotations,
    /// How probable its tokens are, as items of a list: all of them, all as events say them, without bytes, and those
    /// of its next piece.
    pub(super) logprobs: Writer,
    pub(super) said_logprobs: Writer,
    pub(super) next_logprobs: Writer,
    /// Sources that support all of it: address and title.
    pub(super) waiting: Vec<(Text<'static>, Text<'static>)>,
    pub(super) open: bool,
}

/// Sources named in a text.
#[derive(Debug, Default)]
pub(super) struct Annotations(Vec<String>);

impl Annotations {
    /// Adds one of the text's characters from one to before another; its number and itself.
    pub(super) fn push(&mut self, url: &Text<'_>, title: &Text<'_>, (start, end): (u64, u64)) -> (u64, &str) {
        let mut writer = Writer::default();
        writer.object(|writer| {
            writer.key("type").string("url_citation");
            writer.key("url").text(url);
            writer.key("title").text(title);
            writer.key("start_index").count(start);
            writer.key("end_index").count(end);
        });
        self.0.push(string(writer));
        (self.0.len() as u64 - 1, self.0.last().map_or("{}", String::as_str))
    }

    fn write(&self, writer: &mut Writer) {
        writer.array(|writer| self.0.iter().for_each(|one| writer.raw(one)));
    }
}

impl Message {
    /// Nothing more comes for any of its texts.
    pub(super) fn is_closed(&self) -> bool {
        self.contents.iter().all(|content| !content.open)
    }

    pub(super) fn write(&self, standing: Standing, phase: Option<&str>, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("id").string(&self.id);
            writer.key("type").string("message");
            writer.key("status").string(standing.word());
            writer.key("role").string("assistant");
            writer.key("content").array(|writer| self.contents.iter().for_each(|content| content.write(writer)));
            if let Some(phase) = phase {
                writer.key("phase").string(phase);
            }
        });
    }
}

impl Content {
    pub(super) fn new(refusal: bool) -> Self {
        Self {
            refusal,
            text: Quoted::default(),
            annotations: Annotations::default(),
            logprobs: Writer::default(),
            said_logprobs: Writer::default(),
            next_logprobs: Writer::default(),
            waiting: Vec::new(),
            open: true,
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.object(|writer| {
            if self.refusal {
                writer.key("type").string("refusal");
                writer.key("refusal").text(&self.text.text());
            } else {
                writer.key("type").string("output_text");
                writer.key("text").text(&self.text.text());
                self.annotations.write(writer.key("annotations"));
                writer.key("logprobs").array(|writer| writer.frame(self.logprobs.as_bytes()));
            }
        });
    }
}

/// Reasoning.
#[derive(Debug)]
pub(super) struct Reasoning {
    pub(super) id: String,
    pub(super) pieces: Vec<Quoted>,
    /// More comes for the last piece.
    pub(super) piece_open: bool,
    pub(super) encrypted: Option<String>,
    /// The upstream's id of it.
    pub(super) upstream_id: Option<String>,
}

impl Reasoning {
    pub(super) fn write(&self, standing: Standing, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("id").string(&self.id);
            writer.key("type").string("reasoning");
            writer.key("summary").array(|writer| {
                for piece in &self.pieces {
                    write_piece(&piece.text(), writer);
                }
            });
            // Before the end a part of it would be taken for all.
            if let Some(encrypted) = self.encrypted.as_ref().filter(|_| standing != Standing::InProgress) {
                writer.key("encrypted_content").string(encrypted);
            }
            writer.key("status").string(standing.word());
        });
    }
}

pub(super) fn write_piece(text: &Text<'_>, writer: &mut Writer) {
    writer.object(|writer| {
        writer.key("type").string("summary_text");
        writer.key("text").text(text);
    });
}

/// What a writer has written, which is text.
pub(super) fn string(writer: Writer) -> String {
    String::from_utf8(writer.into_bytes()).unwrap_or_default()
}
