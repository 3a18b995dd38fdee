//! Tools and which of them must be called.

use crate::conversation::{CallKind, Request, Tool, ToolChoice, ToolKind};
use crate::json::{Text, Writer};
use crate::translate::field;
use crate::translate::functions::{self, Grammar};
use crate::translate::web_search::{Setting, WebSearch};
use crate::translate::{Dialect, Outgoing, schema, web_search};

/// A search for tools.
pub(super) fn is_search(kind: &str) -> bool {
    kind.starts_with("tool_search")
}

/// Whether the provider gets the tool: it searches the web, or the client runs it.
pub(super) fn is_sent(tool: &Tool<'_>, dialect: &Dialect) -> bool {
    match &tool.kind {
        ToolKind::BuiltIn { kind, .. } => dialect.web_search && web_search::is_search(&kind.decoded()),
        ToolKind::Function { .. } | ToolKind::Freeform { .. } => true,
    }
}

/// Writes the tools; whether there are any.
pub(super) fn write(tools: &[Tool<'_>], out: &mut Outgoing<'_>, writer: &mut Writer) -> bool {
    for tool in tools {
        // All tools are there from the beginning.
        if let ToolKind::BuiltIn { kind, .. } = &tool.kind
            && is_search(&kind.decoded())
        {
            out.losses.reworded(format!("tools[].{}", kind.decoded()));
        }
    }
    let dialect = out.dialect;
    let sent = || tools.iter().filter(|tool| is_sent(tool, dialect));
    if sent().next().is_none() {
        return false;
    }
    writer.key("tools").array(|writer| sent().for_each(|tool| one(tool, out, writer)));
    true
}

fn one(tool: &Tool<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    if tool.deferred {
        out.losses.dropped("tools[].defer_loading");
    }
    if tool.cache.is_some() {
        out.losses.dropped("tools[].cache_control");
    }
    for extra in &tool.extra {
        out.losses.dropped(format!("tools[].{}", extra.name));
    }
    match &tool.kind {
        ToolKind::Function { schema } => function(tool, *schema, out, writer),
        ToolKind::Freeform { format } if out.dialect.freeform_tools => {
            let name = name(tool.namespace.as_ref(), &tool.name, out);
            writer.object(|writer| {
                writer.key("type").string("custom");
                writer.key("name").text(&name);
                description(tool, writer);
                if let Some(format) = format {
                    write_format(format, writer);
                }
            });
        }
        ToolKind::Freeform { format } => wrapped(tool, *format, out, writer),
        ToolKind::BuiltIn { .. } => search(tool, out, writer),
    }
}

/// The name as the target takes it. Namespaces become prefixes.
pub(super) fn name<'a>(namespace: Option<&Text<'a>>, name: &Text<'a>, out: &mut Outgoing<'_>) -> Text<'a> {
    let flat = match namespace {
        Some(namespace) => Text::from(format!("{}__{}", namespace.decoded(), name.decoded())),
        None => name.clone(),
    };
    out.names.tool(&flat, out.dialect.name_max, out.dialect.name_digit_first)
}

fn description(tool: &Tool<'_>, writer: &mut Writer) {
    if let Some(description) = &tool.description {
        writer.key("description").text(description);
    }
}

fn function(tool: &Tool<'_>, given: Option<&str>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let name = name(tool.namespace.as_ref(), &tool.name, out);
    let (fitted, lost) = schema::fit(given, out.dialect.schema);
    let strict = tool.strict == Some(true) && schema::is_strict(&fitted);
    if lost {
        let field = out.name(field::TOOL_SCHEMA);
        out.losses.approximated(field);
    }
    if tool.strict == Some(true) && !strict {
        let field = out.name(field::TOOL_STRICT);
        out.losses.dropped(field);
    }
    writer.object(|writer| {
        writer.key("type").string("function");
        writer.key("name").text(&name);
        description(tool, writer);
        writer.key("parameters").raw(&fitted);
        // Without it a schema is enforced, and refused when it cannot be.
        writer.key("strict").flag(strict);
    });
}

