//! Tools as functions, whatever they are to the client: what protocols have in common that know nothing else.

use std::borrow::Cow;
use std::collections::HashSet;

use super::plan::Outgoing;
use super::{field, schema, typed, web_search};
use crate::conversation::{Arguments, CallKind, Impossible, Losses, Refused, Request, Tool, ToolChoice, ToolKind};
use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::protocol::Protocol;

use super::context::Context;

/// The one argument of a freeform tool that is declared as a function.
pub(crate) const INPUT: &str = "input";

/// The schema of such a function.
pub(crate) const FREEFORM_SCHEMA: &str =
    r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;
const FREEFORM_HINT: &str = "Input is raw text in field `input`.";

/// A tool that a client knows by its type alone, declared as a function for models that have not learnt it. Its
/// arguments are the `action` or `operation` of the call.
pub(crate) struct Synthetic {
    kind: &'static str,
    /// What its calls are to the client.
    pub(crate) call: CallKind,
    pub(crate) description: &'static str,
    pub(crate) schema: &'static str,
}

const SYNTHETIC: [Synthetic; 3] = [
    Synthetic {
        kind: "local_shell",
        call: CallKind::LocalShell,
        description: "Runs a command on the user's machine and returns its output.",
        schema: r#"{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"description":"Program and arguments"},"working_directory":{"type":"string"},"timeout_ms":{"type":"integer"},"env":{"type":"object","additionalProperties":{"type":"string"}}},"required":["command"]}"#,
    },
    Synthetic {
        kind: "shell",
        call: CallKind::Shell,
        description: "Runs shell commands on the user's machine and returns their output.",
        schema: r#"{"type":"object","properties":{"commands":{"type":"array","items":{"type":"string"}},"timeout_ms":{"type":"integer"},"max_output_length":{"type":"integer"}},"required":["commands"]}"#,
    },
    Synthetic {
        kind: "apply_patch",
        call: CallKind::ApplyPatch,
        description: "Creates, updates or deletes one file. `diff` is a V4A diff: for a new file every line begins with +, for a change hunks begin with @@ and lines with a space, + or -. It is not needed to delete.",
        schema: r#"{"type":"object","properties":{"type":{"type":"string","enum":["create_file","update_file","delete_file"]},"path":{"type":"string"},"diff":{"type":"string"}},"required":["type","path"]}"#,
    },
];

/// A tool as it is declared.
pub(crate) struct Declared<'r, 'a> {
    /// As sent.
    pub(crate) name: Text<'r>,
    pub(crate) tool: &'r Tool<'a>,
    pub(crate) form: Form<'r>,
}

