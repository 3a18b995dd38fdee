//! A client's request, read.

mod content;
mod readable;
mod settings;
mod tools;

use crate::client;
use crate::conversation::{Extra, Impossible, Losses, Refused, Request, Role, Stands, ThinkingMode, Turn};
use crate::json::{Fault, Reader, Text};
use crate::translate::typed::{self, members, word};

use content::{Blocks, Place};

/// Reads a whole body, of `messages` or of `count_tokens`. What has no place in the model is kept beside it; what
/// cannot be read at all is refused.
pub fn request<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    read(body, losses).map_err(|refused| refused.placed(body))
}

fn read<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    let mut reader = Reader::new(body);
    // Every Anthropic answer ends with its tokens.
    let request = Request { want_usage: true, ..Request::default() };
    let mut reading = Reading { body, losses, request, system: None, has_messages: false };
    typed::object(&mut reader, |name, reader| reading.member(name, reader))?;
    reader.end()?;
    typed::needed(reading.has_messages.then_some(()), 0, "messages")?;
    Ok(reading.done())
}

/// A request in the making.
struct Reading<'a, 'l> {
    body: &'a str,
    losses: &'l mut Losses,
    request: Request<'a>,
    /// The instructions, which may stand behind the messages.
    system: Option<Turn<'a>>,
    has_messages: bool,
}

impl<'a> Reading<'a, '_> {
    fn member(&mut self, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Refused> {
        match name {
            "model" => self.request.model = typed::text(reader)?.unwrap_or_default(),
            "messages" => self.messages(reader)?,
            "system" => self.system(reader)?,
            "tools" => tools::read(reader, self.body, &mut self.request.tools)?,
            "tool_choice" => tools::choice(reader, &mut self.request, self.losses)?,
            "max_tokens" => self.request.max_output = typed::count(reader)?,
            "stream" => self.request.stream = typed::flag(reader)? == Some(true),
            "stop_sequences" => self.request.stop = typed::texts(reader)?,
            "temperature" => self.request.sampling.temperature = typed::number(reader)?,
            "top_p" => self.request.sampling.top_p = typed::number(reader)?,
            "top_k" => self.request.sampling.top_k = typed::number(reader)?,
            "thinking" => settings::thinking(reader, &mut self.request.thinking, self.losses)?,
            "output_config" => settings::output(reader, &mut self.request, self.losses)?,
            // The name it had while it was a beta.
            "output_format" => {
                self.request.spelt.push(("output_config.format", "output_format"));
                settings::format(reader, &mut self.request, self.losses)?;
            }
            "metadata" => self.metadata(reader)?,
            "service_tier" => settings::tier(reader, &mut self.request, self.losses)?,
            "speed" => {
                self.request.spelt.push(("service_tier", "speed"));
                settings::speed(reader, &mut self.request, self.losses)?;
            }
            "mcp_servers" => self.mcp_servers(reader)?,
            _ => self.request.extra.extend(extra(name, reader)?),
        }
        Ok(())
    }

    /// The instructions as one turn in front of all others.
    fn done(mut self) -> Request<'a> {
        if let Some(system) = self.system.filter(|system| !system.parts.is_empty()) {
            self.request.turns.insert(0, system);
        }
        // How much it reasons is said in two places, mostly in one of them.
        let said = (self.request.thinking.mode != ThinkingMode::Unset, self.request.thinking.effort.is_some());
        self.request.spelt.extend(match said {
            (true, false) => Some(("output_config.effort", "thinking")),
            (false, true) => Some(("thinking", "output_config.effort")),
            _ => None,
        });
        self.request
    }

    fn system(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        let mut turn = Turn { stands: Stands::Member("system"), ..Turn::new(Role::System) };
        turn.parts = Blocks::new(self.body, self.losses, Place::System).parts(reader)?;
        self.system = Some(turn);
        Ok(())
    }

    fn messages(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        self.has_messages = true;
        reader.array(|reader| {
            let start = typed::start(reader)?;
            let turn = self.message(reader)?;
            self.request.turns.push(Turn { stands: Stands::Items(reader.since(start)), ..turn });
            Ok(())
        })
    }

    fn message(&mut self, reader: &mut Reader<'a>) -> Result<Turn<'a>, Refused> {
        let start = typed::start(reader)?;
        let (mut role, mut content, mut turn) = (None, false, Turn::new(Role::User));
        typed::object(reader, |name, reader| -> Result<(), Refused> {
            match name {
                "role" => {
                    let at = typed::start(reader)?;
                    role = word(reader)?.map(|role| (at, role));
                }
                "content" => {
                    content = true;
                    turn.parts = Blocks::new(self.body, self.losses, Place::Messages).parts(reader)?;
                }
                _ => turn.extra.extend(extra(name, reader)?),
            }
            Ok(())
        })?;
        turn.role = match typed::needed(role, start, "role")? {
            (_, "user") => Role::User,
            (_, "assistant") => Role::Assistant,
            (_, "system") => Role::System,
            (_, "developer") => Role::Developer,
            (at, _) => return Err(Refused::at(at, Impossible::Role)),
        };
        typed::needed(content.then_some(()), start, "content")?;
        Ok(turn)
    }

    /// Claude Code puts the conversation's id inside its `user_id`.
    fn metadata(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        members(reader, |name, reader| {
            if name != "user_id" {
                if reader.raw()? != "null" {
                    self.losses.dropped(format!("metadata.{name}"));
                }
                return Ok(());
            }
            let Some(user) = typed::text(reader)? else { return Ok(()) };
            let session = client::session_in_user(&user.decoded()).map(|id| Text::from(id.into_owned()));
            self.request.identity.cache_key = session;
            self.request.identity.user = Some(user);
            Ok(())
        })
    }

    /// Servers that only Anthropic itself would call.
    fn mcp_servers(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        let start = typed::start(reader)?;
        let mut any = false;
        typed::values(reader, |reader| reader.raw().map(|_| any = true))?;
        if any { Err(Refused::at(start, Impossible::McpServers)) } else { Ok(()) }
    }
}

/// A member without a place; nothing for `null`.
fn extra<'a>(name: &'a str, reader: &mut Reader<'a>) -> Result<Option<Extra<'a>>, Fault> {
    let value = reader.raw()?;
    Ok((value != "null").then_some(Extra { name, value }))
}

#[cfg(test)]
mod tests;
