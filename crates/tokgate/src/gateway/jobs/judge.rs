//! What the end of a try means for its job. The record says what happened; nothing is guessed from bytes.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use tokgate_policy::classify::{Fault, Row};
use tokgate_policy::job::Ending;

use crate::store::record::{Outcome, Record};
use crate::store::show::trail::Trail;

/// Statuses of errors that pass, besides 5xx: too slow, too early, too many.
const PASSING: [u16; 4] = [408, 409, 425, 429];

/// The longest pause a provider is believed.
const ASKED_MAX: Duration = Duration::from_secs(86_400);

/// How a try ended whose record this is. `stopping`: the gateway is about to end and has cut it.
pub(super) fn ending(record: &Record, status: StatusCode, headers: &HeaderMap, stopping: bool) -> Ending {
    if record.outcome == Outcome::Completed {
        return Ending::Answered;
    }
    if stopping {
        return if record.attempts.is_empty() { Ending::Unasked } else { Ending::Interrupted };
    }
    if stays(record, status, headers) { Ending::Refused } else { Ending::Failed(asked(record, headers)) }
}

/// Whether another try would meet the same.
fn stays(record: &Record, status: StatusCode, headers: &HeaderMap) -> bool {
    let says_no = headers.get("x-should-retry").is_some_and(|value| value.as_bytes() == b"false");
    let fault = record.attempts.last().and_then(|last| Row::from_id(&last.result)).map(|row| row.consequence().fault);
    let passes = status.is_success() || status.is_server_error() || PASSING.contains(&status.as_u16());
    says_no || fault == Some(Fault::Client) || !passes
}

/// Answers of ours whose wait nobody has named: clients want a number, jobs have pauses of their own.
const GUESSED: [&str; 3] = ["TG321", "TG323", "TG325"];

/// How long the providers, or those who rest, ask to wait.
fn asked(record: &Record, headers: &HeaderMap) -> Option<Duration> {
    // Where nobody was asked, it is known when the first of them may be.
    if !record.attempts.is_empty() && record.error.as_deref().is_some_and(|code| GUESSED.contains(&code)) {
        let told = Trail::read(&record.trail)?.attempts.iter().filter_map(|tried| tried.retry_after_ms).max();
        return told.map(|ms| Duration::from_millis(ms).min(ASKED_MAX));
    }
    let seconds: u64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(ASKED_MAX))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use http::HeaderValue;

    use super::*;
    use crate::store::record::{AttemptRecord, RequestId};

    fn record(outcome: Outcome, rows: &[&'static str]) -> Record {
        let attempt =
            |row: &&'static str| AttemptRecord { result: Cow::Borrowed(row), ..AttemptRecord::begun("a".into()) };
        let attempts = rows.iter().map(attempt).collect();
        Record { outcome, attempts, ..Record::blank(RequestId(1), "sdk", "messages") }
    }

    #[test]
    fn errors_that_pass_are_tried_again_and_those_that_stay_are_not() {
        let none = HeaderMap::new();
        let of = |status: u16, row| {
            ending(&record(Outcome::Failed, &[row]), StatusCode::from_u16(status).unwrap_or_default(), &none, false)
        };
        for (status, row) in [(429, "rate-limited"), (503, "unavailable"), (529, "overloaded"), (500, "server-error")] {
            assert_eq!(of(status, row), Ending::Failed(None), "{status} {row}");
        }
        for (status, row) in [(400, "bad-request"), (401, "bad-key"), (404, "x"), (413, "too-large")] {
            assert_eq!(of(status, row), Ending::Refused, "{status} {row}");
        }
    }

    #[test]
    fn a_provider_that_names_its_time_is_believed_and_one_that_says_no_too() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("90"));
        let failed = record(Outcome::Failed, &["rate-limited"]);
        let asked = Some(Duration::from_secs(90));
        assert_eq!(ending(&failed, StatusCode::TOO_MANY_REQUESTS, &headers, false), Ending::Failed(asked));
        headers.insert("x-should-retry", HeaderValue::from_static("false"));
        assert_eq!(ending(&failed, StatusCode::TOO_MANY_REQUESTS, &headers, false), Ending::Refused);
    }

    /// It once took our own guess for the provider's word, so that `queue.first` had no effect below 5 s.
    #[test]
    fn a_wait_that_we_made_up_is_not_taken_for_a_providers() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("5"));
        let mut failed = Record { error: Some("TG323".into()), ..record(Outcome::Failed, &["unavailable"]) };
        let ending = |failed: &Record| ending(failed, StatusCode::SERVICE_UNAVAILABLE, &headers, false);
        assert_eq!(ending(&failed), Ending::Failed(None));
        failed.trail =
            r#"{"by":"default","attempts":[{"provider":"a","result":"unavailable","retry_after_ms":90000}]}"#.into();
        assert_eq!(ending(&failed), Ending::Failed(Some(Duration::from_secs(90))));
        let unasked = Record { error: Some("TG323".into()), ..record(Outcome::Failed, &[]) };
        assert_eq!(ending(&unasked), Ending::Failed(Some(Duration::from_secs(5))), "they are left alone for so long");
        failed.error = Some("TG322".into());
        assert_eq!(ending(&failed), Ending::Failed(Some(Duration::from_secs(5))), "when the first of them is back");
    }

    #[test]
    fn a_stream_that_broke_is_a_failure_that_passes() {
        let cut = record(Outcome::Truncated, &["cut"]);
        assert_eq!(ending(&cut, StatusCode::OK, &HeaderMap::new(), false), Ending::Failed(None));
    }

    #[test]
    fn what_our_own_end_cut_may_have_been_answered_unless_nobody_was_asked() {
        let headers = HeaderMap::new();
        let cut = |rows| ending(&record(Outcome::Truncated, rows), StatusCode::OK, &headers, true);
        assert_eq!((cut(&["ok"]), cut(&[])), (Ending::Interrupted, Ending::Unasked));
    }
}
