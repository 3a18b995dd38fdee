//! Who gets in: web pages, strangers and confused clients get an answer and nothing else, on every route. Not a byte of
//! theirs reaches a provider, and no secret is in what they get.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use tokgate::process::admin::{AdminHandler, NewRun};
use tokgate::proxy::accept::Listener;
use tokgate_simulator::{Fault, Protocol, Running, Script};

use crate::call::{Call, Reply};
use crate::house::{House, LOCAL_KEY, guarded, provider, section};

const UPSTREAM_KEY: &str = "sk-upstream-4Hd8sK2pQw";
/// A login of the caller's own, made up.
const LOGIN: &str = "sk-ant-oat01-callers-own-login-9x7Yz";

/// Every route there is, and some that are none: method and path.
const ROUTES: [(&str, &str); 20] = [
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages?beta=true"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/responses/input_tokens"),
    ("POST", "/v1/responses/compact"),
    ("POST", "/c/claude/v1/messages"),
    ("POST", "/r/0123456789abcdefghjk/v1/messages"),
    ("GET", "/v1/responses"),
    ("GET", "/v1/messages"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/m-1"),
    ("GET", "/v1"),
    ("GET", "/"),
    ("GET", "/health"),
    ("HEAD", "/"),
    ("HEAD", "/api/hello"),
    ("GET", "/api/config"),
    ("PUT", "/anything/else"),
];

/// Open to everyone who names us rightly.
const PUBLIC: [(&str, &str); 3] = [("GET", "/health"), ("HEAD", "/"), ("HEAD", "/api/hello")];

struct Front {
    house: House,
    upstream: Running,
}

impl Front {
    async fn open() -> Self {
        let upstream = provider().await;
        let keys = format!("keys = [\"{UPSTREAM_KEY}\"]");
        let sections: String = Protocol::ALL
            .iter()
            .map(|protocol| section(&format!("a-{}", protocol.id()), *protocol, &upstream.url(), &keys))
            .collect();
        let house = House::with_server("allow_origins = [\"https://app.example\"]", &sections).await;
        Self { house, upstream }
    }

    /// Sends it and holds the answer against what every refused caller may see.
    async fn refused(&self, call: &Call, statuses: &[u16]) -> Reply {
        let reply = guarded(call.send(self.house.address)).await;
        assert!(statuses.contains(&reply.status), "{call:?}: {} {}", reply.status, reply.text());
        let seen = format!("{:?} {}", reply.headers, reply.text());
        for secret in [UPSTREAM_KEY, LOCAL_KEY] {
            assert!(!seen.contains(secret), "{call:?}: {seen}");
        }
        assert!(reply.header("access-control-allow-origin").is_none(), "{call:?}: {seen}");
        let counters = self.upstream.counters();
        assert_eq!((counters.connections, counters.requests), (0, 0), "{call:?} reached the provider");
        reply
    }
}

