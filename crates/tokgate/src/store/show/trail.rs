//! The trail of a record in words: what chose the providers, and which of them were passed over and why.
//!
//! The attempts of the trail are not repeated: `show` has them with their times. A trail of a form that is not known,
//! as a later release may write, is shown piece by piece.

use serde::Deserialize;
use serde_json::Value;

use crate::i18n::{Lang, Message, Text, records as text, why as words};
use crate::store::format::duration;
use crate::store::visible::visible;

/// Lines that are shown.
pub(super) const SHOWN: usize = 50;

/// As the deciding code writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Trail {
    pub(crate) by: String,
    pub(crate) route: Option<String>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) more_rules: u64,
    pub(crate) strict: bool,
    pub(crate) profile: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) own_login: bool,
    pub(crate) strategy: Option<String>,
    pub(crate) order: Vec<Ranked>,
    pub(crate) home: Option<Stayed>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) untried: Vec<Untried>,
    pub(crate) barred: Vec<String>,
    pub(crate) limit: Option<String>,
    pub(crate) stopped: bool,
    pub(crate) waits: u64,
    pub(crate) waited_ms: u64,
    pub(crate) waited_for: Option<String>,
    pub(crate) waited_for_ms: u64,
    pub(crate) line_full: bool,
    pub(crate) attempts: Vec<Tried>,
}

impl Trail {
    /// The trail of a record; `None` when it has none, or one of a form that is not known.
    pub(crate) fn read(json: &str) -> Option<Self> {
        serde_json::from_str::<Self>(json).ok().filter(|trail| !trail.by.is_empty())
    }
}

/// A rule that did not match.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rule {
    pub(crate) rule: String,
    pub(crate) missed: String,
    #[serde(default)]
    pub(crate) wanted: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Ranked {
    provider: String,
    #[serde(default)]
    figure: Option<u64>,
    #[serde(default)]
    outlier: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Stayed {
    provider: String,
    idle_ms: u64,
    loss_ms: u64,
    #[serde(default)]
    loss_micros: Option<u64>,
    #[serde(default)]
    waited: bool,
}

/// A candidate that was passed over.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Skipped {
    pub(crate) provider: String,
    #[serde(default)]
    pub(crate) key: Option<u64>,
    pub(crate) why: String,
    #[serde(default)]
    pub(crate) left_ms: Option<u64>,
    #[serde(default)]
    pub(crate) tried: bool,
    #[serde(default)]
    pub(crate) profile: Option<String>,
}

/// A candidate that was not needed.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Untried {
    pub(crate) provider: String,
}

/// An attempt, as the policy saw it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tried {
    pub(crate) provider: String,
    pub(crate) retry_after_ms: Option<u64>,
    pub(crate) profile: Option<String>,
    pub(crate) test: bool,
    pub(crate) last_resort: bool,
    pub(crate) impatient_after: Option<u32>,
}

/// The lines of a trail.
pub(super) fn lines(json: &str, lang: Lang) -> Vec<String> {
    if let Some(trail) = Trail::read(json) {
        return known(&trail, lang);
    }
    let Ok(value) = serde_json::from_str::<Value>(json) else {
        return if json.is_empty() { Vec::new() } else { vec![visible(json).into_owned()] };
    };
    match value {
        Value::Array(steps) => steps.iter().take(SHOWN).map(piece).collect(),
        one => vec![piece(&one)],
    }
}

fn known(trail: &Trail, lang: Lang) -> Vec<String> {
    let mut lines = vec![chosen(trail, lang)];
    if trail.own_login {
        lines.push(text::TRAIL_OWN_LOGIN.raw(lang).to_owned());
    }
    lines.extend(ordered(trail, lang));
    lines.extend(trail.home.as_ref().map(|home| stayed(home, lang)));
    lines.extend(stopped(trail, lang));
    lines.extend(trail.skipped.iter().map(|skipped| passed_over(skipped, lang)));
    let special = trail.attempts.iter().zip(1..).filter_map(|(tried, number): (_, usize)| {
        let message = match (tried.test, tried.last_resort) {
            (true, _) => &text::TRAIL_TEST,
            (false, true) => &text::TRAIL_LAST_RESORT,
            (false, false) => return None,
        };
        Some(message.text(lang, &[("number", &number), ("provider", &visible(&tried.provider))]))
    });
    lines.extend(special);
    lines.extend(trail.attempts.iter().zip(1..).filter_map(|(tried, number): (_, usize)| {
        let (number, why) = (number.to_string(), impatience(tried, lang)?);
        let values: [(&str, &dyn std::fmt::Display); 3] =
            [("number", &number), ("provider", &visible(&tried.provider)), ("why", &why)];
        Some(text::TRAIL_IMPATIENT.text(lang, &values))
    }));
    lines.truncate(SHOWN);
    lines
}

