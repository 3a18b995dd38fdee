//! Tools, and which of them must be called.

use std::borrow::Cow;
use std::collections::HashSet;

use super::block::{Pen, write_cache};
use super::sent_name;
use super::thinking::Thinking;
use crate::conversation::{CallKind, Impossible, Refused, Request, Tool, ToolChoice, ToolKind};
use crate::json::{Text, Writer};
use crate::translate::field;
use crate::translate::functions::{self, Synthetic};
use crate::translate::web_search::{Setting, WebSearch};
use crate::translate::{Outgoing, schema};

/// A tool that can be declared.
pub(super) struct Ready<'r, 'a> {
    tool: &'r Tool<'a>,
    name: Text<'a>,
    form: Form<'r>,
}

enum Form<'r> {
    Function {
        schema: Cow<'r, str>,
    },
    Freeform {
        format: Option<&'r str>,
    },
    Synthetic(&'static Synthetic),
    WebSearch(WebSearch<'r>),
    /// One of Anthropic's own.
    Own {
        value: &'r str,
    },
}

impl<'a> Ready<'_, 'a> {
    /// The client's cache breakpoint behind it.
    pub(super) const fn cache(&self) -> Option<&'a str> {
        self.tool.cache
    }

    fn is_named(&self, name: &Text<'_>) -> bool {
        is_named(self.tool, name)
    }
}

fn is_named(tool: &Tool<'_>, name: &Text<'_>) -> bool {
    let flat = |namespace: &Text<'_>| format!("{}__{}", namespace.decoded(), tool.name.decoded()) == name.decoded();
    let by_kind = matches!(&tool.kind, ToolKind::BuiltIn { kind, .. } if kind == name);
    by_kind || tool.name == *name || tool.namespace.as_ref().is_some_and(flat)
}

/// The tools that can be declared. One that cannot is left out, or refused when it is the one that must be called.
pub(super) fn ready<'r, 'a>(request: &'r Request<'a>, out: &mut Outgoing<'_>) -> Result<Vec<Ready<'r, 'a>>, Refused> {
    let allowed = |tool: &Tool<'_>| match &request.tool_choice {
        ToolChoice::Allowed { names, .. } => names.iter().any(|name| is_named(tool, name)),
        _ => true,
    };
    let mut ready: Vec<Ready<'r, 'a>> = Vec::with_capacity(request.tools.len());
    let mut names = HashSet::with_capacity(request.tools.len());
    for (at, tool) in request.tools.iter().enumerate().filter(|(_, tool)| allowed(tool)) {
        let Some(form) = form(tool, at, &request.tool_choice, out)? else { continue };
        let name = match form {
            Form::WebSearch(_) => Text::plain("web_search"),
            _ => sent_name(&tool.name, tool.namespace.as_ref(), out),
        };
        // Two tools of one name are refused.
        if names.insert(name.decoded().into_owned()) {
            ready.push(Ready { tool, name, form });
        } else {
            out.losses.dropped(out.name(field::TOOL_NAME));
        }
    }
    for tool in &ready {
        let kind = match tool.form {
            Form::Freeform { .. } => CallKind::Freeform,
            Form::Synthetic(known) => known.call,
            _ => continue,
        };
        out.forms.push((tool.name.decoded().into_owned(), kind));
    }
    match &request.tool_choice {
        ToolChoice::Named(name) if !ready.iter().any(|tool| tool.is_named(name)) => {
            Err(Refused::new("tool_choice", Impossible::ChosenTool))
        }
        choice if functions::is_demanded(choice) && ready.is_empty() => {
            Err(Refused::new("tool_choice", Impossible::ChosenTool))
        }
        _ => Ok(ready),
    }
}

/// How a tool is declared; `None`: not at all.
fn form<'r>(
    tool: &'r Tool<'_>,
    at: usize,
    choice: &ToolChoice<'_>,
    out: &mut Outgoing<'_>,
) -> Result<Option<Form<'r>>, Refused> {
    note_extras(tool, out);
    Ok(match &tool.kind {
        _ if tool.name.is_empty() => {
            out.losses.dropped(out.name(field::TOOL_NAME));
            None
        }
        ToolKind::Function { schema } => {
            let (schema, lost) = schema::fit(*schema, out.dialect.schema);
            if lost {
                out.losses.approximated(out.name(field::TOOL_SCHEMA));
            }
            Some(Form::Function { schema })
        }
        ToolKind::Freeform { format } => Some(Form::Freeform { format: *format }),
        ToolKind::BuiltIn { kind, value } => {
            let form = built_in(tool, &kind.decoded(), value, out);
            if form.is_none() {
                functions::leave_out(tool, at, choice, Some(Impossible::WebSearch), out)?;
            }
            form
        }
    })
}

