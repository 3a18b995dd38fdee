//! A client's request, read.

use crate::conversation::{Extra, Impossible, Losses, Refused, Request, Role, Stands, Tool, ToolChoice, Turn};
use crate::json::{Fault, Kind, Reader, Shape, Text};
use crate::translate::own::Standing;
use crate::translate::typed::{self, word};

mod calls;
mod content;
mod echo;
mod items;
mod settings;
mod tools;

use echo::Echo;

/// Reads a whole body. What has no place in the model is kept beside it; what cannot be read at all is refused.
pub fn request<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    Body::read(body, losses).map(|body| body.request).map_err(|refused| refused.placed(body))
}

/// The same, and the fields that every response object repeats, for [`crate::translate::Plan::echo`].
pub fn request_and_echo<'a>(body: &'a str, losses: &mut Losses) -> Result<(Request<'a>, String), Refused> {
    Body::read(body, losses).map(|body| (body.request, body.echo.inside())).map_err(|refused| refused.placed(body))
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
    /// All that `include` names comes without it too, or was read.
    included: bool,
    /// Settings changed among the items.
    update: Option<items::Update<'a>>,
    echo: Echo<'a>,
}

/// Asks for how probable tokens are.
const LOGPROBS: &str = "message.output_text.logprobs";

/// What `include` may name that is carried.
const INCLUDED: [&str; 2] = [LOGPROBS, "reasoning.encrypted_content"];

impl<'a> Body<'a> {
    fn read(text: &'a str, losses: &mut Losses) -> Result<Self, Refused> {
        let mut source = Source { text, losses };
        let mut body = Self::default();
        let mut reader = Reader::new(text);
        typed::object(&mut reader, |name, reader| body.member(name, reader, &mut source))?;
        reader.end()?;
        body.complete()?;
        Ok(body)
    }

    /// What can only be done when all is read.
    fn complete(&mut self) -> Result<(), Refused> {
        if let Some(text) = self.instructions.take().filter(|text| !text.is_empty()) {
            let turn = Turn { stands: Stands::Member("instructions"), ..Turn::text(Role::System, text) };
            self.request.turns.insert(0, turn);
        }
        self.configure();
        self.request.tools.append(&mut self.later_tools);
        tools::remove_duplicates(&mut self.request.tools);
        if self.request.identity.user.is_none() {
            self.request.spelt.push(("safety_identifier", "user"));
        }
        let identity = &mut self.request.identity;
        identity.user = identity.user.take().or(self.user.take());
        match &self.request.tool_choice {
            // All tools are there from the beginning, so there is nothing to search.
            ToolChoice::Named(name) if *name == *"tool_search" => {
                Err(Refused::new("tool_choice", Impossible::ToolSearch))
            }
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
            "model" => request.model = typed::text(reader)?.unwrap_or_default(),
            "instructions" => self.instructions = typed::text(reader)?,
            "tools" => tools::list(reader, source, &mut request.tools)?,
            "tool_choice" => request.tool_choice = tools::choice(reader, source.losses)?,
            "parallel_tool_calls" => request.parallel_tools = typed::flag(reader)?,
            "reasoning" => settings::reasoning(reader, source, &mut request.thinking)?,
            "text" => settings::text(reader, source, &mut request.format, &mut request.verbosity)?,
            "max_output_tokens" => request.max_output = typed::count(reader)?,
            "temperature" => request.sampling.temperature = typed::number(reader)?,
            "top_p" => request.sampling.top_p = typed::number(reader)?,
            "top_logprobs" => {
                let wanted = typed::count(reader)?.filter(|wanted| *wanted > 0);
                request.sampling.top_logprobs = wanted.or(request.sampling.top_logprobs);
            }
            "include" => {
                let wanted = typed::texts(reader)?;
                if wanted.iter().any(|wanted| *wanted == *LOGPROBS) {
                    request.sampling.top_logprobs.get_or_insert(0);
                    request.spelt.push(("top_logprobs", "include"));
                }
                self.included = wanted.iter().all(|wanted| INCLUDED.contains(&&*wanted.decoded()));
            }
            "service_tier" => request.tier = settings::tier(reader, source)?,
            "prompt_cache_key" => request.identity.cache_key = typed::text(reader)?,
            "safety_identifier" => request.identity.user = typed::text(reader)?,
            "user" => self.user = typed::text(reader)?,
            "stream" => request.stream = typed::flag(reader)?.unwrap_or(false),
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
            "previous_response_id" | "conversation" => Err(Refused::new(name.to_owned(), Impossible::Kept)),
            "prompt" => Err(Refused::new("prompt", Impossible::StoredPrompt)),
            "background" if value == "true" => Err(Refused::new("background", Impossible::Background)),
            "background" => Ok(()),
            "include" if self.included => Ok(()),
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
                    let turn = Turn { stands: Stands::Member("input"), ..Turn::text(Role::User, text) };
                    self.request.turns.push(turn);
                }
            }
            Kind::Array => {
                let mut standing = Standing::default();
                reader.array(|reader| -> Result<(), Refused> {
                    let start = typed::start(reader)?;
                    let item = items::Item::read(reader, source)?;
                    self.item(item, source)?;
                    standing.read(start, reader, &mut self.request.turns);
                    Ok(())
                })?;
            }
            Kind::Null => drop(reader.raw()?),
            _ => return Err(Fault::shape(reader.offset(), Shape::Content).into()),
        }
        Ok(())
    }
}

/// Walks the members of an object; nothing for `null`.
fn members<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    typed::members(reader, member)
}

/// Walks the items of a list; nothing for `null`.
fn values<'a>(
    reader: &mut Reader<'a>,
    value: impl FnMut(&mut Reader<'a>) -> Result<(), Refused>,
) -> Result<(), Refused> {
    typed::values(reader, value)
}

fn skip(reader: &mut Reader<'_>) -> Result<(), Refused> {
    reader.raw()?;
    Ok(())
}

#[cfg(test)]
mod tests;
