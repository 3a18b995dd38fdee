//! The failover matrix: every fault of the simulator at provider A, a healthy provider B, three protocols, streamed or
//! not. What must come of it is data: `failover.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::TcpListener;
use std::ops::RangeInclusive;
use std::sync::Arc;

use tokgate::store::record::{Record, RequestId};
use tokgate_simulator::{
    Answer, Behaviour, Fault, FaultPlan, Layer, Options, Protocol, Script, Seen, Simulator, Transport,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use toml_edit::{DocumentMut, Item};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};
use crate::stream::{self, Kind};

/// What A says before something happens to it.
const A_TEXT: &str = "Alpha says a sentence of a dozen words so that it can break in the middle.";
/// What B says.
const B_TEXT: &str = "Bravo answers this one.";
/// Cells that run at the same time.
const AT_ONCE: usize = 12;
/// The least number of faults and cells in the list.
const FAULTS_MIN: usize = 60;
const CELLS_MIN: usize = 360;
/// Headers of another site that must not reach a client.
const FOREIGN: [&str; 7] = [
    "set-cookie",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "alt-svc",
    "strict-transport-security",
    "connection",
    "x-tokgate-hop",
];

/// How A is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Http1,
    H2,
    Tls,
    ClosedPort,
    Nowhere,
}

/// What must happen.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    a: RangeInclusive<usize>,
    b: usize,
    outcome: String,
    result: String,
}

/// A fault with everything the list says about it.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    settings: String,
    over: Over,
    quick: bool,
    resent: bool,
    again: Option<Wanted>,
    cells: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
struct Cell {
    entry: Arc<Entry>,
    number: usize,
    protocol: Protocol,
    stream: bool,
    wanted: Wanted,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.stream { "stream" } else { "json" };
        write!(f, "{} {} {mode}", self.entry.name, self.protocol.id())
    }
}

fn wanted(text: &str) -> Wanted {
    let words: Vec<&str> = text.split(' ').collect();
    let [a, b, outcome, result] = words[..] else { panic!("not a cell: {text}") };
    let (few, many) = a.split_once('-').unwrap_or((a, a.trim_start_matches('A')));
    let few = few.strip_prefix('A').unwrap().parse().unwrap();
    let b = b.strip_prefix('B').unwrap().parse().unwrap();
    Wanted { a: few..=many.parse().unwrap(), b, outcome: outcome.to_owned(), result: result.to_owned() }
}

fn list() -> Vec<Arc<Entry>> {
    let document: DocumentMut = include_str!("failover.toml").parse().unwrap();
    let entry = |(name, item): (&str, &Item)| {
        let table = item.as_table().unwrap();
        let mut cells: BTreeMap<String, String> =
            table.iter().filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect();
        let over = match cells.remove("over").as_deref() {
            None => Over::Http1,
            Some("h2") => Over::H2,
            Some("tls") => Over::Tls,
            Some("closed-port") => Over::ClosedPort,
            Some("nowhere") => Over::Nowhere,
            Some(other) => panic!("over = {other}"),
        };
        let flag = |name: &str| table.get(name).and_then(Item::as_bool).unwrap_or(false);
        Arc::new(Entry {
            name: name.to_owned(),
            settings: cells.remove("settings").unwrap_or_default(),
            over,
            quick: flag("quick"),
            resent: flag("resent"),
            again: cells.remove("again").map(|text| wanted(&text)),
            cells,
        })
    };
    document.iter().map(entry).collect()
}

impl Entry {
    /// What the list says of a cell.
    fn cell(&self, protocol: Protocol, stream: bool) -> &str {
        let mode = if stream { "stream" } else { "json" };
        let keys = [format!("{}-{mode}", protocol.id()), mode.to_owned(), "all".to_owned()];
        let found = keys.iter().find_map(|key| self.cells.get(key));
        found.unwrap_or_else(|| panic!("{} has no cell for {} {mode}", self.name, protocol.id()))
    }

    fn behaviour(&self) -> Option<Behaviour> {
        Fault::from_name(&self.name)?;
        let Behaviour::Fault(plan) = Behaviour::parse(&format!("{}; {}", self.name, self.settings)).unwrap() else {
            panic!("{} is no fault", self.name)
        };
        Some(FaultPlan { answer: Answer::text(A_TEXT), ..*plan }.into())
    }
}

