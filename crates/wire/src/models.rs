//! The list of models, in the two shapes clients ask for.

pub mod limits;

use serde_json::{Value, json};

pub use limits::Limits;

/// Whose shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListShape {
    /// Anthropic's: when `anthropic-version` is sent, or the user agent is `claude-code/`.
    Anthropic,
    /// OpenAI's: otherwise.
    Openai,
}

/// One model that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelEntry<'a> {
    /// The name to ask for.
    pub id: &'a str,
    /// The name for people; the id when empty.
    pub display_name: &'a str,
    /// The provider it comes from.
    pub owner: &'a str,
    /// When it appeared; 0 when unknown.
    pub created_unix: u64,
    /// What it takes and says at most, where it is known. Only Anthropic's shape has a place for it.
    pub limits: Option<Limits>,
}

/// Which part of the list is asked for, in Anthropic's shape: `limit`, `after_id`, `before_id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many; all where it is not said.
    pub limit: Option<usize>,
    /// Those behind this one.
    pub after: Option<String>,
    /// Those before this one, the last of them.
    pub before: Option<String>,
}

impl Page {
    /// The part, and whether there are more the same way. An id that is not on the list is behind and before all.
    fn of<'m, 'a>(&self, models: &'m [ModelEntry<'a>]) -> (&'m [ModelEntry<'a>], bool) {
        let place = |id: &str| models.iter().position(|model| model.id == id).unwrap_or(models.len());
        if let Some(before) = &self.before {
            let end = place(before);
            let start = end.saturating_sub(self.limit.unwrap_or(end));
            return (models.get(start..end).unwrap_or_default(), start > 0);
        }
        let start = self.after.as_deref().map_or(0, |after| place(after).saturating_add(1)).min(models.len());
        let end = start.saturating_add(self.limit.unwrap_or(models.len())).min(models.len());
        (models.get(start..end).unwrap_or_default(), end < models.len())
    }
}