fn route(method: &str, path: &str) -> Call {
    if method == "POST" {
        Call::post(path, r#"{"model":"m-1","messages":[],"input":"x"}"#)
    } else {
        Call::of(method, path)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebound_name_gets_nothing_on_any_route() {
    let front = Front::open().await;
    let port = front.house.address.port();
    let mut requests = 0;
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        format!("printer.local:{port}"),
        format!("0.0.0.0:{port}"),
        format!("127.1:{port}"),
        format!("2130706433:{port}"),
        format!("[::ffff:7f00:1]:{port}"),
        format!("127.0.0.1:{}", port.wrapping_add(1)),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
    ] {
        for (method, path) in ROUTES {
            // The right key does not help.
            front.refused(&route(method, path).header("host", &host), &[421]).await;
            requests += 1;
        }
    }
    for host in [format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("LOCALHOST:{port}")] {
        let reply = Call::bare("GET", "/health").header("host", &host).send(front.house.address).await;
        assert_eq!(reply.status, 200, "{host}");
    }
    println!("front: {requests} requests with foreign names, none let in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_page_gets_nothing_on_any_route() {
    let front = Front::open().await;
    let own = format!("http://{}", front.house.address);
    let mut requests = 0;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
        ("origin", "file://"),
        ("origin", "chrome-extension://abcdefghijklmnop"),
        ("origin", "https://app.example.evil.example"),
        ("origin", "https://app.example:8443"),
        ("origin", "http://app.example"),
        ("origin", "*"),
        ("origin", &own),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "nonsense"),
    ] {
        for (method, path) in ROUTES {
            front.refused(&route(method, path).header(name, value), &[403]).await;
            let preflight = Call::bare("OPTIONS", path)
                .header(name, value)
                .header("access-control-request-method", method)
                .header("access-control-request-headers", "authorization,content-type")
                .header("access-control-request-private-network", "true");
            let reply = front.refused(&preflight, &[403]).await;
            assert!(reply.headers.iter().all(|(name, _)| !name.starts_with("access-control-")), "{:?}", reply.headers);
            requests += 2;
        }
    }
    println!("front: {requests} requests of foreign pages, none let in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_on_the_list_may_read_answers_and_still_needs_the_key() {
    let front = Front::open().await;
    let origin = "https://app.example";
    let preflight = Call::bare("OPTIONS", "/v1/messages")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-api-key, content-type");
    let reply = guarded(preflight.send(front.house.address)).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, Some(origin)));
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-api-key, content-type"));
    let call = Call::ask(Protocol::Anthropic, false).header("origin", origin);
    let refused = guarded(call.clone().without("authorization").send(front.house.address)).await;
    assert_eq!(refused.status, 401);
    assert_eq!(front.upstream.counters().requests, 0);
    let reply = guarded(call.send(front.house.address)).await;
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some(origin)));
    assert_eq!(reply.header("vary"), Some("origin"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_key_only_signs_of_life_are_shown() {
    let front = Front::open().await;
    let mut requests = 0;
    for (method, path) in ROUTES {
        let call = route(method, path).without("authorization");
        if PUBLIC.contains(&(method, path)) {
            let reply = front.refused(&call, &[200]).await;
            assert!(reply.body.is_empty() || reply.json()["status"] == "ok", "{}", reply.text());
            continue;
        }
        for (name, value) in [
            ("x-nothing", "x"),
            ("authorization", "Bearer"),
            ("authorization", "Bearer tg-local-7Qm2xV9kLp4Rz8Wt"),
            ("authorization", "Basic dGctbG9jYWwtN1FtMnhWOWtMcDRSejhXczo="),
            ("x-api-key", "tg-local-7Qm2xV9kLp4Rz8W"),
            ("api-key", UPSTREAM_KEY.split_at(6).0),
            ("x-goog-api-key", "tg-local-7qm2xv9klp4rz8ws"),
            ("cookie", "key=tg-local-7Qm2xV9kLp4Rz8Ws"),
        ] {
            let reply = front.refused(&call.clone().header(name, value), &[401]).await;
            assert_eq!(reply.header("www-authenticate"), Some("Bearer realm=\"tokgate\""), "{method} {path}");
            if method != "HEAD" {
                assert!(!reply.json()["error"].is_null(), "{}", reply.text());
            }
            requests += 1;
        }
    }
    // The key in the address is no key: addresses are logged.
    front.refused(&Call::bare("GET", &format!("/v1/models?key={LOCAL_KEY}")), &[401]).await;
    for name in ["x-api-key", "api-key", "x-goog-api-key", "authorization"] {
        let reply = guarded(Call::bare("GET", "/v1/models").header(name, LOCAL_KEY).send(front.house.address)).await;
        assert_eq!(reply.status, 200, "{name}");
    }
    println!("front: {requests} requests without the key, none let in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_a_page_could_send_unasked_is_not_read() {
    let front = Front::open().await;
    for (_, path) in ROUTES.iter().filter(|(method, _)| *method == "POST") {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/jsonp",
            "",
        ] {
            let call = route("POST", path).without("content-type");
            let call = if kind.is_empty() { call } else { call.header("content-type", kind) };
            front.refused(&call, &[415]).await;
        }
    }
    let call = Call::ask(Protocol::Anthropic, false).without("content-type");
    let reply = guarded(call.header("content-type", "Application/JSON; charset=utf-8").send(front.house.address)).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_and_methods_that_do_not_exist_say_so_in_json() {
    let front = Front::open().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/config"),
        ("POST", "/v1/completions"),
        ("POST", "/v1/messages/../messages"),
        ("POST", "/v1/%6dessages"),
        ("POST", "/v1/embeddings"),
        ("GET", "/favicon.ico"),
    ] {
        // `GET /` is the address of a reachability probe, which is made with HEAD.
        let statuses: &[u16] = if path == "/" { &[200, 404, 405] } else { &[404] };
        let reply = front.refused(&route(method, path), statuses).await;
        if reply.status == 404 {
            assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
            assert!(reply.json()["error"]["message"].is_string(), "{path}: {}", reply.text());
        }
    }
    for (method, path, allow) in [
        ("GET", "/v1/messages", "POST"),
        ("DELETE", "/v1/chat/completions", "POST"),
        ("PUT", "/v1/responses", "POST"),
        ("GET", "/v1/responses", "POST"),
        ("POST", "/v1/models", "GET, HEAD"),
        ("DELETE", "/v1/models/m-1", "GET, HEAD"),
        ("PATCH", "/health", "GET, HEAD"),
    ] {
        let reply = front.refused(&route(method, path), &[405]).await;
        assert_eq!(reply.header("allow"), Some(allow), "{method} {path}");
        assert!(reply.json()["error"]["message"].is_string(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_connections_waits_its_turn() {
    let burst = 600;
    let cap = std::fs::read_to_string("/proc/sys/net/core/somaxconn").ok().and_then(|cap| cap.trim().parse().ok());
    if cap.is_some_and(|cap: usize| cap < burst) {
        println!("front: this system lets only {} connections wait", cap.unwrap_or_default());
        return;
    }
    // Nobody accepts: the queue alone must hold them.
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
    let address = listener.local_addr().unwrap();
    let connect = move || -> Vec<TcpStream> {
        (0..burst).map(|_| TcpStream::connect_timeout(&address, Duration::from_secs(20)).unwrap()).collect()
    };
    assert_eq!(tokio::task::spawn_blocking(connect).await.unwrap().len(), burst);
}

/// What is declared and does not come must not fill the memory that all bodies share.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies_do_not_keep_others_out_by_what_they_declare() {
    const SLOW: usize = 20;
    let upstream = provider().await;
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), "keys = [\"sk-a\"]")).await;
    let head = Call::post("/v1/messages", "").head(house.address);
    let head = head.replace("content-length: 0", &format!("content-length: {}", 60 << 20));
    let mut slow = Vec::new();
    for _ in 0..SLOW {
        let mut stream = TcpStream::connect(house.address).unwrap();
        stream.write_all(format!("{head}{{").as_bytes()).unwrap();
        slow.push(stream);
    }
    guarded(async {
        while house.gateway().in_flight() < SLOW || house.gateway().buffered() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let reply = guarded(Call::ask(Protocol::Anthropic, false).send(house.address)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_list_has_the_shape_its_caller_reads() {
    let upstream = provider().await;
    let more = "keys = [\"sk-upstream-4Hd8sK2pQw\"]\nmodels = { \"m-1\" = \"real-1\", \"m-*\" = \"real-2\" }";
    let house = House::open(&section("a", Protocol::Anthropic, &upstream.url(), more)).await;
    let openai = guarded(Call::of("GET", "/v1/models").send(house.address)).await.json();
    assert_eq!((&openai["object"], &openai["data"][0]["id"]), (&"list".into(), &"m-1".into()), "{openai}");
    for call in [
        Call::of("GET", "/v1/models?limit=1000").header("anthropic-version", "2023-06-01"),
        Call::of("GET", "/claude/v1/models").header("user-agent", "claude-code/2.1.329"),
    ] {
        let anthropic = guarded(call.send(house.address)).await.json();
        assert_eq!(anthropic["data"][0]["type"], "model", "{anthropic}");
        assert_eq!(anthropic["has_more"], false, "{anthropic}");
    }
    assert_eq!(guarded(Call::of("GET", "/v1/models/m-1").send(house.address)).await.json()["id"], "m-1");
    let missing = guarded(Call::of("GET", "/v1/models/nobody").send(house.address)).await;
    assert!(missing.status == 404 && !missing.json()["error"].is_null());
    assert_eq!(upstream.counters().requests, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_list_says_how_much_a_model_takes_and_comes_in_pages() {
    let text = "[provider.claude]\npreset = \"anthropic\"\nkeys = [\"sk-upstream-4Hd8sK2pQw\"]\n\
                models = { \"small\" = \"claude-haiku-4-5-20251001\" }\n";
    let house = House::open(text).await;
    let ask = async |query: &str| {
        let call = Call::of("GET", &format!("/v1/models{query}")).header("anthropic-version", "2023-06-01");
        guarded(call.send(house.address)).await.json()
    };
    let first = ask("?limit=1").await;
    assert_eq!((&first["data"][0]["id"], &first["has_more"]), (&"small".into(), &true.into()), "{first}");
    assert_eq!(first["data"][0]["max_input_tokens"], 200_000, "of the model that is sent: {first}");
    let next = ask("?limit=1000&after_id=small").await;
    assert_eq!((&next["first_id"], &next["has_more"]), (&"claude-opus-5-5".into(), &false.into()), "{next}");
    assert_eq!(next["data"][0]["max_tokens"], 128_000, "{next}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prefixes_doubled_versions_queries_and_tags_lead_to_the_same_place() {
    let front = Front::open().await;
    let body = Call::ask(Protocol::Anthropic, false).body;
    for (asked, sent) in [
        ("/v1/messages", "/v1/messages"),
        ("/v1/v1/messages?beta=true", "/v1/messages?beta=true"),
        ("/claude/v1/messages?beta=true&x=%20y", "/v1/messages?beta=true&x=%20y"),
        ("/c/claude/v1/messages", "/v1/messages"),
        ("/r/0123456789abcdefghjk/v1/messages?beta=true", "/v1/messages?beta=true"),
        ("/v1/messages/count_tokens?beta=true", "/v1/messages/count_tokens?beta=true"),
    ] {
        let reply = guarded(Call::post(asked, body.clone()).send(front.house.address)).await;
        assert_eq!(reply.status, 200, "{asked}: {}", reply.text());
        let seen = front.upstream.log().pop().unwrap();
        assert_eq!((seen.path_and_query.as_str(), &seen.body), (sent, &body), "{asked}");
    }
    for (protocol, asked, sent) in [
        (Protocol::OpenaiChat, "/a/b/v1/chat/completions?api-version=1", "/v1/chat/completions?api-version=1"),
        (Protocol::OpenaiResponses, "/v1/v1/responses", "/v1/responses"),
    ] {
        let reply = guarded(Call::post(asked, Call::ask(protocol, false).body).send(front.house.address)).await;
        assert_eq!(reply.status, 200, "{asked}: {}", reply.text());
        assert_eq!(front.upstream.log().pop().unwrap().path_and_query, sent);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_key_never_leaves_and_the_providers_key_takes_every_place_of_it() {
    let front = Front::open().await;
    for protocol in Protocol::ALL {
        let mut call = Call::ask(*protocol, false).header("cookie", "a=b").header("proxy-authorization", "Basic eDp5");
        for name in ["x-api-key", "api-key", "x-goog-api-key"] {
            call = call.header(name, LOCAL_KEY);
        }
        let call = call
            .header("x-kept", "as it is")
            .header("anthropic-beta", "one,two")
            .header("x-stainless-retry-count", "0");
        assert_eq!(guarded(call.send(front.house.address)).await.status, 200);
        let seen = front.upstream.log().pop().unwrap();
        assert!(seen.headers.iter().all(|(_, value)| !value.contains(LOCAL_KEY)), "{:?}", seen.headers);
        assert_eq!(
            seen.headers.iter().filter(|(_, value)| value.contains(UPSTREAM_KEY)).count(),
            1,
            "{:?}",
            seen.headers
        );
        for gone in ["api-key", "x-goog-api-key", "cookie", "proxy-authorization"] {
            assert_eq!(seen.header(gone), None, "{protocol:?}");
        }
        assert_eq!((seen.header("x-kept"), seen.header("anthropic-beta")), (Some("as it is"), Some("one,two")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callers_own_login_goes_to_its_provider_alone_and_only_with_a_run_tag() {
    let (own, other) = (provider().await, provider().await);
    let sections = section("own", Protocol::Anthropic, &own.url(), "keys = [\"client\"]")
        + &section("other", Protocol::Anthropic, &other.url(), &format!("keys = [\"{UPSTREAM_KEY}\"]"))
        + "[profile.default]\nproviders = [\"other\"]\n[profile.login]\nproviders = [\"own\", \"other\"]\n";
    let house = House::open(&sections).await;
    let run = NewRun { client: "claude".to_owned(), profile: Some("login".to_owned()), ..NewRun::default() };
    let grant = house.handler.start_run(run).unwrap();
    assert!(grant.own_login && grant.key.is_none());
    let path = format!("/r/{}/v1/messages", grant.tag);
    let body = Call::ask(Protocol::Anthropic, true).body;
    let with_login = |path: &str| {
        Call::post(path, body.clone()).without("authorization").header("authorization", &format!("Bearer {LOGIN}"))
    };
    let login_seen =
        |upstream: &Running| upstream.log().iter().filter(|seen| format!("{:?}", seen.headers).contains(LOGIN)).count();

    let reply = guarded(with_login(&path).send(house.address)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let seen = own.log().pop().unwrap();
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {LOGIN}").as_str()));
    assert!(seen.header("x-api-key").is_none() && !format!("{:?}", seen.headers).contains(LOCAL_KEY));

    // Whatever happens to it, nobody else sees the login, and nobody else answers for this account.
    for fault in [
        Fault::RateLimited,
        Fault::Internal,
        Fault::Unauthorized,
        Fault::ResetBeforeHead,
        Fault::FirstOverloaded,
        Fault::OkHtml,
    ] {
        own.script(Script::always(fault));
        let reply = guarded(with_login(&path).send(house.address)).await;
        assert_ne!(reply.status, 200, "{fault}: {}", reply.text());
        assert!(!format!("{:?}{}", reply.headers, reply.text()).contains(LOGIN), "{fault}");
    }
    assert_eq!(other.counters().requests, 0);
    own.script(Script::default());

    // Without the tag, or with one that does not exist, the login is only a wrong key.
    let before = own.counters().requests;
    for path in ["/v1/messages", "/r/00000000000000000000/v1/messages", "/c/claude/v1/messages"] {
        assert_eq!(guarded(with_login(path).send(house.address)).await.status, 401, "{path}");
    }
    // With the local key as well it is our caller, who has no login to forward.
    let both = guarded(with_login(&path).header("x-api-key", LOCAL_KEY).send(house.address)).await;
    assert_eq!(own.counters().requests, before, "{}", both.text());
    assert!(own.log().iter().chain(&other.log()).all(|seen| !format!("{:?}", seen.headers).contains(LOCAL_KEY)));
    // A run that has ended is no credential any more.
    house.handler.end_run(&grant.tag);
    assert_eq!(guarded(with_login(&path).send(house.address)).await.status, 401);
    assert_eq!(own.counters().requests, before);
    assert_eq!(login_seen(&other), 0);
}

/// Node's agent sends its next request into a connection that ends without a word: "socket hang up".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_leaves_the_body_unread_says_that_the_connection_ends() {
    let upstream = provider().await;
    let keys = format!("keys = [\"{UPSTREAM_KEY}\"]");
    let sections = section("a", Protocol::Anthropic, &upstream.url(), &keys);
    let house = House::with_server("max_body = \"1MiB\"", &sections).await;
    let ask = Call::ask(Protocol::Anthropic, false);
    let large = Call { body: vec![b' '; 3 << 20].into(), ..ask.clone() };
    let unread = [
        (401, ask.clone().without("authorization")),
        (404, Call::post("/v1/nothing", "{}")),
        (415, ask.clone().without("content-type")),
        (415, ask.clone().header("content-encoding", "compress")),
        (413, large.clone()),
        (413, Call { chunks: vec![64 << 10], ..large.clone() }),
        (413, Call { chunks: vec![1 << 10], ..bomb() }),
        (200, Call { body: "{}".into(), ..Call::of("GET", "/v1/models") }),
        (200, Call { body: "{}".into(), ..Call::bare("GET", "/health") }),
    ];
    for (status, call) in unread {
        let reply = guarded(call.send(house.address)).await;
        let case = format!("{} {} {:?}", call.method, call.path, call.headers);
        assert_eq!((reply.status, reply.header("connection")), (status, Some("close")), "{case}: {}", reply.text());
    }
    let chunked = |call: Call| Call { chunks: vec![7], ..call };
    let short =
        Call { body: bytes::Bytes::from_static(b"\x1f\x8b\x08"), ..ask.clone() }.header("content-encoding", "gzip");
    let read = [
        (200, ask.clone()),
        (200, chunked(ask.clone())),
        (400, chunked(Call::post("/v1/messages", "no JSON"))),
        (400, chunked(short)),
        (401, Call::bare("GET", "/v1/models")),
    ];
    for (status, call) in read {
        let reply = guarded(call.send(house.address)).await;
        let case = format!("{} {} {:?}", call.method, call.path, call.headers);
        assert_eq!((reply.status, reply.header("connection")), (status, None), "{case}: {}", reply.text());
        // Also of an answer of ours the record says how long it was.
        if let Some(id) = reply.header("x-tokgate-request-id") {
            assert_eq!(house.record(id).await.bytes_out, reply.body.len() as u64, "{case}");
        }
    }
}

/// A body that grows beyond the limit before it has come whole.
fn bomb() -> Call {
    let spaces = tokgate_simulator::Coding::Gzip.encode(&vec![b' '; 16 << 20]);
    Call::post("/v1/messages", spaces).header("content-encoding", "gzip")
}
