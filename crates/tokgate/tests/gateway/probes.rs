//! Messages asked in the background of a provider in trouble: over sockets, in a time that only the test moves.

use std::time::Duration;

use tokgate::clock;
use tokgate::process::admin::AdminHandler;
use tokgate_policy::health::HealthSnapshot;
use tokgate_simulator::{Answer, Fault, Protocol, Running, Script, Usage};

use crate::call::Call;
use crate::house::{House, guarded, provider, section};
use crate::time::StandStill;

const PROTOCOL: Protocol = Protocol::Anthropic;
/// So often the gateway looks whether something is due.
const LOOK: Duration = Duration::from_secs(5);
/// Turns of the runtime within which a look has begun whatever it begins.
const TURNS: usize = 64;
/// Failures that open a breaker.
const FAILURES: usize = 3;
/// Two messages are asked in it, and a third one would be.
const LONG: Duration = Duration::from_secs(25 * 60);
/// What a message costs at most, and does cost here: 64 tokens for a dollar the million, 16 for five. Millionths.
const MESSAGE: u64 = 144;
/// Pays for two messages.
const BUDGET: &str = "0.0003";
const DAY_MS: u64 = 86_400_000;

/// A provider that comes to grief, and a good one beside it, so that clients notice nothing.
struct Street {
    far: Running,
    near: Running,
}

impl Street {
    async fn new() -> Self {
        Self { far: provider().await, near: provider().await }
    }

    fn sections(&self, budget: &str) -> String {
        let health = format!(
            "[health]\nprobe = \"message\"\nprobe_budget = \"{budget}/day\"\ntimeout = \"60s\"\nquiet_when_idle = \"10h\"\n"
        );
        let far = "keys = [\"sk-far-000000000001\"]\nprobe_model = \"m-1\"";
        let price = "[provider.far.price.m-1]\ninput = 1.0\noutput = 5.0\n";
        health
            + &section("far", PROTOCOL, &self.far.url(), far)
            + price
            + &section("near", PROTOCOL, &self.near.url(), "keys = [\"sk-near-000000000001\"]")
            + "[profile.default]\nproviders = [\"far\", \"near\"]\n"
    }

    /// Clients find it down. From then on it does what the script says.
    async fn break_down(&self, house: &House, script: Script) {
        self.far.script(Script::always(Fault::Unavailable));
        for _ in 0..FAILURES {
            let reply = guarded(Call::ask(PROTOCOL, true).send(house.address)).await;
            assert_eq!((reply.status, reply.header("x-tokgate-provider")), (200, Some("near")), "{}", reply.text());
        }
        self.far.script(script);
    }

    /// Time passes. When messages were asked, from its beginning on, and how often the list of models.
    async fn pass(&self, house: &House, time: Duration) -> (Vec<Duration>, usize) {
        let (mut messages, mut lists, mut passed) = (Vec::new(), 0, Duration::ZERO);
        while passed < time {
            let before = self.far.log().len();
            self.look(house).await;
            passed += LOOK;
            for seen in &self.far.log()[before..] {
                match (seen.method.as_str(), seen.path_and_query.as_str()) {
                    ("POST", "/v1/messages") => messages.push(passed),
                    ("GET", "/v1/models") => lists += 1,
                    other => panic!("a probe asked {other:?}"),
                }
            }
        }
        (messages, lists)
    }

