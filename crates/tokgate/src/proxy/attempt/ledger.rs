//! ledger: one try's line in the record, and what the policy hears of it when it fails.

use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::classify::{KeyEffect, Phase, Row};
use tokgate_policy::engine::{Outcome as PolicyOutcome, Target, number};
use tokio::time::Instant;

use super::super::classify::Fault;
use super::super::downgrade::Changed;
use super::super::send::Reply;
use super::super::translate;
use super::{Attempt, Attempting};
use crate::clock;
use crate::config::model::Surface;
use crate::gateway::snapshot::Provider;
use crate::store::record::AttemptRecord;

/// An upstream's words kept in the record.
const MESSAGE_MAX: usize = 512;

impl Attempting {
    /// A try of this target begins now.
    pub(super) fn begin(&mut self, target: Target, provider: &Provider, now: Instant) -> Attempt {
        let asked = self.body.model.as_ref().map(|(model, _)| Arc::clone(model));
        let line = AttemptRecord {
            key: target.key.and_then(|key| u16::try_from(number(key)).ok()),
            model: target.model.clone(),
            ..AttemptRecord::begun(Arc::clone(&provider.name))
        };
        self.context.settle.record(|record| {
            record.provider = Some(Arc::clone(&provider.name));
            record.model_sent = line.model.as_deref().or(asked.as_deref()).map(Into::into);
            record.attempts.push(line);
        });
        let operation = self.context.operation;
        let model = target.model.as_deref().or(asked.as_deref()).unwrap_or_default();
        let spoken = translate::spoken(provider, operation, model).unwrap_or(operation.protocol().into());
        let scope = provider.issuer.scope(spoken, model);
        self.context.settle.tries(now, asked.as_ref(), &self.context.snapshot, target.provider);
        Attempt {
            target,
            provider: Arc::clone(&provider.name),
            started: now,
            held: None,
            prepared: Duration::ZERO,
            spoken,
            scope,
            plan: None,
            foreign_errors: spoken != operation.protocol() || matches!(provider.surface, Surface::Bedrock { .. }),
            changed: Changed::default(),
            losses: None,
        }
    }

    pub(super) fn headed(&mut self, attempt: &Attempt, reply: &Reply) {
        let (status, facts) = (reply.head.status.as_u16(), reply.facts);
        self.note(attempt, |record| {
            record.status = status;
            record.reused = facts.reused;
            record.dns_ms = millis(facts.dns);
            record.connect_ms = millis(facts.connect);
            record.tls_ms = millis(facts.tls);
            record.head_ms = Some(record.total_ms);
        });
    }

    /// Puts a failed try down: record, policy, key.
    pub(super) fn failed(&mut self, attempt: &Attempt, fault: &Fault, phase: Phase) {
        let verdict = fault.verdict(phase);
        self.last_failure = Some(verdict);
        self.note_fault(attempt, fault, verdict.row.id());
        // A key that is refused may have been replaced where it is kept: it is read again at the next use.
        if matches!(verdict.key, KeyEffect::Quarantine | KeyEffect::Suspect)
            && let Some(provider) = self.context.snapshot.providers.get(attempt.target.provider)
            && let Some(key) = attempt.target.key.and_then(|key| provider.keys.get(key))
        {
            key.forget();
        }
        if verdict.row == Row::ContextTooLong {
            self.too_long(fault);
        }
        let row = verdict.row.id();
        tracing::debug!(request_id = %self.context.id, provider = &*attempt.provider, row, "attempt failed");
        self.context.settle.observe(&PolicyOutcome::Failed(verdict));
    }

    /// The running try is over, and failed for this.
    pub(super) fn note_fault(&mut self, attempt: &Attempt, fault: &Fault, row: &'static str) {
        let gateway = self.context.settle.gateway();
        let lang = self.context.snapshot.lang;
        let text = fault.text().map(&|piece| gateway.redact(piece, MESSAGE_MAX));
        if let Fault::Untranslatable { refused } = fault {
            self.refused.get_or_insert_with(|| refused.clone());
        }
        self.note(attempt, |record| {
            record.result = row.into();
            record.explain(&text, lang);
        });
        self.context.settle.tried();
    }

    /// Corrects the running try's line in the record.
    pub(super) fn note(&mut self, attempt: &Attempt, change: impl FnOnce(&mut AttemptRecord)) {
        self.note_at(clock::now(), attempt, change);
    }

    /// [`Attempting::note`] at this moment.
    pub(super) fn note_at(&mut self, now: Instant, attempt: &Attempt, change: impl FnOnce(&mut AttemptRecord)) {
        let total_ms = millis(now.saturating_duration_since(attempt.started));
        self.context.settle.record(|record| {
            if let Some(line) = record.attempts.last_mut() {
                line.total_ms = total_ms;
                change(line);
            }
        });
    }
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
