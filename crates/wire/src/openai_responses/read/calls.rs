//! Items that call tools, what tools said, and what providers did by themselves.

use super::items::Item;
use super::typed;
use crate::conversation::{Arguments, CallKind, Part, ToolCall, ToolResult};
use crate::json::{Fault, Kind, Reader, Text};

/// Longest text that is kept of what a provider did by itself.
const SUMMARY_MAX: usize = 4 << 10;

/// What sort of call an item is, if it is one that the client runs.
pub(super) fn call_kind(kind: &str, execution: Option<&str>) -> Option<CallKind> {
    Some(match kind {
        "function_call" => CallKind::Function,
        "custom_tool_call" => CallKind::Freeform,
        "local_shell_call" => CallKind::LocalShell,
        "shell_call" => CallKind::Shell,
        "apply_patch_call" => CallKind::ApplyPatch,
        "tool_search_call" if execution != Some("server") => CallKind::ToolSearch,
        _ => return None,
    })
}

/// Whether an item has a place in the model, and its members the types they have there.
pub(super) fn is_known(kind: &str) -> bool {
    const OTHERS: [&str; 7] = [
        "",
        "message",
        "reasoning",
        "item_reference",
        "compaction_trigger",
        "additional_tools",
        "configuration_update",
    ];
    OTHERS.contains(&kind) || call_kind(kind, None).is_some() || result_kind(kind, None).is_some()
}

/// The type of the item that comes next.
pub(super) fn kind_of<'a>(mut reader: Reader<'a>) -> &'a str {
    let mut kind = "";
    // What does not read has no type.
    let _ = members(&mut reader, |name, reader| {
        match (name, reader.kind()?) {
            ("type", Kind::String) => kind = typed::word(reader)?.unwrap_or_default(),
            _ => drop(reader.raw()?),
        }
        Ok(())
    });
    kind
}

/// What sort of call an item answers.
pub(super) fn result_kind(kind: &str, execution: Option<&str>) -> Option<CallKind> {
    Some(match kind {
        "function_call_output" => CallKind::Function,
        "custom_tool_call_output" => CallKind::Freeform,
        "local_shell_call_output" => CallKind::LocalShell,
        "shell_call_output" => CallKind::Shell,
        "apply_patch_call_output" => CallKind::ApplyPatch,
        "tool_search_output" if execution != Some("server") => CallKind::ToolSearch,
        _ => return None,
    })
}

/// The tool whose items have a type of their own.
const fn tool(kind: CallKind) -> Option<&'static str> {
    match kind {
        CallKind::Function | CallKind::Freeform => None,
        CallKind::LocalShell => Some("local_shell"),
        CallKind::Shell => Some("shell"),
        CallKind::ApplyPatch => Some("apply_patch"),
        CallKind::ToolSearch => Some("tool_search"),
    }
}

/// The call; nothing for one whose name is empty, which broken streams leave behind in a conversation.
pub(super) fn build_call<'a>(kind: CallKind, item: &mut Item<'a>) -> Result<Option<ToolCall<'a>>, Fault> {
    let name = typed::needed(tool(kind).map(Text::plain).or(item.name.take()), item.start, "name")?;
    if name.is_empty() {
        return Ok(None);
    }
    let arguments = match kind {
        CallKind::Freeform => Arguments::Freeform(item.input.take().unwrap_or_default()),
        CallKind::Function | CallKind::ToolSearch => item.arguments.take().unwrap_or(Arguments::Json("{}")),
        CallKind::LocalShell | CallKind::Shell | CallKind::ApplyPatch => Arguments::Json(item.action.unwrap_or("{}")),
    };
    let namespace = item.namespace.take().filter(|namespace| !namespace.is_empty());
    Ok(Some(ToolCall { id: item.call()?, name, namespace, kind, arguments, cache: None }))
}

