//! verdicts: the policy's "nothing more to try" in words. Which reason counts is the policy's business; here it gets a
//! status that its client does not loop on, and a sentence that says what was tried and what to do.

mod states;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokgate_policy::classify::Row;
use tokgate_policy::engine::{GiveUp, Why};
use tokgate_wire::conversation::Refused;
use tokgate_wire::error::Kind;

use super::respond::{Problem, Retry};
use crate::i18n::{Message, Text, proxy as text, refusals};
use crate::store::record::{AttemptRecord, Record};

/// Wait we name when the policy knows none: long enough for a hiccup to pass, short enough that a person stays.
const WAIT_UNKNOWN: Duration = Duration::from_secs(5);

/// Whether the upstream's own answer is for the client, word for word.
pub fn is_for_the_client(give_up: &GiveUp) -> bool {
    matches!(give_up.why, Why::RequestFault | Why::OwnLogin | Why::ModelNotFound)
}

/// A candidate that was passed over: provider, why, for how many more seconds, the place of its key when only that one was
/// meant.
pub type Skipped = (Arc<str>, &'static str, Option<u64>, Option<usize>);

/// The error for a request that nobody answered.
///
/// `translated`: the last answer was in another protocol than the client's, so it is said here. `refused`: why the
/// request could not be translated.
pub fn problem(
    give_up: &GiveUp,
    record: &Record,
    skipped: &[Skipped],
    translated: bool,
    refused: Option<&Refused>,
) -> Problem {
    let id = record.id.to_string();
    let told = |message: &'static Message, seconds: u128| {
        let (asked, count) = providers(record, skipped);
        let first = Text::new(message).with("asked", asked).with("count", count);
        let first = first.with("id", record.id.short()).with("seconds", seconds);
        let mut lines = vec![first];
        lines.extend(states::lines(&record.attempts, skipped));
        Text::lines(lines)
    };
    let failed = || {
        let message = match providers(record, skipped) {
            (0, _) => &text::NONE_ASKED,
            (1, 1) => &text::ONE_FAILED,
            (asked, count) if asked == count => &text::ALL_FAILED,
            _ => &text::SOME_FAILED,
        };
        told(message, 0)
    };
    let wait = give_up.usable_again_in;
    let untranslatable = |attempt: &AttemptRecord| attempt.result == Row::Untranslatable.id();
    if let Some(refused) = refused.filter(|_| record.attempts.iter().all(untranslatable)) {
        return untranslated(refused, &record.attempts, &id);
    }
    let leads_back = |attempt: &AttemptRecord| attempt.result == Row::OwnAddress.id();
    if !record.attempts.is_empty() && record.attempts.iter().all(leads_back) {
        return Problem { retry: Retry::Never, ..Problem::request("TG305", Kind::Internal, 508, failed()) };
    }
    match give_up.why {
        Why::RequestFault | Why::OwnLogin | Why::ModelNotFound | Why::Committed | Why::Ended => {
            let last = record.attempts.last();
            if let Some(problem) = last.and_then(|last| said_in_words(last, translated)) {
                return problem;
            }
            let (kind, status) = by_status(last.map_or(0, |attempt| attempt.status));
            let retry = match status {
                429 => Retry::After(wait.unwrap_or(WAIT_UNKNOWN)),
                502 => Retry::After(WAIT_UNKNOWN),
                _ => Retry::Never,
            };
            Problem { retry, ..Problem::request("TG321", kind, status, failed()) }
        }
        Why::Cooling => {
            let wait = wait.unwrap_or(WAIT_UNKNOWN);
            let seconds = wait.as_millis().div_ceil(1_000);
            let text = told(&text::ALL_RESTING, seconds);
            Problem { retry: Retry::After(wait), ..Problem::request("TG322", Kind::RateLimited, 429, text) }
        }
        // 503 rather than 529: Claude Code gives a 529 three tries and a 503 three minutes.
        Why::Overloaded | Why::Unavailable => Problem {
            retry: Retry::After(match wait {
                Some(wait) if give_up.named => wait,
                // A provider that was down may be back at any moment, whatever the keys of others wait for.
                Some(wait) => wait.min(WAIT_UNKNOWN),
                None => WAIT_UNKNOWN,
            }),
            ..Problem::request("TG323", Kind::Unavailable, 503, failed())
        },
        Why::Exhausted => Problem {
            retry: Retry::Never,
            ..Problem::request("TG324", Kind::Billing, 402, told(&text::OUT_OF_CREDIT, 0))
        },
        // Said by `denied`, which knows what was full.
        Why::Full | Why::Limited => Problem {
            retry: Retry::After(wait.unwrap_or(WAIT_UNKNOWN)),
            ..Problem::request("TG328", Kind::RateLimited, 429, &text::NO_PLACE)
        },
        // Never the upstream's 401: the client would ask its user to log in again.
        Why::KeysRejected => Problem {
            retry: Retry::Never,
            ..Problem::request("TG404", Kind::Unavailable, 503, told(&text::KEYS_REFUSED, 0))
        },
    }
}

