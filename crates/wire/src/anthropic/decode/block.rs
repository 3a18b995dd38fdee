//! The blocks of an answer. They are told apart by their index, and several may be open at once.

use super::super::{opaque, walk};
use super::{Broken, Delta, unwrap};
use crate::conversation::{CallKind, Citation, Event, Opened, Sink, Supports};
use crate::defect::Defect;
use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::translate::arguments::Watch;

/// The blocks so far.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Vec<Block>,
    /// Number of the next part.
    next: u32,
    /// Highest index that has begun.
    last_index: Option<u64>,
    /// A tool call is complete.
    calls: bool,
    /// A tool call ended in the middle of its arguments.
    cut: bool,
}

/// An open block.
#[derive(Debug)]
struct Block {
    index: u64,
    /// Number of its part, if it is one already.
    part: u32,
    what: What,
}

#[derive(Debug)]
enum What {
    Text,
    /// The last signature counts.
    Reasoning {
        signature: Option<String>,
    },
    /// `given`: the input that stood in its start; it counts when no piece follows.
    Call {
        given: Option<String>,
        pieces: bool,
        watch: Watch,
    },
    /// A function that stands for a freeform tool: what is written in it is known only at its end.
    Freeform {
        arguments: String,
    },
    /// Given out when it is complete.
    Hosted {
        kind: String,
        value: String,
        input: String,
    },
    /// Already given out.
    Given,
}

/// The members of a block.
#[derive(Default)]
struct Start<'a> {
    kind: Option<&'a str>,
    text: Option<Text<'a>>,
    signature: Option<Text<'a>>,
    data: Option<Text<'a>>,
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    input: Option<&'a str>,
    citations: Option<&'a str>,
}

impl Blocks {
    /// Whether no block has begun.
    pub(super) const fn is_untouched(&self) -> bool {
        self.last_index.is_none()
    }

    /// Whether a tool call is complete.
    pub(super) const fn has_calls(&self) -> bool {
        self.calls
    }

    /// Whether a tool call has arguments whose end is missing.
    pub(super) fn has_cut_call(&self) -> bool {
        self.cut || self.open.iter().any(|block| block.what.is_cut())
    }

    /// `content_block_start`
    pub(super) fn start(
        &mut self,
        index: u64,
        block: &str,
        forms: &[(String, CallKind)],
        to: &mut impl Sink,
    ) -> Result<(), Broken> {
        // A block that begins again has ended.
        self.stop(index, to);
        let start = Start::read(block)?;
        let part = self.next;
        let what = match start.kind {
            Some("text") => {
                self.open_text(to);
                text(part, start.text.as_ref(), to);
                citations(part, start.citations, to);
                What::Text
            }
            Some("thinking") => {
                self.give(Opened::Reasoning { id: None }, to);
                text(part, start.text.as_ref(), to);
                What::Reasoning { signature: start.signature.and_then(signature) }
            }
            Some("redacted_thinking") => {
                self.give(Opened::Reasoning { id: None }, to);
                let data = start.data.unwrap_or_default();
                What::Reasoning { signature: Some(opaque::redacted(&data.decoded())) }
            }
            Some("tool_use") => self.call(&start, forms, to)?,
            Some(kind) => self.hosted(kind, block, to),
            None => return Err(Broken(Defect::BlockUntyped)),
        };
        self.begin(index, part, what);
        Ok(())
    }

    /// `content_block_delta`
    pub(super) fn delta(&mut self, index: u64, delta: &Delta<'_>, to: &mut impl Sink) -> Result<(), Broken> {
        let at = match self.open.iter().position(|block| block.index == index) {
            Some(at) => at,
            None if self.begin_unannounced(index, delta, to)? => self.open.len() - 1,
            None => return Ok(()),
        };
        let Some(block) = self.open.get_mut(at) else { return Ok(()) };
        let part = block.part;
        match (&mut block.what, delta.kind, &delta.text) {
            (What::Text, Some("text_delta"), said) | (What::Reasoning { .. }, Some("thinking_delta"), said) => {
                text(part, said.as_ref(), to);
            }
            (What::Text, Some("citations_delta"), _) => citation(part, delta.citation, to),
            (What::Reasoning { signature: kept }, Some("signature_delta"), Some(said)) => {
                if let Some(said) = signature(said.clone()) {
                    *kept = Some(said);
                }
            }
            (What::Call { pieces, watch, .. }, Some("input_json_delta"), Some(said)) if !said.is_empty() => {
                *pieces = true;
                watch.take(said);
                to.event(Event::Arguments { part, text: said.clone() });
            }
            (What::Freeform { arguments }, Some("input_json_delta"), Some(said)) => {
                arguments.push_str(&said.decoded());
            }
            (What::Hosted { input, .. }, Some("input_json_delta"), Some(said)) => input.push_str(&said.decoded()),
            _ => {}
        }
        Ok(())
    }

