//! Values of a request, which must be what their protocol says: of another type they would be left out, and a limit that
//! nobody keeps costs money. `null` is what leaving a member out is. Not for answers, which are read as they come.

use std::collections::HashSet;

use crate::conversation::Losses;
use crate::json::{Fault, Flaw, Kind, Reader, Shape, Text};

/// A text.
pub(crate) fn text<'a>(reader: &mut Reader<'a>) -> Result<Option<Text<'a>>, Fault> {
    match reader.kind()? {
        Kind::String => reader.text().map(Some),
        _ => null(reader, Shape::Text),
    }
}

/// A word of the protocol, which has no escapes; empty for one that has.
pub(crate) fn word<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    let text = text(reader)?;
    Ok(text.map(|text| if let Text::Json(word) = text { word } else { "" }))
}

/// A whole number that is not negative.
pub(crate) fn count(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    let (kind, start) = (reader.kind()?, reader.offset());
    match reader.count()? {
        None if kind != Kind::Null => Err(Fault::shape(start, Shape::Count)),
        given => Ok(given),
    }
}

/// A number, as it is spelt.
pub(crate) fn number<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    match reader.kind()? {
        Kind::Number => reader.number(),
        _ => null(reader, Shape::Number),
    }
}

/// `true` or `false`.
pub(crate) fn flag(reader: &mut Reader<'_>) -> Result<Option<bool>, Fault> {
    match reader.kind()? {
        Kind::Bool => reader.flag(),
        _ => null(reader, Shape::Flag),
    }
}

/// An object, as it stands.
pub(crate) fn raw_object<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    match reader.kind()? {
        Kind::Object => reader.raw().map(Some),
        _ => null(reader, Shape::Object),
    }
}

/// A text, or a list of texts.
pub(crate) fn texts<'a>(reader: &mut Reader<'a>) -> Result<Vec<Text<'a>>, Fault> {
    let mut texts = Vec::new();
    match reader.kind()? {
        Kind::Array => reader.array(|reader| -> Result<(), Fault> {
            texts.extend(text(reader)?);
            Ok(())
        })?,
        Kind::String => texts.push(reader.text()?),
        _ => drop(null::<()>(reader, Shape::Texts)?),
    }
    Ok(texts)
}

/// Walks the members of an object that may be `null`.
pub(crate) fn members<'a, E: From<Fault>>(
    reader: &mut Reader<'a>,
    member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), E>,
) -> Result<(), E> {
    match reader.kind()? {
        Kind::Null => Ok(null::<()>(reader, Shape::Object).map(drop)?),
        _ => object(reader, member),
    }
}

/// Walks the members of an object. A member that is there twice is none: programs differ in which one they take.
pub(crate) fn object<'a, E: From<Fault>>(
    reader: &mut Reader<'a>,
    mut member: impl FnMut(&'a str, &mut Reader<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let mut seen = Seen::default();
    reader.object(|name, reader| {
        if !seen.insert(name) {
            reader.kind()?;
            return Err(Fault { offset: reader.offset(), what: Flaw::Duplicate }.into());
        }
        member(name, reader)
    })
}

/// Skips a member that has no place. One that says something is noted by the name it has in all of the request.
pub(crate) fn left_out(
    reader: &mut Reader<'_>,
    losses: &mut Losses,
    field: impl FnOnce() -> String,
) -> Result<(), Fault> {
    if !matches!(reader.raw()?, "null" | "false" | "[]" | "{}" | "\"\"") {
        losses.dropped(field());
    }
    Ok(())
}

/// Walks the items of a list that may be `null`.
pub(crate) fn values<'a, E: From<Fault>>(
    reader: &mut Reader<'a>,
    value: impl FnMut(&mut Reader<'a>) -> Result<(), E>,
) -> Result<(), E> {
    match reader.kind()? {
        Kind::Null => Ok(null::<()>(reader, Shape::List).map(drop)?),
        _ => reader.array(value),
    }
}

/// A member that the object at `start` must have.
pub(crate) fn needed<T>(given: Option<T>, start: usize, member: &'static str) -> Result<T, Fault> {
    given.ok_or(Fault { offset: start, what: Flaw::Missing(member) })
}

/// Where the next value begins.
pub(crate) fn start(reader: &mut Reader<'_>) -> Result<usize, Fault> {
    reader.kind().map(|_| reader.offset())
}

fn null<T>(reader: &mut Reader<'_>, shape: Shape) -> Result<Option<T>, Fault> {
    match reader.kind()? {
        Kind::Null => reader.raw().map(|_| None),
        _ => Err(Fault::shape(reader.offset(), shape)),
    }
}

/// Names looked at one by one; objects of real requests have fewer.
const FEW: usize = 16;

/// The names of an object's members so far.
#[derive(Default)]
struct Seen<'a> {
    few: [&'a str; FEW],
    count: usize,
    many: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    /// False when it was there before.
    fn insert(&mut self, name: &'a str) -> bool {
        if self.few.iter().take(self.count).any(|known| *known == name) {
            return false;
        }
        match self.few.get_mut(self.count) {
            Some(slot) => {
                *slot = name;
                self.count += 1;
                true
            }
            None => self.many.insert(name),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

    use crate::protocol::{Protocol, UpstreamProtocol};
    use crate::translate::convert;
    use crate::translate::dialect;

    fn refused(from: Protocol, body: &str) -> Option<String> {
        let to = UpstreamProtocol::Gemini;
        let translated = convert::request(from, to, body, &dialect::of(to), 1, "m", "m", 0, 0);
        translated.err().map(|refused| refused.field.into_owned())
    }

    /// A limit that was spelt as a text became the provider's largest answer.
    #[test]
    fn values_of_another_type_are_refused_by_name_and_never_left_out() {
        let anthropic = r#""messages":[{"role":"user","content":"hi"}]"#;
        let responses = r#""input":"hi""#;
        for (from, rest, given, names) in [
            (Protocol::Anthropic, anthropic, [r#""9""#, "-5", "1.5"], ["max_tokens"].as_slice()),
            (Protocol::Anthropic, anthropic, [r#""hot""#, "true", "[]"], &["temperature", "top_p", "top_k"]),
            (Protocol::Anthropic, anthropic, [r#""yes""#, "1", "{}"], &["stream"]),
            (Protocol::OpenaiChat, anthropic, [r#""9""#, "-5", "{}"], &["max_tokens", "max_completion_tokens", "n"]),
            (Protocol::OpenaiChat, anthropic, [r#""hot""#, "true", "[]"], &["temperature", "top_p", "seed"]),
            (Protocol::OpenaiChat, anthropic, [r#""yes""#, "1", "{}"], &["stream", "parallel_tool_calls"]),
            (Protocol::OpenaiResponses, responses, [r#""9""#, "-5", "{}"], &["max_output_tokens", "top_logprobs"]),
            (Protocol::OpenaiResponses, responses, [r#""hot""#, "true", "[]"], &["temperature", "top_p"]),
            (Protocol::OpenaiResponses, responses, [r#""yes""#, "1", "{}"], &["stream", "parallel_tool_calls"]),
        ] {
            for (name, value) in names.iter().flat_map(|name| given.map(|value| (*name, value))) {
                let body = format!(r#"{{"model":"m",{rest},"{name}":{value}}}"#);
                assert_eq!(refused(from, &body).as_deref(), Some(name), "{body}");
            }
            for name in names {
                let body = format!(r#"{{"model":"m",{rest},"{name}":null}}"#);
                assert_eq!(refused(from, &body), None, "{body}");
            }
        }
    }
}