    /// Until the gateway has looked once more, and knows what came of it.
    async fn look(&self, house: &House) {
        let before = self.begun(house);
        turn().await;
        if self.begun(house) != before {
            let looked = u64::try_from(LOOK.as_millis()).unwrap();
            guarded(async {
                while health(house).probe_ago_ms.is_none_or(|ago| ago >= looked) {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
    }

    /// Counts up with each probe that begins.
    fn begun(&self, house: &House) -> (u64, u32) {
        (self.far.counters().requests, spent(house).1)
    }
}

/// The gateway looks once more.
async fn turn() {
    tokio::time::advance(LOOK).await;
    for _ in 0..TURNS {
        tokio::task::yield_now().await;
    }
}

/// What was spent today, and on how many messages.
fn spent(house: &House) -> (u64, u32) {
    let probes = house.handler.status().probes.unwrap();
    (probes.spent_micros, probes.asked)
}

fn health(house: &House) -> HealthSnapshot {
    let now = clock::since_start(clock::now());
    house.gateway().engine().snapshot(now).providers[0].health.clone()
}

/// An answer that costs what was reckoned.
fn dear() -> Answer {
    Answer::default().usage(Usage { input: 64, output: 16, ..Usage::default() })
}

/// A ceiling is one of a day: what is played around midnight is played again.
async fn within_a_day<T>(play: impl AsyncFn() -> T) -> T {
    let today = || clock::unix_ms() / DAY_MS;
    loop {
        let day = today();
        let told = play().await;
        if today() == day {
            return told;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_provider_is_asked_by_message_until_the_days_ceiling_and_a_restart_gives_nothing_back() {
    let _still = StandStill::begin();
    let (first, again, raised) = within_a_day(async || {
        let street = Street::new().await;
        let house = House::open(&street.sections(BUDGET)).await;
        street.break_down(&house, Script::always(dear())).await;
        let first = (street.pass(&house, LONG).await, spent(&house), health(&house), house.records().await.len());
        let asked = street.far.log().into_iter().rfind(|seen| seen.method == "POST").unwrap();
        assert_eq!((asked.json()["model"].as_str(), asked.json()["max_tokens"].as_u64()), (Some("m-1"), Some(16)));
        assert_eq!(asked.header("x-api-key"), Some("sk-far-000000000001"));

        let mut house = house.restart().await;
        street.break_down(&house, Script::always(dear())).await;
        let again = (street.pass(&house, LONG).await, spent(&house));

        let paid =
            |house: &House| house.handler.status().probes.is_some_and(|probes| probes.budget_micros == 1_000_000);
        house.reconfigure(&street.sections("1"), paid).await;
        let raised = (street.pass(&house, Duration::from_secs(120)).await, spent(&house));
        house.stop().await;
        (first, again, raised)
    })
    .await;

    let ((messages, lists), cost, health, records) = first;
    let [one, two] = messages[..] else { panic!("{messages:?}") };
    assert!(one >= Duration::from_secs(30) && one <= Duration::from_secs(40), "{one:?}: what requests have just shown");
    assert!(two - one >= Duration::from_secs(600), "{messages:?}");
    assert!(lists >= 15, "{lists}: what is free is asked all the time");
    assert_eq!(cost, (2 * MESSAGE, 2));
    assert_eq!((health.answers, health.good, records), (3, 0, FAILURES), "a message is no request");
    assert!(health.completion_ago_ms.is_some_and(|ago| ago <= 900_000), "{health:?}");

    let ((messages, lists), cost) = again;
    assert_eq!((messages, cost), (vec![], (2 * MESSAGE, 2)), "after a restart the day is the same");
    assert!(lists >= 15, "{lists}");

    let ((messages, _), cost) = raised;
    assert_eq!((messages.len(), cost), (1, (3 * MESSAGE, 3)), "only the ceiling was in the way");
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_refused_cost_nothing_and_are_asked_every_ten_minutes_and_no_more_often() {
    let _still = StandStill::begin();
    let street = Street::new().await;
    let house = House::open(&street.sections(BUDGET)).await;
    street.break_down(&house, Script::always(Fault::RateLimited)).await;
    let (messages, _) = street.pass(&house, LONG).await;
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(messages.windows(2).all(|two| two[1] - two[0] >= Duration::from_secs(600)), "{messages:?}");
    assert_eq!(spent(&house), (0, 3));
    assert_eq!(health(&house).message_failure.as_deref(), Some("rate-limited"));
    house.stop().await;
}

/// Whether it was answered, nobody will ever know: it counts as what it may cost at most.
#[tokio::test(start_paused = true)]
async fn a_message_under_way_when_the_gateway_stops_is_spent_after_the_restart() {
    let _still = StandStill::begin();
    let told = within_a_day(async || {
        let street = Street::new().await;
        let house = House::open(&street.sections(BUDGET)).await;
        street.break_down(&house, Script::always(Fault::StallBeforeHead)).await;
        let before = street.far.log().len();
        for _ in 0..10 {
            turn().await;
            if spent(&house).1 > 0 {
                break;
            }
        }
        guarded(street.far.until(|log, _| log.len() > before)).await;
        let house = house.restart().await;
        let told = spent(&house);
        house.stop().await;
        told
    })
    .await;
    assert_eq!(told, (MESSAGE, 1));
}
