//! A writer that puts commas in by itself.

use super::Text;

/// A JSON text in the making.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    /// A value stands before, so the next one needs a comma.
    comma: bool,
}

impl Writer {
    /// Nothing yet; room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity), comma: false }
    }

    /// Goes on at the end of `out` (a stream's buffer).
    pub const fn after(out: Vec<u8>) -> Self {
        Self { out, comma: false }
    }

    /// What was written so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// The text.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Nothing written yet.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Bytes that are no part of a value: framing around it.
    pub fn frame(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.comma = false;
    }

    /// `{…}`
    pub fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.open(b'{');
        members(self);
        self.close(b'}');
    }

    /// `[…]`
    pub fn array(&mut self, items: impl FnOnce(&mut Self)) {
        self.open(b'[');
        items(self);
        self.close(b']');
    }

    /// `"name":`; a value must follow. `name` is plain.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.comma = false;
        self
    }

    /// A string.
    pub fn text(&mut self, text: &Text<'_>) {
        self.separate();
        self.out.push(b'"');
        self.piece(text);
        self.out.push(b'"');
        self.comma = true;
    }

    /// A string of our own.
    pub fn string(&mut self, text: &str) {
        self.string_of(|writer| writer.escaped(text));
    }

    /// A string made of pieces, for [`Writer::piece`] and [`Writer::escaped`] inside.
    pub fn string_of(&mut self, pieces: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push(b'"');
        pieces(self);
        self.out.push(b'"');
        self.comma = true;
    }

    /// A part of a string.
    pub fn piece(&mut self, text: &Text<'_>) {
        match text {
            Text::Json(escaped) => self.out.extend_from_slice(escaped.as_bytes()),
            Text::Plain(plain) => self.escaped(plain),
        }
    }

    /// A part of a string, plain: escapes are put in. A JSON text put in here becomes a string that holds it.
    pub fn escaped(&mut self, plain: &str) {
        let bytes = plain.as_bytes();
        let mut copied = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if *byte >= b' ' && *byte != b'"' && *byte != b'\\' {
                continue;
            }
            self.out.extend_from_slice(&bytes[copied..at]);
            copied = at + 1;
            match byte {
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                other => {
                    let hex = |nibble: u8| b"0123456789abcdef"[usize::from(nibble & 15)];
                    self.out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(other >> 4), hex(*other)]);
                }
            }
        }
        self.out.extend_from_slice(&bytes[copied..]);
    }

    /// A valid JSON value as it stands.
    pub fn raw(&mut self, value: &str) {
        self.separate();
        self.out.extend_from_slice(value.as_bytes());
        self.comma = true;
    }

    /// A whole number.
    pub fn count(&mut self, number: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.separate();
        self.out.extend_from_slice(&digits[at..]);
        self.comma = true;
    }

    /// `true` or `false`.
    pub fn flag(&mut self, flag: bool) {
        self.raw(if flag { "true" } else { "false" });
    }

    /// `null`
    pub fn null(&mut self) {
        self.raw("null");
    }

    fn open(&mut self, bracket: u8) {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
    }

    fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
    }
}
