//! No secret leaves: a real gateway process at log level trace, canaries in every place a secret can be, every kind of
//! failure, providers that repeat our key to us. Then everything it wrote and answered is searched for them.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokgate::config::{self, Env};
use tokgate::process::admin::NewRun;
use tokgate::process::admin::client::AdminClient;
use tokgate::process::folders::{self, Instance};
use tokgate_simulator::{Answer, Behaviour, Fault, FaultPlan, Layer, Protocol, Rule, Running, Script, When};

use crate::call::{Call, Reply};
use crate::house::{guarded, provider, section};
use crate::scripted::{Says, Scripted};

const LOCAL: &str = "tg-canary-local-8f3kQ92mZx71";
/// Nothing in their looks says that they are secrets.
const LITERAL: &str = "canary-literal-a81hF03kdq";
const VARIABLE: &str = "canary-variable-Zp20xVb7";
const FILE: &str = "canary-file-m4Yt88sLw1";
/// Printed by a program, so nobody knows it before its first use.
const PRINTED: &str = "canary-printed-Bb6Rr0Tt";
const PROXY_PASSWORD: &str = "canary-proxy-Qw81nC55";
const LOGIN: &str = "sk-ant-oat01-canary-login-k2Jd91Bv";
const WRONG: &str = "canary-wrong-key-T73hXz";
const AWS_ID: &str = "CANARYAWSID4R81";
const AWS_KEY: &str = "canary-aws-key/Xw72+Lq";
const AWS_TOKEN: &str = "canary-aws-token-Jj50Pz";
const ALL: [&str; 11] =
    [LOCAL, LITERAL, VARIABLE, FILE, PRINTED, PROXY_PASSWORD, LOGIN, WRONG, AWS_ID, AWS_KEY, AWS_TOKEN];

/// How long the process may take to say that it serves.
const PATIENCE: Duration = Duration::from_secs(60);
/// Faults that only take time or bytes and say nothing of their own.
const LEFT_OUT: [Fault; 2] = [Fault::EndlessLine, Fault::StallWithPings];

/// The program, with a home of its own.
struct Program {
    child: Child,
    address: SocketAddr,
    out: thread::JoinHandle<String>,
    err: thread::JoinHandle<String>,
    admin: AdminClient,
    database: PathBuf,
}

impl Program {
    fn start(home: &Path, sections: &str) -> Self {
        let config = home.join("config.toml");
        private(&home.join("key"), FILE);
        private(&home.join("printed"), PRINTED);
        let server = format!("[server]\nlisten = \"127.0.0.1:0\"\nlocal_key = \"{LOCAL}\"\n[log]\nlevel = \"trace\"\n");
        private(&config, &(server + sections));
        let mut child = Command::new(env!("CARGO_BIN_EXE_tokgate"))
            .env_clear()
            .env("HOME", home)
            .env("PATH", "/usr/bin:/bin")
            .env("CANARY_KEY", VARIABLE)
            .env("AWS_ACCESS_KEY_ID", AWS_ID)
            .env("AWS_SECRET_ACCESS_KEY", AWS_KEY)
            .env("AWS_SESSION_TOKEN", AWS_TOKEN)
            .arg("--config")
            .arg(&config)
            .arg("up")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (tell, told) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let out = thread::spawn(move || {
            let mut all = String::new();
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, rest)) = line.split_once("http://") {
                    let address = rest.split([' ', '/']).next().unwrap_or_default().parse::<SocketAddr>();
                    let _ = address.map(|address| tell.send(address));
                }
                all += &line;
            }
            all
        });
        let mut stderr = child.stderr.take().unwrap();
        let err = thread::spawn(move || {
            let mut all = Vec::new();
            stderr.read_to_end(&mut all).unwrap();
            String::from_utf8_lossy(&all).into_owned()
        });
        let address = told.recv_timeout(PATIENCE).expect("the gateway says where it is");
        let paths = config::paths(&Env::from_pairs::<String, String>(home, []), Some(&config));
        let admin = AdminClient::new(Instance::from(&paths).socket());
        Self { child, address, out, err, admin, database: folders::database(&paths) }
    }

    /// Stops it; what it printed and logged.
    fn stop(mut self) -> (String, String, PathBuf) {
        self.admin.stop(false).unwrap();
        assert!(self.child.wait().unwrap().success());
        (self.out.join().unwrap(), self.err.join().unwrap(), self.database)
    }
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// One request: what the provider does, and the secret that it repeats.
struct Case {
    name: String,
    protocol: Protocol,
    stream: bool,
    key: &'static str,
    behaviour: Behaviour,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let sources = [LITERAL, VARIABLE, FILE, PRINTED];
    let faults = Fault::ALL.iter().filter(|fault| fault.layer() != Layer::Connection && !LEFT_OUT.contains(fault));
    for (number, fault) in faults.enumerate() {
        for stream in [true, false] {
            let key = sources[number % sources.len()];
            let plan = FaultPlan {
                message: Some(format!("the key {key} is not welcome; Authorization: Bearer {key}")),
                code: (number % 2 == 0).then(|| format!("code-{key}")),
                headers: vec![("x-echo".to_owned(), format!("you sent {key}"))],
                bytes: Some(40_000),
                wait_ms: 10,
                answer: Answer { headers: vec![("x-echoed-too".to_owned(), key.to_owned())], ..Answer::default() },
                ..(*fault).into()
            };
            let protocol = Protocol::ALL[number % 3];
            cases.push(Case {
                name: format!("{fault} stream {stream}"),
                protocol,
                stream,
                key,
                behaviour: plan.into(),
            });
        }
    }
    for protocol in Protocol::ALL.iter().copied() {
        for stream in [true, false] {
            let headers = vec![("x-echo".to_owned(), LITERAL.to_owned()), ("x-harmless".to_owned(), "yes".to_owned())];
            let behaviour = Answer { headers, ..Answer::default() }.into();
            cases.push(Case { name: "good".to_owned(), protocol, stream, key: LITERAL, behaviour });
        }
    }
    cases
}

