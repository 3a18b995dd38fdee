//! Azure, Bedrock and Gemini on their own paths: who may ask, what the bodies must be, what the streams are.

use serde_json::{Value, json};
use tokgate_simulator::{AwsCredentials, Behaviour, Options, Running, Script, Simulator};

use super::client::{Client, End, Got};

const AZURE: &str = "/openai/deployments/mine/chat/completions?api-version=2024-10-21";
const GEMINI: &str = "/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse";
const INVOKE: &str = "/model/anthropic.claude-x-v1%3A0/invoke-with-response-stream";

async fn start() -> Running {
    Simulator::start(Options::default()).await.unwrap()
}

async fn post(running: &Running, path: &str, headers: &[(&str, &str)], body: &Value) -> Got {
    Client::connect(running.addr).await.ask(path, headers, body).await
}

fn json_of(got: &Got) -> Value {
    serde_json::from_slice(&got.body).unwrap()
}

fn anthropic() -> Value {
    json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]})
}

fn messages() -> Value {
    json!({"messages": [{"role": "user", "content": "x"}], "stream": true})
}

#[tokio::test]
async fn azure_wants_a_key_and_a_version() {
    let running = start().await;
    let key = [("api-key", "k")];
    let good = post(&running, AZURE, &key, &messages()).await;
    assert!(good.status() == 200 && good.text().starts_with("data: {\"choices\":[]"), "{}", good.text());
    assert!(good.text().contains("\"model\":\"mine\"") && good.header("apim-request-id").is_some());
    let stranger = post(&running, AZURE, &[], &messages()).await;
    assert_eq!((stranger.status(), json_of(&stranger)["error"]["code"].clone()), (401, json!("401")));
    let undated = post(&running, "/openai/responses", &key, &json!({"model": "m", "input": "x"})).await;
    assert_eq!(undated.status(), 404);
    let newer = post(&running, "/openai/v1/responses", &[("authorization", "Bearer k")], &json!({"input": "x"})).await;
    assert_eq!((newer.status(), json_of(&newer)["object"].clone()), (200, json!("response")));
}

#[tokio::test]
async fn azure_refuses_in_its_own_words() {
    let running = start().await;
    let choose = async |choice: &str| {
        let got = post(&running, AZURE, &[("api-key", "k"), ("x-sim", choice)], &messages()).await;
        (got.status(), json_of(&got)["error"].clone())
    };
    let (status, error) = choose("400-content-filter").await;
    assert_eq!((status, &error["code"]), (400, &json!("content_filter")));
    assert_eq!(error["innererror"]["code"], "ResponsibleAIPolicyViolation");
    let (status, error) = choose("404-model").await;
    assert_eq!((status, &error["code"]), (404, &json!("DeploymentNotFound")));
}

#[tokio::test]
async fn bedrock_answers_in_frames() {
    let running = start().await;
    let headers = [("authorization", "Bearer any")];
    let got = post(&running, INVOKE, &headers, &anthropic()).await;
    assert_eq!((got.status(), got.end), (200, End::Complete));
    assert_eq!(got.header("content-type"), Some("application/vnd.amazon.eventstream"));
    assert_eq!(got.header("x-amzn-bedrock-content-type"), Some("application/json"));
    assert!(got.header("x-amzn-requestid").is_some());
    let first = u32::from_be_bytes(*got.body.first_chunk::<4>().unwrap()) as usize;
    assert!(first < got.body.len() && got.body[..first].windows(5).any(|part| part == b"chunk"));
    let whole = post(&running, "/model/m/converse", &headers, &json!({"messages": []})).await;
    assert_eq!(json_of(&whole)["stopReason"], "end_turn");
    let count = post(&running, "/model/m/count-tokens", &headers, &json!({"input": {}})).await;
    assert!(json_of(&count)["inputTokens"].is_u64());
}

#[tokio::test]
async fn bedrock_knows_its_callers() {
    let account = AwsCredentials {
        access_key: "AKIA".to_owned(),
        secret_key: "s".to_owned(),
        bearer: Some("right".to_owned()),
        ..AwsCredentials::default()
    };
    let running = Simulator::start(Options { aws: Some(account), ..Options::default() }).await.unwrap();
    let ask = async |headers: &[(&str, &str)]| {
        let got = post(&running, INVOKE, headers, &anthropic()).await;
        (got.status(), got.header("x-amzn-errortype").unwrap_or_default().to_owned())
    };
    assert_eq!(ask(&[("authorization", "Bearer right")]).await, (200, String::new()));
    assert_eq!(ask(&[("authorization", "Bearer wrong")]).await, (403, "AccessDeniedException".to_owned()));
    assert_eq!(ask(&[]).await, (403, "MissingAuthenticationTokenException".to_owned()));
    let stranger = "AWS4-HMAC-SHA256 Credential=OTHER/20261121/r/bedrock/aws4_request, SignedHeaders=host, Signature=0";
    assert_eq!(ask(&[("authorization", stranger)]).await, (403, "UnrecognizedClientException".to_owned()));
    let unsigned = stranger.replace("OTHER", "AKIA");
    let headers = [("authorization", unsigned.as_str()), ("x-amz-date", "20261121T000000Z")];
    assert_eq!(ask(&headers).await, (403, "InvalidSignatureException".to_owned()));
}

