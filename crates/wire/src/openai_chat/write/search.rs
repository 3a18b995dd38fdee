//! A search of the web, as the provider's dialect asks for it.

use crate::conversation::ToolChoice;
use crate::json::Writer;
use crate::translate::context::Context;
use crate::translate::dialect::SearchSwitch;
use crate::translate::web_search::{Setting, WebSearch, is_search};

/// The tool that asks for it, where it is one.
pub(super) fn tool(search: &WebSearch<'_>, cx: &mut Context<'_, '_>) -> Option<String> {
    let mut tool = Writer::default();
    match cx.out.dialect.search_switch {
        SearchSwitch::Options | SearchSwitch::EnableSearch => return None,
        SearchSwitch::Tool { engine } => {
            search.note_losses(&[], &mut cx.out.losses);
            tool.object(|tool| {
                tool.key("type").string("web_search");
                tool.key("web_search").object(|tool| {
                    tool.key("enable").flag(true);
                    tool.key("search_engine").string(engine);
                    tool.key("search_result").flag(true);
                });
            });
        }
        SearchSwitch::OpenRouter => {
            let carried = [Setting::AllowedDomains, Setting::BlockedDomains, Setting::Location, Setting::ContextSize];
            search.note_losses(&carried, &mut cx.out.losses);
            tool.object(|tool| write_openrouter(search, tool));
        }
    }
    // What was written is valid UTF-8: it was made of texts.
    Some(String::from_utf8(tool.into_bytes()).unwrap_or_default())
}

fn write_openrouter(search: &WebSearch<'_>, tool: &mut Writer) {
    tool.key("type").string("openrouter:web_search");
    tool.key("parameters").object(|tool| {
        // One list or the other.
        match (search.get(Setting::AllowedDomains), search.get(Setting::BlockedDomains)) {
            (Some(domains), _) => tool.key("allowed_domains").raw(domains),
            (None, Some(domains)) => tool.key("excluded_domains").raw(domains),
            (None, None) => {}
        }
        search.write_location(tool);
        if let Some(size) = search.get(Setting::ContextSize) {
            tool.key("search_context_size").raw(size);
        }
    });
}

/// The field that asks for it, where it is no tool.
pub(super) fn switch(search: &WebSearch<'_>, choice: &ToolChoice<'_>, cx: &mut Context<'_, '_>, body: &mut Writer) {
    if cx.out.dialect.search_switch == SearchSwitch::EnableSearch {
        search.note_losses(&[], &mut cx.out.losses);
        body.key("enable_search").flag(true);
        if search.is_always() || is_chosen(choice) {
            body.key("search_options").object(|body| body.key("forced_search").flag(true));
        }
        return;
    }
    search.note_losses(&[Setting::Location, Setting::ContextSize], &mut cx.out.losses);
    body.key("web_search_options").object(|body| {
        search.write_nested_location(body);
        if let Some(size) = search.get(Setting::ContextSize) {
            body.key("search_context_size").raw(size);
        }
    });
}

/// The choice without a search, which cannot be chosen by name: models with a field for it search anyway, of the others
/// it is reported. `alone`: there is no other tool.
pub(super) fn choice<'c, 'a>(
    search: Option<&WebSearch<'_>>,
    choice: &'c ToolChoice<'a>,
    alone: bool,
    cx: &mut Context<'_, '_>,
) -> &'c ToolChoice<'a> {
    let meant = is_chosen(choice) || alone && *choice == ToolChoice::Required;
    if search.is_none() || !meant {
        return choice;
    }
    if !matches!(cx.out.dialect.search_switch, SearchSwitch::Options | SearchSwitch::EnableSearch) {
        cx.out.losses.approximated("tool_choice");
    }
    &ToolChoice::Unset
}

fn is_chosen(choice: &ToolChoice<'_>) -> bool {
    matches!(choice, ToolChoice::Named(name) if is_search(&name.decoded()))
}
