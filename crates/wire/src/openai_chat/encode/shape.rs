//! Events, turned into deltas of this protocol.

use crate::conversation::{CallKind, Citation, Event, Finish, OpaqueKind, Opened, Supports};
use crate::json::{Text, Writer};
use crate::translate::{Plan, carrier, ids};
use crate::usage::Usage;

/// Between two texts that something else stood between, and between two pieces of reasoning.
const PARAGRAPH: Text<'static> = Text::Json("\\n\\n");

/// Most sources of one text that wait for its end: an answer that cites more repeats itself.
const WAITING_MAX: usize = 256;

/// What is said next.
pub(super) enum Delta<'a> {
    /// The answer begins.
    Role,
    /// More text.
    Content(Text<'a>),
    /// More of a refusal.
    Refusal(Text<'a>),
    /// More reasoning.
    Reasoning(Text<'a>),
    /// What comes back with the reasoning: its place, its words, its carrier.
    Details { index: u32, text: &'a str, carrier: &'a str },
    /// A call begins.
    Call { index: u32, id: &'a str, name: Text<'a>, custom: bool },
    /// More arguments of a call.
    Arguments { index: u32, text: Text<'a>, custom: bool },
    /// How probable the tokens of the text that follows are: a list in OpenAI's form.
    Logprobs(&'a str),
    /// A source, and the characters of the content that it supports.
    Citation { url: Text<'a>, title: Text<'a>, span: (u64, u64) },
}

/// Takes deltas; the shape is what is known of the answer so far.
pub(super) type Emit<'e> = dyn FnMut(&Shape, Delta<'_>) + 'e;

/// What must be known of an answer to say it in this protocol.
#[derive(Debug)]
pub(super) struct Shape {
    id: String,
    model: String,
    created: u64,
    seed: u64,
    scope: u64,
    opaque: OpaqueKind,
    input_estimate: u64,
    begun: bool,
    parts: Vec<Part>,
    calls: u32,
    reasonings: u32,
    /// What the last thing said was.
    last: Last,
    /// Characters of the content so far.
    content: u64,
    usage: Usage,
}

/// A part that is open.
#[derive(Debug)]
struct Part {
    number: u32,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Where in the content it begins, and the sources that support all of it.
    Text {
        start: u64,
        sources: Vec<(Text<'static>, Text<'static>)>,
    },
    Refusal,
    Reasoning(Reasoning),
    Call {
        index: u32,
        custom: bool,
        said: bool,
    },
    /// Nothing of it is shown.
    Hidden,
}

/// A reasoning; its words are kept, as the provider wants them back exactly.
#[derive(Debug)]
struct Reasoning {
    index: u32,
    id: Option<String>,
    /// The inside of a JSON string.
    text: Vec<u8>,
    carrier: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Text,
    /// Something else, and a text before it.
    TextBefore,
}

impl Shape {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            id: String::new(),
            model: plan.model.clone(),
            created: plan.created,
            seed: plan.seed,
            scope: plan.scope,
            opaque: OpaqueKind::of(plan.upstream),
            input_estimate: plan.input_estimate,
            begun: false,
            parts: Vec::new(),
            calls: 0,
            reasonings: 0,
            last: Last::Nothing,
            content: 0,
            usage: Usage::default(),
        }
    }

    /// The members that every chunk and every whole answer begin with.
    pub(super) fn identify(&self, object: &str, body: &mut Writer) {
        body.key("id").string(&self.id);
        body.key("object").string(object);
        body.key("created").count(self.created);
        body.key("model").string(&self.model);
    }

    /// Whether anything was called.
    pub(super) fn called(&self) -> bool {
        self.calls > 0
    }

    /// Tokens; the input is estimated where the provider says nothing at all.
    pub(super) fn usage(&self) -> Option<Usage> {
        let estimated = || Usage { input_uncached: Some(self.input_estimate), ..Usage::default() };
        if !self.usage.is_empty() {
            return Some(self.usage);
        }
        (self.input_estimate > 0).then(estimated)
    }

    pub(super) fn event(&mut self, event: Event<'_>, emit: &mut Emit<'_>) {
        match event {
            Event::Start { id, model } => self.begin(id.as_ref(), model.as_ref(), emit),
            Event::Open { part, what } => {
                self.begin(None, None, emit);
                self.open(part, what, emit);
            }
            Event::Text { part, text } => self.text(part, text, emit),
            Event::Piece { part } => self.piece(part, emit),
            Event::Arguments { part, text } => self.arguments(part, text, emit),
            Event::Opaque { part, data } => self.opaque(part, &data),
            Event::Logprobs { part, list } => {
                if let Some(What::Text { .. }) = self.find(part) {
                    emit(self, Delta::Logprobs(list));
                }
            }
            Event::Citation { part, source } => self.cite(part, source, emit),
            Event::Close { part } => self.close(part, true, emit),
            Event::Usage(usage) => self.usage.merge(&usage),
            Event::Ping => {}
        }
    }

    /// The answer is complete; calls that are still open were cut off.
    pub(super) fn end(&mut self, finish: &Finish, emit: &mut Emit<'_>) {
        self.begin(None, None, emit);
        let cut_off = matches!(finish, Finish::MaxOutput | Finish::ContextFull | Finish::Refusal);
        while let Some(part) = self.parts.first().map(|part| part.number) {
            self.close(part, !cut_off, emit);
        }
    }

    fn begin(&mut self, id: Option<&Text<'_>>, model: Option<&Text<'_>>, emit: &mut Emit<'_>) {
        if self.begun {
            return;
        }
        self.begun = true;
        let seed = id.map_or(self.seed, |id| ids::hash(id.decoded().as_bytes()));
        self.id = ids::derived("chatcmpl-", seed, 0);
        if let (true, Some(model)) = (self.model.is_empty(), model) {
            self.model = model.decoded().into_owned();
        }
        emit(self, Delta::Role);
    }

    fn find(&mut self, number: u32) -> Option<&mut What> {
        // The part that something is said of is mostly the one that was opened last.
        self.parts.iter_mut().rev().find(|part| part.number == number).map(|part| &mut part.what)
    }

    fn open(&mut self, number: u32, what: Opened<'_>, emit: &mut Emit<'_>) {
        let what = match what {
            Opened::Text => {
                if self.last == Last::TextBefore {
                    self.content += PARAGRAPH.chars() as u64;
                    emit(self, Delta::Content(PARAGRAPH));
                }
                self.last = Last::Text;
                What::Text { start: self.content, sources: Vec::new() }
            }
            Opened::Refusal => What::Refusal,
            Opened::Reasoning { id } => {
                self.other();
                let index = self.reasonings;
                if index > 0 {
                    emit(self, Delta::Reasoning(PARAGRAPH));
                }
                self.reasonings += 1;
                let id = id.map(|id| id.decoded().into_owned());
                What::Reasoning(Reasoning { index, id, text: Vec::new(), carrier: None })
            }
            Opened::ToolCall { id, name, namespace, kind } => {
                self.other();
                self.call(&id, name, namespace.as_ref(), kind, emit)
            }
            Opened::Hosted { .. } => {
                self.other();
                What::Hidden
            }
        };
        self.parts.push(Part { number, what });
    }

    fn other(&mut self) {
        if self.last == Last::Text {
            self.last = Last::TextBefore;
        }
    }

    fn call(
        &mut self,
        id: &Text<'_>,
        name: Text<'_>,
        namespace: Option<&Text<'_>>,
        kind: CallKind,
        emit: &mut Emit<'_>,
    ) -> What {
        let index = self.calls;
        self.calls += 1;
        let id = match id.is_empty() {
            true => ids::call(self.seed, index).into(),
            false => id.decoded(),
        };
        let name = match namespace {
            Some(namespace) => Text::from(format!("{}__{}", namespace.decoded(), name.decoded())),
            None => name,
        };
        let custom = kind == CallKind::Freeform;
        emit(self, Delta::Call { index, id: &id, name, custom });
        What::Call { index, custom, said: false }
    }

    fn text(&mut self, number: u32, text: Text<'_>, emit: &mut Emit<'_>) {
        if text.is_empty() {
            return;
        }
        let delta = match self.find(number) {
            Some(What::Text { .. }) => {
                self.content += text.chars() as u64;
                Delta::Content(text)
            }
            Some(What::Refusal) => Delta::Refusal(text),
            Some(What::Reasoning(reasoning)) => {
                reasoning.keep(&text);
                Delta::Reasoning(text)
            }
            Some(What::Call { .. } | What::Hidden) | None => return,
        };
        emit(self, delta);
    }

    /// A source that supports all of a text waits until that is said. Where nobody said what it supports, its place is
    /// the beginning: the field is required.
    fn cite(&mut self, number: u32, source: Citation<'_>, emit: &mut Emit<'_>) {
        let Some(What::Text { start, sources }) = self.find(number) else { return };
        let Citation { url, title, supports, .. } = source;
        let title = title.unwrap_or_default();
        let span = match supports {
            Supports::Unknown => (0, 0),
            Supports::Span(from, to) => (start.saturating_add(from), start.saturating_add(to)),
            Supports::Whole => {
                if sources.len() < WAITING_MAX {
                    sources.push((url.into_owned(), title.into_owned()));
                }
                return;
            }
        };
        emit(self, Delta::Citation { url, title, span });
    }

    fn piece(&mut self, number: u32, emit: &mut Emit<'_>) {
        if let Some(What::Reasoning(reasoning)) = self.find(number)
            && !reasoning.text.is_empty()
        {
            reasoning.keep(&PARAGRAPH);
            emit(self, Delta::Reasoning(PARAGRAPH));
        }
    }

    fn arguments(&mut self, number: u32, text: Text<'_>, emit: &mut Emit<'_>) {
        if text.is_empty() {
            return;
        }
        if let Some(What::Call { index, custom, said }) = self.find(number) {
            *said = true;
            let delta = Delta::Arguments { index: *index, text, custom: *custom };
            emit(self, delta);
        }
    }

    fn opaque(&mut self, number: u32, data: &Text<'_>) {
        let (kind, scope) = (self.opaque, self.scope);
        if let Some(What::Reasoning(reasoning)) = self.find(number)
            && !data.is_empty()
        {
            reasoning.carrier = Some(carrier::wrap(kind, scope, reasoning.id.as_deref(), &data.decoded()));
        }
    }

    /// A call without arguments has an empty object, unless it was cut off before they came.
    fn close(&mut self, number: u32, whole: bool, emit: &mut Emit<'_>) {
        let Some(at) = self.parts.iter().rposition(|part| part.number == number) else { return };
        match self.parts.remove(at).what {
            What::Call { index, custom: false, said: false } if whole => {
                emit(self, Delta::Arguments { index, text: Text::Json("{}"), custom: false });
            }
            What::Text { start, sources } => {
                let span = (start, self.content);
                sources.into_iter().for_each(|(url, title)| emit(self, Delta::Citation { url, title, span }));
            }
            What::Reasoning(Reasoning { index, text, carrier: Some(carrier), .. }) => {
                let text = String::from_utf8(text).unwrap_or_default();
                emit(self, Delta::Details { index, text: &text, carrier: &carrier });
            }
            _ => {}
        }
    }
}

impl Reasoning {
    fn keep(&mut self, text: &Text<'_>) {
        let mut kept = Writer::after(std::mem::take(&mut self.text));
        kept.piece(text);
        self.text = kept.into_bytes();
    }
}

impl Delta<'_> {
    /// The members of a chunk's delta.
    pub(super) fn write(&self, body: &mut Writer) {
        match self {
            Self::Role => {
                body.key("role").string("assistant");
                body.key("content").string("");
            }
            Self::Content(text) => body.key("content").text(text),
            Self::Refusal(text) => body.key("refusal").text(text),
            Self::Reasoning(text) => body.key("reasoning_content").text(text),
            Self::Details { index, text, carrier } => {
                body.key("reasoning_details").array(|body| write_details(*index, text, carrier, body));
            }
            Self::Call { index, id, name, custom } => one_call(*index, body, |body| {
                begin_call(id, *custom, body, |body, input| {
                    body.key("name").text(name);
                    body.key(input).string("");
                });
            }),
            Self::Arguments { index, text, custom } => one_call(*index, body, |body| {
                let (kind, input) = words(*custom);
                body.key(kind).object(|body| body.key(input).text(text));
            }),
            // They stand beside the delta.
            Self::Logprobs(_) => {}
            Self::Citation { url, title, span } => {
                body.key("annotations").array(|body| write_citation(url, title, *span, body));
            }
        }
    }
}