/// That less was waited for an answer than usual.
pub(crate) fn impatience(tried: &Tried, lang: Lang) -> Option<String> {
    let count = tried.impatient_after?;
    let message = if count == 1 { &text::TRAIL_IMPATIENT_ONCE } else { &text::TRAIL_IMPATIENT_AFTER };
    Some(message.text(lang, &[("count", &count)]))
}

/// What chose the providers.
pub(crate) fn chosen(trail: &Trail, lang: Lang) -> String {
    let message = match trail.by.as_str() {
        "pinned-provider" => &text::TRAIL_PINNED_PROVIDER,
        "pinned-profile" => &text::TRAIL_PINNED_PROFILE,
        "route" => &text::TRAIL_ROUTE,
        "default" => &text::TRAIL_DEFAULT,
        "switched" => &text::TRAIL_SWITCHED,
        other => return visible(other).into_owned(),
    };
    let name =
        |name: &Option<String>| name.as_deref().map_or_else(|| "-".to_owned(), |name| visible(name).into_owned());
    let (route, profile) = (name(&trail.route), name(&trail.profile));
    let chosen = message.text(lang, &[("route", &route), ("profile", &profile)]);
    match (trail.by.as_str(), &trail.profile) {
        ("route", Some(_)) => format!("{chosen} → {}", text::TRAIL_PROFILE.text(lang, &[("profile", &profile)])),
        _ => chosen,
    }
}

/// The order a strategy made, with what it compared.
pub(crate) fn ordered(trail: &Trail, lang: Lang) -> Option<String> {
    let strategy = trail.strategy.as_deref()?;
    let figure = |figure: u64| match strategy {
        "weighted" => format!(" {figure}"),
        "least-busy" => text::TRAIL_IN_FLIGHT.text(lang, &[("count", &figure)]),
        "fastest" => format!(" {}", duration(figure.saturating_mul(1_000))),
        "cheapest" => format!(" {}", dollars(figure)),
        _ => String::new(),
    };
    let one = |ranked: &Ranked| {
        let outlier = if ranked.outlier { text::TRAIL_OUTLIER.raw(lang) } else { "" };
        format!("{}{}{outlier}", visible(&ranked.provider), ranked.figure.map(figure).unwrap_or_default())
    };
    let order = lang.list(trail.order.iter().map(one));
    Some(text::TRAIL_ORDER.text(lang, &[("strategy", &visible(strategy)), ("order", &order)]))
}

/// That its profile would have been left, had it not been switched so often.
pub(crate) fn stopped(trail: &Trail, lang: Lang) -> Option<String> {
    trail.stopped.then(|| text::TRAIL_STOPPED.raw(lang).to_owned())
}

/// Where the conversation was, and what going elsewhere costs.
pub(crate) fn stayed(home: &Stayed, lang: Lang) -> String {
    let message = if home.waited { &text::TRAIL_HOME_WAITED } else { &text::TRAIL_HOME };
    let idle = duration(home.idle_ms.saturating_mul(1_000));
    let time = duration(home.loss_ms.saturating_mul(1_000));
    let money = home.loss_micros.map(|micros| format!(", {}", dollars(micros))).unwrap_or_default();
    let loss = format!("{time}{money}");
    message.text(lang, &[("provider", &visible(&home.provider)), ("idle", &idle), ("loss", &loss)])
}

/// `$0.45` of millionths.
fn dollars(micros: u64) -> String {
    format!("${}.{:04}", micros / 1_000_000, micros % 1_000_000 / 100)
}

/// A candidate that was passed over.
fn passed_over(skipped: &Skipped, lang: Lang) -> String {
    let (target, why) = (target(skipped), reason_of(skipped, lang));
    text::TRAIL_PASSED_OVER.text(lang, &[("target", &target), ("why", &why)])
}

/// `kimi #2`
pub(crate) fn target(skipped: &Skipped) -> String {
    let key = skipped.key.map(|key| format!(" #{key}")).unwrap_or_default();
    format!("{}{key}", visible(&skipped.provider))
}

/// Why a candidate was passed over, for how much longer, and whether it was asked after all.
pub(crate) fn reason_of(skipped: &Skipped, lang: Lang) -> String {
    let why = reason(&skipped.why).say(lang);
    let left = skipped.left_ms.map(|ms| {
        let left = duration(ms.saturating_mul(1_000));
        text::TRAIL_LEFT.text(lang, &[("left", &left)])
    });
    let why = why + left.as_deref().unwrap_or_default();
    match (skipped.tried, skipped.why.as_str()) {
        (false, _) => why,
        (true, "full") => words::TRIED_WITH_ROOM.text(lang, &[("why", &why)]),
        (true, _) => words::TRIED_AFTER_ALL.text(lang, &[("why", &why)]),
    }
}

