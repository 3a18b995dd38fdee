//! A client's request, read.

use crate::conversation::{Extra, Losses, Refused, Request, Role, Tool, ToolChoice, Turn};
use crate::json::{Kind, Reader, Text};
use crate::translate::typed;

mod calls;
mod content;
mod echo;
mod items;
mod settings;
mod tools;

use echo::Echo;

/// Reads a whole body. What has no place in the model is kept beside it; what cannot be read at all is refused.
pub fn request<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    Body::read(body, losses).map(|body| body.request)
}

/// The same, and the fields that every response object repeats, for [`crate::translate::Plan::echo`].
pub fn request_and_echo<'a>(body: &'a str, losses: &mut Losses) -> Result<(Request<'a>, String), Refused> {
    Body::read(body, losses).map(|body| (body.request, body.echo.inside()))
}

/// The fields that every response object repeats, as the inside of a JSON object. Of a body that is no request: the
/// protocol's defaults. [`request_and_echo`] reads the body only once.
pub fn echo(body: &str) -> String {
    request_and_echo(body, &mut Losses::default()).map_or_else(|_| Echo::default().inside(), |(_, echo)| echo)
}

/// What is read from, and where losses are noted.
struct Source<'a, 'l> {
    text: &'a str,
    losses: &'l mut Losses,
}

impl<'a> Source<'a, '_> {
    /// Reads a value with `read`, and gives it as it stands, too.
    fn raw_of<T>(
        &mut self,
        reader: &mut Reader<'a>,
        read: impl FnOnce(&mut Self, &mut Reader<'a>) -> Result<T, Refused>,
    ) -> Result<(T, &'a str), Refused> {
        // Asking for the kind goes past the space before the value.
        reader.kind()?;
        let start = reader.offset();
        let value = read(self, reader)?;
        Ok((value, self.text.get(start..reader.offset()).unwrap_or("null")))
    }
}

/// A request in the making.
#[derive(Default)]
struct Body<'a> {
    request: Request<'a>,
    instructions: Option<Text<'a>>,
    /// Tools declared among the items.
    later_tools: Vec<Tool<'a>>,
    user: Option<Text<'a>>,
    /// Settings changed among the items.
    update: items::Update<'a>,
    echo: Echo<'a>,
}

impl<'a> Body<'a> {
    fn read(text: &'a str, losses: &mut Losses) -> Result<Self, Refused> {
        let mut source = Source { text, losses };
        let mut body = Self::default();
        let mut reader = Reader::new(text);
        reader.object(|name, reader| body.member(name, reader, &mut source))?;
        reader.end()?;
        body.complete()?;
        Ok(body)
    }

    /// What can only be done when all is read.
    fn complete(&mut self) -> Result<(), Refused> {
        if let Some(text) = self.instructions.take().filter(|text| !text.is_empty()) {
            self.request.turns.insert(0, Turn::text(Role::System, text));
        }
        self.configure();
        self.request.tools.append(&mut self.later_tools);
        tools::remove_duplicates(&mut self.request.tools);
        let identity = &mut self.request.identity;
        identity.user = identity.user.take().or(self.user.take());
        match &self.request.tool_choice {
            // All tools are there from the beginning, so there is nothing to search.
            ToolChoice::Named(name) if *name == *"tool_search" => Err(Refused::new("tool_choice", NO_SEARCH)),
            _ => Ok(()),
        }
    }

