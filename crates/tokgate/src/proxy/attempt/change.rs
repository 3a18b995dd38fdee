//! change: what one target gets in the place of the client's own, and what its refusal says about that.

use bytes::Bytes;
use http::StatusCode;
use tokgate_wire::conversation::Loss;
use tokgate_wire::error;
use tokgate_wire::provenance::{Foreign, Provenance};

use super::super::classify::Fault;
use super::super::commit::WholeFault;
use super::super::downgrade::{self, Changed};
use super::super::read::BufferedBytes;
use super::super::{provenance, translate};
use super::{Attempt, Attempting};
use crate::gateway::snapshot::Provider;

impl Attempting {
    /// What this target gets in the place of the client's own: the request in its protocol and on its surface, when those
    /// are others, never opaque reasoning that somebody else issued, and nothing that it does not take.
    pub(super) fn change(
        &mut self,
        provider: &Provider,
        attempt: &mut Attempt,
        model: Option<&str>,
    ) -> Result<(), Fault> {
        let capped = self.cap(attempt.target.max_output_tokens)?;
        let (spoken, client) = (attempt.spoken, self.context.operation.protocol());
        let untranslatable = |refused| Fault::Untranslatable { refused };
        let foreign = provenance::foreign(self.context.settle.gateway(), client, &self.body.bytes, attempt.scope);
        let foreign = if attempt.target.without_reasoning { Foreign::All } else { Foreign::Known(&foreign) };
        let target = Provenance { scope: attempt.scope, foreign };
        let mut losses = self.context.adapted.clone();
        losses.extend(&capped);
        if spoken == client {
            if let Some((body, cut)) = provenance::request(client, &self.body, &target, model) {
                attempt.changed.body = Some(body);
                losses.extend(&cut);
            }
        } else {
            // Another protocol says it in about as many bytes. They are taken before it is made, and put right below.
            let gateway = self.context.settle.gateway();
            let held = BufferedBytes::take(gateway, self.body.bytes.len() as u64).ok_or(Fault::NoMemory)?;
            if self.context.operation.counts().is_some() {
                let question = translate::question(&self.context, &self.body, provider, spoken, model);
                attempt.changed = Changed::translated(question.map_err(untranslatable)?, held);
            } else {
                let translated = translate::request(&self.context, &self.body, provider, spoken, model, target);
                let translated = translated.map_err(untranslatable)?;
                attempt.plan = Some(Box::new(translated.plan));
                attempt.changed = Changed::translated(translated.body, held);
                losses.extend(&translated.losses);
            }
        }
        let kept = downgrade::kept(&self.context);
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        let known = provider.lacks(spoken, model.unwrap_or(asked));
        let lacks = downgrade::lacks(known, attempt.target.lacks.as_deref(), kept);
        let bytes = &self.body.bytes;
        losses.extend(&downgrade::request(&self.context, bytes, spoken, &lacks, model, &mut attempt.changed));
        let body = attempt.changed.body.as_ref().unwrap_or(bytes);
        if let Some(body) =
            translate::on_surface(&self.context, provider, spoken, body, &mut losses).map_err(untranslatable)?
        {
            attempt.changed.body = Some(body);
        }
        if !attempt.changed.count(self.context.settle.gateway()) {
            return Err(Fault::NoMemory);
        }
        attempt.losses = lost(losses.all());
        self.context.settle.record(|record| record.losses.clone_from(&attempt.losses));
        Ok(())
    }

    /// Whether an answer refuses what was sent and can be left out; the policy hears of it.
    pub(super) fn refuses(&mut self, attempt: &Attempt, status: StatusCode, read: &Result<Bytes, WholeFault>) -> bool {
        let Some(error) = read.as_ref().ok().filter(|_| status.is_client_error()) else { return false };
        let sent = attempt.changed.body.as_ref().unwrap_or(&self.body.bytes);
        let refused = downgrade::refused(&self.context, attempt.spoken, error, sent, &attempt.changed);
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        self.context.settle.refused(attempt.target.model.as_deref().unwrap_or(asked), &refused)
    }

    /// The provider does not take requests of this size.
    pub(super) fn oversized(&mut self, attempt: &Attempt) {
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        self.context.settle.too_large(attempt.target.model.as_deref().unwrap_or(asked));
    }

    /// The prompt is too long for the model: who takes longer ones is known from the configuration, the provider's own
    /// words, and facts about models.
    pub(super) fn too_long(&mut self, fault: &Fault) {
        let snapshot = &self.context.snapshot;
        let known = |provider: &str, model: &str| snapshot.window(provider, model);
        let asked = self.body.model.as_ref().map_or("", |(model, _)| model);
        self.context.settle.too_long(fault.message().and_then(error::lengths), &known, asked);
    }

    /// The provider cannot verify opaque reasoning that it was sent: what nobody is known to have issued is not its own.
    pub(super) fn disowned(&mut self, attempt: &Attempt) {
        let Some(protocol) = attempt.spoken.client() else { return };
        let sent = attempt.changed.body.as_ref().unwrap_or(&self.body.bytes);
        if provenance::doubt(self.context.settle.gateway(), protocol, sent) {
            self.context.settle.reasoning_refused();
        }
    }
}

/// The losses of a translation, for the record: `stop_sequences dropped, tools[].strict reworded`.
fn lost(losses: &[Loss]) -> Option<Box<str>> {
    let each: Vec<String> = losses.iter().map(|loss| format!("{} {}", loss.field, loss.fate.id())).collect();
    (!each.is_empty()).then(|| each.join(", ").into())
}