/// Which list of the configuration kept a failure from this candidate: `on:429`, `not-on:429`.
fn kept(word: &str) -> Option<Text> {
    let (list, failure) = word.split_once(':')?;
    let words = match list {
        "on" => &text::SKIP_NOT_IN_ON,
        "not-on" => &text::SKIP_IN_NOT_ON,
        _ => return None,
    };
    Some(Text::new(words).with("failure", visible(failure)))
}

/// Why a candidate was passed over, by the word in the record; a word that is not known stays as it is.
pub(crate) fn reason(word: &str) -> Text {
    let known = simple(word).map(Text::new).or_else(|| kept(word));
    known.unwrap_or_else(|| Text::verbatim(&*visible(word)))
}

fn simple(word: &str) -> Option<&'static Message> {
    Some(match word {
        "disabled" => &text::SKIP_DISABLED,
        "other-protocol" => &text::SKIP_OTHER_PROTOCOL,
        "needs-login" => &text::SKIP_NEEDS_LOGIN,
        "key-disabled" => &text::SKIP_KEY_DISABLED,
        "own-login-first" => &text::SKIP_OWN_LOGIN_FIRST,
        "cooling" => &text::SKIP_COOLING,
        "no-such-model" => &text::SKIP_NO_SUCH_MODEL,
        "exhausted" => &text::SKIP_EXHAUSTED,
        "quarantined" => &text::SKIP_QUARANTINED,
        "smaller-context" => &text::SKIP_SMALLER_CONTEXT,
        "smaller-limit" => &text::SKIP_SMALLER_LIMIT,
        "failed-lately" => &text::SKIP_FAILED_LATELY,
        "open" => &text::SKIP_OPEN,
        "price" => &text::SKIP_PRICE,
        "left" => &text::SKIP_LEFT,
        "paused" => &text::SKIP_PAUSED,
        "not-by-itself" => &text::SKIP_NOT_BY_ITSELF,
        "retry-budget" => &text::SKIP_RETRY_BUDGET,
        "failover-budget" => &text::SKIP_FAILOVER_BUDGET,
        "panic-rate" => &text::SKIP_PANIC_RATE,
        "tools" => &text::SKIP_TOOLS,
        "full" => &text::SKIP_FULL,
        "last-try" => &text::SKIP_LAST_TRY,
        "no-time" => &text::SKIP_NO_TIME,
        "rest-too-long" => &text::SKIP_REST_TOO_LONG,
        "kept-elsewhere" => &text::SKIP_KEPT_ELSEWHERE,
        "room-unknown" => &text::SKIP_ROOM_UNKNOWN,
        "not-permitted" => &text::SKIP_NOT_PERMITTED,
        "tries-used" => &text::SKIP_TRIES_USED,
        "request-fault" => &text::SKIP_REQUEST_FAULT,
        "answer-begun" => &text::SKIP_ANSWER_BEGUN,
        "no-place" => &text::SKIP_NO_PLACE,
        "time-up" => &text::SKIP_TIME_UP,
        "not-reached" => &text::SKIP_NOT_REACHED,
        _ => return None,
    })
}

