//! What every response object repeats of its request.

/// The fields in their order, with what the protocol says of them when the request does not. Source: OpenAI API
/// reference, "The response object".
const FIELDS: [(&str, &str); 17] = [
    ("background", "false"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("prompt_cache_key", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("service_tier", r#""default""#),
    ("store", "true"),
    ("temperature", "1.0"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", r#""auto""#),
    ("top_p", "1.0"),
    ("truncation", r#""disabled""#),
    ("metadata", "{}"),
];

/// The fields as the request spells them.
#[derive(Debug, Default)]
pub(super) struct Echo<'a> {
    given: [Option<&'a str>; FIELDS.len()],
    tools: Option<&'a str>,
    /// Lists of tools that were declared among the items: they are in force as well.
    later_tools: Vec<&'a str>,
}

impl<'a> Echo<'a> {
    /// Keeps a field if it is one that is repeated.
    pub(super) fn keep(&mut self, name: &str, value: &'a str) {
        if value == "null" {
            return;
        }
        if name == "tools" {
            self.tools = Some(value);
        } else if let Some(at) = FIELDS.iter().position(|(field, _)| *field == name)
            && let Some(slot) = self.given.get_mut(at)
        {
            *slot = Some(value);
        }
    }

    /// Keeps a list of tools from among the items.
    pub(super) fn keep_tools(&mut self, list: &'a str) {
        self.later_tools.push(list);
    }

    /// All fields as the inside of an object.
    pub(super) fn inside(&self) -> String {
        let given: usize = self.given.iter().chain([&self.tools]).flatten().map(|value| value.len()).sum();
        let later: usize = self.later_tools.iter().map(|list| list.len()).sum();
        // All names, defaults and punctuation together.
        let mut out = String::with_capacity(given + later + 512);
        for ((name, default), given) in FIELDS.iter().zip(self.given) {
            out.push('"');
            out.push_str(name);
            out.push_str("\":");
            out.push_str(given.unwrap_or(default));
            out.push(',');
        }
        out.push_str("\"tools\":[");
        let lists = self.tools.iter().chain(&self.later_tools).filter_map(|list| inside_list(list));
        for (at, list) in lists.enumerate() {
            out.push_str(if at == 0 { "" } else { "," });
            out.push_str(list);
        }
        out.push(']');
        out
    }
}

/// What is between the brackets, if anything is.
fn inside_list(list: &str) -> Option<&str> {
    let inside = list.strip_prefix('[')?.strip_suffix(']')?.trim();
    (!inside.is_empty()).then_some(inside)
}
