//! What the provider found on the web, where it is no part of the message. Source: Zhipu open platform documentation,
//! "Web search in chat".

use crate::json::{Fault, Reader, Text, Writer};
use crate::translate::ids;
use crate::translate::web_search::{Found, write_made};

use super::chunk::{object, some_text};

/// The search that found `pages`, a list; nothing where none has an address.
pub(super) fn item(pages: &str, seed: u64) -> Option<String> {
    let mut found: Vec<Found<'_>> = Vec::new();
    // It was found to be JSON when it was skipped, so nothing can fail here.
    drop(Reader::new(pages).array(|reader| -> Result<(), Fault> {
        let (mut url, mut title) = (None, None);
        object(reader, |name, reader| {
            match name {
                "link" | "url" => url = some_text(reader)?,
                "title" => title = some_text(reader)?,
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        found.extend(url.map(|url| Found { url, title: title.unwrap_or_default() }));
        Ok(())
    }));
    if found.is_empty() {
        return None;
    }
    // What was searched for it does not say.
    let mut writer = Writer::default();
    write_made(&ids::derived("ws_", seed, 0), &[Text::EMPTY], &found, &mut writer);
    String::from_utf8(writer.into_bytes()).ok()
}
