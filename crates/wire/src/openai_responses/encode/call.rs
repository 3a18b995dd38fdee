//! Calls, as functions or as what they were declared as.

use super::item::Standing;
use super::quoted::Quoted;
use super::stream::Stream;
use super::tools::Known;
use crate::conversation::CallKind;
use crate::json::{Fault, Kind, Reader, Text, Writer};
use crate::translate::functions;

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) call_id: Quoted,
    pub(super) tool: Known,
    /// The upstream knows it as a function: its arguments hold the input.
    pub(super) wrapped: bool,
    pub(super) arguments: Quoted,
}

/// The prefix of the item's id.
pub(super) const fn prefix(form: CallKind) -> &'static str {
    match form {
        CallKind::Function => "fc_",
        CallKind::Freeform => "ctc_",
        CallKind::LocalShell => "lsh_",
        CallKind::Shell => "sh_",
        CallKind::ApplyPatch => "apc_",
        CallKind::ToolSearch => "tsc_",
    }
}

/// The events of its input.
const fn events(form: CallKind) -> Option<(&'static str, &'static str, &'static str)> {
    match form {
        CallKind::Function => {
            Some(("response.function_call_arguments.delta", "response.function_call_arguments.done", "arguments"))
        }
        CallKind::Freeform => {
            Some(("response.custom_tool_call_input.delta", "response.custom_tool_call_input.done", "input"))
        }
        CallKind::LocalShell | CallKind::Shell | CallKind::ApplyPatch | CallKind::ToolSearch => None,
    }
}

impl Call {
    /// Whether its input goes out as it comes.
    const fn is_live(&self) -> bool {
        matches!(self.tool.form, CallKind::Function) || !self.wrapped && matches!(self.tool.form, CallKind::Freeform)
    }

    /// Whether what has come of its arguments is all. Of free text nobody can tell.
    pub(super) fn is_whole(&self) -> bool {
        if !self.wrapped && self.tool.form == CallKind::Freeform || self.arguments.text().is_blank() {
            return true;
        }
        let arguments = self.arguments.decoded();
        let mut reader = Reader::new(&arguments);
        reader.raw().is_ok() && reader.end().is_ok()
    }

    pub(super) fn push(&mut self, text: &Text<'_>, index: u64, out: &mut Stream) {
        if text.is_empty() {
            return;
        }
        self.arguments.push(text);
        if self.is_live() {
            self.delta(text, index, out);
        }
    }

    fn delta(&self, text: &Text<'_>, index: u64, out: &mut Stream) {
        if let Some((delta, _, _)) = events(self.tool.form) {
            out.event(delta, |writer| {
                self.place(index, writer);
                writer.key("delta").text(text);
            });
        }
    }

    /// The input is there, as far as it ever will be.
    pub(super) fn close(&mut self, standing: Standing, index: u64, out: &mut Stream) {
        if self.tool.form == CallKind::Function && self.arguments.is_empty() && standing == Standing::Completed {
            self.push(&Text::plain("{}"), index, out);
        }
        let Some((_, done, field)) = events(self.tool.form).filter(|_| out.is_streamed()) else { return };
        self.with_input(standing, |call, input| {
            if !call.is_live() && !input.is_empty() {
                call.delta(input, index, out);
            }
            out.event(done, |writer| {
                call.place(index, writer);
                writer.key(field).text(input);
            });
        });
    }

    fn place(&self, index: u64, writer: &mut Writer) {
        writer.key("item_id").string(&self.id);
        writer.key("output_index").count(index);
    }

