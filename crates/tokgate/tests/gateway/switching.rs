//! A conversation with thinking that changes its provider, and comes back: the next turn works, nothing that one
//! provider issued reaches another, and everything of one's own is there again byte for byte.

use serde_json::{Value, json};
use tokgate::store::record::Outcome;
use tokgate_simulator::{Answer, Protocol, Running, Script};

use crate::call::{Call, Reply};
use crate::house::{House, guarded, provider, section};
use crate::stream;

/// A provider that verifies what it is sent, and how many turns it has answered.
struct Far {
    name: &'static str,
    sim: Running,
    protocol: Protocol,
    turns: usize,
}

impl Far {
    async fn new(name: &'static str, protocol: Protocol) -> Self {
        Self { name, sim: provider().await, protocol, turns: 0 }
    }

    fn blob(&self, turn: usize) -> String {
        format!("own-{}-{turn}/+==", self.name)
    }

    /// Gets ready for its next turn: thinks, and calls a tool.
    fn prepare(&mut self) -> usize {
        self.turns += 1;
        let thought = format!("thought of {} {}", self.name, self.turns);
        let answer = Answer::text("Let me look.")
            .thinking(thought, self.blob(self.turns))
            .tool("bash", json!({"command": "ls"}));
        self.sim.script(Script::always(answer).issuer(format!("own-{}-", self.name)));
        self.turns
    }

    fn last_body(&self) -> String {
        String::from_utf8(self.sim.log().pop().unwrap().body.to_vec()).unwrap()
    }
}

/// The section of a provider. Gemini and Converse have their own types, and a model of their own.
fn section_of(far: &Far) -> String {
    let keys = "keys = [\"sk-some-0123456789abcdef\"]";
    let cloud = |kind: &str, path: &str, more: &str| {
        let (name, url) = (far.name, far.sim.url());
        format!("[provider.{name}]\ntype = \"{kind}\"\nurl = \"{url}{path}\"\nhttp_proxy = \"none\"\n{keys}\n{more}\n")
    };
    match far.protocol {
        Protocol::Gemini => cloud("gemini", "/v1beta", "models = { \"*\" = \"gemini-3-pro\" }"),
        Protocol::BedrockConverse => {
            let region = "region = \"us-east-1\"\nprotocols = { \"*\" = \"bedrock-converse\" }";
            cloud("bedrock", "", &format!("{region}\nmodels = {{ \"*\" = \"us.amazon.nova-2-lite-v1:0\" }}"))
        }
        // The one fact that the table of vendors would say of a provider that it knows.
        Protocol::OpenaiChat => {
            let more = format!("{keys}\ndialect = {{ reasoning_in = \"reasoning_content\" }}");
            section(far.name, far.protocol, &far.sim.url(), &more)
        }
        Protocol::Anthropic | Protocol::OpenaiResponses => section(far.name, far.protocol, &far.sim.url(), keys),
    }
}

async fn house(fars: &[Far]) -> House {
    let mut sections: String = fars.iter().map(section_of).collect();
    for far in fars {
        let name = far.name;
        sections += &format!(
            "[[route]]\nname = \"{name}\"\nmatch = {{ model = \"claude-{name}\" }}\nto = \"provider:{name}\"\n"
        );
    }
    House::open(&sections).await
}

/// A client that keeps what it is told, as real ones do.
pub(crate) struct Client {
    protocol: Protocol,
    thinking: Value,
    history: Vec<Value>,
}

impl Client {
    pub(crate) fn new(protocol: Protocol, thinking: Value) -> Self {
        Self { protocol, thinking, history: vec![json!({"role": "user", "content": "hello"})] }
    }

    pub(crate) fn call(&self, to: &str, streams: bool) -> Call {
        let model = format!("claude-{to}");
        let body = match self.protocol {
            Protocol::Anthropic => json!({
                "model": model, "max_tokens": 8192, "stream": streams, "thinking": self.thinking, "messages": self.history,
                "tools": [{"name": "bash", "input_schema": {"type": "object"}}],
            }),
            _ => json!({
                "model": model, "stream": streams, "store": false, "include": ["reasoning.encrypted_content"],
                "reasoning": {"effort": "high"}, "input": self.history,
                "tools": [{"type": "function", "name": "bash", "parameters": {"type": "object"}, "strict": false}],
            }),
        };
        Call::post(self.protocol.path(), body.to_string())
    }

    /// Keeps an answer and runs its tool.
    pub(crate) fn keep(&mut self, streams: bool, reply: &Reply) {
        match self.protocol {
            Protocol::Anthropic => {
                let content = if streams { folded(&reply.body) } else { whole(&reply.body)["content"].clone() };
                let id =
                    content.as_array().unwrap().iter().find(|block| block["type"] == "tool_use").unwrap()["id"].clone();
                self.history.push(json!({"role": "assistant", "content": content}));
                let result = json!({"type": "tool_result", "tool_use_id": id, "content": "a.txt"});
                self.history.push(json!({"role": "user", "content": [result]}));
            }
            _ => {
                let output = if streams { completed(&reply.body) } else { whole(&reply.body)["output"].clone() };
                let items = output.as_array().unwrap();
                let call = items.iter().find(|item| item["type"] == "function_call").unwrap()["call_id"].clone();
                self.history.extend(items.iter().cloned());
                self.history.push(json!({"type": "function_call_output", "call_id": call, "output": "a.txt"}));
            }
        }
    }
}

