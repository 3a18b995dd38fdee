//! Cutting a byte stream into whole frames.

use bytes::BytesMut;

use super::{CRC, Fault, MAX_HEADERS, MAX_PAYLOAD, Message, PRELUDE};

/// Takes bytes as they arrive and gives whole frames. After a fault it gives that fault for ever.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What is not a whole frame yet.
    waiting: BytesMut,
    fault: Option<Fault>,
}

/// What the prelude of a frame says, once it is believable.
struct Lengths {
    total: usize,
    headers: usize,
}

impl Decoder {
    /// At the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes. Call [`Decoder::message`] until it has none before the next ones come.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.fault.is_none() {
            self.waiting.extend_from_slice(chunk);
        }
    }

    /// The next whole frame; `None` until more bytes come.
    pub fn message(&mut self) -> Result<Option<Message>, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let next = self.cut();
        if let Err(fault) = &next {
            self.fail(*fault);
        }
        next
    }

    /// Nothing more is read: the stream makes no sense to whoever reads the frames.
    pub(super) fn fail(&mut self, fault: Fault) {
        self.fault = Some(fault);
        self.waiting = BytesMut::new();
    }

    /// The stream is over. An error when that is inside a frame, or after a fault.
    pub fn finish(&self) -> Result<(), Fault> {
        match self.fault {
            Some(fault) => Err(fault),
            None if self.waiting.is_empty() => Ok(()),
            None => Err(Fault::Cut),
        }
    }

    fn cut(&mut self) -> Result<Option<Message>, Fault> {
        // Judged before the rest is waited for, so a wrong length is never a reason to collect bytes.
        let Some(lengths) = prelude(&self.waiting)? else { return Ok(None) };
        if self.waiting.len() < lengths.total {
            return Ok(None);
        }
        let mut frame = self.waiting.split_to(lengths.total).freeze();
        let checksum = frame.split_off(lengths.total - CRC);
        if checksum.first_chunk().copied().map(u32::from_be_bytes) != Some(crc32fast::hash(&frame)) {
            return Err(Fault::MessageChecksum);
        }
        let mut headers = frame.split_off(PRELUDE);
        let payload = headers.split_off(lengths.headers);
        Message::new(headers, payload).map(Some)
    }
}

/// The lengths at the beginning of `bytes`; `None` until all of the prelude is there.
fn prelude(bytes: &[u8]) -> Result<Option<Lengths>, Fault> {
    let Some((prelude, _)) = bytes.split_first_chunk::<PRELUDE>() else { return Ok(None) };
    let [a, b, c, d, e, f, g, h, checksum @ ..] = *prelude;
    if u32::from_be_bytes(checksum) != crc32fast::hash(&[a, b, c, d, e, f, g, h]) {
        return Err(Fault::PreludeChecksum);
    }
    let length = |bytes: [u8; 4]| usize::try_from(u32::from_be_bytes(bytes)).map_err(|_| Fault::Lengths);
    let (total, headers) = (length([a, b, c, d])?, length([e, f, g, h])?);
    let payload = total.checked_sub(PRELUDE + CRC).and_then(|inside| inside.checked_sub(headers));
    if headers > MAX_HEADERS || payload.is_none_or(|payload| payload > MAX_PAYLOAD) {
        return Err(Fault::Lengths);
    }
    Ok(Some(Lengths { total, headers }))
}
