//! Tools as functions, whatever they are to the client, and which of them must be called.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::conversation::{CallKind, Request, Tool, ToolChoice, ToolKind};
use crate::json::{Fault, Reader, Text, Writer};
use crate::translate::schema;

use super::Context;

/// The one argument of a freeform tool that is declared as a function.
pub(super) const INPUT: &str = "input";

const FREEFORM_SCHEMA: &str =
    r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;
const FREEFORM_HINT: &str = "Input is raw text in field `input`.";

/// Tools that a client knows by their type alone, declared as functions: type, what their calls are, description, schema.
const SYNTHETIC: [(&str, CallKind, &str, &str); 3] = [
    (
        "local_shell",
        CallKind::LocalShell,
        "Runs a command on the user's machine and returns its output.",
        r#"{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"description":"Program and arguments"},"working_directory":{"type":"string"},"timeout_ms":{"type":"integer"},"env":{"type":"object","additionalProperties":{"type":"string"}}},"required":["command"]}"#,
    ),
    (
        "shell",
        CallKind::Shell,
        "Runs shell commands on the user's machine and returns their output.",
        r#"{"type":"object","properties":{"commands":{"type":"array","items":{"type":"string"}},"timeout_ms":{"type":"integer"},"max_output_length":{"type":"integer"}},"required":["commands"]}"#,
    ),
    (
        "apply_patch",
        CallKind::ApplyPatch,
        "Creates, updates or deletes one file. `diff` is in V4A format; it is not needed to delete.",
        r#"{"type":"object","properties":{"type":{"type":"string","enum":["create_file","update_file","delete_file"]},"path":{"type":"string"},"diff":{"type":"string"}},"required":["type","path"]}"#,
    ),
];

/// A tool as it is declared.
pub(super) struct Declared<'r, 'a> {
    /// As sent.
    name: Text<'r>,
    tool: &'r Tool<'a>,
    form: Form<'r>,
}