/// A cloud that repeats every credential it was shown, as AWS does when a signature is wrong.
async fn echoing() -> Scripted {
    Scripted::start(|seen| {
        let shown = |name| seen.header(name).unwrap_or_default();
        let (signature, token) = (shown("authorization"), shown("x-amz-security-token"));
        let message = format!("you sent {signature} and x-amz-security-token:{token}, your key is {AWS_KEY}");
        Says::json(403, &serde_json::json!({ "message": message }).to_string())
            .header("x-amzn-errortype", "InvalidSignatureException")
            .header("x-echo", &format!("{signature} {token}"))
    })
    .await
}

/// The signatures that it was shown.
fn signatures(cloud: &Scripted) -> Vec<String> {
    let seen = cloud.seen();
    let headers = seen.iter().filter_map(|seen| seen.header("authorization"));
    headers.filter_map(|header| Some(header.split_once("Signature=")?.1.to_owned())).collect()
}

fn config(cases: &[Case], upstream: &Running, home: &Path) -> String {
    let command = format!("command:cat {}", home.join("printed").display());
    let mut config = String::new();
    for (number, case) in cases.iter().enumerate() {
        let from = match case.key {
            VARIABLE => "env:CANARY_KEY",
            FILE => "file:key",
            PRINTED => &command,
            literal => literal,
        };
        let quick = "first_byte_timeout = \"300ms\"\nidle_timeout = \"300ms\"\nrequest_timeout = \"300ms\"";
        let stalls = case.name.starts_with("stall");
        let more = format!("keys = [\"{from}\"]\nretries = 0\n{}", if stalls { quick } else { "" });
        config += &section(&format!("p{number}"), case.protocol, &upstream.url(), &more);
    }
    let proxy = format!("http_proxy = \"http://ada:{PROXY_PASSWORD}@127.0.0.1:9\"");
    // Loopback is reached without a proxy, so the provider stands elsewhere.
    config += &section("proxied", Protocol::Anthropic, "https://provider.invalid", &format!("keys = [\"{LITERAL}\"]"))
        .replace("http_proxy = \"none\"", &proxy);
    config += &section("nowhere", Protocol::Anthropic, "https://provider.invalid", &format!("keys = [\"{LITERAL}\"]"));
    config += &section("unreadable", Protocol::Anthropic, &upstream.url(), "keys = [\"file:no-such-file\"]");
    config + &section("own", Protocol::Anthropic, &upstream.url(), "keys = [\"client\"]")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_anything_the_gateway_writes_or_answers() {
    let upstream = provider().await;
    let cases = cases();
    let mut script = Script::default();
    for (number, case) in cases.iter().enumerate() {
        let when = When { header: Some(("x-case".to_owned(), number.to_string())), ..When::default() };
        script.rules.push(Rule { when, behaviour: case.behaviour.clone() });
    }
    let echo = FaultPlan { message: Some(format!("login {LOGIN} refused")), ..Fault::Unauthorized.into() };
    let when = When { header: Some(("x-case".to_owned(), "login".to_owned())), ..When::default() };
    upstream.script(script.rule(when, echo));
    let home = tempfile::tempdir().unwrap();
    let cloud = echoing().await;
    let mut sections = config(&cases, &upstream, home.path());
    for (name, more) in [("aws", ""), ("aws-converse", "protocols = { \"*\" = \"bedrock-converse\" }\n")] {
        sections += &format!(
            "[provider.{name}]\ntype = \"bedrock\"\nregion = \"us-east-1\"\nurl = \"{}\"\nkeys = [\"aws:env\"]\nhttp_proxy = \"none\"\nmodels = {{ \"*\" = \"anthropic.claude\" }}\n{more}",
            cloud.url()
        );
    }
    let start = home.path().to_owned();
    let program = tokio::task::spawn_blocking(move || Program::start(&start, &sections)).await.unwrap();
    let address = program.address;

    let mut leaks = Vec::new();
    let mut requests = 0;
    let mut look = |name: &str, call: &Call, reply: &Reply| {
        requests += 1;
        let seen = format!("{:?} {}", reply.headers, reply.text());
        // What a provider says of the caller's own login to that caller is between the two.
        let own = |secret: &str| name == "own login" && secret == LOGIN;
        leaks.extend(ALL.iter().filter(|secret| seen.contains(**secret) && !own(secret)).map(|secret| {
            let at = seen.find(*secret).unwrap();
            let near = &seen[at.saturating_sub(60)..(at + secret.len() + 20).min(seen.len())];
            format!("{name} ({}): {secret} in … {near}", call.path)
        }));
    };
    for (number, case) in cases.iter().enumerate() {
        let call = with_key(Call::ask(case.protocol, case.stream), LOCAL)
            .header("x-tokgate-provider", &format!("p{number}"))
            .header("x-case", &number.to_string());
        let reply = guarded(call.send(address)).await;
        assert!(case.name != "good" || reply.header("x-harmless") == Some("yes"), "{:?}", reply.headers);
        look(&case.name, &call, &reply);
    }
    let pinned = ["proxied", "nowhere", "unreadable", "aws", "aws-converse"].into_iter();
    for (pinned, stream) in pinned.flat_map(|pinned| [(pinned, true), (pinned, false)]) {
        let call = with_key(Call::ask(Protocol::Anthropic, stream), LOCAL).header("x-tokgate-provider", pinned);
        let reply = guarded(call.send(address)).await;
        assert_ne!(reply.status, 200, "{pinned}: {}", reply.text());
        look(pinned, &call, &reply);
    }
    for call in [
        with_key(Call::ask(Protocol::Anthropic, true), WRONG),
        Call::bare("GET", &format!("/v1/models?key={LOCAL}&x={WRONG}")),
        Call::bare("GET", &format!("/{WRONG}/{LOCAL}")),
    ] {
        let reply = guarded(call.send(address)).await;
        assert!(reply.status >= 400);
        look("stranger", &call, &reply);
    }
    let admin = program.admin.clone();
    let run = NewRun { client: "claude".to_owned(), provider: Some("own".to_owned()), ..NewRun::default() };
    let grant = tokio::task::spawn_blocking(move || admin.start_run(&run).unwrap().unwrap()).await.unwrap();
    let body = Call::ask(Protocol::Anthropic, true).body;
    for case in ["none", "login"] {
        let call =
            with_key(Call::post(&format!("/r/{}/v1/messages", grant.tag), body.clone()), LOGIN).header("x-case", case);
        let reply = guarded(call.send(address)).await;
        look("own login", &call, &reply);
    }

    assert!(upstream.counters().requests >= cases.len() as u64, "every case reached the provider");
    let cmdline = std::fs::read(format!("/proc/{}/cmdline", program.child.id())).unwrap_or_default();
    let (out, err, database) = tokio::task::spawn_blocking(|| program.stop()).await.unwrap();
    assert!(err.lines().count() > requests / 2, "it was to log at level trace: {} lines", err.lines().count());
    let mut written = vec![("standard output", out.into_bytes()), ("log", err.into_bytes()), ("command line", cmdline)];
    for end in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{end}", database.display()));
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(!end.is_empty() || bytes.len() > 10_000, "{}", path.display());
        written.push(("database", bytes));
    }
    let signed = signatures(&cloud);
    assert!(!signed.is_empty(), "requests to the cloud were signed");
    let mut searched = 0;
    for (place, bytes) in &written {
        searched += bytes.len();
        let secrets = ALL.into_iter().chain(signed.iter().map(String::as_str));
        for secret in secrets.filter(|secret| memchr::memmem::find(bytes, secret.as_bytes()).is_some()) {
            let at = memchr::memmem::find(bytes, secret.as_bytes()).unwrap();
            let near = String::from_utf8_lossy(&bytes[at.saturating_sub(80)..(at + 60).min(bytes.len())]);
            leaks.push(format!("{place}: {secret} in … {near}"));
        }
    }
    println!(
        "secrets: {} canaries, {requests} answers and {searched} written bytes searched, {} found",
        ALL.len(),
        leaks.len()
    );
    for leak in &leaks {
        println!("  {leak}");
    }
    assert!(leaks.is_empty(), "secrets were found; the places are printed above");
}