    fn member(&mut self, name: &'a str, reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        if name == "input" {
            return self.input(reader, source);
        }
        let ((), raw) = source.raw_of(reader, |source, reader| self.field(name, reader, source))?;
        self.echo.keep(name, raw);
        if raw != "null" {
            self.left(name, raw)?;
        }
        Ok(())
    }

    /// Fields that have a place in the model; others are skipped.
    fn field(&mut self, name: &str, reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        let request = &mut self.request;
        match name {
            "model" => request.model = reader.text_or_skip()?.unwrap_or_default(),
            "instructions" => self.instructions = reader.text_or_skip()?,
            "tools" => tools::list(reader, source, &mut request.tools)?,
            "tool_choice" => request.tool_choice = tools::choice(reader)?,
            "parallel_tool_calls" => request.parallel_tools = typed::flag(name, reader)?,
            "reasoning" => settings::reasoning(reader, source, &mut request.thinking)?,
            "text" => settings::text(reader, source, &mut request.format, &mut request.verbosity)?,
            "max_output_tokens" => request.max_output = typed::count(name, reader)?,
            "temperature" => request.sampling.temperature = typed::number(name, reader)?,
            "top_p" => request.sampling.top_p = typed::number(name, reader)?,
            "top_logprobs" => request.sampling.top_logprobs = typed::count(name, reader)?,
            "service_tier" => request.tier = settings::tier(reader, source)?,
            "prompt_cache_key" => request.identity.cache_key = reader.text_or_skip()?,
            "safety_identifier" => request.identity.user = reader.text_or_skip()?,
            "user" => self.user = reader.text_or_skip()?,
            "stream" => request.stream = typed::flag(name, reader)?.unwrap_or(false),
            _ => drop(reader.raw()?),
        }
        Ok(())
    }

    /// Fields without a place: those that need what only their server has are refused, the others kept.
    fn left(&mut self, name: &'a str, value: &'a str) -> Result<(), Refused> {
        match name {
            "model"
            | "instructions"
            | "tools"
            | "tool_choice"
            | "parallel_tool_calls"
            | "reasoning"
            | "text"
            | "max_output_tokens"
            | "temperature"
            | "top_p"
            | "top_logprobs"
            | "service_tier"
            | "prompt_cache_key"
            | "safety_identifier"
            | "user"
            | "stream" => Ok(()),
            "previous_response_id" | "conversation" => Err(Refused::new(name.to_owned(), ELSEWHERE)),
            "prompt" => Err(Refused::new("prompt", STORED_PROMPT)),
            "background" if value == "true" => Err(Refused::new("background", BACKGROUND)),
            "background" => Ok(()),
            _ => {
                self.request.extra.push(Extra { name, value });
                Ok(())
            }
        }
    }

    fn input(&mut self, reader: &mut Reader<'a>, source: &mut Source<'a, '_>) -> Result<(), Refused> {
        match reader.kind()? {
            Kind::String => {
                let text = reader.text()?;
                if !text.is_empty() {
                    self.request.turns.push(Turn::text(Role::User, text));
                }
            }
            Kind::Array => {
                let mut number = 0;
                reader.array(|reader| {
                    let item = items::Item::read(reader, source)?;
                    self.item(item, number, source)?;
                    number += 1;
                    Ok::<(), Refused>(())
                })?;
            }
            Kind::Null => drop(reader.raw()?),
            _ => return Err(Refused::new("input", "a text or a list of items is expected")),
        }
        Ok(())
    }
}

const ELSEWHERE: &str = "what it refers to is kept at the server that answered before, and the provider of this request \
                         cannot see it; send the whole conversation as items in `input` instead";
const STORED_PROMPT: &str = "stored prompts are kept at OpenAI, and the provider of this request cannot see them; send \
                             the prompt's text in `instructions` and `input` instead";
const BACKGROUND: &str = "the provider of this request cannot answer in the background; leave `background` out";

const NO_SEARCH: &str = "the provider of this request cannot search for tools, so it is given all of them at once; \
                         leave `tool_choice` out, or name one of the tools";

/// A word of the protocol: plain, or nothing known.
fn word<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Refused> {
    Ok(match reader.text_or_skip()? {
        Some(Text::Json(word)) => Some(word),
        _ => None,
    })
}

/// Reads an object's members; any other value is skipped.
fn members<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    if reader.kind()? == Kind::Object { reader.object(member) } else { skip(reader) }
}

/// Reads a list's values; any other value is skipped.
fn values<'a>(
    reader: &mut Reader<'a>,
    value: impl FnMut(&mut Reader<'a>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    if reader.kind()? == Kind::Array { reader.array(value) } else { skip(reader) }
}

fn skip(reader: &mut Reader<'_>) -> Result<(), Refused> {
    reader.raw()?;
    Ok(())
}

#[cfg(test)]
mod tests;
