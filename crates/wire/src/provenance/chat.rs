//! `reasoning_details` of Chat messages.

use super::{Change, Provenance, blobs};
use crate::json::{Fault, Kind, Reader};
use crate::protocol::Protocol;
use crate::splice::Elements;
use crate::translate::carrier::Carried;

pub(super) fn change(body: &str, target: &Provenance<'_>, change: &mut Change) -> Result<(), Fault> {
    Reader::new(body).object(|name, reader| {
        if name == "messages" && reader.kind()? == Kind::Array {
            return reader.array(|reader| message(reader, target, change));
        }
        reader.raw().map(drop)
    })
}

fn message(reader: &mut Reader<'_>, target: &Provenance<'_>, change: &mut Change) -> Result<(), Fault> {
    if reader.kind()? != Kind::Object {
        return reader.raw().map(drop);
    }
    let mut members = Elements::default();
    reader.object(|name, reader| {
        let begin = reader.place_of(name).saturating_sub(1);
        let (value, at) = reader.placed(Reader::raw)?;
        let goes = name == "reasoning_details" && is_foreign(value, target);
        if goes {
            change.losses.dropped("messages[].reasoning_details");
        }
        members.push(begin..at.end, goes);
        Ok::<_, Fault>(())
    })?;
    change.edits.remove(&members);
    Ok(())
}

/// One answer has one issuer: a list with anything foreign in it goes as a whole. A carrier is foreign whoever made it:
/// what passes as it is was never put into one.
fn is_foreign(list: &str, target: &Provenance<'_>) -> bool {
    let mut foreign = false;
    blobs::each(Protocol::OpenaiChat, list.as_bytes(), |blob| {
        foreign |= !matches!(target.open(blob), Carried::Genuine);
    });
    foreign
}