/// `name value · name value` of something that is not known.
fn piece(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            fields.map(|(name, value)| format!("{} {}", visible(name), piece(value))).collect::<Vec<_>>().join(" · ")
        }
        Value::Array(items) => items.iter().map(piece).collect::<Vec<_>>().join(", "),
        Value::String(text) => visible(text).into_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"by":"route","route":"work","profile":"fast","skipped":[
        {"provider":"a","key":1,"why":"cooling","left_ms":20000},{"provider":"b","why":"invented-later"}],
        "attempts":[{"provider":"c","key":1,"result":"rejected-key","test":true},{"provider":"d","result":"ok"}]}"#;

    #[test]
    fn that_a_profile_was_switched_too_often_is_told() {
        let told = |lang| known(&Trail { by: "default".to_owned(), stopped: true, ..Trail::default() }, lang);
        assert!([Lang::En, Lang::Zh].map(told).iter().all(|lines| lines[1].contains("failover.max_per_hour")));
    }

    #[test]
    fn a_trail_reads_as_sentences_in_both_languages() {
        assert_eq!(
            lines(WHOLE, Lang::En),
            [
                "the rule `work` matched → profile `fast`",
                "passed over a #1: rests after a failure, for another 20.0s",
                "passed over b: invented-later",
                "attempt 1 at c tested a key that had been set aside",
            ]
        );
        let chinese = lines(WHOLE, Lang::Zh);
        assert_eq!(chinese[0], "匹配规则 `work` → 方案 `fast`");
        assert!(chinese.iter().all(|line| !line.contains(['{', '"'])), "{chinese:?}");
    }

    #[test]
    fn what_the_budgets_held_back_and_what_was_tried_all_the_same_is_told() {
        let json = r#"{"by":"default","strategy":"weighted","order":[{"provider":"a","figure":10,"outlier":true}],
            "skipped":[{"provider":"a","why":"retry-budget"},{"provider":"b","why":"failover-budget"},
            {"provider":"c","why":"panic-rate"}],"attempts":[{"provider":"d","result":"ok","last_resort":true}]}"#;
        for lang in [Lang::En, Lang::Zh] {
            let lines = lines(json, lang);
            assert_eq!(lines.len(), 6, "{lines:?}");
            assert!(lines.iter().all(|line| !line.contains("budget") && !line.contains("panic-rate")), "{lines:?}");
        }
        let last = lines(json, Lang::En).pop();
        assert_eq!(last.as_deref(), Some("attempt 1 at d was made although it was left alone: nobody else was there"));
    }

    #[test]
    fn an_attempt_with_less_patience_than_usual_is_told() {
        let attempts = [r#"{"provider":"a","impatient_after":4}"#, r#"{"provider":"a","impatient_after":1}"#];
        let json = format!(r#"{{"by":"default","attempts":[{}]}}"#, attempts.join(","));
        assert_eq!(
            lines(&json, Lang::En)[1..],
            [
                "attempt 1: a was asked with less patience, as it failed 4 times in a row",
                "attempt 2: a was asked with less patience, as it had just failed",
            ]
        );
        assert_eq!(lines(&json, Lang::Zh)[1], "第 1 次尝试（a）：因已连续失败 4 次，等待时间缩短");
    }

    #[test]
    fn what_a_list_of_the_configuration_kept_from_a_candidate_is_told() {
        let json = r#"{"by":"default","skipped":[{"provider":"a","why":"not-on:429"},{"provider":"b","why":"on:404"},
            {"provider":"c","why":"tools"},{"provider":"d","why":"full"}],"attempts":[]}"#;
        assert_eq!(
            lines(json, Lang::En)[1..],
            [
                "passed over a: not tried elsewhere, `failover.not_on` has 429",
                "passed over b: not tried elsewhere, `failover.on` does not have 404",
                "passed over c: takes no request with tools (`profile.NAME.allow.tools`)",
                "passed over d: at its limit (`tokgate limit show`)",
            ]
        );
        assert!(lines(json, Lang::Zh).iter().all(|line| !line.contains("not-on:")));
    }

    #[test]
    fn an_order_and_a_warm_cache_are_told_with_what_was_compared() {
        let line = |strategy: &str, figure: u64| {
            let order = format!(r#"[{{"provider":"a","figure":{figure}}},{{"provider":"b"}}]"#);
            let json = format!(r#"{{"by":"default","strategy":"{strategy}","order":{order}}}"#);
            lines(&json, Lang::En).pop().unwrap_or_default()
        };
        assert_eq!(line("weighted", 60), "by the strategy weighted: a 60, b");
        assert_eq!(line("least-busy", 2), "by the strategy least-busy: a (2 under way), b");
        assert_eq!(line("fastest", 800), "by the strategy fastest: a 0.8s, b");
        assert_eq!(line("cheapest", 1_234_500), "by the strategy cheapest: a $1.2345, b");
        let home = r#"{"by":"default","home":{"provider":"a","idle_ms":60000,"loss_ms":2000,"loss_micros":450000}}"#;
        assert_eq!(
            lines(home, Lang::En).pop().as_deref(),
            Some("the conversation was at a 60.0s ago, its prompt cache is warm: leaving costs about 2.0s, $0.4500")
        );
    }

    #[test]
    fn each_way_of_choosing_has_its_words() {
        let line = |by: &str| lines(&format!(r#"{{"by":"{by}","profile":"p","attempts":[]}}"#), Lang::En).join("|");
        assert_eq!(line("default"), "no rule matched: the default profile `p`");
        assert_eq!(line("pinned-profile"), "the run or the caller named the profile `p`");
        assert_eq!(line("pinned-provider"), "the run or the caller named the provider");
        assert_eq!(line("by-magic"), "by-magic");
    }

    #[test]
    fn a_trail_of_any_form_is_shown_and_harmless() {
        let lines = |json: &str| lines(json, Lang::En);
        assert_eq!(lines(""), Vec::<String>::new());
        assert_eq!(lines("not json\u{1b}"), ["not json\\u{1b}"]);
        assert_eq!(lines(r#"{"a":1,"b":null,"c":"x\u001by"}"#), ["a 1 · c x\\u{1b}y"]);
        assert_eq!(lines(r#"["one",[2,{"a":"b"}]]"#), ["one", "2, a b"]);
        assert_eq!(lines(&format!("[{}0]", "0,".repeat(200))).len(), SHOWN);
    }
}
