//! A whole answer: the deltas of a stream, gathered.

use crate::conversation::{End, Event, Sink};
use crate::json::{Text, Writer};
use crate::translate::{Plan, logprobs};

use super::ending;
use super::shape::{Delta, Shape, begin_call, write_citation, write_details};

/// Collects one answer and writes it whole.
#[derive(Debug)]
pub struct WholeEncoder {
    shape: Shape,
    message: Message,
}

/// A message in the making. Texts are the insides of JSON strings.
#[derive(Debug, Default)]
struct Message {
    content: Joined,
    refusal: Joined,
    reasoning: Joined,
    details: Vec<(u32, String, String)>,
    calls: Vec<Call>,
    /// Items of a list.
    logprobs: Writer,
    citations: Vec<(Text<'static>, Text<'static>, (u64, u64))>,
}

#[derive(Debug)]
struct Call {
    id: String,
    name: Text<'static>,
    custom: bool,
    input: Joined,
}

/// Pieces of one text.
#[derive(Debug, Default)]
struct Joined(Writer);

impl Joined {
    fn push(&mut self, text: &Text<'_>) {
        self.0.piece(text);
    }

    /// As a JSON string.
    fn write(self, body: &mut Writer) {
        // It was made of texts, so it is UTF-8.
        let text = String::from_utf8(self.0.into_bytes()).unwrap_or_default();
        body.text(&Text::Json(&text));
    }

    fn write_or_null(self, body: &mut Writer) {
        if self.0.is_empty() { body.null() } else { self.write(body) }
    }
}

impl WholeEncoder {
    /// For the client whose request made `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self { shape: Shape::new(plan), message: Message::default() }
    }

    /// The body of a complete answer; of any other, the protocol's error.
    pub fn finish(self, end: &End) -> Vec<u8> {
        let Self { mut shape, mut message } = self;
        let mut body = Writer::default();
        let End::Complete(finish) = end else {
            ending::error(end, &mut body);
            return body.into_bytes();
        };
        shape.end(finish, &mut |_, delta| message.take(delta));
        let word = ending::finish_reason(finish, shape.called());
        let tokens = std::mem::take(&mut message.logprobs).into_bytes();
        body.object(|body| {
            shape.identify("chat.completion", body);
            body.key("choices").array(|body| {
                body.object(|body| {
                    body.key("index").count(0);
                    body.key("message").object(|body| message.write(body));
                    match tokens.is_empty() {
                        true => body.key("logprobs").null(),
                        false => super::write_logprobs(body, |body| body.frame(&tokens)),
                    }
                    body.key("finish_reason").string(word);
                });
            });
            if let Some(usage) = shape.usage() {
                ending::usage(&usage, body.key("usage"));
            }
        });
        body.into_bytes()
    }
}

impl Sink for WholeEncoder {
    fn event(&mut self, event: Event<'_>) {
        let message = &mut self.message;
        self.shape.event(event, &mut |_, delta| message.take(delta));
    }
}

impl Message {
    fn take(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Role => {}
            Delta::Content(text) => self.content.push(&text),
            Delta::Refusal(text) => self.refusal.push(&text),
            Delta::Reasoning(text) => self.reasoning.push(&text),
            Delta::Details { index, text, carrier } => self.details.push((index, text.to_owned(), carrier.to_owned())),
            Delta::Call { id, name, custom, .. } => {
                let (id, name) = (id.to_owned(), name.into_owned());
                self.calls.push(Call { id, name, custom, input: Joined::default() });
            }
            Delta::Arguments { index, text, .. } => {
                if let Some(call) = self.calls.get_mut(index as usize) {
                    call.input.push(&text);
                }
            }
            Delta::Logprobs(list) => logprobs::write_items(list, true, &mut self.logprobs),
            Delta::Citation { url, title, span } => self.citations.push((url.into_owned(), title.into_owned(), span)),
        }
    }

    fn write(self, body: &mut Writer) {
        body.key("role").string("assistant");
        self.content.write_or_null(body.key("content"));
        self.refusal.write_or_null(body.key("refusal"));
        if !self.reasoning.0.is_empty() {
            self.reasoning.write(body.key("reasoning_content"));
        }
        if !self.details.is_empty() {
            body.key("reasoning_details").array(|body| {
                self.details.iter().for_each(|(index, text, carrier)| write_details(*index, text, carrier, body));
            });
        }
        if !self.calls.is_empty() {
            body.key("tool_calls").array(|body| self.calls.into_iter().for_each(|call| call.write(body)));
        }
        if !self.citations.is_empty() {
            body.key("annotations").array(|body| {
                self.citations.iter().for_each(|(url, title, span)| write_citation(url, title, *span, body));
            });
        }
    }
}

impl Call {
    fn write(self, body: &mut Writer) {
        let Self { id, name, custom, input: given } = self;
        body.object(|body| {
            begin_call(&id, custom, body, |body, input| {
                body.key("name").text(&name);
                given.write(body.key(input));
            });
        });
    }
}
