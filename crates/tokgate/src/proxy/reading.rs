//! reading: an upstream's stream as it is read, and as the client gets it. The tap judges what the upstream says; where
//! the client speaks another protocol, a translation makes its bytes.

use bytes::Bytes;
use tokgate_wire::error::{EventContext, WireError};
use tokgate_wire::keepalive;
use tokgate_wire::protocol::Protocol;
use tokgate_wire::stream::{Pushed, StreamEnd, StreamFault, Tap, TransportEnd};
use tokgate_wire::translate::answer::AnswerStream;
use tokgate_wire::usage::Usage;

use super::provenance::Witness;
use super::respond::{self, Problem};
use crate::i18n::Lang;
use crate::store::record::RequestId;

/// A stream being read.
#[derive(Debug)]
pub struct Reading {
    tap: Tap,
    translation: Option<Box<AnswerStream>>,
    /// Keeps what must not be forgotten.
    witness: Option<Witness>,
}

impl Reading {
    /// The client gets the upstream's bytes.
    pub fn unchanged(tap: Tap, witness: Option<Witness>) -> Self {
        Self { tap, translation: None, witness }
    }

    /// The client gets a translation.
    pub fn translated(tap: Tap, translation: AnswerStream, witness: Option<Witness>) -> Self {
        Self { tap, translation: Some(Box::new(translation)), witness }
    }

    /// Takes bytes as they arrive; gives back what the client gets of them, and what they mean.
    pub fn push(&mut self, chunk: Bytes) -> Result<Pushed, StreamFault> {
        let mut pushed = self.tap.push(chunk)?;
        if let Some(witness) = &self.witness {
            witness.see(&pushed.whole);
        }
        if let Some(translation) = &mut self.translation {
            let progress = translation.push(&pushed.whole);
            pushed.whole = translation.take().into();
            if let Some(witness) = self.witness.as_ref().filter(|_| progress.terminal) {
                witness.keep(translation.take_thoughts());
            }
            // A stop text that only we know of ends an answer whose provider would go on.
            pushed.terminal |= progress.terminal;
            // An answer that is good to its provider may be none to the client: half a summary.
            if let Some(error) = progress.error {
                pushed.terminal = false;
                pushed.error_first |= progress.error_first && !pushed.generated;
                pushed.error.get_or_insert(error);
            }
        }
        Ok(pushed)
    }

    /// The transport ended: how the stream ended, and what the client still gets when it is complete.
    pub fn finish(&mut self, end: TransportEnd) -> (StreamEnd, Bytes) {
        let how = self.tap.finish(end);
        let rest = match (&mut self.translation, how) {
            (Some(translation), StreamEnd::Complete) => {
                translation.finish(end);
                if let Some(witness) = &self.witness {
                    witness.keep(translation.take_thoughts());
                }
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

    /// The id of what the provider keeps of the answer. In one that is translated it has another name, or none.
    pub fn kept_id(&self) -> Option<&str> {
        self.tap.kept().filter(|_| self.translation.is_none())
    }

    /// What tells the client that the answer broke off, with these words; of a translated one its encoder knows best
    /// where the client's protocol stands.
    pub fn broken(&mut self, problem: &Problem, protocol: Protocol, lang: Lang, id: RequestId) -> Bytes {
        let Some(translation) = &mut self.translation else {
            let at = EventContext {
                sequence: self.tap.sequence(),
                response_id: self.tap.response_id(),
                model: self.tap.model(),
            };
            return respond::event(problem, protocol, lang, id, at);
        };
        let kind = Some("overloaded_error".to_owned());
        translation.fail(WireError { kind, message: problem.text.say(lang), ..WireError::default() });
        translation.take().into()
    }

    /// The client has seen an error of the upstream's that its protocol does not have.
    pub fn error_is_bare(&self) -> bool {
        self.translation.is_none() && self.tap.error_is_bare()
    }

    /// A sign of life for the client.
    pub fn keepalive(&mut self, protocol: Protocol) -> Bytes {
        match &mut self.translation {
            Some(translation) => {
                translation.ping();
                translation.take().into()
            }
            None => keepalive::bytes(protocol, self.tap.sequence(), self.tap.response_id()).into_owned().into(),
        }
    }
}