/// What a call is called here, and its arguments.
const fn words(custom: bool) -> (&'static str, &'static str) {
    if custom { ("custom", "input") } else { ("function", "arguments") }
}

fn one_call(index: u32, body: &mut Writer, members: impl FnOnce(&mut Writer)) {
    body.key("tool_calls").array(|body| {
        body.object(|body| {
            body.key("index").count(u64::from(index));
            members(body);
        });
    });
}

/// Id, type and the call itself, whose members `inside` writes; it is given the name of the arguments.
pub(super) fn begin_call(id: &str, custom: bool, body: &mut Writer, inside: impl FnOnce(&mut Writer, &'static str)) {
    let (kind, input) = words(custom);
    body.key("id").string(id);
    body.key("type").string(kind);
    body.key(kind).object(|body| inside(body, input));
}

/// One entry of `reasoning_details`. `text` is the inside of a JSON string.
pub(super) fn write_details(index: u32, text: &str, carrier: &str, body: &mut Writer) {
    body.object(|body| {
        if text.is_empty() {
            body.key("type").string("reasoning.encrypted");
            body.key("data").string(carrier);
        } else {
            body.key("type").string("reasoning.text");
            body.key("text").text(&Text::Json(text));
            body.key("signature").string(carrier);
        }
        body.key("index").count(u64::from(index));
    });
}

/// A source of the content's characters from one to before another.
pub(super) fn write_citation(url: &Text<'_>, title: &Text<'_>, (start, end): (u64, u64), body: &mut Writer) {
    body.object(|body| {
        body.key("type").string("url_citation");
        body.key("url_citation").object(|body| {
            body.key("start_index").count(start);
            body.key("end_index").count(end);
            body.key("url").text(url);
            body.key("title").text(title);
        });
    });
}
