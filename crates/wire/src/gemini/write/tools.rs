//! Tools, and which of them must be called.

use crate::conversation::{Impossible, Request, ToolChoice};
use crate::json::Writer;
use crate::translate::context::Context;
use crate::translate::dialect::SchemaDialect;
use crate::translate::field;
use crate::translate::functions::Declared;
use crate::translate::web_search::WebSearch;

/// The schema of a function without arguments: the OpenAPI form refuses objects without properties, so none is said.
const EMPTY: &str = r#"{"type":"object","properties":{}}"#;

pub(super) fn write(
    tools: &[Declared<'_, '_>],
    search: Option<&WebSearch<'_>>,
    request: &Request<'_>,
    cx: &mut Context<'_, '_>,
    body: &mut Writer,
) {
    if let Some(search) = search {
        return write_search(search, &request.tool_choice, cx, body);
    }
    if tools.is_empty() {
        return;
    }
    body.key("tools").array(|body| {
        body.object(|body| {
            body.key("functionDeclarations").array(|body| tools.iter().for_each(|tool| declare(tool, cx, body)));
        });
    });
    write_choice(tools, &request.tool_choice, cx, body);
    if request.parallel_tools == Some(false) {
        cx.out.losses.dropped(cx.out.name(field::PARALLEL));
    }
}

/// It stands alone, and the model decides whether it is needed.
fn write_search(search: &WebSearch<'_>, choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    search.note_losses(&[], &mut cx.out.losses);
    if matches!(choice, ToolChoice::Required | ToolChoice::Named(_)) {
        cx.out.losses.approximated("tool_choice");
    }
    body.key("tools").array(|body| body.object(|body| body.key("googleSearch").object(|_| {})));
}

fn declare(tool: &Declared<'_, '_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    if tool.tool.strict == Some(true) {
        cx.out.losses.dropped(cx.out.name(field::TOOL_STRICT));
    }
    body.object(|body| {
        body.key("name").text(&tool.name);
        tool.write_description("description", body);
        let schema = tool.schema(cx);
        match cx.out.dialect.schema {
            SchemaDialect::OpenApi if schema == EMPTY => {}
            SchemaDialect::OpenApi => body.key("parameters").raw(&schema),
            SchemaDialect::Full | SchemaDialect::Moonshot => body.key("parametersJsonSchema").raw(&schema),
        }
    });
}

fn write_choice(tools: &[Declared<'_, '_>], choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    let (mode, only) = match choice {
        ToolChoice::Unset => return,
        // Tools that are not allowed are not declared either.
        ToolChoice::Auto | ToolChoice::Allowed { required: false, .. } => ("AUTO", None),
        ToolChoice::None => ("NONE", None),
        ToolChoice::Required | ToolChoice::Allowed { required: true, .. } => ("ANY", None),
        ToolChoice::Named(name) => match tools.iter().find(|tool| tool.is_called(name)) {
            Some(tool) => ("ANY", Some(&tool.name)),
            None => return cx.refuse("tool_choice", Impossible::ChosenTool),
        },
    };
    body.key("toolConfig").object(|body| {
        body.key("functionCallingConfig").object(|body| {
            body.key("mode").string(mode);
            if let Some(name) = only {
                body.key("allowedFunctionNames").array(|body| body.text(name));
            }
        });
    });
}
