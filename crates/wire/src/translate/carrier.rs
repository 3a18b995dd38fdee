//! The carrier: opaque reasoning of one provider inside a field of another protocol, so that it comes back.
//!
//! `tg1.` and base64url of `{"v":1,"k":kind,"s":scope,"i":id,"d":data,"h":checksum}`. It is opened for the scope that
//! made it alone.

mod base64;

use crate::conversation::OpaqueKind;
use crate::json::{Fault, Reader, Writer};
use crate::provenance::digest;

/// What every carrier begins with. No provider's own data does: a dot is no base64.
pub(crate) const MARK: &str = "tg1.";

/// What a field that may hold a carrier holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carried {
    /// Ours, for this scope.
    Ours {
        /// What it is.
        kind: OpaqueKind,
        /// Id of the item it belongs to.
        id: Option<String>,
        /// The data as its maker wrote it.
        data: String,
    },
    /// Ours, for another scope or damaged, or nothing at all: means nothing here.
    Foreign,
    /// No carrier: the genuine data of the protocol it came in.
    Genuine,
}

/// Puts `data` into a carrier.
pub fn wrap(kind: OpaqueKind, scope: u64, id: Option<&str>, data: &str) -> String {
    let mut json = Writer::with_capacity(data.len() + id.map_or(0, str::len) + 96);
    json.object(|json| {
        json.key("v").count(1);
        json.key("k").string(word(kind));
        json.key("s").string(&format!("{scope:016x}"));
        if let Some(id) = id {
            json.key("i").string(id);
        }
        json.key("d").string(data);
        json.key("h").string(&format!("{:016x}", checksum(kind, scope, id, data)));
    });
    base64::encode(MARK, &json.into_bytes())
}

/// Looks into `text`.
pub fn open(text: &str, scope: u64) -> Carried {
    let Some(inside) = text.strip_prefix(MARK) else {
        return if text.is_empty() { Carried::Foreign } else { Carried::Genuine };
    };
    let json = base64::decode(inside).and_then(|bytes| String::from_utf8(bytes).ok());
    let content = json.as_deref().and_then(|json| Content::read(json).ok());
    content.and_then(|content| content.into_ours(scope)).unwrap_or(Carried::Foreign)
}

/// What stands inside, unchecked.
#[derive(Debug, Default)]
struct Content {
    version: Option<u64>,
    kind: Option<OpaqueKind>,
    scope: Option<u64>,
    id: Option<String>,
    data: Option<String>,
    checksum: Option<u64>,
}

impl Content {
    fn read(json: &str) -> Result<Self, Fault> {
        let mut content = Self::default();
        let mut reader = Reader::new(json);
        reader.object::<Fault>(|name, reader| {
            match name {
                "v" => content.version = reader.count()?,
                "k" => content.kind = reader.text_or_skip()?.and_then(|word| kind(&word.decoded())),
                "s" => content.scope = reader.text_or_skip()?.and_then(|hex| number(&hex.decoded())),
                "i" => content.id = reader.text_or_skip()?.map(|id| id.decoded().into_owned()),
                "d" => content.data = reader.text_or_skip()?.map(|data| data.decoded().into_owned()),
                "h" => content.checksum = reader.text_or_skip()?.and_then(|hex| number(&hex.decoded())),
                _ => drop(reader.raw()?),
            }
            Ok(())
        })?;
        reader.end()?;
        Ok(content)
    }

    fn into_ours(self, scope: u64) -> Option<Carried> {
        let (kind, data) = (self.kind?, self.data?);
        let whole = self.checksum == Some(checksum(kind, self.scope?, self.id.as_deref(), &data));
        let ours = self.version == Some(1) && self.scope == Some(scope);
        (whole && ours).then_some(Carried::Ours { kind, id: self.id, data })
    }
}

/// Exactly the 16 digits that [`wrap`] writes.
fn number(hex: &str) -> Option<u64> {
    let exact = hex.len() == 16 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    u64::from_str_radix(hex, 16).ok().filter(|_| exact)
}

const KINDS: [(OpaqueKind, &str); 7] = [
    (OpaqueKind::Plain, "plain"),
    (OpaqueKind::AnthropicSignature, "anthropic.sig"),
    (OpaqueKind::AnthropicRedacted, "anthropic.red"),
    (OpaqueKind::OpenaiEncrypted, "openai.enc"),
    (OpaqueKind::ChatDetails, "chat.rd"),
    (OpaqueKind::GeminiSignature, "gemini.ts"),
    (OpaqueKind::ConverseSignature, "bedrock.sig"),
];

fn word(kind: OpaqueKind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("", |(_, word)| word)
}

fn kind(word: &str) -> Option<OpaqueKind> {
    KINDS.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
}

/// Against damage, not against forgery: whoever can forge it can read the conversation anyway.
fn checksum(kind: OpaqueKind, scope: u64, id: Option<&str>, data: &str) -> u64 {
    let seed = digest::mix(scope ^ data.len() as u64);
    [word(kind), id.unwrap_or("\0"), data].iter().fold(seed, |sum, part| digest::bytes(sum, part.as_bytes()))
}

#[cfg(test)]
mod tests;