/// Faults whose words reach a client in translation: errors before, in and instead of an answer, and what is none.
const TOLD: [Fault; 11] = [
    Fault::FirstFailed,
    Fault::FirstApiError,
    Fault::FirstInvalidRequest,
    Fault::ErrorAfter,
    Fault::FailedAfter,
    Fault::BadEvent,
    Fault::OkHtml,
    Fault::OkErrorBody,
    Fault::OkInvalidJson,
    Fault::Unauthorized,
    Fault::BadRole,
];

/// A provider whose errors repeat our key, in words that a translation retells.
async fn telling(fault: Fault) -> Running {
    let plan = FaultPlan {
        message: Some(format!("the key {LITERAL} is not welcome; Authorization: Bearer {LITERAL}")),
        code: Some(format!("code-{LITERAL}")),
        headers: vec![("x-echo".to_owned(), format!("you sent {LITERAL}"))],
        ..fault.into()
    };
    let upstream = provider().await;
    upstream.script(Script::always(plan));
    upstream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_in_an_error_that_is_translated_reaches_neither_client_nor_log_nor_database() {
    let protocols = [Protocol::Anthropic, Protocol::OpenaiChat, Protocol::OpenaiResponses];
    let mut upstreams = Vec::new();
    let mut sections = String::new();
    for (fault, protocol) in TOLD.into_iter().flat_map(|fault| protocols.map(|protocol| (fault, protocol))) {
        let upstream = telling(fault).await;
        let more = format!("keys = [\"{LITERAL}\"]\nretries = 0");
        sections += &section(&format!("t{}", upstreams.len()), protocol, &upstream.url(), &more);
        upstreams.push((fault, protocol, upstream));
    }
    let home = tempfile::tempdir().unwrap();
    let start = home.path().to_owned();
    let program = tokio::task::spawn_blocking(move || Program::start(&start, &sections)).await.unwrap();
    let mut leaks = Vec::new();
    for (number, (fault, protocol, upstream)) in upstreams.iter().enumerate() {
        let clients = protocols.into_iter().filter(|client| client != protocol);
        for client in clients {
            let call = with_key(Call::ask(client, true), LOCAL).header("x-tokgate-provider", &format!("t{number}"));
            let reply = guarded(call.send(program.address)).await;
            let seen = format!("{:?} {}", reply.headers, reply.text());
            assert!(!seen.is_empty());
            if seen.contains(LITERAL) {
                leaks.push(format!("{fault} of {protocol:?} to {client:?}"));
            }
        }
        // A key that is refused is not shown again.
        assert!(upstream.counters().requests >= 1, "{fault} of {protocol:?} was asked");
    }
    let (out, err, database) = tokio::task::spawn_blocking(|| program.stop()).await.unwrap();
    assert!(err.lines().count() > upstreams.len(), "it was to log at level trace");
    let mut written = vec![out.into_bytes(), err.into_bytes()];
    written.extend(["", "-wal"].map(|end| std::fs::read(format!("{}{end}", database.display())).unwrap_or_default()));
    let found = written.iter().filter(|bytes| memchr::memmem::find(bytes, LITERAL.as_bytes()).is_some()).count();
    assert!(leaks.is_empty() && found == 0, "{leaks:#?}, and {found} of what was written");
}

fn with_key(call: Call, key: &str) -> Call {
    call.without("authorization").header("authorization", &format!("Bearer {key}"))
}