/// The body of `GET /v1/models`. OpenAI's list has no pages.
pub fn list(shape: ListShape, models: &[ModelEntry<'_>], page: &Page) -> Vec<u8> {
    let (models, has_more) = match shape {
        ListShape::Anthropic => page.of(models),
        ListShape::Openai => (models, false),
    };
    let data: Vec<Value> = models.iter().map(|model| object(shape, model)).collect();
    let body = match shape {
        ListShape::Openai => json!({"object": "list", "data": data}),
        ListShape::Anthropic => json!({
            "data": data,
            "has_more": has_more,
            "first_id": models.first().map(|model| model.id),
            "last_id": models.last().map(|model| model.id),
        }),
    };
    body.to_string().into_bytes()
}

/// The body of `GET /v1/models/ID`.
pub fn one(shape: ListShape, model: &ModelEntry<'_>) -> Vec<u8> {
    object(shape, model).to_string().into_bytes()
}

fn object(shape: ListShape, model: &ModelEntry<'_>) -> Value {
    match shape {
        ListShape::Openai => json!({
            "id": model.id, "object": "model", "created": model.created_unix, "owned_by": model.owner,
        }),
        ListShape::Anthropic => {
            let mut object = json!({
                "type": "model",
                "id": model.id,
                "display_name": if model.display_name.is_empty() { model.id } else { model.display_name },
                "created_at": rfc3339(model.created_unix),
                "lifecycle": "active",
            });
            let limits =
                model.limits.map(|limits| [("max_input_tokens", Some(limits.input)), ("max_tokens", limits.output)]);
            for (name, tokens) in limits.into_iter().flatten() {
                if let Some(tokens) = tokens {
                    object[name] = tokens.into();
                }
            }
            object
        }
    }
}

/// `2025-09-29T00:00:00Z`. Written here because this crate has no calendar and needs one line of it.
fn rfc3339(unix: u64) -> String {
    let (days, second) = (unix / 86_400, unix % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar.
pub(crate) fn civil(days: u64) -> (u64, u64, u64) {
    /// Last day that is written with a four-digit year.
    const LAST: u64 = 2_932_896;
    let mut left = days.min(LAST);
    let mut year = 1970;
    while left >= days_in_year(year) {
        left -= days_in_year(year);
        year += 1;
    }
    let mut month = 1;
    while left >= days_in_month(year, month) {
        left -= days_in_month(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use super::*;

    const MODELS: &[ModelEntry<'_>] = &[
        ModelEntry {
            id: "claude-opus-5-5",
            display_name: "Claude Opus 5.5",
            owner: "main",
            created_unix: 1_759_104_000,
            limits: Some(Limits { input: 1_000_000, output: Some(128_000) }),
        },
        ModelEntry { id: "kimi-k3", display_name: "", owner: "kimi", created_unix: 0, limits: None },
    ];

    fn read(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn openai_clients_get_a_list_object() {
        let body = read(&list(ListShape::Openai, MODELS, &Page::default()));
        assert_eq!(body["object"], "list");
        assert_eq!(body["data"][1], json!({"id": "kimi-k3", "object": "model", "created": 0, "owned_by": "kimi"}));
    }

    #[test]
    fn anthropic_clients_get_a_page_that_is_the_last_one() {
        let body = read(&list(ListShape::Anthropic, MODELS, &Page::default()));
        assert_eq!(body["has_more"], false);
        assert_eq!(body["first_id"], "claude-opus-5-5");
        assert_eq!(body["last_id"], "kimi-k3");
        assert_eq!(body["data"][0]["created_at"], "2025-09-29T00:00:00Z");
        assert_eq!(body["data"][1]["display_name"], "kimi-k3");
        assert_eq!(
            (&body["data"][0]["max_input_tokens"], &body["data"][0]["max_tokens"]),
            (&1_000_000.into(), &128_000.into())
        );
        assert_eq!(body["data"][1].get("max_input_tokens"), None, "what is not known is not said");
    }

    #[test]
    fn an_empty_list_has_no_first_and_last() {
        let body = read(&list(ListShape::Anthropic, &[], &Page::default()));
        assert_eq!(body, json!({"data": [], "has_more": false, "first_id": null, "last_id": null}));
    }

    #[test]
    fn one_model_is_the_same_object_as_in_the_list() {
        for shape in [ListShape::Anthropic, ListShape::Openai] {
            assert_eq!(read(&one(shape, &MODELS[0])), read(&list(shape, MODELS, &Page::default()))["data"][0]);
        }
    }

    #[test]
    fn pages_in_either_direction_hold_each_model_once() {
        let names = ["a", "b", "c", "d", "e"];
        let models = names.map(|id| ModelEntry { id, display_name: "", owner: "x", created_unix: 0, limits: None });
        let ask = |limit: Option<usize>, after: Option<&str>, before: Option<&str>| {
            let page = Page { limit, after: after.map(str::to_owned), before: before.map(str::to_owned) };
            let body = read(&list(ListShape::Anthropic, &models, &page));
            let ids: String =
                body["data"].as_array().unwrap().iter().filter_map(|model| model["id"].as_str()).collect();
            (ids, body["has_more"].as_bool().unwrap())
        };
        assert_eq!(ask(None, None, None), ("abcde".to_owned(), false));
        assert_eq!(ask(Some(2), None, None), ("ab".to_owned(), true));
        assert_eq!(ask(Some(2), Some("b"), None), ("cd".to_owned(), true));
        assert_eq!(ask(Some(2), Some("d"), None), ("e".to_owned(), false));
        assert_eq!(ask(Some(2), None, Some("d")), ("bc".to_owned(), true));
        assert_eq!(ask(Some(2), None, Some("b")), ("a".to_owned(), false));
        assert_eq!(ask(Some(2), Some("nobody"), None), (String::new(), false));
    }

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        for (unix, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(unix), text);
        }
        assert_eq!(rfc3339(u64::MAX).len(), "9999-12-31T00:00:00Z".len());
    }
}
