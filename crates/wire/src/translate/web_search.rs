//! Searches of the web that the provider makes itself: how they are asked for, and how what was found is told.
//!
//! Every protocol has its own declaration for the same thing. What cannot be said in the target's is named as the client
//! named it.

use super::context::Context;
use super::functions;
use crate::conversation::{Losses, Request, Tool, ToolChoice, ToolKind};
use crate::json::{Fault, Kind, Reader, Text, Writer};

/// Qwen's switch, which is no tool.
pub(crate) const SWITCH: &str = "enable_search";

/// OpenAI's declaration over Chat, which is no tool either: such a model searches before every answer.
pub(crate) const OPTIONS: &str = "web_search_options";

/// Whether a tool of this type searches the web, by any version's and any vendor's name.
pub(crate) fn is_search(kind: &str) -> bool {
    kind.starts_with("web_search") || kind == SWITCH || kind == "openrouter:web_search"
}

/// Whether a provider that searches the web can make the search that `tool` is.
pub(crate) fn is_made(tool: &Tool<'_>) -> bool {
    WebSearch::of(tool).is_some_and(|search| !search.is_offline)
}

/// The search that a request asks for, where the provider makes it.
pub(crate) fn wanted<'a>(request: &Request<'a>, cx: &mut Context<'_, '_>) -> Option<WebSearch<'a>> {
    if cx.no_search.is_some() {
        return None;
    }
    let tools = request.tools.iter().filter(|tool| functions::is_allowed(tool, &request.tool_choice));
    // Where no tool may be called, only who always searches does.
    let may = |search: &WebSearch<'_>| search.is_always() || request.tool_choice != ToolChoice::None;
    let search = tools.filter_map(WebSearch::of).find(|search| !search.is_offline && may(search));
    cx.out.searches |= search.is_some();
    search
}

/// What a search may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// The only domains to search: a list.
    AllowedDomains,
    /// Domains not to search: a list.
    BlockedDomains,
    /// Where the user is, about: an object, without its type.
    Location,
    /// Most searches.
    MaxUses,
    /// How much of what was found the model reads: `low`, `medium`, `high`.
    ContextSize,
}

/// A search that a client asks for.
#[derive(Debug)]
pub(crate) struct WebSearch<'a> {
    /// The client's type of it.
    kind: String,
    /// Settings, the client's name and the value of each.
    settings: Vec<(Setting, &'static str, &'a str)>,
    /// Members that mean nothing elsewhere.
    unknown: Vec<&'a str>,
    /// It must not reach the web, only what was collected before: nobody else has that.
    pub(crate) is_offline: bool,
}

impl<'a> WebSearch<'a> {
    /// The search that `tool` declares, if it does.
    pub(crate) fn of(tool: &Tool<'a>) -> Option<Self> {
        let ToolKind::BuiltIn { kind, value } = &tool.kind else { return None };
        let kind = kind.decoded();
        if !is_search(&kind) {
            return None;
        }
        let mut search = Self { kind: kind.into_owned(), settings: Vec::new(), unknown: Vec::new(), is_offline: false };
        // A declaration that is no object, or does not read, is one without settings.
        if Reader::new(value).kind() == Ok(Kind::Object) {
            let _ = Reader::new(value).object(|name, reader| search.member("", name, reader));
        }
        Some(search)
    }

    fn member(&mut self, within: &str, name: &'a str, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let is_object = reader.kind()? == Kind::Object;
        let (setting, field) = match (within, name) {
            ("", "type" | "name" | "cache_control") | ("web_search", "enable") => return reader.raw().map(drop),
            ("", "filters" | "parameters" | "web_search") if is_object => {
                return reader.object(|inner, reader| self.member(name, inner, reader));
            }
            ("filters", "allowed_domains") => (Setting::AllowedDomains, "filters.allowed_domains"),
            ("filters", "blocked_domains") => (Setting::BlockedDomains, "filters.blocked_domains"),
            (_, "allowed_domains") => (Setting::AllowedDomains, "allowed_domains"),
            (_, "blocked_domains" | "excluded_domains") => (Setting::BlockedDomains, "blocked_domains"),
            (_, "max_uses") => (Setting::MaxUses, "max_uses"),
            (_, "search_context_size") => (Setting::ContextSize, "search_context_size"),
            (_, "user_location") if is_object => {
                let (value, unknown) = location(reader)?;
                self.unknown.extend(unknown);
                self.settings.push((Setting::Location, "user_location", value));
                return Ok(());
            }
            _ => {
                let value = reader.raw()?;
                if name == "external_web_access" {
                    self.is_offline = value == "false";
                } else if is_given(value) {
                    self.unknown.push(name);
                }
                return Ok(());
            }
        };
        let value = reader.raw()?;
        if is_given(value) {
            self.settings.push((setting, field, value));
        }
        Ok(())
    }

    /// Whether the client means that the model searches whatever is asked.
    pub(crate) fn is_always(&self) -> bool {
        self.kind == OPTIONS
    }