fn whole(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

/// The items of a Responses stream.
fn completed(body: &[u8]) -> Value {
    let events = stream::events(body);
    let last = events.iter().map(|data| serde_json::from_str::<Value>(data).unwrap_or_default());
    last.into_iter().find(|event| event["type"] == "response.completed").unwrap()["response"]["output"].clone()
}

/// The blocks of a Messages stream.
fn folded(body: &[u8]) -> Value {
    let mut blocks: Vec<Value> = Vec::new();
    let mut input = String::new();
    for event in stream::events(body).iter().map(|data| serde_json::from_str::<Value>(data).unwrap()) {
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                blocks.push(event["content_block"].clone());
                input.clear();
            }
            "content_block_delta" => {
                let (delta, block) = (&event["delta"], blocks.last_mut().unwrap());
                for name in ["text", "thinking", "signature"] {
                    if let Some(more) = delta[name].as_str() {
                        block[name] = json!(format!("{}{more}", block[name].as_str().unwrap_or_default()));
                    }
                }
                input.push_str(delta["partial_json"].as_str().unwrap_or_default());
            }
            "content_block_stop" if !input.is_empty() => {
                blocks.last_mut().unwrap()["input"] = serde_json::from_str(&input).unwrap();
            }
            _ => {}
        }
    }
    Value::Array(blocks)
}

/// Takes the turns in this order and checks after each what its provider got.
async fn converse(mut client: Client, mut fars: Vec<Far>, order: &[usize]) {
    let house = house(&fars).await;
    for (turn, at) in order.iter().enumerate() {
        let streams = turn % 2 == 0;
        let number = fars[*at].prepare();
        let far = &fars[*at];
        let reply = guarded(client.call(far.name, streams).send(house.address)).await;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, 200, "turn {turn} at {}: {text}", far.name);
        assert_eq!(far.sim.log().len(), number, "turn {turn} at {}: one request is enough", far.name);
        let body = far.last_body();
        assert!(!body.contains("tg1."), "turn {turn}: a carrier of ours at {}: {body}", far.name);
        for other in fars.iter().filter(|other| other.name != far.name) {
            assert!(
                !body.contains(&format!("own-{}-", other.name)),
                "turn {turn}: {} sees {}'s: {body}",
                far.name,
                other.name
            );
        }
        for before in 1..number {
            // A provider of Chat issues no blobs, and gets its words.
            let words = format!("thought of {} {before}", far.name);
            let wanted = if far.protocol == Protocol::OpenaiChat { words } else { far.blob(before) };
            assert_eq!(body.matches(&wanted).count(), 1, "turn {turn} at {}: its turn {before}: {body}", far.name);
        }
        let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
        assert_eq!((record.outcome, record.attempts.len()), (Outcome::Completed, 1));
        let foreign_before = order[..turn].iter().any(|before| before != at);
        if foreign_before && far.protocol != Protocol::OpenaiChat {
            let lost = reply.header("x-tokgate-lost").unwrap_or_default();
            assert!(lost.contains("dropped"), "turn {turn}: {lost}");
            assert_eq!(record.losses.as_deref(), Some(lost));
        }
        client.keep(streams, &reply);
    }
    house.stop().await;
}

/// There, away, and back; each of them twice.
const THERE_AND_BACK: [usize; 6] = [0, 0, 1, 0, 1, 0];

