//! Reads the HTTP library's errors: what broke, and could the origin have acted on the request.

use std::error::Error;
use std::io;

use super::body::{BodyError, BodyErrorKind};
use super::error::SendErrorKind;
use crate::i18n::{Text, faults};

/// What a failed wait for a response head comes down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The origin says it has not processed the request.
    NotProcessed,
    /// The connection died before any byte of a response.
    Silent,
    /// Something of a response came, or the origin ended the stream on purpose.
    Known(SendErrorKind),
}

/// `answered`: bytes came back on this HTTP/1.1 connection after the request went out.
pub(super) fn head(error: &hyper::Error, answered: bool) -> Broken {
    if let Some(h2) = find::<h2::Error>(error) {
        return http2(h2);
    }
    if error.is_parse_too_large() {
        Broken::Known(SendErrorKind::HeadTooLarge)
    } else if error.is_parse() {
        Broken::Known(SendErrorKind::ProtocolError)
    } else if answered {
        // It had begun to answer: what it did may be done, and billed.
        Broken::Known(SendErrorKind::ResetFresh)
    } else {
        Broken::Silent
    }
}

fn http2(error: &h2::Error) -> Broken {
    if error.is_remote() && error.is_go_away() {
        // a stream that gets the GOAWAY itself as its error lies above the last one processed
        Broken::NotProcessed
    } else if error.is_remote() && error.reason() == Some(h2::Reason::REFUSED_STREAM) {
        Broken::NotProcessed
    } else if error.is_remote() {
        Broken::Known(SendErrorKind::ResetFresh)
    } else if error.is_library() {
        Broken::Known(SendErrorKind::ProtocolError)
    } else {
        Broken::Silent
    }
}

/// The same in words.
pub(super) fn words(broken: Broken, error: &hyper::Error) -> Text {
    match broken {
        Broken::Known(SendErrorKind::ResetFresh) if find::<h2::Error>(error).is_none() => (&faults::HEAD_CUT).into(),
        Broken::Silent | Broken::Known(SendErrorKind::ResetFresh) => (&faults::UNANSWERED).into(),
        Broken::NotProcessed => Text::new(&faults::NOT_PROCESSED).with("cause", chain(error)),
        Broken::Known(SendErrorKind::HeadTooLarge) => (&faults::HEAD_TOO_LARGE).into(),
        Broken::Known(_) => Text::new(&faults::NOT_HTTP).with("cause", chain(error)),
    }
}

/// A body that broke off.
pub(super) fn body(error: &hyper::Error) -> BodyError {
    let kind = if let Some(h2) = find::<h2::Error>(error) {
        match h2.get_io() {
            Some(io) => of_io(io),
            None if h2.is_remote() => BodyErrorKind::Reset,
            None => BodyErrorKind::Protocol,
        }
    } else if let Some(io) = find::<io::Error>(error) {
        of_io(io)
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        BodyErrorKind::Eof
    } else {
        BodyErrorKind::Reset
    };
    let message = match kind {
        BodyErrorKind::Reset => (&faults::BODY_RESET).into(),
        BodyErrorKind::Eof => (&faults::BODY_EOF).into(),
        BodyErrorKind::Protocol => Text::new(&faults::BODY_PROTOCOL).with("cause", chain(error)),
    };
    BodyError { kind, message }
}

fn of_io(error: &io::Error) -> BodyErrorKind {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => BodyErrorKind::Eof,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => BodyErrorKind::Protocol,
        _ => BodyErrorKind::Reset,
    }
}

/// The error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = next.source();
    }
    text
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