enum Form<'r> {
    Function(Option<&'r str>),
    Wrapped(Option<&'r str>),
    Freeform(Option<&'r str>),
    Synthetic { description: &'static str, schema: &'static str },
}

/// About the bytes a tool takes.
pub(super) fn size(tool: &Tool<'_>) -> usize {
    const AROUND: usize = 128;
    let own = match &tool.kind {
        ToolKind::Function { schema } => schema.map_or(0, str::len),
        ToolKind::Freeform { format } => format.map_or(0, str::len) + FREEFORM_SCHEMA.len(),
        ToolKind::BuiltIn { value, .. } => value.len() + FREEFORM_SCHEMA.len(),
    };
    AROUND + tool.description.as_ref().map_or(0, Text::len) + own
}

/// A tool's name with its namespace, which this protocol does not know.
pub(super) fn flat<'r>(namespace: Option<&Text<'r>>, name: &Text<'r>) -> Text<'r> {
    match namespace {
        Some(namespace) => format!("{}__{}", namespace.decoded(), name.decoded()).into(),
        None => name.clone(),
    }
}

/// Decides what becomes of each tool.
pub(super) fn declare<'r, 'a>(request: &'r Request<'a>, cx: &mut Context<'_, '_>) -> Vec<Declared<'r, 'a>> {
    let mut seen: HashSet<Cow<'r, str>> = HashSet::with_capacity(request.tools.len());
    let mut declared = Vec::with_capacity(request.tools.len());
    for tool in request.tools.iter().filter(|tool| is_allowed(tool, &request.tool_choice)) {
        let Some(form) = form(tool, &request.tool_choice, cx) else { continue };
        let flat = flat(tool.namespace.as_ref(), &tool.name);
        if !seen.insert(flat.decoded()) {
            continue;
        }
        let name = cx.out.names.tool(&flat, cx.out.dialect.name_max, cx.out.dialect.name_digit_first);
        let kind = match &form {
            Form::Function(_) => None,
            Form::Freeform(_) | Form::Wrapped(_) => Some(CallKind::Freeform),
            Form::Synthetic { .. } => synthetic(&tool.kind).map(|(_, kind, ..)| *kind),
        };
        cx.out.forms.extend(kind.map(|kind| (name.decoded().into_owned(), kind)));
        note_losses(tool, cx);
        declared.push(Declared { name, tool, form });
    }
    declared
}

fn is_allowed(tool: &Tool<'_>, choice: &ToolChoice<'_>) -> bool {
    match choice {
        ToolChoice::Allowed { names, .. } => names.contains(&tool.name),
        _ => true,
    }
}

fn form<'r>(tool: &'r Tool<'_>, choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>) -> Option<Form<'r>> {
    match &tool.kind {
        ToolKind::Function { schema } => Some(Form::Function(*schema)),
        ToolKind::Freeform { format } if cx.out.dialect.freeform_tools => Some(Form::Freeform(*format)),
        ToolKind::Freeform { format } => Some(Form::Wrapped(*format)),
        ToolKind::BuiltIn { kind, .. } => {
            let known =
                synthetic(&tool.kind).map(|(_, _, description, schema)| Form::Synthetic { description, schema });
            if known.is_none() {
                leave_out(tool, kind, choice, cx);
            }
            known
        }
    }
}

fn synthetic(kind: &ToolKind<'_>) -> Option<&'static (&'static str, CallKind, &'static str, &'static str)> {
    let ToolKind::BuiltIn { kind, .. } = kind else { return None };
    SYNTHETIC.iter().find(|(known, ..)| *kind == **known)
}

/// A tool that only its own provider has: refused where the answer cannot be right without it.
fn leave_out(tool: &Tool<'_>, kind: &Text<'_>, choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>) {
    let kind = kind.decoded();
    let forced = matches!(choice, ToolChoice::Named(name) if *name == tool.name || *name == *kind);
    // A client of Anthropic's names a version and counts on it; one of Responses offers what might be there.
    let dated =
        kind.rsplit_once('_').is_some_and(|(_, date)| date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()));
    if forced || dated {
        let why = format!("this provider has no tool \"{kind}\"; leave it out, or use a provider that has it");
        cx.refuse("tools", why);
    } else {
        cx.out.losses.dropped(format!("tools[{kind}]"));
    }
}

fn note_losses(tool: &Tool<'_>, cx: &mut Context<'_, '_>) {
    if tool.deferred {
        cx.out.losses.dropped("tools[].defer_loading");
    }
    if tool.cache.is_some() && !cx.out.dialect.cache_control {
        cx.out.losses.dropped("tools[].cache_control");
    }
    for extra in tool.extra.iter().filter(|extra| !matches!(extra.value, "null" | "false" | "[]" | "{}")) {
        cx.out.losses.dropped(format!("tools[].{}", extra.name));
    }
}

/// `tools`, and what may be said only beside them.
pub(super) fn write(
    tools: &[Declared<'_, '_>],
    choice: &ToolChoice<'_>,
    parallel: Option<bool>,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    if tools.is_empty() {
        return;
    }
    body.key("tools").array(|body| tools.iter().for_each(|tool| tool.write(cx, body)));
    write_choice(tools, choice, cx, body);
    match parallel {
        Some(parallel) if cx.out.dialect.parallel_tools => body.key("parallel_tool_calls").flag(parallel),
        Some(false) => cx.out.losses.dropped("parallel_tool_calls"),
        _ => {}
    }
}

fn write_choice(tools: &[Declared<'_, '_>], choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let word = match choice {
        ToolChoice::Unset => return,
        ToolChoice::Auto | ToolChoice::Allowed { required: false, .. } => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => "required",
        ToolChoice::Named(name) => match tools.iter().find(|tool| tool.is_called(name)) {
            Some(tool) => return tool.write_forced(body.key("tool_choice")),
            None => return cx.refuse("tool_choice", "it names a tool that is not among the tools"),
        },
    };
    body.key("tool_choice").string(word);
}

impl Declared<'_, '_> {
    fn is_called(&self, name: &Text<'_>) -> bool {
        *name == self.tool.name || *name == flat(self.tool.namespace.as_ref(), &self.tool.name)
    }

    fn write_forced(&self, body: &mut Writer) {
        let kind = if matches!(self.form, Form::Freeform(_)) { "custom" } else { "function" };
        body.object(|body| {
            body.key("type").string(kind);
            body.key(kind).object(|body| body.key("name").text(&self.name));
        });
    }

    fn write(&self, cx: &mut Context<'_, '_>, body: &mut Writer) {
        body.object(|body| {
            match &self.form {
                Form::Freeform(format) => {
                    body.key("type").string("custom");
                    body.key("custom").object(|body| self.write_freeform(*format, body));
                }
                form => {
                    body.key("type").string("function");
                    body.key("function").object(|body| self.write_function(form, cx, body));
                }
            }
            if let Some(cache) = self.tool.cache.filter(|_| cx.out.dialect.cache_control) {
                body.key("cache_control").raw(cache);
            }
        });
    }

    fn write_function(&self, form: &Form<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
        body.key("name").text(&self.name);
        match form {
            Form::Wrapped(format) => write_wrapped(self.tool.description.as_ref(), *format, body),
            Form::Synthetic { description, schema } => {
                body.key("description").text(self.tool.description.as_ref().unwrap_or(&Text::plain(description)));
                body.key("parameters").raw(schema);
            }
            Form::Function(given) | Form::Freeform(given) => {
                if let Some(description) = &self.tool.description {
                    body.key("description").text(description);
                }
                let (fitted, lost) = schema::fit(*given, cx.out.dialect.schema);
                if lost {
                    let field = cx.field("tools[].input_schema", "tools[].parameters");
                    cx.out.losses.approximated(field);
                }
                body.key("parameters").raw(&fitted);
                if self.tool.strict == Some(true) {
                    if schema::is_strict(&fitted) {
                        body.key("strict").flag(true);
                    } else {
                        cx.out.losses.dropped("tools[].strict");
                    }
                }
            }
        }
    }

    fn write_freeform(&self, format: Option<&str>, body: &mut Writer) {
        body.key("name").text(&self.name);
        if let Some(description) = &self.tool.description {
            body.key("description").text(description);
        }
        if let Some(grammar) = format.and_then(Grammar::read) {
            body.key("format").object(|body| {
                body.key("type").string("grammar");
                body.key("grammar").object(|body| {
                    body.key("syntax").text(&grammar.syntax);
                    body.key("definition").text(&grammar.definition);
                });
            });
        }
    }
}

/// A freeform tool as a function of one text, with its grammar in words.
fn write_wrapped(description: Option<&Text<'_>>, format: Option<&str>, body: &mut Writer) {
    let grammar = format.and_then(Grammar::read);
    body.key("description").string_of(|body| {
        if let Some(description) = description.filter(|description| !description.is_empty()) {
            body.piece(description);
            body.escaped("\n");
        }
        body.escaped(FREEFORM_HINT);
        if let Some(grammar) = grammar {
            body.escaped("\nIt must follow this grammar (");
            body.piece(&grammar.syntax);
            body.escaped("):\n");
            body.piece(&grammar.definition);
        }
    });
    body.key("parameters").raw(FREEFORM_SCHEMA);
}

/// A grammar, flat as Responses writes it or nested as Chat does.
#[derive(Default)]
struct Grammar<'a> {
    syntax: Text<'a>,
    definition: Text<'a>,
}

impl<'a> Grammar<'a> {
    fn read(format: &'a str) -> Option<Self> {
        let mut grammar = Self::default();
        grammar.take(&mut Reader::new(format)).ok()?;
        (!grammar.definition.is_empty()).then_some(grammar)
    }

    fn take(&mut self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        reader.object(|name, reader| {
            match name {
                "syntax" => self.syntax = reader.text_or_skip()?.unwrap_or_default(),
                "definition" => self.definition = reader.text_or_skip()?.unwrap_or_default(),
                "grammar" => self.take(reader)?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })
    }
}
