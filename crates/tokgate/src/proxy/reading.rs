//! reading: an upstream's stream as it is read, and as the client gets it. The tap judges what the upstream says; where
//! the client speaks another protocol, a translation makes its bytes.

use bytes::Bytes;
use tokgate_wire::stream::{Pushed, StreamEnd, StreamFault, Tap, TransportEnd};
use tokgate_wire::translate::answer::AnswerStream;
use tokgate_wire::usage::Usage;

/// A stream being read.
#[derive(Debug)]
pub struct Reading {
    tap: Tap,
    translation: Option<Box<AnswerStream>>,
}

impl Reading {
    /// The client gets the upstream's bytes.
    pub fn unchanged(tap: Tap) -> Self {
        Self { tap, translation: None }
    }

    /// The client gets a translation.
    pub fn translated(tap: Tap, translation: AnswerStream) -> Self {
        Self { tap, translation: Some(Box::new(translation)) }
    }

    /// Takes bytes as they arrive; gives back what the client gets of them, and what they mean.
    pub fn push(&mut self, chunk: Bytes) -> Result<Pushed, StreamFault> {
        let mut pushed = self.tap.push(chunk)?;
        if let Some(translation) = &mut self.translation {
            translation.push(&pushed.whole);
            pushed.whole = translation.take().into();
        }
        Ok(pushed)
    }

    /// The transport ended: how the stream ended, and what the client still gets when it is complete.
    pub fn finish(&mut self, end: TransportEnd) -> (StreamEnd, Bytes) {
        let how = self.tap.finish(end);
        let rest = match (&mut self.translation, how) {
            (Some(translation), StreamEnd::Complete) => {
                translation.finish(end);
                translation.take().into()
            }
            _ => Bytes::new(),
        };
        (how, rest)
    }

    /// Tokens so far.
    pub fn usage(&self) -> &Usage {
        self.tap.usage()
    }

    /// The model that answers, as the upstream names it.
    pub fn model(&self) -> Option<&str> {
        self.tap.model()
    }

    /// Why the answer stopped, in the upstream's word.
    pub fn stop(&self) -> Option<&str> {
        self.tap.stop()
    }

    /// The next `sequence_number` of the client's Responses stream.
    pub fn sequence(&self) -> Option<u64> {
        self.translation.as_ref().map_or_else(|| self.tap.sequence(), |translation| translation.sequence())
    }

    /// The id of the answer, as the client knows it.
    pub fn response_id(&self) -> Option<&str> {
        match &self.translation {
            Some(translation) => translation.response_id(),
            None => self.tap.response_id(),
        }
    }
}