pub(crate) enum Form<'r> {
    /// A function with its schema.
    Function(Option<&'r str>),
    /// A freeform tool as a function of one text.
    Wrapped(Option<&'r str>),
    /// A freeform tool as such.
    Freeform(Option<&'r str>),
    /// A tool the client knows by its type alone.
    Synthetic(&'static Synthetic),
}

/// About the bytes a tool takes.
pub(crate) fn size(tool: &Tool<'_>) -> usize {
    const AROUND: usize = 128;
    let own = match &tool.kind {
        ToolKind::Function { schema } => schema.map_or(0, str::len),
        ToolKind::Freeform { format } => format.map_or(0, str::len) + FREEFORM_SCHEMA.len(),
        ToolKind::BuiltIn { value, .. } => value.len() + FREEFORM_SCHEMA.len(),
    };
    AROUND + tool.description.as_ref().map_or(0, Text::len) + own
}

/// A tool's name with its namespace, which this protocol does not know.
pub(crate) fn flat<'r>(namespace: Option<&Text<'r>>, name: &Text<'r>) -> Text<'r> {
    match namespace {
        Some(namespace) => format!("{}__{}", namespace.decoded(), name.decoded()).into(),
        None => name.clone(),
    }
}

/// Decides what becomes of each tool.
pub(crate) fn declare<'r, 'a>(request: &'r Request<'a>, cx: &mut Context<'_, '_>) -> Vec<Declared<'r, 'a>> {
    let mut seen: HashSet<Cow<'r, str>> = HashSet::with_capacity(request.tools.len());
    let mut declared = Vec::with_capacity(request.tools.len());
    for (at, tool) in request.tools.iter().enumerate().filter(|(_, tool)| is_allowed(tool, &request.tool_choice)) {
        let Some(form) = form(tool, at, &request.tool_choice, cx) else { continue };
        let flat = flat(tool.namespace.as_ref(), &tool.name);
        if !seen.insert(flat.decoded()) {
            cx.out.losses.dropped(cx.out.name(field::TOOL_NAME));
            continue;
        }
        let name = cx.out.names.tool(&flat, cx.out.dialect.name_max, cx.out.dialect.name_digit_first);
        let kind = match &form {
            Form::Function(_) => None,
            Form::Freeform(_) | Form::Wrapped(_) => Some(CallKind::Freeform),
            Form::Synthetic(known) => Some(known.call),
        };
        cx.out.forms.extend(kind.map(|kind| (name.decoded().into_owned(), kind)));
        note_losses(tool, cx);
        declared.push(Declared { name, tool, form });
    }
    declared
}

/// Refuses to demand a call where nothing is left that could be called: the answer would be another one. `searches`: the
/// provider searches the web, which is none of the functions.
pub(crate) fn demand(request: &Request<'_>, declared: &[Declared<'_, '_>], searches: bool, cx: &mut Context<'_, '_>) {
    let can = match &request.tool_choice {
        ToolChoice::Named(name) if searches && web_search::is_search(&name.decoded()) => true,
        ToolChoice::Named(name) => declared.iter().any(|tool| tool.is_called(name)),
        choice => !is_demanded(choice) || searches || !declared.is_empty(),
    };
    if !can {
        cx.refuse("tool_choice", Impossible::ChosenTool);
    }
}

/// Whether some tool must be called, whichever.
pub(crate) const fn is_demanded(choice: &ToolChoice<'_>) -> bool {
    matches!(choice, ToolChoice::Required | ToolChoice::Allowed { required: true, .. })
}

pub(crate) fn is_allowed(tool: &Tool<'_>, choice: &ToolChoice<'_>) -> bool {
    match choice {
        ToolChoice::Allowed { names, .. } => names.iter().any(|name| is_meant(tool, name)),
        _ => true,
    }
}

fn form<'r>(tool: &'r Tool<'_>, at: usize, choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>) -> Option<Form<'r>> {
    match &tool.kind {
        ToolKind::Function { schema } => Some(Form::Function(*schema)),
        ToolKind::Freeform { format } if cx.out.dialect.freeform_tools => Some(Form::Freeform(*format)),
        ToolKind::Freeform { format } => Some(Form::Wrapped(*format)),
        // Writers ask for it themselves: it is no function anywhere.
        ToolKind::BuiltIn { .. } if cx.no_search.is_none() && web_search::is_made(tool) => None,
        ToolKind::BuiltIn { .. } => {
            let known = synthetic(&tool.kind).map(Form::Synthetic);
            if known.is_none()
                && let Err(refused) = leave_out(tool, at, choice, cx.no_search.clone(), cx.out)
            {
                cx.refused.get_or_insert(refused);
            }
            known
        }
    }
}

/// What is declared for a tool that the client knows by its type alone.
pub(crate) fn synthetic(kind: &ToolKind<'_>) -> Option<&'static Synthetic> {
    let ToolKind::BuiltIn { kind, .. } = kind else { return None };
    SYNTHETIC.iter().find(|known| *kind == *known.kind)
}

/// A tool that only its own provider has: refused where the answer cannot be right without it. `at` is its place among
/// the tools; `no_search` says why there is no search of the web.
pub(crate) fn leave_out(
    tool: &Tool<'_>,
    at: usize,
    choice: &ToolChoice<'_>,
    no_search: Option<Impossible>,
    out: &mut Outgoing<'_>,
) -> Result<(), Refused> {
    let ToolKind::BuiltIn { kind, .. } = &tool.kind else { return Ok(()) };
    let kind = kind.decoded();
    let is_it = |name: &Text<'_>| *name == tool.name || *name == *kind;
    let forced = match choice {
        ToolChoice::Named(name) => is_it(name),
        // One of them must be called, and it is the only one.
        ToolChoice::Allowed { required: true, names } => !names.is_empty() && names.iter().all(is_it),
        _ => false,
    };
    // A client of Anthropic's names a version and counts on it; one of Responses offers what might be there.
    let dated =
        kind.rsplit_once('_').is_some_and(|(_, date)| date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit()));
    let always = kind == web_search::OPTIONS;
    if forced || dated || always {
        let why = no_search.filter(|_| web_search::is_search(&kind));
        let field = match out.client {
            _ if always => web_search::OPTIONS.into(),
            // Namespaces were taken apart: the place is not that of the body.
            Some(Protocol::OpenaiResponses) => "tools".into(),
            _ => format!("tools[{at}]"),
        };
        return Err(Refused::new(field, why.unwrap_or_else(|| Impossible::BuiltInTool(kind.into()))));
    }
    out.losses.dropped(if kind == web_search::SWITCH { kind.into_owned() } else { format!("tools[].{kind}") });
    Ok(())
}

/// Whether a client means `tool` by `name`.
pub(crate) fn is_meant(tool: &Tool<'_>, name: &Text<'_>) -> bool {
    *name == tool.name || *name == flat(tool.namespace.as_ref(), &tool.name)
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

impl Declared<'_, '_> {
    /// Whether the client means it by `name`.
    pub(crate) fn is_called(&self, name: &Text<'_>) -> bool {
        is_meant(self.tool, name)
    }

    /// Writes its description behind `key`, if it has one.
    pub(crate) fn write_description(&self, key: &'static str, body: &mut Writer) {
        match (&self.form, &self.tool.description) {
            (Form::Wrapped(format), description) => write_wrapped(description.as_ref(), *format, body.key(key)),
            (Form::Synthetic(known), None) => body.key(key).string(known.description),
            (_, Some(description)) if !description.is_empty() => body.key(key).text(description),
            _ => {}
        }
    }

    /// The schema of its arguments as the target takes it.
    pub(crate) fn schema(&self, cx: &mut Context<'_, '_>) -> Cow<'_, str> {
        let given = match &self.form {
            Form::Wrapped(_) => return Cow::Borrowed(FREEFORM_SCHEMA),
            Form::Synthetic(known) => return Cow::Borrowed(known.schema),
            Form::Function(given) | Form::Freeform(given) => *given,
        };
        let (fitted, lost) = schema::fit(given, cx.out.dialect.schema);
        if lost {
            let field = cx.out.name(field::TOOL_SCHEMA);
            cx.out.losses.approximated(field);
        }
        fitted
    }
}

/// Arguments as the JSON object they must be where they are no string; the second value: they were something else.
pub(crate) fn object<'a>(arguments: &Arguments<'a>) -> (Cow<'a, str>, bool) {
    let value = match arguments {
        Arguments::Freeform(input) => return (Cow::Owned(wrapped(INPUT, input)), false),
        Arguments::Quoted(text) if text.is_blank() => return (Cow::Borrowed("{}"), false),
        Arguments::Json(value) => Cow::Borrowed(*value),
        Arguments::Quoted(text) => text.decoded(),
    };
    if is_object(&value) { (value, false) } else { (Cow::Owned(wrapped(INPUT, &Text::Plain(value))), true) }
}

/// Whether `value` is one JSON object and nothing else.
pub(crate) fn is_object(value: &str) -> bool {
    let mut reader = Reader::new(value);
    reader.kind() == Ok(Kind::Object) && reader.raw().is_ok() && reader.end().is_ok()
}

fn wrapped(name: &str, text: &Text<'_>) -> String {
    let mut object = Writer::with_capacity(text.len() + name.len() + 8);
    object.object(|object| object.key(name).text(text));
    // What was written is valid UTF-8: it was made of texts.
    String::from_utf8(object.into_bytes()).unwrap_or_default()
}

/// The description of a freeform tool that is a function of one text, with its grammar in words.
pub(crate) fn write_wrapped(description: Option<&Text<'_>>, format: Option<&str>, body: &mut Writer) {
    let grammar = format.and_then(Grammar::read);
    body.string_of(|body| {
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
}

/// A grammar, flat as Responses writes it or nested as Chat does.
#[derive(Default)]
pub(crate) struct Grammar<'a> {
    pub(crate) syntax: Text<'a>,
    pub(crate) definition: Text<'a>,
}

impl<'a> Grammar<'a> {
    pub(crate) fn read(format: &'a str) -> Option<Self> {
        let mut grammar = Self::default();
        grammar.take(&mut Reader::new(format)).ok()?;
        (!grammar.definition.is_empty()).then_some(grammar)
    }

    /// Notes what of a freeform tool's `format`, which the client calls `field`, is neither its type nor a grammar.
    pub(crate) fn note_unknown(format: &str, field: &str, losses: &mut Losses) {
        let mut reader = Reader::new(format);
        if reader.kind() != Ok(Kind::Object) {
            return;
        }
        // It was found to be JSON when it was skipped.
        let _ = reader.object::<Fault>(|name, reader| match name {
            "type" | "syntax" | "definition" => reader.raw().map(drop),
            "grammar" => {
                Self::note_unknown(reader.raw()?, field, losses);
                Ok(())
            }
            _ => typed::left_out(reader, losses, || format!("{field}.{name}")),
        });
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

/// The input of a freeform tool that was declared as a function: `input`, else the only text among the arguments, as
/// models say `patch`, else the arguments as they are; nothing when nothing was said.
pub(crate) fn input(arguments: &str) -> Text<'_> {
    let (mut input, mut texts) = (None, Vec::new());
    let mut reader = Reader::new(arguments);
    let read = reader.object::<Fault>(|name, reader| {
        let text = reader.text_or_skip()?;
        if name == INPUT {
            input = text;
        } else {
            texts.extend(text);
        }
        Ok(())
    });
    match (read.and_then(|()| reader.end()), input, texts.pop()) {
        (Ok(()), Some(input), _) => input,
        (Ok(()), None, Some(only)) if texts.is_empty() => only,
        _ if arguments.trim().is_empty() => Text::EMPTY,
        _ => Text::plain(arguments),
    }
}
