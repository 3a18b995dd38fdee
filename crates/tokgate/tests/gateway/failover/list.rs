//! `failover.toml`, read: every fault, how A is reached, and what must come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use tokgate_simulator::{Answer, Behaviour, Fault, FaultPlan, Protocol};
use toml_edit::{DocumentMut, Item, Table};

use super::A_TEXT;

/// The table that names no fault, but rows which no cell can have, and why.
const ELSEWHERE: &str = "elsewhere";

/// How A is reached, or why it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Http1,
    H2,
    Tls,
    /// TLS to a port that speaks none.
    TlsAtPlain,
    ClosedPort,
    /// A listener whose queue of connections is full: one more gets no answer.
    FullQueue,
    /// Through a proxy that is not there.
    ProxyGone,
    /// The key is in a variable that is not set.
    NoKey,
    /// A name that the machine's own name servers are asked for.
    Nowhere,
    NameUnknown,
    NameServerFails,
    NameServerSilent,
    /// A name that is known once, and then cannot be looked up any more.
    NameLost,
}

impl Over {
    fn from_word(word: &str) -> Self {
        match word {
            "h2" => Self::H2,
            "tls" => Self::Tls,
            "tls-at-plain" => Self::TlsAtPlain,
            "closed-port" => Self::ClosedPort,
            "full-queue" => Self::FullQueue,
            "proxy-gone" => Self::ProxyGone,
            "no-key" => Self::NoKey,
            "nowhere" => Self::Nowhere,
            "name-unknown" => Self::NameUnknown,
            "name-server-fails" => Self::NameServerFails,
            "name-server-silent" => Self::NameServerSilent,
            "name-lost" => Self::NameLost,
            other => panic!("over = {other}"),
        }
    }

    /// Whether nothing of a request can reach A: its attempts are counted in the record.
    pub(super) fn is_unreachable(self) -> bool {
        !matches!(self, Self::Http1 | Self::H2 | Self::Tls | Self::NameLost)
    }
}

/// What must happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) a: RangeInclusive<usize>,
    pub(super) b: usize,
    pub(super) outcome: String,
    result: String,
    /// Why A is passed over, where it is not asked.
    pub(super) skipped: Option<String>,
}

impl Wanted {
    pub(super) fn read(text: &str) -> Self {
        let words: Vec<&str> = text.split(' ').collect();
        let [a, b, outcome, result, ref skipped @ ..] = words[..] else { panic!("not a cell: {text}") };
        assert_eq!(skipped.len(), usize::from(a == "A0"), "whoever is not asked has a reason: {text}");
        let skipped = skipped.first().map(|why| (*why).to_owned());
        let (few, many) = a.split_once('-').unwrap_or((a, a.trim_start_matches('A')));
        let few = few.strip_prefix('A').unwrap().parse().unwrap();
        let b = b.strip_prefix('B').unwrap().parse().unwrap();
        Self { a: few..=many.parse().unwrap(), b, outcome: outcome.to_owned(), result: result.to_owned(), skipped }
    }

    /// The rows that the attempt at A may have, some with a `*` at the end.
    pub(super) fn rows(&self) -> impl Iterator<Item = &str> {
        self.result.split('|')
    }

    /// Whether the attempt at A may have this result.
    pub(super) fn allows(&self, result: &str) -> bool {
        self.rows().any(|row| match row.strip_suffix('*') {
            Some(start) => result.starts_with(start),
            None => result == row,
        })
    }
}

/// A fault with everything the list says about it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    fault: String,
    settings: String,
    answer: Option<String>,
    pub(super) over: Over,
    pub(super) quick: bool,
    pub(super) resent: bool,
    cells: BTreeMap<String, String>,
}

impl Entry {
    fn of(name: &str, table: &Table) -> Self {
        let mut words: BTreeMap<String, String> =
            table.iter().filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect();
        let flag = |name: &str| table.get(name).and_then(Item::as_bool).unwrap_or(false);
        Self {
            name: name.to_owned(),
            fault: words.remove("fault").unwrap_or_else(|| name.to_owned()),
            settings: words.remove("settings").unwrap_or_default(),
            answer: words.remove("answer"),
            over: words.remove("over").as_deref().map_or(Over::Http1, Over::from_word),
            quick: flag("quick"),
            resent: flag("resent"),
            cells: words,
        }
    }

    /// What the list says of a cell.
    pub(super) fn cell(&self, protocol: Protocol, stream: bool) -> &str {
        let mode = mode(stream);
        let keys = [format!("{}-{mode}", protocol.id()), mode.to_owned(), "all".to_owned()];
        let found = keys.iter().find_map(|key| self.cells.get(key));
        found.unwrap_or_else(|| panic!("{} has no cell for {} {mode}", self.name, protocol.id()))
    }

    /// What the list says of a second request.
    pub(super) fn again(&self, stream: bool) -> Option<Wanted> {
        let own = self.cells.get(&format!("again-{}", mode(stream)));
        own.or_else(|| self.cells.get("again")).map(|text| Wanted::read(text))
    }

    /// What the record must say went wrong at A; without it the words of A's own error.
    pub(super) fn why(&self, protocol: Protocol, stream: bool) -> Option<&str> {
        let mode = mode(stream);
        let keys = [format!("why-{}-{mode}", protocol.id()), format!("why-{mode}"), "why".to_owned()];
        keys.iter().find_map(|key| self.cells.get(key)).map(String::as_str)
    }

    /// Keys that say nothing here.
    pub(super) fn unknown(&self) -> Vec<&str> {
        let modes = ["stream", "json"];
        let of = |start: &str| modes.map(|mode| format!("{start}{mode}"));
        let mut known = vec!["all".to_owned(), "again".to_owned(), "why".to_owned()];
        for start in ["", "again-", "why-"] {
            known.extend(of(start));
        }
        for protocol in Protocol::ALL {
            known.extend(of(&format!("{}-", protocol.id())));
            known.extend(of(&format!("why-{}-", protocol.id())));
        }
        self.cells.keys().map(String::as_str).filter(|key| !known.iter().any(|known| known == key)).collect()
    }

    /// What A does, where it can be reached.
    pub(super) fn behaviour(&self) -> Behaviour {
        if let Some(answer) = &self.answer {
            return Behaviour::parse(answer).unwrap();
        }
        if Fault::from_name(&self.fault).is_none() {
            assert!(self.over != Over::Http1, "{} is no fault", self.fault);
            return Answer::text(A_TEXT).into();
        }
        let Behaviour::Fault(plan) = Behaviour::parse(&format!("{}; {}", self.fault, self.settings)).unwrap() else {
            panic!("{} is no fault", self.fault)
        };
        FaultPlan { answer: Answer::text(A_TEXT), ..*plan }.into()
    }
}

pub(super) fn mode(stream: bool) -> &'static str {
    if stream { "stream" } else { "json" }
}

fn document() -> DocumentMut {
    include_str!("../failover.toml").parse().unwrap()
}

/// Every fault, in order.
pub(super) fn entries() -> Vec<Arc<Entry>> {
    let document = document();
    let tables = document.iter().filter(|(name, _)| *name != ELSEWHERE);
    tables.map(|(name, item)| Arc::new(Entry::of(name, item.as_table().unwrap()))).collect()
}

/// Rows of the failure table that no cell can have.
pub(super) fn elsewhere() -> BTreeSet<String> {
    let reason = |(row, why): (&str, &Item)| {
        assert!(why.as_str().is_some_and(|why| !why.is_empty()), "{row}");
        row.to_owned()
    };
    document()[ELSEWHERE].as_table().unwrap().iter().map(reason).collect()
}