#[tokio::test]
async fn a_refusal_uses_up_no_step_and_is_in_the_log() {
    let running = start().await;
    running.script(Script::of([Behaviour::parse("529").unwrap()]));
    let mut bad = anthropic();
    bad["model"] = json!("m");
    let headers = [("authorization", "Bearer any")];
    assert_eq!(post(&running, INVOKE, &headers, &bad).await.status(), 400);
    let next = post(&running, INVOKE, &headers, &anthropic()).await;
    assert_eq!(next.status(), 503);
    assert!(next.header("x-amzn-errortype").is_some_and(|name| name.starts_with("ServiceUnavailableException:http")));
    let behaviours: Vec<_> = running.log().iter().map(|seen| seen.behaviour).collect();
    assert_eq!(behaviours, ["refused", "529"]);
}

#[tokio::test]
async fn gemini_streams_and_wants_signatures_back() {
    let running = start().await;
    running.script(Script::always(Behaviour::parse("acceptance-turn").unwrap()));
    let key = [("x-goog-api-key", "k")];
    let user = json!({"role": "user", "parts": [{"text": "list"}]});
    let tools = json!([{"functionDeclarations": [{"name": "bash",
        "parametersJsonSchema": {"type": "object", "properties": {"command": {"type": "string"}}}}]}]);
    let first = post(&running, GEMINI, &key, &json!({"contents": [user], "tools": tools})).await;
    let text = first.text();
    let events = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let parts: Vec<Value> = events
        .map(|data| serde_json::from_str::<Value>(data).unwrap()["candidates"][0]["content"]["parts"][0].clone())
        .collect();
    let call = parts.iter().find(|part| part.get("functionCall").is_some()).unwrap();
    let result =
        json!({"role": "user", "parts": [{"functionResponse": {"name": "bash", "response": {"output": "a"}}}]});
    let replay = |call: &Value| json!({"contents": [user, {"role": "model", "parts": [call]}, result], "tools": tools});
    let second = post(&running, GEMINI, &key, &replay(call)).await;
    assert!(second.text().contains("SIM-DONE-7"), "{}", second.text());
    let mut unsigned = call.clone();
    unsigned.as_object_mut().unwrap().remove("thoughtSignature");
    let refused = post(&running, GEMINI, &key, &replay(&unsigned)).await;
    assert_eq!((refused.status(), json_of(&refused)["error"]["status"].clone()), (400, json!("INVALID_ARGUMENT")));
    assert_eq!(post(&running, GEMINI, &[], &json!({"contents": [user]})).await.status(), 403);
}

#[tokio::test]
async fn an_acceptance_turn_ends_in_converse_too() {
    let running = start().await;
    running.script(Script::always(Behaviour::parse("acceptance-turn; thinking=true").unwrap()));
    let headers = [("authorization", "Bearer any")];
    let user = json!({"role": "user", "content": [{"text": "list"}]});
    let tools = json!({"tools": [{"toolSpec": {"name": "bash", "inputSchema": {"json": {"type": "object"}}}}]});
    let body = json!({"messages": [user], "toolConfig": tools});
    let first = json_of(&post(&running, "/model/m/converse", &headers, &body).await);
    assert_eq!(first["stopReason"], "tool_use");
    let said = first["output"]["message"].clone();
    assert!(said["content"][0]["reasoningContent"]["reasoningText"]["signature"].is_string());
    let id = said["content"][2]["toolUse"]["toolUseId"].clone();
    let result = json!({"role": "user", "content": [{"toolResult": {"toolUseId": id, "content": [{"text": "a"}]}}]});
    let body = json!({"messages": [user, said, result], "toolConfig": tools});
    let second = json_of(&post(&running, "/model/m/converse", &headers, &body).await);
    assert!(second["output"]["message"]["content"][1]["text"].as_str().unwrap().contains("SIM-DONE-7"), "{second}");
}
