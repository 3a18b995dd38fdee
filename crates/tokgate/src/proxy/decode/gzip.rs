//! The wrapping that gzip puts around deflate (RFC 1952): a header nobody needs, a checksum, and members in a row.

use flate2::Crc;

use super::machine::Inflate;

/// The fixed part of a member's header; `None` may be anything.
const FIXED: [Option<u8>; 10] = [Some(0x1f), Some(0x8b), Some(8), None, None, None, None, None, None, None];

/// Which of [`FIXED`] holds the flags.
const FLAGS_AT: usize = 3;

const HAS_HEADER_CRC: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// Checksum and length behind the data.
const TRAILER: usize = 8;

/// Where in a member the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Fixed(usize),
    ExtraLength(u8),
    Extra,
    Name,
    Comment,
    HeaderCrc(u8),
    Data,
    Trailer(usize),
}

/// A gzip decoder.
pub(super) struct Gzip {
    at: At,
    flags: u8,
    /// Bytes of the extra field still to come.
    extra: u16,
    inflate: Inflate,
    crc: Crc,
    trailer: [u8; TRAILER],
    /// A member has ended, and no other has begun.
    whole: bool,
}

impl Default for Gzip {
    fn default() -> Self {
        Self {
            at: At::Fixed(0),
            flags: 0,
            extra: 0,
            inflate: Inflate::new(false),
            crc: Crc::new(),
            trailer: [0; TRAILER],
            whole: false,
        }
    }
}

impl Gzip {
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// As [`super::machine::Machine::step`].
    pub(super) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Option<usize> {
        let mut taken = 0;
        while self.at != At::Data {
            let Some(byte) = input.get(taken) else { return Some(taken) };
            self.wrapping(*byte)?;
            taken += 1;
        }
        let of_data = self.inflate.step(&input[taken..], out)?;
        self.crc.update(out);
        if self.inflate.ended {
            self.at = At::Trailer(0);
        }
        Some(taken + of_data)
    }

    /// One byte outside of the data.
    fn wrapping(&mut self, byte: u8) -> Option<()> {
        self.whole = false;
        self.at = match self.at {
            At::Fixed(place) => self.fixed(place, byte)?,
            At::ExtraLength(0) => {
                self.extra = u16::from(byte);
                At::ExtraLength(1)
            }
            At::ExtraLength(_) => {
                self.extra |= u16::from(byte) << 8;
                if self.extra == 0 { self.behind_extra() } else { At::Extra }
            }
            At::Extra => {
                self.extra -= 1;
                if self.extra == 0 { self.behind_extra() } else { At::Extra }
            }
            At::Name if byte == 0 => self.behind_name(),
            At::Comment if byte == 0 => self.behind_comment(),
            At::HeaderCrc(0) => At::HeaderCrc(1),
            At::HeaderCrc(_) => At::Data,
            At::Trailer(place) => return self.trailing(place, byte),
            same @ (At::Name | At::Comment | At::Data) => same,
        };
        Some(())
    }

    fn fixed(&mut self, place: usize, byte: u8) -> Option<At> {
        if FIXED.get(place)?.is_some_and(|wanted| wanted != byte) {
            return None;
        }
        if place == FLAGS_AT {
            self.flags = byte;
        }
        if self.flags & RESERVED != 0 {
            return None;
        }
        Some(match place + 1 {
            next if next < FIXED.len() => At::Fixed(next),
            _ if self.flags & HAS_EXTRA != 0 => At::ExtraLength(0),
            _ => self.behind_extra(),
        })
    }

    fn behind_extra(&self) -> At {
        if self.flags & HAS_NAME != 0 { At::Name } else { self.behind_name() }
    }

    fn behind_name(&self) -> At {
        if self.flags & HAS_COMMENT != 0 { At::Comment } else { self.behind_comment() }
    }

    fn behind_comment(&self) -> At {
        if self.flags & HAS_HEADER_CRC != 0 { At::HeaderCrc(0) } else { At::Data }
    }

    fn trailing(&mut self, place: usize, byte: u8) -> Option<()> {
        *self.trailer.get_mut(place)? = byte;
        if place + 1 < TRAILER {
            self.at = At::Trailer(place + 1);
            return Some(());
        }
        let wanted = u64::from(self.crc.sum()) | u64::from(self.crc.amount()) << 32;
        if u64::from_le_bytes(self.trailer) != wanted {
            return None;
        }
        // The next member takes over what this one has allocated: a body of empty members must not cost more than its size.
        self.inflate.again();
        self.crc.reset();
        (self.at, self.flags, self.whole) = (At::Fixed(0), 0, true);
        Some(())
    }
}
