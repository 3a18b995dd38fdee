//! The failover matrix: every fault of the simulator at provider A, a healthy provider B, three protocols, streamed or
//! not. What must come of it is data: `failover.toml`.

#[path = "failover/account.rs"]
mod account;
#[path = "failover/answer.rs"]
mod answer;
#[path = "failover/list.rs"]
mod list;
#[path = "failover/place.rs"]
mod place;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use account::B_PRICE;
use answer::Healthy;
use list::{Entry, Over, Wanted, entries, mode};
use place::{Names, Place};
use tokgate::i18n::Lang;
use tokgate::store::record::OK;
use tokgate_policy::classify::Row;
use tokgate_simulator::{Answer, Fault, Options, Protocol, Script, Simulator};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::house::{House, guarded, section};
use crate::time::Unhurried;

/// What A says before something happens to it.
const A_TEXT: &str = "Alpha says a sentence of a dozen words so that it can break in the middle.";
/// What B says.
const B_TEXT: &str = "Bravo answers this one.";
/// The key of B.
const B_KEY: &str = "sk-bravo-000000000001";
/// Cells that run at the same time.
const AT_ONCE: usize = 12;
/// The least number of faults and cells in the list.
const FAULTS_MIN: usize = 60;
const CELLS_MIN: usize = 360;
struct Cell {
    entry: Arc<Entry>,
    number: usize,
    protocol: Protocol,
    stream: bool,
    wanted: Wanted,
    place: Place,
    healthy: Arc<Healthy>,
}

impl Cell {
    /// Its A in the configuration.
    fn name(&self) -> String {
        format!("a{}", self.number)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.entry.name, self.protocol.id(), mode(self.stream))
    }
}

#[test]
fn the_list_has_every_fault_of_the_simulator_and_a_word_on_every_cell() {
    let list = entries();
    let mut cells = 0;
    for fault in Fault::ALL {
        assert!(list.iter().any(|entry| entry.name == fault.name()), "{fault} is not in failover.toml");
    }
    for entry in &list {
        assert!(entry.unknown().is_empty(), "{}: {:?}", entry.name, entry.unknown());
        for protocol in Protocol::ALL {
            for stream in [true, false] {
                let text = entry.cell(*protocol, stream);
                match text.strip_prefix("n/a ") {
                    Some(why) => assert!(!why.is_empty()),
                    None => {
                        Wanted::read(text);
                        cells += 1;
                    }
                }
            }
        }
    }
    assert!(list.len() >= FAULTS_MIN && cells >= CELLS_MIN, "{} faults, {cells} cells", list.len());
}

