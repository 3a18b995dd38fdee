//! The list of models, in the two shapes clients ask for.

use serde_json::{Value, json};

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
}

/// The body of `GET /v1/models`.
pub fn list(shape: ListShape, models: &[ModelEntry<'_>]) -> Vec<u8> {
    let data: Vec<Value> = models.iter().map(|model| object(shape, model)).collect();
    let body = match shape {
        ListShape::Openai => json!({"object": "list", "data": data}),
        ListShape::Anthropic => json!({
            "data": data,
            "has_more": false,
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
        ListShape::Anthropic => json!({
            "type": "model",
            "id": model.id,
            "display_name": if model.display_name.is_empty() { model.id } else { model.display_name },
            "created_at": rfc3339(model.created_unix),
        }),
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
        },
        ModelEntry { id: "kimi-k3", display_name: "", owner: "kimi", created_unix: 0 },
    ];

    fn read(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn openai_clients_get_a_list_object() {
        let body = read(&list(ListShape::Openai, MODELS));
        assert_eq!(body["object"], "list");
        assert_eq!(body["data"][1], json!({"id": "kimi-k3", "object": "model", "created": 0, "owned_by": "kimi"}));
    }

    #[test]
    fn anthropic_clients_get_a_page_that_is_the_last_one() {
        let body = read(&list(ListShape::Anthropic, MODELS));
        assert_eq!(body["has_more"], false);
        assert_eq!(body["first_id"], "claude-opus-5-5");
        assert_eq!(body["last_id"], "kimi-k3");
        assert_eq!(body["data"][0]["created_at"], "2025-09-29T00:00:00Z");
        assert_eq!(body["data"][1]["display_name"], "kimi-k3");
    }

    #[test]
    fn an_empty_list_has_no_first_and_last() {
        let body = read(&list(ListShape::Anthropic, &[]));
        assert_eq!(body, json!({"data": [], "has_more": false, "first_id": null, "last_id": null}));
    }

    #[test]
    fn one_model_is_the_same_object_as_in_the_list() {
        for shape in [ListShape::Anthropic, ListShape::Openai] {
            assert_eq!(read(&one(shape, &MODELS[0])), read(&list(shape, MODELS))["data"][0]);
        }
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
