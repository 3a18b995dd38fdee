//! What a client says about its job, in headers of ours; the configuration says the rest.

use std::time::Duration;

use http::HeaderMap;
use tokgate_policy::job::{Priority, Terms};

use crate::config::model::Queue;

/// How urgent, how long, and whether twice is allowed.
const PRIORITY: &str = "x-tokgate-job-priority";
const DEADLINE: &str = "x-tokgate-job-deadline";
const AT_LEAST_ONCE: &str = "x-tokgate-job-at-least-once";
/// The longest deadline, seconds: a day.
const DEADLINE_MAX: u64 = 86_400;

/// What was agreed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) priority: Priority,
    pub(super) lasts: Duration,
    pub(super) terms: Terms,
}

/// A header that says something else than it may: its name, and what it may say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misread {
    pub(super) name: &'static str,
    pub(super) hint: &'static str,
}

/// What is agreed where the client says nothing.
pub(super) fn usual(queue: &Queue) -> Agreed {
    let terms = Terms { retries: queue.retries, tries: queue.tries, at_least_once: queue.at_least_once };
    Agreed { priority: Priority::default(), lasts: queue.deadline, terms }
}

/// Reads them.
pub(super) fn read(headers: &HeaderMap, queue: &Queue) -> Result<Agreed, Misread> {
    let text = |name: &'static str| headers.get(name).map(|value| value.to_str().unwrap_or_default().trim());
    let mut agreed = usual(queue);
    if let Some(word) = text(PRIORITY) {
        agreed.priority = Priority::from_id(word).ok_or(Misread { name: PRIORITY, hint: "high | normal | low" })?;
    }
    if let Some(text) = text(DEADLINE) {
        let seconds = text.parse().ok().filter(|seconds| (1..=DEADLINE_MAX).contains(seconds));
        agreed.lasts = Duration::from_secs(seconds.ok_or(Misread { name: DEADLINE, hint: "1 … 86400 (s)" })?);
    }
    agreed.terms.at_least_once = match text(AT_LEAST_ONCE) {
        None => agreed.terms.at_least_once,
        Some("true") => true,
        Some("false") => false,
        Some(_) => return Err(Misread { name: AT_LEAST_ONCE, hint: "true | false" }),
    };
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use http::HeaderValue;

    use super::*;

    fn of(pairs: &[(&'static str, &'static str)]) -> Result<Agreed, Misread> {
        let headers = pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_static(value)));
        read(&headers.collect(), &Queue::default())
    }

    #[test]
    fn what_is_not_said_is_as_configured() {
        let usual = of(&[]).unwrap();
        assert_eq!((usual.priority, usual.lasts), (Priority::Normal, Duration::from_secs(3_600)));
        assert!(!usual.terms.at_least_once && usual.terms.tries == 8);
        let said = of(&[(PRIORITY, "High"), (DEADLINE, "60"), (AT_LEAST_ONCE, "true")]).unwrap();
        assert_eq!((said.priority, said.lasts), (Priority::High, Duration::from_secs(60)));
        assert!(said.terms.at_least_once);
    }

    #[test]
    fn what_is_said_wrongly_is_refused_by_its_name() {
        for (name, value) in [(PRIORITY, "urgent"), (DEADLINE, "0"), (DEADLINE, "90000"), (AT_LEAST_ONCE, "yes")] {
            assert_eq!(of(&[(name, value)]).unwrap_err().name, name);
        }
    }
}
