//! Raw bytes at the front: what must be refused is refused and never served, what is sound is served, nothing hangs.
//! The inputs are data: `raw_http/corpus.toml`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "raw_http/corpus.rs"]
mod corpus;
#[path = "raw_http/generated.rs"]
mod generated;
#[path = "raw_http/machine.rs"]
mod machine;
#[path = "raw_http/wire.rs"]
mod wire;

use std::time::Duration;

use tokgate::proxy::accept::{Caps, Drained, Listener, Serving};
use tokio::net::TcpStream;

use corpus::cases;
use machine::run;
use wire::{Echo, behind_the_front, converse};

#[test]
fn the_corpus_is_large_and_has_both_kinds() {
    let cases = cases();
    let refused = cases.iter().filter(|case| case.refused().is_some()).count();
    assert!(refused >= 48 && cases.len() - refused >= 30, "{refused} of {}", cases.len());
}

#[test]
fn the_machine_says_the_same_of_every_input_however_it_is_cut() {
    for case in cases() {
        let whole = run(&case.input, &[]);
        assert_eq!(whole.ends.len(), case.served(), "{}: {whole:?}", case.name);
        if !case.fin {
            assert_eq!(whole.reject, case.refused(), "{}", case.name);
        }
        let len = case.input.len();
        let stride = (len / 300).max(1);
        for at in (1..len).step_by(stride) {
            assert_eq!(run(&case.input, &[at]), whole, "{} cut at {at}", case.name);
        }
        for piece in [1, 2, 3, 7, 100, 4096] {
            // Long inputs byte by byte cost a scan each; the short ones cover every state.
            if len / piece < 20_000 {
                let cuts: Vec<_> = (piece..len).step_by(piece).collect();
                assert_eq!(run(&case.input, &cuts), whole, "{} in pieces of {piece}", case.name);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_loopback_every_input_gets_its_answer_and_nothing_refused_is_served() {
    let serving = Serving::new(Caps::default());
    let echo = Echo::default();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let service = echo.clone();
    let addr = serving.listen(listener, move |_| service.clone()).unwrap();
    let mut served = 0;
    for case in cases() {
        converse(TcpStream::connect(addr).await.unwrap(), &case).await;
        served += case.served();
        assert_eq!(echo.served(), served, "{}", case.name);
    }
    assert_eq!(serving.drain(Duration::from_secs(10)).await, Drained { cut: 0 });
    assert_eq!(serving.active().connections, 0);
}

#[tokio::test]
async fn in_small_reads_every_input_gets_the_same_answer() {
    for case in cases() {
        for size in [1, 3, 64, 5000] {
            if case.input.len() / size > 5000 {
                continue;
            }
            let echo = Echo::default();
            let (client, connection) = behind_the_front(size, echo.clone());
            converse(client, &case).await;
            assert_eq!(echo.served(), case.served(), "{} in reads of {size}", case.name);
            connection.abort();
        }
    }
}
