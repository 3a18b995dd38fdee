//! What cannot be said in Responses at all, found before anything is written.

use crate::conversation::{Impossible, Part, Refused, Request, Source, Tool, ToolChoice, ToolKind};
use crate::translate::Outgoing;
use crate::translate::context::note_extra;
use crate::translate::functions;

use super::tools::{is_search, is_sent};
use crate::translate::field;

pub(super) fn request(request: &Request<'_>, out: &mut Outgoing<'_>) -> Result<(), Refused> {
    for (at, one) in request.tools.iter().enumerate() {
        tool(one, at, &request.tool_choice, out)?;
    }
    choice(request, out)?;
    request.turns.iter().flat_map(|turn| &turn.parts).try_for_each(|one| part(one, out))?;
    request.extra.iter().try_for_each(|extra| note_extra(extra, out))
}

fn tool(tool: &Tool<'_>, at: usize, choice: &ToolChoice<'_>, out: &mut Outgoing<'_>) -> Result<(), Refused> {
    match &tool.kind {
        ToolKind::BuiltIn { kind, .. } if !is_sent(tool, out.dialect) && !is_search(&kind.decoded()) => {
            functions::leave_out(tool, at, choice, Some(Impossible::WebSearch), out)
        }
        _ => Ok(()),
    }
}

/// A call that is demanded must be of a tool that the provider gets.
fn choice(request: &Request<'_>, out: &Outgoing<'_>) -> Result<(), Refused> {
    let mut sent = request.tools.iter().filter(|tool| is_sent(tool, out.dialect));
    let can = match &request.tool_choice {
        ToolChoice::Named(name) => sent.any(|tool| functions::is_meant(tool, name)),
        choice if functions::is_demanded(choice) => sent.any(|tool| functions::is_allowed(tool, choice)),
        _ => true,
    };
    if can { Ok(()) } else { Err(Refused::new("tool_choice", Impossible::ChosenTool)) }
}

pub(super) fn part(part: &Part<'_>, out: &Outgoing<'_>) -> Result<(), Refused> {
    match part {
        Part::Image(media) | Part::Document(media) | Part::Audio(media) => source(&media.source, out),
        Part::ToolResult(result) => result.parts.iter().try_for_each(|one| self::part(one, out)),
        Part::Other { kind: "container_upload", .. } => {
            Err(Refused::new("messages[].content[].container_upload", Impossible::File))
        }
        _ => Ok(()),
    }
}

fn source(source: &Source<'_>, out: &Outgoing<'_>) -> Result<(), Refused> {
    match source {
        Source::File(_) => Err(Refused::new(out.content(field::FILE), Impossible::File)),
        Source::Parts(parts) => parts.iter().try_for_each(|one| part(one, out)),
        Source::Base64 { .. } | Source::Url(_) | Source::Text(_) => Ok(()),
    }
}
