//! What only some models of a provider do: reasoning in their text, efforts they do not know.

use serde_json::{Value, json};
use tokgate_simulator::{Answer, Protocol, Script};

use crate::call::Call;
use crate::house::{House, guarded, provider, section};

#[tokio::test(flavor = "multi_thread")]
async fn reasoning_between_tags_reaches_each_client_as_reasoning_for_the_models_that_are_known_for_it() {
    let far = provider().await;
    far.script(Script::always(Answer::text("<think>because</think>So it is.")));
    let more = "keys = [\"sk-some-0123456789abcdef\"]\n[provider.tags.model.\"m-tags*\".dialect]\nthink_tags = true\n\
                thinking_switch = \"none\"";
    let house = House::open(&section("tags", Protocol::OpenaiChat, &far.url(), more)).await;
    let ask = async |protocol: Protocol, body: Value| {
        let reply = guarded(Call::post(protocol.path(), body.to_string()).send(house.address)).await;
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        serde_json::from_slice::<Value>(&reply.body).unwrap()
    };
    let messages = |model: &str| {
        json!({"model": model, "max_tokens": 64, "thinking": {"type": "enabled", "budget_tokens": 2048},
            "messages": [{"role": "user", "content": "Why?"}]})
    };
    let answer = ask(Protocol::Anthropic, messages("m-tags-1")).await;
    let said = |at: usize, field: &str| answer["content"][at][field].as_str().unwrap_or_default().to_owned();
    assert_eq!((said(0, "thinking"), said(1, "text")), ("because".to_owned(), "So it is.".to_owned()), "{answer}");
    let sent: Value = serde_json::from_slice(&far.log().pop().unwrap().body).unwrap();
    assert_eq!(sent.get("reasoning_effort"), None, "{sent}");

    let body = json!({"model": "m-tags-1", "input": "Why?"});
    let answer = ask(Protocol::OpenaiResponses, body).await;
    assert_eq!(answer["output"][0]["type"], "reasoning", "{answer}");
    assert_eq!(answer["output"][1]["content"][0]["text"], "So it is.", "{answer}");

    let answer = ask(Protocol::Anthropic, messages("m-other")).await;
    assert_eq!(answer["content"][0]["text"], "<think>because</think>So it is.", "{answer}");
    let sent: Value = serde_json::from_slice(&far.log().pop().unwrap().body).unwrap();
    assert_eq!(sent["reasoning_effort"], "low", "{sent}");
    house.stop().await;
}