fn built_in<'r>(tool: &'r Tool<'_>, kind: &str, value: &'r str, out: &mut Outgoing<'_>) -> Option<Form<'r>> {
    if is_own(kind) {
        return Some(Form::Own { value });
    }
    if let Some(known) = functions::synthetic(&tool.kind) {
        return Some(Form::Synthetic(known));
    }
    let search = WebSearch::of(tool).filter(|search| out.dialect.web_search && !search.is_offline)?;
    let mut carried = vec![Setting::AllowedDomains, Setting::Location, Setting::MaxUses];
    // One list or the other.
    if search.get(Setting::AllowedDomains).is_none() {
        carried.push(Setting::BlockedDomains);
    }
    search.note_losses(&carried, &mut out.losses);
    Some(Form::WebSearch(search))
}

/// Anthropic's own types end with their date.
fn is_own(kind: &str) -> bool {
    let date = kind.rsplit_once('_').map(|(_, date)| date);
    date.is_some_and(|date| date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()))
}

fn note_extras(tool: &Tool<'_>, out: &mut Outgoing<'_>) {
    if tool.strict == Some(true) {
        out.losses.dropped(out.name(field::TOOL_STRICT));
    }
    if tool.deferred {
        out.losses.reworded("tools[].defer_loading");
    }
    for extra in tool.extra.iter().filter(|extra| extra.value != "null") {
        out.losses.dropped(format!("tools[].{}", extra.name));
    }
}

/// Writes `tools`.
pub(super) fn write(writer: &mut Writer, tools: &[Ready<'_, '_>], pen: &mut Pen<'_, '_>) {
    if tools.is_empty() {
        return;
    }
    writer.key("tools").array(|writer| {
        for (at, ready) in tools.iter().enumerate() {
            let cache = pen.marks.stable(ready.cache(), at + 1 == tools.len());
            if let Form::Own { value } = ready.form {
                writer.raw(value);
                continue;
            }
            writer.object(|writer| {
                ready.write(writer);
                write_cache(writer, cache);
            });
        }
    });
}

impl Ready<'_, '_> {
    fn write(&self, writer: &mut Writer) {
        if let Form::WebSearch(search) = &self.form {
            return write_web_search(writer, search);
        }
        writer.key("name").text(&self.name);
        let said = self.tool.description.as_ref().filter(|text| !text.is_empty());
        let schema = match &self.form {
            Form::Function { schema } => {
                if let Some(said) = said {
                    writer.key("description").text(said);
                }
                schema
            }
            Form::Freeform { format } => {
                functions::write_wrapped(said, *format, writer.key("description"));
                functions::FREEFORM_SCHEMA
            }
            Form::Synthetic(known) => {
                writer.key("description").string(known.description);
                known.schema
            }
            Form::WebSearch(_) | Form::Own { .. } => return,
        };
        writer.key("input_schema").raw(schema);
    }
}

fn write_web_search(writer: &mut Writer, search: &WebSearch<'_>) {
    writer.key("type").string("web_search_20250305");
    writer.key("name").string("web_search");
    if let Some(most) = search.get(Setting::MaxUses) {
        writer.key("max_uses").raw(most);
    }
    match (search.get(Setting::AllowedDomains), search.get(Setting::BlockedDomains)) {
        (Some(domains), _) => writer.key("allowed_domains").raw(domains),
        (None, Some(domains)) => writer.key("blocked_domains").raw(domains),
        (None, None) => {}
    }
    search.write_location(writer);
}

/// Writes `tool_choice`; without tools there is nothing to choose, and saying it is refused.
pub(super) fn write_choice(
    writer: &mut Writer,
    request: &Request<'_>,
    tools: &[Ready<'_, '_>],
    thinking: &Thinking,
    pen: &mut Pen<'_, '_>,
) {
    let one_by_one = request.parallel_tools == Some(false);
    if tools.is_empty() || (request.tool_choice == ToolChoice::Unset && !one_by_one) {
        return;
    }
    let mut name = None;
    let mut kind = match &request.tool_choice {
        ToolChoice::Unset | ToolChoice::Auto | ToolChoice::Allowed { required: false, .. } => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => "any",
        ToolChoice::Named(wanted) => {
            name = tools.iter().find(|tool| tool.is_named(wanted)).map(|tool| &tool.name);
            "tool"
        }
    };
    // Claude refuses to be forced while it reasons with a budget.
    if thinking.is_manual() && matches!(kind, "any" | "tool") {
        pen.out.losses.approximated("tool_choice");
        (kind, name) = ("auto", None);
    }
    writer.key("tool_choice").object(|writer| {
        writer.key("type").string(kind);
        if let Some(name) = name {
            writer.key("name").text(name);
        }
        if one_by_one && kind != "none" {
            writer.key("disable_parallel_tool_use").flag(true);
        }
    });
}