    /// `content_block_stop`. One for a block that is not open means nothing.
    pub(super) fn stop(&mut self, index: u64, to: &mut impl Sink) {
        if let Some(at) = self.open.iter().position(|block| block.index == index) {
            let block = self.open.remove(at);
            self.close(block, to);
        }
    }

    /// The answer has ended: closes what is open, calls only if they are `whole`.
    pub(super) fn end(&mut self, whole: bool, to: &mut impl Sink) {
        for block in std::mem::take(&mut self.open) {
            if whole || matches!(block.what, What::Text | What::Reasoning { .. }) {
                self.close(block, to);
            }
        }
    }

    /// A text that is a whole answer.
    pub(super) fn text(&mut self, said: &Text<'_>, to: &mut impl Sink) {
        let part = self.next;
        self.open_text(to);
        text(part, Some(said), to);
        self.begin(0, part, What::Text);
    }

    fn begin(&mut self, index: u64, part: u32, what: What) {
        self.last_index = self.last_index.max(Some(index));
        self.open.push(Block { index, part, what });
    }

    fn open_text(&mut self, to: &mut impl Sink) {
        self.give(Opened::Text, to);
    }

    /// Opens the next part.
    fn give(&mut self, what: Opened<'_>, to: &mut impl Sink) {
        to.event(Event::Open { part: self.next, what });
        self.next = self.next.saturating_add(1);
    }

    fn call(&mut self, start: &Start<'_>, forms: &[(String, CallKind)], to: &mut impl Sink) -> Result<What, Broken> {
        let Some(name) = start.name.clone().filter(|name| !name.is_empty()) else {
            return Err(Broken(Defect::CallUnnamed));
        };
        let form = forms.iter().find(|(sent, _)| name == **sent);
        let kind = form.map_or(CallKind::Function, |(_, kind)| *kind);
        let id = start.id.clone().unwrap_or_default();
        self.give(Opened::ToolCall { id, name, namespace: None, kind }, to);
        let given = start.input.and_then(given_input);
        Ok(match kind {
            CallKind::Freeform => What::Freeform { arguments: given.unwrap_or_default() },
            _ => What::Call { given, pieces: false, watch: Watch::default() },
        })
    }

    /// Calls of Anthropic's own tools get their input in pieces; everything else arrives whole.
    fn hosted(&mut self, kind: &str, block: &str, to: &mut impl Sink) -> What {
        if kind.ends_with("tool_use") {
            return What::Hosted { kind: kind.to_owned(), value: block.to_owned(), input: String::new() };
        }
        self.give_hosted(kind, block, to);
        What::Given
    }

    fn give_hosted(&mut self, kind: &str, value: &str, to: &mut impl Sink) {
        let part = self.next;
        self.give(Opened::Hosted { kind, value }, to);
        to.event(Event::Close { part });
    }

    /// A piece of a block whose start never came: text can be told by the piece itself. Says whether there is a block
    /// now. Pieces of a call that has ended already mean nothing; those of one that never began are lost, which must
    /// not look like success.
    fn begin_unannounced(&mut self, index: u64, delta: &Delta<'_>, to: &mut impl Sink) -> Result<bool, Broken> {
        let part = self.next;
        let what = match delta.kind {
            Some("text_delta") => {
                self.open_text(to);
                What::Text
            }
            Some("thinking_delta") => {
                self.give(Opened::Reasoning { id: None }, to);
                What::Reasoning { signature: None }
            }
            Some("input_json_delta") if self.last_index.is_none_or(|last| index > last) => {
                return Err(Broken(Defect::CallUnnamed));
            }
            _ => return Ok(false),
        };
        self.begin(index, part, what);
        Ok(true)
    }

