//! What one record costs: on the thread that hands it over, and on the writer thread (database, request line).
//! Run: `cargo run --profile quick -p tokgate --example store_bench`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring tool")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokgate::config::model::{LogFormat, LogKeep, Retention};
use tokgate::i18n::Lang;
use tokgate::secret::Secret;
use tokgate::store::record::{AttemptRecord, Outcome, Record, RequestId};
use tokgate::store::writer::{Access, BUSY_TIMEOUT, Options, Recorder};
use tokgate::telemetry::redact::Redactor;
use tokgate::telemetry::sink::Sink;
use tokgate_wire::protocol::Protocol;
use tokgate_wire::usage::Usage;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: u64 = 200;

fn main() {
    for batch in [2_000, 256, 1] {
        for access in [None, Some(LogFormat::Pretty), Some(LogFormat::Json)] {
            measure(batch, access, true);
        }
    }
    measure(2_000, Some(LogFormat::Pretty), false);
    measure(2_000, None, false);
}

fn measure(batch: u64, format: Option<LogFormat>, database: bool) {
    let folder = tempfile::tempdir().unwrap();
    let redactor = Redactor::default();
    let secrets: Vec<Secret> = (0..20).map(|n| Secret::new(format!("sk-ant-api03-canary-{n:04}-0123456789"))).collect();
    redactor.register(&secrets);
    let sink = Sink::file(&folder.path().join("log")).unwrap();
    let recorder = Recorder::start(Options {
        path: database.then(|| folder.path().join("tokgate.db")),
        keep: LogKeep { requests: Retention::Age(Duration::from_secs(400 * 86_400)), max_size: 2 << 30 },
        access: format.map(|format| Access { sink, format, colour: false }),
        lang: Lang::En,
        redactor: Arc::new(redactor),
        busy_timeout: BUSY_TIMEOUT,
    })
    .unwrap();
    recorder.flush();
    let template = record();
    let before = cpu_ns("tokgate-records");
    let mut pushing = 0;
    for _ in 0..ROUNDS {
        let records: Vec<Record> =
            (0..batch).map(|_| Record { id: RequestId::next(1_795_000_000_000), ..template.clone() }).collect();
        let start = cpu_ns("store_bench");
        records.into_iter().for_each(|record| recorder.push(record));
        pushing += cpu_ns("store_bench") - start;
        recorder.flush();
    }
    let writing = cpu_ns("tokgate-records") - before;
    let rows = (ROUNDS * batch) as f64;
    println!(
        "batch {batch:>4}  access {:<6}  database {database:<5}  push {:.2} us  writer {:.2} us per record, {:.0} us per round  file {} B per record  record {} B",
        format.map_or("none".to_owned(), |format| format!("{format:?}")),
        pushing as f64 / rows / 1e3,
        writing as f64 / rows / 1e3,
        writing as f64 / ROUNDS as f64 / 1e3,
        fs::metadata(folder.path().join("tokgate.db")).map_or(0, |meta| meta.len()) / (ROUNDS * batch),
        size_of::<Record>(),
    );
    recorder.close();
}

fn record() -> Record {
    let kimi: Arc<str> = "kimi".into();
    Record {
        id: RequestId(0),
        run: Some("k7f3q9d2m4x8".into()),
        client: "claude".into(),
        project: Some("/home/someone/work/api".into()),
        session: Some("3f9c1a52-6f1e-4a53-9f06-5a5d5a2f9e11".into()),
        operation: "messages".into(),
        protocol: Some(Protocol::Anthropic),
        model: Some("claude-sonnet-5".into()),
        model_sent: Some("kimi-k3".into()),
        stream: true,
        outcome: Outcome::Completed,
        status: 200,
        error: None,
        detail: None,
        reason: None,
        provider: Some(kimi.clone()),
        profile: Some("default".into()),
        route: None,
        attempts: vec![AttemptRecord {
            provider: kimi,
            key: Some(0),
            model: Some("kimi-k3".into()),
            model_answered: None,
            status: 200,
            result: "ok".into(),
            message: None,
            reason: None,
            reused: true,
            dns_ms: 0,
            connect_ms: 0,
            tls_ms: 0,
            head_ms: Some(391),
            total_ms: 7_201,
            began_ms: 0,
        }],
        usage: Usage {
            input_uncached: Some(1_900),
            cache_read: Some(46_100),
            cache_write_5m: Some(310),
            output_total: Some(812),
            ..Usage::default()
        },
        stop: Some("end_turn".into()),
        head_us: 391_000,
        first_us: Some(402_000),
        total_us: 7_204_000,
        bytes_in: 301_233,
        bytes_out: 48_111,
        trail: "[{\"rule\":\"default\",\"provider\":\"kimi\",\"why\":\"first\"}]".into(),
        losses: None,
        counted: None,
        estimated: false,
        cost: None,
    }
}

/// CPU time of the thread with this name.
fn cpu_ns(name: &str) -> u64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let of = |path: &Path| {
        let comm = fs::read_to_string(path.join("comm")).ok()?;
        (comm.trim() == name).then(|| fs::read_to_string(path.join("schedstat")).ok())?
    };
    let mut stat = tasks.filter_map(|task| of(&task.ok()?.path()));
    let stat = stat.next().unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or_default()
}