/// A row that nobody meets over sockets is a row that nobody has seen.
#[test]
fn every_row_of_the_failure_table_has_a_cell_or_a_reason() {
    let mut met = BTreeSet::new();
    for entry in entries() {
        for (protocol, stream) in Protocol::ALL.iter().flat_map(|protocol| [(*protocol, true), (*protocol, false)]) {
            let text = entry.cell(protocol, stream);
            if !text.starts_with("n/a ") {
                met.extend(Wanted::read(text).rows().map(str::to_owned));
            }
        }
    }
    met.remove(OK);
    let rows: BTreeSet<&str> = Row::ALL.iter().map(|row| row.id()).collect();
    let unmet: BTreeSet<String> = rows.iter().filter(|row| !met.contains(**row)).map(|row| (*row).to_owned()).collect();
    assert_eq!(unmet, list::elsewhere());
    let unknown: Vec<_> = met.iter().filter(|row| !row.ends_with('*') && !rows.contains(row.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?} are no rows");
}

#[tokio::test(start_paused = true)]
async fn anthropic_clients_get_what_the_list_says_of_every_fault() {
    walk(Protocol::Anthropic).await;
}

#[tokio::test(start_paused = true)]
async fn chat_clients_get_what_the_list_says_of_every_fault() {
    walk(Protocol::OpenaiChat).await;
}

#[tokio::test(start_paused = true)]
async fn responses_clients_get_what_the_list_says_of_every_fault() {
    walk(Protocol::OpenaiResponses).await;
}

async fn walk(protocol: Protocol) {
    let _time = Unhurried::begin();
    let b = Arc::new(Simulator::start(Options { log_max: 1 << 20, ..Options::default() }).await.unwrap());
    b.script(Script::always(Answer::text(B_TEXT)));
    let authorities = tempfile::tempdir().unwrap();
    let (mut cells, mut not_applicable) = (Vec::new(), 0);
    let streamed = Arc::new(Healthy::hear(protocol, true, b.addr).await);
    let whole = Arc::new(Healthy::hear(protocol, false, b.addr).await);
    let more = format!("keys = [\"{B_KEY}\"]\n{}", B_PRICE.section());
    let mut config = section("b", protocol, &b.url(), &more);
    // Every A keeps its connection until the second request of its cell.
    config.push_str("[defaults.keep_alive]\ntotal = 2000\n");
    let first = config.clone();
    for entry in entries() {
        for stream in [true, false] {
            let text = entry.cell(protocol, stream);
            if text.starts_with("n/a ") {
                not_applicable += 1;
                continue;
            }
            let number = cells.len();
            let ca = authorities.path().join(number.to_string());
            let place = Place::open(&entry, &ca, number).await;
            let sections = place.sections(&entry, number, protocol, &ca);
            let alone = (entry.over == Over::NameLost).then(|| format!("{first}{sections}"));
            config.push_str(&sections);
            let wanted = Wanted::read(text);
            let healthy = Arc::clone(if stream { &streamed } else { &whole });
            cells.push((Cell { entry: Arc::clone(&entry), number, protocol, stream, wanted, place, healthy }, alone));
        }
    }
    let count = cells.len();
    let house = Arc::new(open(&config).await);
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (cell, alone) in cells {
        let (house, b, gate) = (Arc::clone(&house), Arc::clone(&b), Arc::clone(&gate));
        running.spawn(async move {
            let _place = gate.acquire_owned().await.unwrap();
            match alone {
                Some(config) => guarded(check(&cell, &b, &open(&config).await)).await,
                None => guarded(check(&cell, &b, &house)).await,
            }
        });
    }
    let wrong: Vec<String> = running.join_all().await.into_iter().filter_map(Result::err).collect();
    println!("failover {}: {count} cells, {not_applicable} do not apply, {} wrong", protocol.id(), wrong.len());
    for line in &wrong {
        println!("  {line}");
    }
    assert!(wrong.is_empty(), "cells differ from the list; they are printed above");
}

async fn open(config: &str) -> House {
    House::naming(Arc::new(Names::default()), Lang::En, "", config).await
}

async fn check(cell: &Cell, b: &tokgate_simulator::Running, house: &House) -> Result<(), String> {
    once(cell, 1, &cell.wanted, b, house).await?;
    let Some(again) = cell.entry.again(cell.stream) else { return Ok(()) };
    if cell.entry.over == Over::NameLost {
        // As after a change of network: everything is looked up anew.
        house.gateway().upstream().retire_idle();
    }
    once(cell, 2, &again, b, house).await
}

/// What is wanted of a request, and what was seen of it.
struct Asked<'c> {
    wanted: &'c Wanted,
    outcome: &'c str,
    /// Requests that reached A.
    a: usize,
    /// Requests that reached B.
    b: usize,
}

/// One request of a cell, and everything that must be true of it.
async fn once(
    cell: &Cell,
    turn: usize,
    wanted: &Wanted,
    b: &tokgate_simulator::Running,
    house: &House,
) -> Result<(), String> {
    let a_before = cell.place.asked();
    let mark = format!("{}-{turn}", cell.number);
    let call = answer::ask(cell.protocol, cell.stream)
        .header("x-tokgate-profile", &format!("c{}", cell.number))
        .header("x-cell", &mark);
    let reply = call.send(house.address).await;
    let record = house.record(reply.id()).await;
    let at_b = b.log().iter().filter(|seen| seen.header("x-cell") == Some(&mark)).count();
    let at_a = match cell.entry.over.is_unreachable() {
        true => record.attempts.iter().filter(|attempt| *attempt.provider != *"b").count(),
        false => cell.place.asked() - a_before,
    };
    let of_a = record.attempts.first().map(|attempt| attempt.result.to_string()).unwrap_or_default();
    let said = match &cell.place.a {
        Some(_) if at_a > 0 && !account::HEADLESS.contains(&&*of_a) => {
            answer::direct(cell.entry.behaviour(), cell.protocol, cell.stream, turn).await
        }
        _ => None,
    };
    let outcome = answer::outcome(cell, &reply, said.as_ref());
    let asked = Asked { wanted, outcome: &outcome, a: at_a, b: at_b };
    if !wanted.a.contains(&at_a) || wanted.b != at_b || wanted.outcome != outcome || !wanted.allows(&of_a) {
        let body = reply.text();
        let body: String = body.chars().rev().take(400).collect::<Vec<_>>().into_iter().rev().collect();
        return Err(format!("{cell} #{turn}: wanted {wanted:?}, got A{at_a} B{at_b} {outcome} {of_a}\n    …{body}"));
    }
    answer::check(cell, &asked, &reply, said.as_ref())
        .and_then(|()| account::check(cell, &asked, &reply, said.as_ref(), &record))
        .and_then(|()| account::keys(cell, &mark, b))
        .map_err(|why| format!("{cell} #{turn}: {why}"))
}
