//! What differs between a request and what goes on, line by line: `- ` what was there, `+ ` what is there instead.

use http::header::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::cli::output::clean;

/// Longest value that is shown.
const SHOWN: usize = 200;

/// One difference.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    path: String,
    before: Option<String>,
    after: Option<String>,
}

impl Change {
    /// As lines of a diff.
    pub(super) fn lines(&self) -> String {
        let line = |mark: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("{mark} {}: {}\n", clean(&self.path), clean(&clip(value))))
        };
        [line("-", &self.before), line("+", &self.after)].into_iter().flatten().collect()
    }
}

fn clip(value: &str) -> String {
    let mut chars = value.chars();
    let shown: String = chars.by_ref().take(SHOWN).collect();
    if chars.next().is_some() { format!("{shown}…") } else { shown }
}

/// Of headers, by name.
pub(super) fn of_headers(before: &HeaderMap, after: &HeaderMap) -> Vec<Change> {
    let mut names: Vec<&HeaderName> = before.keys().chain(after.keys()).collect();
    names.sort_unstable_by_key(|name| name.as_str());
    names.dedup();
    let all = |map: &HeaderMap, name: &HeaderName| {
        let values: Vec<_> = map.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let change = |name: &HeaderName| {
        let (before, after) = (all(before, name), all(after, name));
        // Its length is the connection's business.
        let differs = before != after && name != http::header::CONTENT_LENGTH;
        differs.then(|| Change { path: name.to_string(), before, after })
    };
    names.into_iter().filter_map(change).collect()
}

/// Of bodies, by field.
pub(super) fn of_bodies(before: &str, after: &str) -> Vec<Change> {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let mut changes = Vec::new();
    compare("", Some(&read(before)), Some(&read(after)), &mut changes);
    changes
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, out: &mut Vec<Change>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let added = after.keys().filter(|name| !before.contains_key(*name));
            for name in before.keys().chain(added) {
                let dot = if path.is_empty() { "" } else { "." };
                compare(&format!("{path}{dot}{name}"), before.get(name), after.get(name), out);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => lists(path, before, after, out),
        (before, after) => {
            let text = |value: Option<&Value>| value.map(Value::to_string);
            out.push(Change { path: path.to_owned(), before: text(before), after: text(after) });
        }
    }
}

/// Items that are the same at both ends stay out of it.
fn lists(path: &str, before: &[Value], after: &[Value], out: &mut Vec<Change>) {
    let same = |pairs: &mut dyn Iterator<Item = (&Value, &Value)>| pairs.take_while(|(one, two)| one == two).count();
    let front = same(&mut before.iter().zip(after));
    let most = before.len().min(after.len()) - front;
    let back = same(&mut before.iter().rev().zip(after.iter().rev())).min(most);
    let (gone, come) = (&before[front..before.len() - back], &after[front..after.len() - back]);
    for index in 0..gone.len().max(come.len()) {
        compare(&format!("{path}[{}]", front + index), gone.get(index), come.get(index), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_with_its_place_and_nothing_else() {
        let before = r#"{"model":"m","top_k":1,"messages":[{"role":"user","content":"a"}]}"#;
        let after =
            r#"{"system":"s","model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"a"}]}"#;
        let lines: String = of_bodies(before, after).iter().map(Change::lines).collect();
        let wanted = "- top_k: 1\n+ system: \"s\"\n";
        assert!(lines.contains("+ messages[0]: {") && !lines.contains("\"a\""), "{lines}");
        assert!(wanted.lines().all(|line| lines.contains(line)), "{lines}");
        assert_eq!(of_bodies(before, before), []);
    }

    #[test]
    fn headers_are_compared_by_name() {
        let (mut before, mut after) = (HeaderMap::new(), HeaderMap::new());
        before.insert("x-gone", http::HeaderValue::from_static("1"));
        before.insert("content-length", http::HeaderValue::from_static("1"));
        after.insert("x-new", http::HeaderValue::from_static("2"));
        let lines: String = of_headers(&before, &after).iter().map(Change::lines).collect();
        assert_eq!(lines, "- x-gone: 1\n+ x-new: 2\n");
    }
}
