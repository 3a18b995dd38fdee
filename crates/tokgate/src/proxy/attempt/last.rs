//! last: what the client is told when nothing more is tried.

use std::time::Duration;

use tokgate_policy::classify::{Content, Fault};
use tokgate_policy::engine::{GiveUp, Outcome as PolicyOutcome};
use tokgate_wire::error::Kind;

use super::super::respond::{Problem, Retry};
use super::super::{classify, denied, verdicts};
use super::{Attempting, Step};
use crate::i18n::{Text, proxy as text};

/// Wait named to a client whose request is tied to a provider that failed and named none.
const STATE_RETRY: Duration = Duration::from_secs(5);

impl Attempting {
    /// The provider that keeps the request's state failed: its own answer, or ours naming the field.
    pub(super) fn tied(&mut self) -> Step {
        // The policy has chosen another one, which is not asked.
        self.context.settle.observe(&PolicyOutcome::Cancelled);
        // What is wrong with the request its client has to hear; what went wrong with the provider, our key or our account
        // is told in words he can do something with.
        let is_his = self.last_failure.is_some_and(|verdict| verdict.fault == Fault::Client);
        if is_his && let Some(step) = self.verbatim() {
            return step;
        }
        let field = self.body.stored.map_or("", |stored| stored.field);
        let text = Text::new(&text::STATE_BOUND).with("field", field);
        Step::Failed(Problem {
            retry: Retry::After(self.last_failure.and_then(|verdict| verdict.retry_after).unwrap_or(STATE_RETRY)),
            ..Problem::request("TG325", Kind::Unavailable, 503, text)
        })
    }

    /// The last upstream's error, word for word; an error page is not passed on, and a sent head leaves no room for one.
    fn verbatim(&mut self) -> Option<Step> {
        let (head, bytes) = self.last_error.take().filter(|_| !self.head_sent)?;
        if classify::content(&head.headers, &bytes) != Content::Json {
            return None;
        }
        let bytes = self.context.settle.gateway().without_secrets(bytes);
        self.context.settle.record(|record| record.bytes_out = bytes.len() as u64);
        Some(Step::Whole(head, bytes))
    }

    /// The policy has nothing left to try: the last answer verbatim when it is the client's to see, else our own words.
    pub(super) fn give_up(&mut self, why: &GiveUp) -> Step {
        if verdicts::is_for_the_client(why)
            && let Some(step) = self.verbatim()
        {
            return step;
        }
        let settle = &self.context.settle;
        if let Some(denial) = settle.denial() {
            return Step::Failed(denied::problem(&denial, why, self.context.operation.protocol()));
        }
        let problem = settle.with_record(None, |record| {
            let refused = self.refused.as_ref();
            Some(verdicts::problem(why, record, &settle.skipped(), self.last_translated, refused))
        });
        let problem = problem.unwrap_or_else(verdicts::internal);
        Step::Failed(match settle.kept() {
            Some(stored) if !verdicts::is_for_the_client(why) => kept(stored.field, problem),
            Some(_) | None => problem,
        })
    }
}

/// The problem of the one provider that keeps what this field refers to.
fn kept(field: &str, problem: Problem) -> Problem {
    let bound = Text::new(&text::STATE_BOUND).with("field", field);
    Problem { code: "TG325", text: Text::lines(vec![bound, problem.text]), ..problem }.about(field)
}