#[test]
fn the_list_has_every_fault_of_the_simulator_and_a_word_on_every_cell() {
    let list = list();
    let mut cells = 0;
    for fault in Fault::ALL {
        assert!(list.iter().any(|entry| entry.name == fault.name()), "{fault} is not in failover.toml");
    }
    for entry in &list {
        for protocol in Protocol::ALL {
            for stream in [true, false] {
                let text = entry.cell(*protocol, stream);
                match text.strip_prefix("n/a ") {
                    Some(why) => assert!(!why.is_empty()),
                    None => {
                        wanted(text);
                        cells += 1;
                    }
                }
            }
        }
    }
    assert!(list.len() >= FAULTS_MIN && cells >= CELLS_MIN, "{} faults, {cells} cells", list.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anthropic_clients_get_what_the_list_says_of_every_fault() {
    walk(Protocol::Anthropic).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_clients_get_what_the_list_says_of_every_fault() {
    walk(Protocol::OpenaiChat).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_clients_get_what_the_list_says_of_every_fault() {
    walk(Protocol::OpenaiResponses).await;
}

/// The two providers of a cell.
struct Pair {
    a: Option<tokgate_simulator::Running>,
    url: String,
}

impl Pair {
    async fn start(entry: &Entry, ca: &std::path::Path) -> Self {
        let transport = match entry.over {
            Over::Http1 => Transport::Http1,
            Over::H2 => Transport::Http2PriorKnowledge,
            Over::Tls => Transport::Tls { alpn: vec!["http/1.1".to_owned()] },
            Over::Nowhere => return Self { a: None, url: "http://no-such-name.invalid:9".to_owned() },
            Over::ClosedPort => {
                let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
                return Self { a: None, url: format!("http://127.0.0.1:{port}") };
            }
        };
        let a =
            Simulator::start(Options { transport, cert_dir: Some(ca.to_owned()), ..Options::default() }).await.unwrap();
        a.script(Script::always(entry.behaviour().unwrap()));
        Self { url: a.url(), a: Some(a) }
    }
}

async fn walk(protocol: Protocol) {
    let b = Arc::new(Simulator::start(Options { log_max: 1 << 20, ..Options::default() }).await.unwrap());
    b.script(Script::always(Answer::text(B_TEXT)));
    let authorities = tempfile::tempdir().unwrap();
    let (mut cells, mut pairs, mut not_applicable) = (Vec::new(), Vec::new(), 0);
    let mut config = section("b", protocol, &b.url(), "keys = [\"sk-bravo-000000000001\"]");
    for entry in list() {
        for stream in [true, false] {
            let text = entry.cell(protocol, stream);
            if text.starts_with("n/a ") {
                not_applicable += 1;
                continue;
            }
            let number = cells.len();
            let ca = authorities.path().join(number.to_string());
            let pair = Pair::start(&entry, &ca).await;
            config.push_str(&provider_a(&entry, number, protocol, &pair.url, &ca));
            cells.push(Cell { entry: Arc::clone(&entry), number, protocol, stream, wanted: wanted(text) });
            pairs.push(Arc::new(pair));
        }
    }
    let count = cells.len();
    let house = Arc::new(House::open(&config).await);
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (cell, pair) in cells.into_iter().zip(pairs) {
        let (house, b, gate) = (Arc::clone(&house), Arc::clone(&b), Arc::clone(&gate));
        running.spawn(async move {
            let _place = gate.acquire_owned().await.unwrap();
            guarded(check(&cell, &pair, &b, &house)).await
        });
    }
    let wrong: Vec<String> = running.join_all().await.into_iter().filter_map(Result::err).collect();
    println!("failover {}: {count} cells, {not_applicable} do not apply, {} wrong", protocol.id(), wrong.len());
    for line in &wrong {
        println!("  {line}");
    }
    assert!(wrong.is_empty(), "cells differ from the list; they are printed above");
}

fn provider_a(entry: &Entry, number: usize, protocol: Protocol, url: &str, ca: &std::path::Path) -> String {
    let mut more = format!("keys = [\"sk-alpha-{number:012}\"]\n");
    if entry.quick {
        more.push_str("dns_timeout = \"500ms\"\ntls_timeout = \"500ms\"\nfirst_byte_timeout = \"500ms\"\n");
        more.push_str("idle_timeout = \"500ms\"\nrequest_timeout = \"500ms\"\n");
    }
    match entry.over {
        Over::H2 => more.push_str("http2 = \"prior-knowledge\"\n"),
        Over::Tls => more.push_str(&format!("ca_file = \"{}\"\n", ca.join("ca.pem").display())),
        Over::Nowhere => more.push_str("allow_plaintext = true\n"),
        Over::Http1 | Over::ClosedPort => {}
    }
    let profile = format!("[profile.c{number}]\nproviders = [\"a{number}\", \"b\"]\n");
    section(&format!("a{number}"), protocol, url, &more) + &profile
}

async fn check(cell: &Cell, pair: &Pair, b: &tokgate_simulator::Running, house: &House) -> Result<(), String> {
    once(cell, 1, &cell.wanted, pair, b, house).await?;
    match &cell.entry.again {
        Some(again) => once(cell, 2, again, pair, b, house).await,
        None => Ok(()),
    }
}

/// One request of a cell, and everything that must be true of it.
async fn once(
    cell: &Cell,
    turn: usize,
    wanted: &Wanted,
    pair: &Pair,
    b: &tokgate_simulator::Running,
    house: &House,
) -> Result<(), String> {
    let a_before = asked(pair.a.as_ref());
    let mark = format!("{}-{turn}", cell.number);
    let call = Call::ask(cell.protocol, cell.stream)
        .header("x-tokgate-profile", &format!("c{}", cell.number))
        .header("x-cell", &mark);
    let reply = call.send(house.address).await;
    let record = house.record(reply.id()).await;
    let at_b = b.log().iter().filter(|seen| seen.header("x-cell") == Some(&mark)).count();
    let at_a = match &pair.a {
        Some(a) => asked(Some(a)) - a_before,
        None => record.attempts.iter().filter(|attempt| *attempt.provider != *"b").count(),
    };
    let of_a = record.attempts.first().map(|attempt| attempt.result.to_string()).unwrap_or_default();
    let outcome = outcome(cell, &reply, pair).await;
    let right = wanted.a.contains(&at_a) && wanted.b == at_b && wanted.outcome == outcome;
    let result_fits = wanted.result.split('|').any(|result| match result.strip_suffix('*') {
        Some(start) => of_a.starts_with(start),
        None => of_a == result,
    });
    if !right || !result_fits {
        let body = reply.text();
        let body: String = body.chars().rev().take(400).collect::<Vec<_>>().into_iter().rev().collect();
        return Err(format!("{cell} #{turn}: wanted {wanted:?}, got A{at_a} B{at_b} {outcome} {of_a}\n    …{body}"));
    }
    accounts(cell, &reply, &record, at_a, at_b).map_err(|why| format!("{cell} #{turn}: {why}"))
}

/// Requests that reached A; connections where none can.
fn asked(a: Option<&tokgate_simulator::Running>) -> usize {
    let Some(a) = a else { return 0 };
    let refused =
        |seen: &Seen| Fault::from_name(seen.behaviour).is_some_and(|fault| fault.layer() == Layer::Connection);
    match a.log() {
        log if log.is_empty() => usize::try_from(a.counters().connections).unwrap(),
        log => log.iter().filter(|seen| !refused(seen)).count(),
    }
}

/// What the client got, in the words of the list.
async fn outcome(cell: &Cell, reply: &Reply, pair: &Pair) -> String {
    if reply.cut {
        return "cut".to_owned();
    }
    if reply.status != 200 {
        let own = reply.header("x-tokgate-provider").is_none();
        if own {
            return format!("refused-{}", reply.status);
        }
        let verbatim = original(cell).await.is_some_and(|original| original.body == reply.body);
        let word = if verbatim { "verbatim" } else { "altered" };
        return format!("{word}-{}", reply.status);
    }
    let says = |text: &str| text.split(' ').take(2).all(|word| reply.text().contains(word));
    let from = match (says(A_TEXT), says(B_TEXT)) {
        (true, true) => return "both".to_owned(),
        (false, false) if pair.a.is_none() => return "nothing".to_owned(),
        (_, from_b) => from_b,
    };
    let ends = if cell.stream { stream::ends(cell.protocol, &reply.body) } else { vec![Kind::End] };
    match (&ends[..], from) {
        ([Kind::End], true) => "from-b",
        ([Kind::End], false) => "clean",
        ([Kind::Error], false) => "error-event",
        ([], false) => "clean-without-end",
        ([Kind::End, Kind::End], false) => "clean-twice",
        _ => return format!("{ends:?}"),
    }
    .to_owned()
}

/// What A says to a caller who asks it directly, as its first.
async fn original(cell: &Cell) -> Option<Reply> {
    let a = provider().await;
    a.script(Script::always(cell.entry.behaviour()?));
    Some(Call::ask(cell.protocol, cell.stream).send(a.addr).await)
}

/// The record agrees with what was seen, and nothing of another site came through.
fn accounts(cell: &Cell, reply: &Reply, record: &Record, at_a: usize, at_b: usize) -> Result<(), String> {
    let name = format!("a{}", cell.number);
    let tried = |name: &str| record.attempts.iter().filter(|attempt| *attempt.provider == *name).count();
    let id: RequestId = record.id;
    let checks = [
        (tried(&name) == at_a || cell.entry.resent && tried(&name) == 1, "attempts at A in the record"),
        (tried("b") == at_b, "attempts at B in the record"),
        (record.status == reply.status, "status in the record"),
        (record.bytes_out == reply.body.len() as u64, "bytes in the record"),
        (record.stream == cell.stream, "stream in the record"),
        (reply.header(FOREIGN[0]).is_none(), FOREIGN[0]),
        (FOREIGN.iter().all(|name| reply.header(name).is_none()), "a header of the upstream's site"),
        (reply.text().contains(&id.to_string()) || reply.id() == id.to_string(), "the number of the request"),
    ];
    match checks.iter().find(|(holds, _)| !holds) {
        None => Ok(()),
        Some((_, what)) => Err(format!("{what}: {record:?} {:?}", reply.headers)),
    }
}