    fn close(&mut self, block: Block, to: &mut impl Sink) {
        let part = block.part;
        self.cut |= block.what.is_cut();
        match block.what {
            What::Text => {}
            What::Reasoning { signature } => {
                if let Some(data) = signature {
                    to.event(Event::Opaque { part, data: Text::from(data) });
                }
            }
            What::Call { given, pieces, .. } => {
                if let Some(given) = given.filter(|_| !pieces) {
                    to.event(Event::Arguments { part, text: Text::from(given) });
                }
                self.calls = true;
            }
            What::Freeform { arguments } => {
                to.event(Event::Arguments { part, text: unwrap::input(&arguments) });
                self.calls = true;
            }
            What::Hosted { kind, value, input } => {
                let value = with_input(&value, &input).unwrap_or(value);
                return self.give_hosted(&kind, &value, to);
            }
            What::Given => return,
        }
        to.event(Event::Close { part });
    }
}

impl What {
    /// Whether it is a call that broke off in the middle of its arguments.
    fn is_cut(&self) -> bool {
        match self {
            Self::Call { watch, .. } => watch.is_cut(),
            Self::Freeform { arguments } => {
                let mut watch = Watch::default();
                watch.take(&Text::plain(arguments));
                watch.is_cut()
            }
            Self::Text | Self::Reasoning { .. } | Self::Hosted { .. } | Self::Given => false,
        }
    }
}

impl<'a> Start<'a> {
    fn read(block: &'a str) -> Result<Self, Fault> {
        let mut start = Self::default();
        walk::members(&mut Reader::new(block), |name, reader| {
            match name {
                "type" => start.kind = walk::word(reader)?,
                "text" | "thinking" => start.text = reader.text_or_skip()?,
                "signature" => start.signature = reader.text_or_skip()?,
                "data" => start.data = reader.text_or_skip()?,
                "id" => start.id = reader.text_or_skip()?,
                "name" => start.name = reader.text_or_skip()?,
                "input" => start.input = Some(reader.raw()?),
                "citations" => start.citations = Some(reader.raw()?),
                _ => {
                    reader.raw()?;
                }
            }
            Ok(())
        })?;
        Ok(start)
    }
}

fn text(part: u32, said: Option<&Text<'_>>, to: &mut impl Sink) {
    if let Some(text) = said.filter(|text| !text.is_empty()) {
        to.event(Event::Text { part, text: text.clone() });
    }
}

fn signature(said: Text<'_>) -> Option<String> {
    if said.is_empty() { None } else { Some(said.decoded().into_owned()) }
}

/// The input in a call's start, where a relay puts all of it there; usually `{}`.
fn given_input(input: &str) -> Option<String> {
    let mut reader = Reader::new(input);
    match reader.kind() {
        Ok(Kind::Object) if input.bytes().filter(|byte| !byte.is_ascii_whitespace()).take(3).count() > 2 => {
            Some(input.to_owned())
        }
        Ok(Kind::String) => reader.text().ok().filter(|text| !text.is_blank()).map(|text| text.decoded().into_owned()),
        _ => None,
    }
}

/// `block` with the input that came in pieces.
fn with_input(block: &str, input: &str) -> Option<String> {
    let mut reader = Reader::new(input);
    reader.raw().ok()?;
    reader.end().ok()?;
    let mut others = Vec::new();
    walk::members(&mut Reader::new(block), |name, reader| {
        let value = reader.raw()?;
        if name != "input" {
            others.push((name, value));
        }
        Ok(())
    })
    .ok()?;
    let mut writer = Writer::with_capacity(block.len() + input.len());
    writer.object(|writer| {
        others.iter().for_each(|(name, value)| writer.key(name).raw(value));
        writer.key("input").raw(input);
    });
    String::from_utf8(writer.into_bytes()).ok()
}

fn citations(part: u32, citations: Option<&str>, to: &mut impl Sink) {
    let Some(list) = citations.filter(|list| list.starts_with('[')) else { return };
    // The list was read before: it is valid.
    let _ = Reader::new(list).array(|reader| -> Result<(), Fault> {
        citation(part, Some(reader.raw()?), to);
        Ok(())
    });
}

/// A source with an address; places in documents of the request mean nothing in other protocols.
fn citation(part: u32, value: Option<&str>, to: &mut impl Sink) {
    let (mut url, mut title, mut quote) = (None, None, None);
    let read = walk::members(&mut Reader::new(value.unwrap_or("{}")), |name, reader| {
        match name {
            "url" => url = reader.text_or_skip()?,
            "title" => title = reader.text_or_skip()?,
            "cited_text" => quote = reader.text_or_skip()?,
            _ => {
                reader.raw()?;
            }
        }
        Ok(())
    });
    if let (Ok(()), Some(url)) = (read, url) {
        to.event(Event::Citation { part, source: Citation { url, title, quote, supports: Supports::Whole } });
    }
}
