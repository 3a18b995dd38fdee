//! Text that is collected while it is passed on.

use std::borrow::Cow;

use crate::json::{Text, Writer};

/// The inside of a JSON string, growing. Pieces that come from JSON are not unescaped for it.
#[derive(Debug, Default)]
pub(super) struct Quoted(String);

impl Quoted {
    pub(super) fn push(&mut self, text: &Text<'_>) {
        match text {
            Text::Json(escaped) => self.0.push_str(escaped),
            Text::Plain(plain) => {
                let mut writer = Writer::with_capacity(plain.len());
                writer.escaped(plain);
                // What is escaped from text is text.
                self.0.push_str(&String::from_utf8_lossy(&writer.into_bytes()));
            }
        }
    }

    pub(super) fn text(&self) -> Text<'_> {
        Text::Json(&self.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn decoded(&self) -> Cow<'_, str> {
        self.text().decoded()
    }
}

impl From<&Text<'_>> for Quoted {
    fn from(text: &Text<'_>) -> Self {
        let mut quoted = Self::default();
        quoted.push(text);
        quoted
    }
}
