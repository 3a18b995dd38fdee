//! What a job says and what it is answered: headers and a body, as one text to be sealed.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Headers as they are kept.
pub type Headers = Vec<(String, String)>;

/// Headers and a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Names in lower case, in order.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
}

impl Content {
    /// The headers for which `keeps` says so, and this body. A value that is no text is left out.
    pub fn of(headers: &HeaderMap, keeps: impl Fn(&str) -> bool, body: Bytes) -> Self {
        let kept = headers.iter().filter(|(name, _)| keeps(name.as_str()));
        let texts = kept.filter_map(|(name, value)| {
            let value = std::str::from_utf8(value.as_bytes()).ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        });
        Self { headers: texts.collect(), body }
    }

    /// The headers for HTTP.
    pub fn header_map(&self) -> HeaderMap {
        let mut map = HeaderMap::with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                map.append(name, value);
            }
        }
        map
    }

    /// As one text: the length of the headers, the headers as JSON, the body.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let headers = serde_json::to_vec(&self.headers).unwrap_or_default();
        let length = u32::try_from(headers.len()).unwrap_or(u32::MAX);
        [&length.to_le_bytes()[..], &headers, &self.body].concat()
    }

    /// Reads [`Content::to_bytes`] back.
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Bytes::from(bytes);
        let length = usize::try_from(u32::from_le_bytes(*bytes.first_chunk()?)).ok()?;
        let body = 4_usize.checked_add(length).filter(|end| *end <= bytes.len())?;
        let headers = serde_json::from_slice(bytes.get(4..body)?).ok()?;
        Some(Self { headers, body: bytes.slice(body..) })
    }
}
