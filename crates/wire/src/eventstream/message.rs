//! One frame: its headers and its payload.

use bytes::Bytes;

use super::{CRC, Fault, MAX_HEADERS, MAX_PAYLOAD, PRELUDE};

/// The value of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Types 0 and 1.
    Bool(bool),
    /// Type 2.
    Byte(i8),
    /// Type 3.
    Short(i16),
    /// Type 4.
    Int(i32),
    /// Type 5.
    Long(i64),
    /// Type 6.
    Bytes(&'a [u8]),
    /// Type 7.
    Text(&'a str),
    /// Type 8: milliseconds since 1970.
    Timestamp(i64),
    /// Type 9.
    Uuid([u8; 16]),
}

/// A frame whose checksums are right and whose headers can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    headers: Bytes,
    payload: Bytes,
}

impl Message {
    /// Checks that the headers can be read.
    pub(super) fn new(headers: Bytes, payload: Bytes) -> Result<Self, Fault> {
        let mut rest = &*headers;
        while !rest.is_empty() {
            header(&mut rest).ok_or(Fault::Headers)?;
        }
        Ok(Self { headers, payload })
    }

    /// The headers, as they stand.
    pub fn headers(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let mut rest = &*self.headers;
        std::iter::from_fn(move || header(&mut rest))
    }

    /// The first header of this name, when it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers().find(|(found, _)| *found == name)?;
        if let Value::Text(text) = value { Some(text) } else { None }
    }

    /// The payload.
    pub const fn payload(&self) -> &Bytes {
        &self.payload
    }
}

/// Takes one header off the front. `None`: there is none, or it cannot be read.
fn header<'a>(rest: &mut &'a [u8]) -> Option<(&'a str, Value<'a>)> {
    let length = take_array::<1>(rest)?[0];
    if length == 0 {
        return None;
    }
    let name = std::str::from_utf8(take(rest, usize::from(length))?).ok()?;
    let value = match take_array::<1>(rest)?[0] {
        0 => Value::Bool(true),
        1 => Value::Bool(false),
        2 => Value::Byte(i8::from_be_bytes(take_array(rest)?)),
        3 => Value::Short(i16::from_be_bytes(take_array(rest)?)),
        4 => Value::Int(i32::from_be_bytes(take_array(rest)?)),
        5 => Value::Long(i64::from_be_bytes(take_array(rest)?)),
        6 => Value::Bytes(take_counted(rest)?),
        7 => Value::Text(std::str::from_utf8(take_counted(rest)?).ok()?),
        8 => Value::Timestamp(i64::from_be_bytes(take_array(rest)?)),
        9 => Value::Uuid(take_array(rest)?),
        _ => return None,
    };
    Some((name, value))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    take(rest, N)?.try_into().ok()
}

/// Bytes behind their length.
fn take_counted<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u16::from_be_bytes(take_array(rest)?);
    take(rest, usize::from(length))
}

/// A frame. Errors: a header that does not fit into the format ([`Fault::Headers`]), more than the limits allow
/// ([`Fault::Lengths`]).
pub fn encode(headers: &[(&str, Value<'_>)], payload: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut block = Vec::new();
    for (name, value) in headers {
        put_header(&mut block, name, value).ok_or(Fault::Headers)?;
    }
    if block.len() > MAX_HEADERS || payload.len() > MAX_PAYLOAD {
        return Err(Fault::Lengths);
    }
    let length = |bytes: usize| u32::try_from(bytes).map(u32::to_be_bytes).map_err(|_| Fault::Lengths);
    let total = PRELUDE + block.len() + payload.len() + CRC;
    let mut frame = Vec::with_capacity(total);
    frame.extend_from_slice(&length(total)?);
    frame.extend_from_slice(&length(block.len())?);
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame.extend_from_slice(&block);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    Ok(frame)
}

fn put_header(block: &mut Vec<u8>, name: &str, value: &Value<'_>) -> Option<()> {
    block.push(u8::try_from(name.len()).ok().filter(|length| *length > 0)?);
    block.extend_from_slice(name.as_bytes());
    match value {
        Value::Bool(true) => block.push(0),
        Value::Bool(false) => block.push(1),
        Value::Byte(number) => put(block, 2, &number.to_be_bytes()),
        Value::Short(number) => put(block, 3, &number.to_be_bytes()),
        Value::Int(number) => put(block, 4, &number.to_be_bytes()),
        Value::Long(number) => put(block, 5, &number.to_be_bytes()),
        Value::Bytes(bytes) => put_counted(block, 6, bytes)?,
        Value::Text(text) => put_counted(block, 7, text.as_bytes())?,
        Value::Timestamp(milliseconds) => put(block, 8, &milliseconds.to_be_bytes()),
        Value::Uuid(uuid) => put(block, 9, uuid),
    }
    Some(())
}

fn put(block: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    block.push(kind);
    block.extend_from_slice(bytes);
}

fn put_counted(block: &mut Vec<u8>, kind: u8, bytes: &[u8]) -> Option<()> {
    let length = u16::try_from(bytes.len()).ok()?;
    put(block, kind, &length.to_be_bytes());
    block.extend_from_slice(bytes);
    Some(())
}
