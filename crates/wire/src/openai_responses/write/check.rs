//! What cannot be said in Responses at all, found before anything is written.

use crate::conversation::{Part, Refused, Request, Source, Tool, ToolKind};

use super::tools::{is_search, is_web_search};
use crate::translate::Dialect;

const FILE: &str = "the file is kept at another provider, and the provider of this request cannot see it; send its \
                    content in base64 instead";
const SERVERS: &str = "the provider of this request cannot reach MCP servers; connect them in the client instead";

pub(super) fn request(request: &Request<'_>, dialect: &Dialect) -> Result<(), Refused> {
    request.tools.iter().try_for_each(|one| tool(one, dialect))?;
    request.turns.iter().flat_map(|turn| &turn.parts).try_for_each(part)?;
    let servers = request.extra.iter().find(|extra| extra.name == "mcp_servers");
    match servers.map(|servers| servers.value) {
        None | Some("[]" | "null") => Ok(()),
        Some(_) => Err(Refused::new("mcp_servers", SERVERS)),
    }
}

fn tool(tool: &Tool<'_>, dialect: &Dialect) -> Result<(), Refused> {
    let ToolKind::BuiltIn { kind, .. } = &tool.kind else { return Ok(()) };
    let kind = kind.decoded();
    if is_web_search(&kind) && dialect.web_search || is_search(&kind) {
        return Ok(());
    }
    let why = format!(
        "the tool `{kind}` is built into another provider, and the provider of this request does not have it; leave it \
         out, or declare it as a function"
    );
    Err(Refused::new("tools", why))
}

fn part(part: &Part<'_>) -> Result<(), Refused> {
    match part {
        Part::Image(media) | Part::Document(media) | Part::Audio(media) => source(&media.source),
        Part::ToolResult(result) => result.parts.iter().try_for_each(self::part),
        Part::Other { kind: "container_upload", .. } => Err(Refused::new("container_upload", FILE)),
        _ => Ok(()),
    }
}

fn source(source: &Source<'_>) -> Result<(), Refused> {
    match source {
        Source::File(_) => Err(Refused::new("file_id", FILE)),
        Source::Parts(parts) => parts.iter().try_for_each(part),
        Source::Base64 { .. } | Source::Url(_) | Source::Text(_) => Ok(()),
    }
}
