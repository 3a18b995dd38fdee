//! Documents: their formats, and names that are taken.

use std::collections::HashSet;

use crate::conversation::Media;
use crate::json::Text;

/// Longest name. Source: Amazon Bedrock API reference, "DocumentBlock".
const NAME_MAX: usize = 200;

/// Name of a document that has none.
const NAME: &str = "document";

/// Media types, endings of names, and formats. Source: Amazon Bedrock API reference, "DocumentBlock".
const FORMATS: [(&str, &str, &str); 10] = [
    ("application/pdf", "pdf", "pdf"),
    ("text/plain", "txt", "txt"),
    ("text/markdown", "md", "md"),
    ("text/csv", "csv", "csv"),
    ("text/html", "html", "html"),
    ("application/msword", "doc", "doc"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", "docx"),
    ("application/vnd.ms-excel", "xls", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "xlsx"),
    ("text/x-markdown", "markdown", "md"),
];

/// The format of a document: what its media type says, else its name.
pub(super) fn format(media_type: &Text<'_>, name: Option<&Text<'_>>) -> Option<&'static str> {
    let kind = media_type.decoded().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let by_type = FORMATS.iter().find(|(known, ..)| *known == kind);
    let name = name.map(|name| name.decoded().to_ascii_lowercase()).unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    by_type.or_else(|| FORMATS.iter().find(|(_, known, _)| *known == ending)).map(|(.., format)| *format)
}

/// Names given in one request: two documents of one name are refused.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// A name like the document's own that is taken, and that no other has.
    pub(super) fn give(&mut self, media: &Media<'_>) -> String {
        let own = media.name.as_ref().map(|name| plain(&name.decoded())).filter(|name| !name.is_empty());
        let own = own.unwrap_or_else(|| NAME.to_owned());
        let numbered = (2..).map(|number| {
            let number = format!(" ({number})");
            let kept = own.get(..own.len().min(NAME_MAX - number.len())).unwrap_or(NAME).trim_end();
            format!("{kept}{number}")
        });
        let name = std::iter::once(own.clone()).chain(numbered).find(|name| !self.0.contains(name)).unwrap_or_default();
        self.0.insert(name.clone());
        name
    }
}

/// Letters, digits, single spaces, hyphens and brackets of `name`; everything else becomes a hyphen.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len().min(NAME_MAX));
    for char in name.trim().chars() {
        let char = match char {
            char if char.is_ascii_alphanumeric() || matches!(char, '-' | '(' | ')' | '[' | ']') => char,
            char if char.is_whitespace() => ' ',
            _ => '-',
        };
        if plain.len() == NAME_MAX {
            break;
        }
        if char != ' ' || !plain.ends_with(' ') {
            plain.push(char);
        }
    }
    plain.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Source;

    #[test]
    fn names_are_made_of_what_is_taken_and_none_is_given_twice() {
        let mut names = Names::default();
        let mut give = |name: Option<&str>| {
            names.give(&Media {
                name: name.map(|name| Text::from(name.to_owned())),
                ..Media::new(Source::Text("".into()))
            })
        };
        assert_eq!(give(Some("report  v1.2_final.pdf")), "report v1-2-final-pdf");
        assert_eq!(give(Some("report v1.2_final.pdf")), "report v1-2-final-pdf (2)");
        assert_eq!(give(Some("报告")), "--");
        assert_eq!(give(None), "document");
        assert_eq!(give(Some("")), "document (2)");
        let long = "x".repeat(300);
        let (one, two) = (give(Some(&long)), give(Some(&long)));
        assert!(one.len() == NAME_MAX && two.len() == NAME_MAX && one != two);
    }

    #[test]
    fn a_format_is_known_by_its_type_or_by_the_name() {
        assert_eq!(format(&"application/pdf".into(), None), Some("pdf"));
        assert_eq!(format(&"text/plain; charset=utf-8".into(), None), Some("txt"));
        assert_eq!(format(&"application/octet-stream".into(), Some(&"a.XLSX".into())), Some("xlsx"));
        assert_eq!(format(&"application/zip".into(), Some(&"a.zip".into())), None);
    }
}