    /// The arguments, or the input that they hold.
    fn with_input<T>(&self, standing: Standing, take: impl FnOnce(&Self, &Text<'_>) -> T) -> T {
        if self.is_live() {
            return take(self, &self.arguments.text());
        }
        // Half of a wrapper holds nothing that can be used.
        if standing != Standing::Completed {
            return take(self, &Text::EMPTY);
        }
        let arguments = self.arguments.decoded();
        take(self, &functions::input(&arguments))
    }

    pub(super) fn write(&self, standing: Standing, writer: &mut Writer) {
        let kind = match self.tool.form {
            CallKind::Function => "function_call",
            CallKind::Freeform => "custom_tool_call",
            CallKind::LocalShell => "local_shell_call",
            CallKind::Shell => "shell_call",
            CallKind::ApplyPatch => "apply_patch_call",
            CallKind::ToolSearch => "tool_search_call",
        };
        writer.object(|writer| {
            writer.key("id").string(&self.id);
            writer.key("type").string(kind);
            writer.key("status").string(standing.word());
            writer.key("call_id").text(&self.call_id.text());
            self.content(standing, writer);
        });
    }

    fn content(&self, standing: Standing, writer: &mut Writer) {
        let field = match self.tool.form {
            CallKind::Function => "arguments",
            CallKind::Freeform => "input",
            form => return self.own_content(form, standing, writer),
        };
        writer.key("name").string(&self.tool.name);
        if let Some(namespace) = &self.tool.namespace {
            writer.key("namespace").string(namespace);
        }
        self.with_input(standing, |_, input| writer.key(field).text(input));
    }

    /// Of the tools whose items have a type of their own.
    fn own_content(&self, form: CallKind, standing: Standing, writer: &mut Writer) {
        let arguments = if standing == Standing::Completed { self.arguments.decoded() } else { "".into() };
        match form {
            CallKind::LocalShell => local_shell(&arguments, writer.key("action")),
            CallKind::Shell => shell(&arguments, writer.key("action")),
            CallKind::ApplyPatch => patch(&arguments, writer.key("operation")),
            CallKind::Function | CallKind::Freeform | CallKind::ToolSearch => {
                writer.key("execution").string("client");
                let object = Reader::new(&arguments).kind() == Ok(Kind::Object) && self.is_whole();
                writer.key("arguments").raw(if object { &arguments } else { "{}" });
            }
        }
    }
}

/// The members of an object, as they stand; none of anything else.
fn members(object: &str) -> Vec<(&str, &str)> {
    let mut members = Vec::new();
    let mut reader = Reader::new(object);
    let read = reader.object::<Fault>(|name, reader| {
        members.push((name, reader.raw()?));
        Ok(())
    });
    if read.and_then(|()| reader.end()).is_err() {
        members.clear();
    }
    members
}

/// The members of `object`, or of its member `inner` when models put one more object around them.
fn inner<'a>(object: &'a str, inner: &str) -> Vec<(&'a str, &'a str)> {
    let outside = members(object);
    match outside.iter().find(|(name, value)| *name == inner && value.starts_with('{')) {
        Some((_, value)) => members(value),
        None => outside,
    }
}

/// `{"type":"exec","command":[…],"env":{…},…}`
fn local_shell(arguments: &str, writer: &mut Writer) {
    let given = inner(arguments, "action");
    writer.object(|writer| {
        writer.key("type").string("exec");
        command(&given, writer);
        let env = given.iter().find(|(name, value)| *name == "env" && value.starts_with('{'));
        writer.key("env").raw(env.map_or("{}", |(_, value)| value));
        for (name, value) in &given {
            match *name {
                "timeout_ms" | "user" | "working_directory" => writer.key(name).raw(value),
                "workdir" | "cwd" => writer.key("working_directory").raw(value),
                _ => {}
            }
        }
    });
}

/// The command as a list; a line is given to a shell.
fn command(given: &[(&str, &str)], writer: &mut Writer) {
    let value = given.iter().find(|(name, _)| *name == "command").map(|(_, value)| *value);
    writer.key("command");
    match value {
        Some(list) if list.starts_with('[') => writer.raw(list),
        Some(line) if line.starts_with('"') => writer.array(|writer| {
            writer.string("bash");
            writer.string("-lc");
            writer.raw(line);
        }),
        _ => writer.array(|_| {}),
    }
}

/// `{"commands":[…],"timeout_ms":…,"max_output_length":…}`
fn shell(arguments: &str, writer: &mut Writer) {
    let given = inner(arguments, "action");
    let find = |wanted: &str| given.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    writer.object(|writer| {
        writer.key("commands");
        match find("commands").or_else(|| find("command")) {
            Some(list) if list.starts_with('[') => writer.raw(list),
            Some(line) if line.starts_with('"') => writer.array(|writer| writer.raw(line)),
            _ => writer.array(|_| {}),
        }
        writer.key("timeout_ms").raw(find("timeout_ms").unwrap_or("null"));
        writer.key("max_output_length").raw(find("max_output_length").unwrap_or("null"));
    });
}

/// `{"type":"update_file","path":…,"diff":…}`
fn patch(arguments: &str, writer: &mut Writer) {
    let given = inner(arguments, "operation");
    let find = |wanted: &str| {
        given.iter().find(|(name, value)| *name == wanted && value.starts_with('"')).map(|(_, value)| *value)
    };
    writer.object(|writer| {
        let kind = find("type").unwrap_or("\"update_file\"");
        writer.key("type").raw(kind);
        writer.key("path").raw(find("path").unwrap_or("\"\""));
        if kind != "\"delete_file\"" {
            writer.key("diff").raw(find("diff").unwrap_or("\"\""));
        }
    });
}