    /// JSON of a setting as it stands.
    pub(crate) fn get(&self, wanted: Setting) -> Option<&'a str> {
        self.settings.iter().find(|(setting, ..)| *setting == wanted).map(|(.., value)| *value)
    }

    /// Notes what a target leaves out that can say `carried` and nothing else.
    pub(crate) fn note_losses(&self, carried: &[Setting], losses: &mut Losses) {
        let list = if self.is_always() { OPTIONS } else { "tools[]" };
        let lost = self.settings.iter().filter(|(setting, ..)| !carried.contains(setting)).map(|(_, field, _)| *field);
        for field in lost.chain(self.unknown.iter().copied()) {
            losses.dropped(format!("{list}.{field}"));
        }
    }

    /// Writes where the user is, flat, as all but Chat have it; nothing if nobody said.
    pub(crate) fn write_location(&self, writer: &mut Writer) {
        if let Some(place) = self.get(Setting::Location) {
            writer.key("user_location").object(|writer| {
                writer.key("type").string("approximate");
                write_place(place, writer);
            });
        }
    }

    /// The same as Chat has it.
    pub(crate) fn write_nested_location(&self, writer: &mut Writer) {
        if let Some(place) = self.get(Setting::Location) {
            writer.key("user_location").object(|writer| {
                writer.key("type").string("approximate");
                writer.key("approximate").object(|writer| write_place(place, writer));
            });
        }
    }
}

/// Whether a member says anything.
fn is_given(value: &str) -> bool {
    !matches!(value, "null" | "[]" | "{}" | "\"\"")
}

/// The object that says where the user is, of Chat an inner one; and what of it is no place.
fn location<'a>(reader: &mut Reader<'a>) -> Result<(&'a str, Vec<&'a str>), Fault> {
    let whole = reader.raw()?;
    let (mut inner, mut unknown) = (None, Vec::new());
    Reader::new(whole).object::<Fault>(|name, reader| {
        let is_object = reader.kind()? == Kind::Object;
        let value = reader.raw()?;
        match name {
            "approximate" if is_object => inner = Some(value),
            _ if name != "type" && !PLACE.contains(&name) && is_given(value) => unknown.push(name),
            _ => {}
        }
        Ok(())
    })?;
    let Some(inner) = inner else { return Ok((whole, unknown)) };
    let (inner, more) = location(&mut Reader::new(inner))?;
    unknown.extend(more);
    Ok((inner, unknown))
}

/// What is said of a place, in every protocol.
const PLACE: [&str; 4] = ["city", "region", "country", "timezone"];

fn write_place(place: &str, writer: &mut Writer) {
    // It was read before: it is an object.
    let _ = Reader::new(place).object::<Fault>(|name, reader| {
        let value = reader.raw()?;
        if PLACE.contains(&name) && value != "null" {
            writer.key(name).raw(value);
        }
        Ok(())
    });
}

/// A page that was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found<'a> {
    /// Address.
    pub(crate) url: Text<'a>,
    /// Title; empty: nobody said.
    pub(crate) title: Text<'a>,
}

/// A search that was made, in the words of Responses, which is what encoders understand of every provider.
pub(crate) fn write_made(id: &str, queries: &[Text<'_>], found: &[Found<'_>], writer: &mut Writer) {
    writer.object(|writer| {
        writer.key("id").string(id);
        writer.key("type").string("web_search_call");
        writer.key("status").string("completed");
        writer.key("action").object(|writer| {
            writer.key("type").string("search");
            writer.key("query").text(queries.first().unwrap_or(&Text::EMPTY));
            if queries.len() > 1 {
                writer.key("queries").array(|writer| queries.iter().for_each(|query| writer.text(query)));
            }
            if !found.is_empty() {
                writer.key("sources").array(|writer| found.iter().for_each(|page| write_found(page, writer)));
            }
        });
    });
}

fn write_found(page: &Found<'_>, writer: &mut Writer) {
    writer.object(|writer| {
        writer.key("type").string("url");
        writer.key("url").text(&page.url);
        if !page.title.is_empty() {
            writer.key("title").text(&page.title);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> WebSearch<'_> {
        let kind = if value.contains("options") { OPTIONS } else { "web_search" };
        let tool = Tool {
            name: Text::EMPTY,
            namespace: None,
            description: None,
            kind: ToolKind::BuiltIn { kind: Text::plain(kind), value },
            strict: None,
            deferred: false,
            cache: None,
            extra: Vec::new(),
        };
        WebSearch::of(&tool).unwrap_or_else(|| unreachable!())
    }

    #[test]
    fn settings_are_read_as_every_protocol_writes_them() {
        for value in [
            r#"{"type":"web_search_20250305","allowed_domains":["a"],"user_location":{"type":"approximate","city":"Bern"}}"#,
            r#"{"filters":{"allowed_domains":["a"]},"user_location":{"type":"approximate","city":"Bern","region":null}}"#,
            r#"{"parameters":{"allowed_domains":["a"]},"user_location":{"approximate":{"city":"Bern"}}}"#,
        ] {
            let search = read(value);
            assert_eq!(search.get(Setting::AllowedDomains), Some(r#"["a"]"#));
            let (mut flat, mut nested) = (Writer::default(), Writer::default());
            flat.object(|writer| search.write_location(writer));
            nested.object(|writer| search.write_nested_location(writer));
            assert_eq!(flat.into_bytes(), br#"{"user_location":{"type":"approximate","city":"Bern"}}"#);
            let expected = br#"{"user_location":{"type":"approximate","approximate":{"city":"Bern"}}}"#;
            assert_eq!(nested.into_bytes(), expected);
        }
    }

    #[test]
    fn what_is_not_carried_has_the_clients_name() {
        let search =
            read(r#"{"filters":{"allowed_domains":["a"]},"max_uses":2,"unheard_of":1,"external_web_access":true}"#);
        let mut losses = Losses::default();
        search.note_losses(&[Setting::MaxUses], &mut losses);
        let lost: Vec<&str> = losses.all().iter().map(|loss| &*loss.field).collect();
        assert_eq!(lost, ["tools[].filters.allowed_domains", "tools[].unheard_of"]);
        assert!(!search.is_offline && read(r#"{"external_web_access":false}"#).is_offline);
    }
}