/// A request that its own protocol has wrong, so that no translation begins.
fn malformed(refused: &Refused) -> Problem {
    let reason = refusals::why(&refused.why);
    let text = match &*refused.field {
        "" => Text::new(&text::BODY_REFUSED).with_words("reason", reason),
        field => Text::new(&text::REQUEST_MALFORMED).with("field", field).with_words("reason", reason),
    };
    Problem { retry: Retry::Never, ..Problem::request("TG312", Kind::InvalidRequest, 400, text) }.about(&refused.field)
}

/// A request that no provider could be asked in its protocol: each with its own reason, in full.
fn untranslated(refused: &Refused, attempts: &[AttemptRecord], id: &str) -> Problem {
    let each = attempts.iter().map(|attempt| {
        Text::new(&text::ATTEMPT).with("provider", &attempt.provider).with_words("result", attempt.words())
    });
    inexpressible(refused, Text::list(each.collect()), id)
}

/// A question for the tokens of a request that would be refused itself.
pub fn uncountable(refused: &Refused, provider: &str, id: &str) -> Problem {
    let why = refusals::place_and_why(refused);
    let tried = Text::new(&text::ATTEMPT).with("provider", provider).with_words("result", why);
    inexpressible(refused, tried, id)
}

/// What is wrong with the request, or with every way to translate it.
fn inexpressible(refused: &Refused, tried: Text, id: &str) -> Problem {
    if refused.is_malformed() {
        return malformed(refused);
    }
    let text = Text::new(&text::UNTRANSLATABLE).with_words("tried", tried).with("id", id);
    Problem { retry: Retry::Never, ..Problem::request("TG326", Kind::InvalidRequest, 400, text) }.about(&refused.field)
}

/// An error of ours that should not happen.
pub fn internal() -> Problem {
    Problem::request("TG399", Kind::Internal, 500, &text::INTERNAL)
}

/// A refusal of the request that came as the first event of a 200, or in another protocol: there is no answer to hand on,
/// but it must not look like a failure of the upstream, which clients repeat for minutes. Its words stay, because clients
/// read them.
fn said_in_words(attempt: &AttemptRecord, translated: bool) -> Option<Problem> {
    if !translated && !(200..300).contains(&attempt.status) {
        return None;
    }
    let row = Row::ALL.iter().find(|row| row.id() == attempt.result)?;
    let (kind, status) = match row {
        Row::InvalidRequest => (Kind::InvalidRequest, 400),
        Row::ContextTooLong => (Kind::ContextOverflow, 400),
        Row::ContentFiltered => (Kind::ContentFiltered, 400),
        Row::TooLarge => (Kind::TooLarge, 413),
        Row::ModelNotFound | Row::DeploymentNotFound => (Kind::NotFound, 404),
        // The caller's own login, judged inside a 200.
        Row::KeyRejected => (Kind::Auth, 401),
        Row::PermissionDenied => (Kind::Permission, 403),
        Row::QuotaExhausted | Row::PaymentRequired => (Kind::Billing, 402),
        _ => return None,
    };
    attempt.message.as_ref()?;
    let words = attempt.words();
    Some(Problem { retry: Retry::Never, ..Problem::request("TG321", kind, status, words) })
}

fn by_status(status: u16) -> (Kind, u16) {
    match status {
        400 | 422 => (Kind::InvalidRequest, 400),
        404 => (Kind::NotFound, 404),
        413 => (Kind::TooLarge, 413),
        // These reach a client only where his own login was judged.
        401 => (Kind::Auth, 401),
        402 => (Kind::Billing, 402),
        403 => (Kind::Permission, 403),
        429 => (Kind::RateLimited, 429),
        405..=499 => (Kind::InvalidRequest, 400),
        _ => (Kind::Upstream, 502),
    }
}

/// How many providers were asked, and how many there are with those passed over.
fn providers(record: &Record, skipped: &[Skipped]) -> (usize, usize) {
    let mut all: HashSet<&Arc<str>> = record.attempts.iter().map(|attempt| &attempt.provider).collect();
    let asked = all.len();
    all.extend(skipped.iter().map(|(provider, ..)| provider));
    (asked, all.len())
}

#[cfg(test)]
mod tests;