/// A freeform tool as a function with one text.
fn wrapped(tool: &Tool<'_>, format: Option<&str>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let name = name(tool.namespace.as_ref(), &tool.name, out);
    out.forms.push((name.decoded().into_owned(), CallKind::Freeform));
    out.losses.reworded("tools[].custom");
    writer.object(|writer| {
        writer.key("type").string("function");
        writer.key("name").text(&name);
        functions::write_wrapped(tool.description.as_ref(), format, writer.key("description"));
        writer.key("parameters").raw(functions::FREEFORM_SCHEMA);
        writer.key("strict").flag(false);
    });
}

/// The form of a freeform tool's input: flat, also when a Chat client has it nested.
fn write_format(format: &str, writer: &mut Writer) {
    let Some(grammar) = Grammar::read(format) else {
        // What else there is, is text.
        writer.key("format").object(|writer| writer.key("type").string("text"));
        return;
    };
    writer.key("format").object(|writer| {
        writer.key("type").string("grammar");
        writer.key("syntax").text(&grammar.syntax);
        writer.key("definition").text(&grammar.definition);
    });
}

/// `web_search`
fn search(tool: &Tool<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    let Some(search) = WebSearch::of(tool) else { return };
    out.searches = true;
    search.note_losses(&[Setting::AllowedDomains, Setting::Location, Setting::ContextSize], &mut out.losses);
    writer.object(|writer| {
        writer.key("type").string("web_search");
        if let Some(domains) = search.get(Setting::AllowedDomains) {
            writer.key("filters").object(|writer| writer.key("allowed_domains").raw(domains));
        }
        search.write_location(writer);
        if let Some(size) = search.get(Setting::ContextSize) {
            writer.key("search_context_size").raw(size);
        }
        if search.is_offline {
            writer.key("external_web_access").flag(false);
        }
    });
}

/// `tool_choice` and `parallel_tool_calls`; both are refused without tools.
pub(super) fn choice(request: &Request<'_>, out: &mut Outgoing<'_>, writer: &mut Writer) {
    match &request.tool_choice {
        ToolChoice::Unset => {}
        ToolChoice::Auto => writer.key("tool_choice").string("auto"),
        ToolChoice::None => writer.key("tool_choice").string("none"),
        ToolChoice::Required => writer.key("tool_choice").string("required"),
        ToolChoice::Named(name) => target(name, &request.tools, out, writer.key("tool_choice")),
        ToolChoice::Allowed { required, names } => allowed(*required, names, &request.tools, out, writer),
    }
    match request.parallel_tools {
        Some(parallel) if out.dialect.parallel_tools => writer.key("parallel_tool_calls").flag(parallel),
        Some(false) => out.losses.dropped(out.name(field::PARALLEL)),
        _ => {}
    }
}

/// Those of the tools that the provider gets and may call: one that is not there is refused.
fn allowed(required: bool, names: &[Text<'_>], tools: &[Tool<'_>], out: &mut Outgoing<'_>, writer: &mut Writer) {
    let dialect = out.dialect;
    let is_there =
        |name: &&Text<'_>| tools.iter().any(|tool| is_sent(tool, dialect) && functions::is_meant(tool, name));
    let names: Vec<_> = names.iter().filter(is_there).collect();
    if names.is_empty() {
        return writer.key("tool_choice").string("none");
    }
    writer.key("tool_choice").object(|writer| {
        writer.key("type").string("allowed_tools");
        writer.key("mode").string(if required { "required" } else { "auto" });
        writer.key("tools").array(|writer| names.iter().for_each(|name| target(name, tools, out, writer)));
    });
}

fn target(wanted: &Text<'_>, tools: &[Tool<'_>], out: &mut Outgoing<'_>, writer: &mut Writer) {
    let tool = tools.iter().find(|tool| tool.name == *wanted);
    let kind = match tool.map(|tool| &tool.kind) {
        Some(ToolKind::BuiltIn { .. }) => return writer.object(|writer| writer.key("type").string("web_search")),
        Some(ToolKind::Freeform { .. }) if out.dialect.freeform_tools => "custom",
        _ => "function",
    };
    let name = name(tool.and_then(|tool| tool.namespace.as_ref()), wanted, out);
    writer.object(|writer| {
        writer.key("type").string(kind);
        writer.key("name").text(&name);
    });
}
