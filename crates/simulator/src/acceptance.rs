//! The turn that proves a client: text and a harmless tool call first; once the tool's result is in the
//! request, a final text with the marker. A request without tools (a title, say) gets a short text.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, Piece};
use crate::asked::{Asked, Tool};
use crate::sample;

/// Shell tools of the clients we know, best first; compared without case.
const SHELL_TOOLS: &[&str] = &["bash", "exec_command", "shell", "shell_command", "run_shell_command"];

/// Settings of an acceptance turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcceptanceTurn {
    /// Stands in the final text.
    pub marker: String,
    /// The command the client is asked to run.
    pub command: String,
    /// Put reasoning in front of every answer.
    pub thinking: bool,
    /// Number of parallel tool calls.
    pub calls: usize,
    /// Deltas per piece; 0 means one per word.
    pub chunks: usize,
    /// Wait before the response head, in milliseconds.
    pub first_byte_ms: u64,
    /// Wait before every generated event, in milliseconds.
    pub gap_ms: u64,
}

impl Default for AcceptanceTurn {
    fn default() -> Self {
        Self {
            marker: "SIM-DONE-7".to_owned(),
            command: "ls".to_owned(),
            thinking: false,
            calls: 1,
            chunks: 0,
            first_byte_ms: 0,
            gap_ms: 0,
        }
    }
}

impl AcceptanceTurn {
    pub(crate) fn answer(&self, asked: &Asked) -> Answer {
        let mut pieces = vec![Piece::Text(self.text(asked))];
        if let Some(tool) = shell_tool(&asked.tools).filter(|_| !asked.has_tool_result) {
            let call = || Piece::Tool { name: tool.name.clone(), arguments: arguments(tool, &self.command), id: None };
            pieces.extend((0..self.calls).map(|_| call()));
        }
        let mut answer = Answer::of(pieces);
        (answer.chunks, answer.first_byte_ms, answer.gap_ms) = (self.chunks, self.first_byte_ms, self.gap_ms);
        answer.usage.input = asked.estimated_tokens();
        if self.thinking && !asked.tools.is_empty() {
            answer = answer.thinking("The user wants a list of files.", "c2ltLXNpZ25hdHVyZQ==");
        }
        answer
    }

    fn text(&self, asked: &Asked) -> String {
        if let Some(schema) = &asked.schema {
            return sample::value(schema, "Simulated session").to_string();
        }
        if asked.tools.is_empty() {
            return "Simulated session".to_owned();
        }
        if asked.has_tool_result {
            return format!("The command ran. {}", self.marker);
        }
        "I will look at the files first.".to_owned()
    }
}

fn shell_tool(tools: &[Tool]) -> Option<&Tool> {
    let named = |name: &&str| tools.iter().find(|t| t.name.eq_ignore_ascii_case(name));
    SHELL_TOOLS.iter().find_map(named).or_else(|| tools.first())
}

/// The tool's required members, and the command where the schema has a place for it: `cmd` or `command`,
/// as a text or as a list of words.
fn arguments(tool: &Tool, command: &str) -> Value {
    let mut arguments = sample::value(&tool.schema, "List the files");
    for name in ["command", "cmd"] {
        let Some(member) = tool.schema["properties"].get(name) else { continue };
        arguments[name] = match member["type"].as_str() {
            Some("array") => json!(["bash", "-lc", command]),
            _ => json!(command),
        };
    }
    if tool.schema["properties"].get("description").is_some() {
        arguments["description"] = json!("List the files");
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Protocol;

    fn tool(name: &str, schema: Value) -> Tool {
        Tool { name: name.to_owned(), schema }
    }

    fn asked(tools: Vec<Tool>, has_tool_result: bool) -> Asked {
        Asked { tools, has_tool_result, ..Asked::read(Protocol::Anthropic, b"{}") }
    }

    #[test]
    fn the_shell_tool_is_called_with_its_own_argument_names() {
        let claude = json!({"type": "object", "required": ["command"],
            "properties": {"command": {"type": "string"}, "timeout": {"type": "number"}, "description": {"type": "string"}}});
        let codex = json!({"type": "object", "required": ["cmd"], "properties": {"cmd": {"type": "string"}, "workdir": {"type": "string"}}});
        let words = json!({"type": "object", "required": ["command"], "properties": {"command": {"type": "array"}}});
        let cases = [
            (tool("Bash", claude), json!({"command": "ls", "description": "List the files"})),
            (tool("exec_command", codex), json!({"cmd": "ls"})),
            (tool("shell", words), json!({"command": ["bash", "-lc", "ls"]})),
        ];
        for (tool, wanted) in cases {
            let other = Tool { name: "Agent".to_owned(), schema: Value::Null };
            let answer = AcceptanceTurn::default().answer(&asked(vec![other, tool.clone()], false));
            let call = Piece::Tool { name: tool.name.clone(), arguments: wanted, id: None };
            assert_eq!(answer.pieces.last(), Some(&call));
        }
    }

    #[test]
    fn the_marker_comes_after_the_tool_result_only() {
        let turn = AcceptanceTurn::default();
        let bash = || vec![tool("Bash", Value::Null)];
        assert!(!turn.answer(&asked(bash(), false)).visible().contains(&turn.marker));
        let last = turn.answer(&asked(bash(), true));
        assert!(last.visible().contains(&turn.marker) && !last.calls_tools());
        let title = turn.answer(&asked(Vec::new(), false));
        assert!(!title.calls_tools() && !title.visible().contains(&turn.marker));
    }
}