/// The result.
pub(super) fn build_result<'a>(kind: CallKind, item: &mut Item<'a>) -> Result<ToolResult<'a>, Fault> {
    let mut parts = std::mem::take(&mut item.output);
    if kind == CallKind::ToolSearch && parts.is_empty() {
        let names: Vec<_> = item.tools.iter().map(|tool| tool.name.decoded()).collect();
        parts.push(Part::text(format!("Tools found: {}", names.join(", "))));
    }
    let is_error = match (kind, item.status) {
        (CallKind::ApplyPatch, Some("failed")) => Some(true),
        (CallKind::ApplyPatch, Some("completed")) => Some(false),
        _ => None,
    };
    Ok(ToolResult { call_id: item.call()?, kind, parts, is_error, cache: None })
}

/// What a provider did by itself, or nobody knows: as it stands, with what of it can be read.
pub(super) fn hosted(item: Item<'_>) -> Part<'_> {
    let mut told = Told::default();
    // The item was read before, so it can be read again.
    let _ = told.read(&mut Reader::new(item.value));
    let from_parts = item.content.iter().chain(&item.output).find_map(|part| match part {
        Part::Text { text, .. } => Some(text.clone()),
        _ => None,
    });
    let readable = told.text(item.kind).map(|text| Text::from(shortened(text))).or(from_parts);
    Part::Other { kind: item.kind, value: item.value, readable }
}

/// Readable members of hosted items.
#[derive(Default)]
struct Told<'a> {
    name: Option<Text<'a>>,
    queries: Vec<Text<'a>>,
    code: Option<Text<'a>>,
    arguments: Option<Text<'a>>,
    outputs: Vec<Text<'a>>,
}

impl<'a> Told<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        members(reader, |name, reader| {
            match name {
                "name" => self.name = reader.text_or_skip()?,
                "query" | "url" => self.queries.extend(reader.text_or_skip()?),
                "queries" => values(reader, |reader| {
                    self.queries.extend(reader.text_or_skip()?);
                    Ok(())
                })?,
                "code" => self.code = reader.text_or_skip()?,
                "arguments" => self.arguments = reader.text_or_skip()?,
                "output" | "logs" | "text" => self.outputs.extend(reader.text_or_skip()?),
                "action" => self.read(reader)?,
                "outputs" | "results" => values(reader, |reader| self.read(reader))?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })
    }

    /// One text of it.
    fn text(&self, kind: &str) -> Option<String> {
        let mut out = match kind {
            "web_search_call" | "file_search_call" if !self.queries.is_empty() => {
                format!("[searched for: {}]", joined(&self.queries, ", "))
            }
            "code_interpreter_call" => format!("[ran code]\n{}", self.code.as_ref()?.decoded()),
            "mcp_call" => {
                let arguments = self.arguments.as_ref().map(Text::decoded).unwrap_or_default();
                format!("[called {} with {arguments}]", self.name.as_ref()?.decoded())
            }
            _ if !self.outputs.is_empty() => return Some(joined(&self.outputs, "\n")),
            _ => return None,
        };
        if !self.outputs.is_empty() {
            out.push('\n');
            out.push_str(&joined(&self.outputs, "\n"));
        }
        Some(out)
    }
}

/// Walks an object; any other value is skipped, as nobody knows what a hosted item may hold.
fn members<'a>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if reader.kind()? == Kind::Object { reader.object(member) } else { reader.raw().map(drop) }
}

/// The same for a list.
fn values<'a>(reader: &mut Reader<'a>, value: impl FnMut(&mut Reader<'a>) -> Result<(), Fault>) -> Result<(), Fault> {
    if reader.kind()? == Kind::Array { reader.array(value) } else { reader.raw().map(drop) }
}

fn shortened(mut text: String) -> String {
    let end = (0..=text.len().min(SUMMARY_MAX)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.truncate(end);
    text
}

fn joined(texts: &[Text<'_>], gap: &str) -> String {
    texts.iter().map(Text::decoded).collect::<Vec<_>>().join(gap)
}
