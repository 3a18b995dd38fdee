//! A client's request, read.

mod content;
mod readable;
mod settings;
mod tools;

use crate::client;
use crate::conversation::{Extra, Losses, Refused, Request, Role, Turn};
use crate::json::{Fault, Kind, Reader, Text};
use crate::translate::typed;

use super::walk::{members, word};
use content::{Blocks, Place};

/// Reads a whole body, of `messages` or of `count_tokens`. What has no place in the model is kept beside it; what
/// cannot be read at all is refused.
pub fn request<'a>(body: &'a str, losses: &mut Losses) -> Result<Request<'a>, Refused> {
    let mut reader = Reader::new(body);
    // Every Anthropic answer ends with its tokens.
    let request = Request { want_usage: true, ..Request::default() };
    let mut reading = Reading { body, losses, request, system: None };
    reader.object(|name, reader| reading.member(name, reader))?;
    reader.end()?;
    Ok(reading.done())
}

/// A request in the making.
struct Reading<'a, 'l> {
    body: &'a str,
    losses: &'l mut Losses,
    request: Request<'a>,
    /// The instructions, which may stand behind the messages.
    system: Option<Turn<'a>>,
}

impl<'a> Reading<'a, '_> {
    fn member(&mut self, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Refused> {
        match name {
            "model" => self.request.model = reader.text_or_skip()?.unwrap_or_default(),
            "messages" => self.messages(reader)?,
            "system" => self.system(reader)?,
            "tools" => tools::read(reader, self.body, self.losses, &mut self.request.tools)?,
            "tool_choice" => tools::choice(reader, &mut self.request, self.losses)?,
            "max_tokens" => self.request.max_output = typed::count(name, reader)?,
            "stream" => self.request.stream = typed::flag(name, reader)? == Some(true),
            "stop_sequences" => self.request.stop = texts(reader)?,
            "temperature" => self.request.sampling.temperature = typed::number(name, reader)?,
            "top_p" => self.request.sampling.top_p = typed::number(name, reader)?,
            "top_k" => self.request.sampling.top_k = typed::number(name, reader)?,
            "thinking" => settings::thinking(reader, &mut self.request.thinking, self.losses)?,
            "output_config" => settings::output(reader, &mut self.request, self.losses)?,
            // The name it had while it was a beta.
            "output_format" => settings::format(reader, &mut self.request, self.losses)?,
            "metadata" => self.metadata(reader)?,
            "service_tier" => settings::tier(reader, &mut self.request, self.losses)?,
            "speed" => settings::speed(reader, &mut self.request, self.losses)?,
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
        self.request
    }

    fn system(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        let mut turn = Turn::new(Role::System);
        turn.parts = Blocks::new(self.body, self.losses, Place::System).parts(reader)?;
        self.system = Some(turn);
        Ok(())
    }

    fn messages(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        if reader.kind()? != Kind::Array {
            return Err(Refused::new("messages", "messages must be a list"));
        }
        reader.array(|reader| {
            let turn = self.message(reader)?;
            self.request.turns.push(turn);
            Ok(())
        })
    }

    fn message(&mut self, reader: &mut Reader<'a>) -> Result<Turn<'a>, Refused> {
        let index = self.request.turns.len();
        if reader.kind()? != Kind::Object {
            return Err(Refused::new(format!("messages[{index}]"), "a message must be an object"));
        }
        let (mut role, mut turn) = (None, Turn::new(Role::User));
        reader.object(|name, reader| -> Result<(), Refused> {
            match name {
                "role" => role = word(reader)?,
                "content" => {
                    turn.parts = Blocks::new(self.body, self.losses, Place::Message(index)).parts(reader)?;
                }
                _ => turn.extra.extend(extra(name, reader)?),
            }
            Ok(())
        })?;
        turn.role = match role {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some("system") => Role::System,
            Some("developer") => Role::Developer,
            _ => {
                let why = "a message's role must be user, assistant or system";
                return Err(Refused::new(format!("messages[{index}].role"), why));
            }
        };
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
            let Some(user) = reader.text_or_skip()? else { return Ok(()) };
            let session = client::session_in_user(&user.decoded()).map(|id| Text::from(id.into_owned()));
            self.request.identity.cache_key = session;
            self.request.identity.user = Some(user);
            Ok(())
        })?;
        Ok(())
    }

    /// Servers that only Anthropic itself would call.
    fn mcp_servers(&mut self, reader: &mut Reader<'a>) -> Result<(), Refused> {
        let mut any = false;
        if reader.kind()? != Kind::Array {
            reader.raw()?;
            return Ok(());
        }
        reader.array(|reader| reader.raw().map(|_| any = true))?;
        if any {
            let why = "only Anthropic connects to MCP servers by itself; let the client connect to them instead";
            return Err(Refused::new("mcp_servers", why));
        }
        Ok(())
    }
}

/// A member without a place; nothing for `null`.
fn extra<'a>(name: &'a str, reader: &mut Reader<'a>) -> Result<Option<Extra<'a>>, Fault> {
    let value = reader.raw()?;
    Ok((value != "null").then_some(Extra { name, value }))
}

/// A list of texts; what is none is passed over.
fn texts<'a>(reader: &mut Reader<'a>) -> Result<Vec<Text<'a>>, Fault> {
    let mut texts = Vec::new();
    if reader.kind()? == Kind::Array {
        reader.array(|reader| -> Result<(), Fault> {
            texts.extend(reader.text_or_skip()?);
            Ok(())
        })?;
    } else {
        texts.extend(reader.text_or_skip()?);
    }
    Ok(texts)
}

#[cfg(test)]
mod tests;