#[tokio::test(flavor = "multi_thread")]
async fn b3_anthropic_to_chat_and_back() {
    for thinking in [json!({"type": "adaptive"}), json!({"type": "enabled", "budget_tokens": 2048})] {
        let fars = vec![Far::new("x", Protocol::Anthropic).await, Far::new("chat", Protocol::OpenaiChat).await];
        converse(Client::new(Protocol::Anthropic, thinking), fars, &THERE_AND_BACK).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b3_anthropic_to_another_anthropic_and_back() {
    for thinking in [json!({"type": "adaptive"}), json!({"type": "enabled", "budget_tokens": 2048})] {
        let fars = vec![Far::new("x", Protocol::Anthropic).await, Far::new("y", Protocol::Anthropic).await];
        converse(Client::new(Protocol::Anthropic, thinking), fars, &THERE_AND_BACK).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn b3_responses_to_anthropic_and_back() {
    let fars = vec![Far::new("o", Protocol::OpenaiResponses).await, Far::new("x", Protocol::Anthropic).await];
    converse(Client::new(Protocol::OpenaiResponses, Value::Null), fars, &THERE_AND_BACK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn b3_through_all_protocols_and_back() {
    for client in [Protocol::Anthropic, Protocol::OpenaiResponses] {
        let mut fars = Vec::new();
        for (name, protocol) in [
            ("x", Protocol::Anthropic),
            ("o", Protocol::OpenaiResponses),
            ("chat", Protocol::OpenaiChat),
            ("p", Protocol::OpenaiResponses),
            ("y", Protocol::Anthropic),
            ("g", Protocol::Gemini),
            ("n", Protocol::BedrockConverse),
        ] {
            fars.push(Far::new(name, protocol).await);
        }
        let thinking = json!({"type": "enabled", "budget_tokens": 2048});
        converse(Client::new(client, thinking), fars, &[0, 1, 2, 5, 3, 6, 4, 5, 1, 0, 6, 2, 4, 5, 3, 6, 0]).await;
    }
}

/// A Chat client that keeps the message and nothing of its reasoning, as nearly all do.
fn chat_turn(history: &[Value], to: &str, streams: bool) -> Call {
    let body = json!({
        "model": format!("claude-{to}"), "stream": streams, "reasoning_effort": "high", "messages": history,
        "tools": [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object"}}}],
    });
    Call::post(Protocol::OpenaiChat.path(), body.to_string())
}

/// The id of the call in a Chat answer.
fn call_id(streams: bool, body: &[u8]) -> String {
    let events = if streams { stream::events(body) } else { vec![String::from_utf8(body.to_vec()).unwrap()] };
    let parsed = events.iter().filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let choice = |event: Value| event["choices"][0][if streams { "delta" } else { "message" }].clone();
    let ids = parsed.map(choice).filter_map(|said| said["tool_calls"][0]["id"].as_str().map(str::to_owned));
    ids.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_client_that_forgets_reasoning_gets_it_sent_along_with_its_tool_calls() {
    let mut fars = vec![
        Far::new("x", Protocol::Anthropic).await,
        Far::new("o", Protocol::OpenaiResponses).await,
        Far::new("y", Protocol::Anthropic).await,
        Far::new("g", Protocol::Gemini).await,
        Far::new("n", Protocol::BedrockConverse).await,
    ];
    let house = house(&fars).await;
    let mut history = vec![json!({"role": "user", "content": "hello"})];
    for (turn, at) in [0, 0, 1, 3, 2, 3, 4, 1, 4, 3, 0].into_iter().enumerate() {
        let streams = turn % 2 == 0;
        let number = fars[at].prepare();
        let far = &fars[at];
        let reply = guarded(chat_turn(&history, far.name, streams).send(house.address)).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        let body = far.last_body();
        assert!(!body.contains("tg1."), "{body}");
        for before in 1..number {
            assert_eq!(
                body.matches(&far.blob(before)).count(),
                1,
                "turn {turn} at {}: turn {before}: {body}",
                far.name
            );
        }
        for other in fars.iter().filter(|other| other.name != far.name) {
            assert!(!body.contains(&format!("own-{}-", other.name)), "{body}");
        }
        let id = call_id(streams, &reply.body);
        history.push(json!({"role": "assistant", "content": "Let me look.", "tool_calls":
            [{"id": id, "type": "function", "function": {"name": "bash", "arguments": "{\"command\":\"ls\"}"}}]}));
        history.push(json!({"role": "tool", "tool_call_id": id, "content": "a.txt"}));
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_a_provider_that_cannot_verify_is_asked_once_more_without_blobs() {
    for (protocol, thinking) in [
        (Protocol::Anthropic, json!({"type": "enabled", "budget_tokens": 2048})),
        (Protocol::OpenaiResponses, Value::Null),
    ] {
        let mut fars = vec![Far::new("x", protocol).await, Far::new("y", protocol).await];
        let mut client = Client::new(protocol, thinking);
        let before = house(&fars).await;
        for at in [0, 1] {
            fars[at].prepare();
            let reply = guarded(client.call(fars[at].name, true).send(before.address)).await;
            client.keep(true, &reply);
        }
        before.stop().await;
        let house = house(&fars).await;
        let mut results = Vec::new();
        for _ in 0..2 {
            let asked = fars[0].sim.log().len();
            fars[0].prepare();
            let reply = guarded(client.call("x", true).send(house.address)).await;
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
            assert!(!fars[0].last_body().contains("own-y-"));
            client.keep(true, &reply);
            let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
            results.push(record.attempts.iter().map(|attempt| attempt.result.to_string()).collect::<Vec<_>>());
            assert_eq!(fars[0].sim.log().len() - asked, record.attempts.len());
        }
        assert_eq!(results, [vec!["reasoning-refused", "ok"], vec!["ok"]], "{protocol:?}");
        assert!(fars[0].last_body().contains(&fars[0].blob(2)), "what was issued since is known");
        house.stop().await;
    }
}
