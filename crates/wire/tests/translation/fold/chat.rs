//! OpenAI Chat Completions.

use serde_json::Value;

use super::{Call, Said, count, text};

pub(super) fn stream(events: &[Value]) -> Said {
    let mut said = Said::default();
    let (mut id, mut role, mut counted) = (None, false, false);
    for event in events {
        assert!(!said.complete && !said.failed, "nothing follows the end: {event}");
        if event == "[DONE]" {
            assert!(!said.finish.is_empty(), "an end without a finish reason");
            said.complete = true;
            continue;
        }
        if event["error"].is_object() {
            assert!(event["error"]["message"].is_string(), "{event}");
            said.failed = true;
            continue;
        }
        assert_eq!(event["object"], "chat.completion.chunk", "{event}");
        assert_eq!(id.get_or_insert_with(|| event["id"].clone()), &event["id"], "one id for all chunks");
        let choices = event["choices"].as_array().expect("choices");
        if choices.is_empty() {
            assert!(!counted && !said.finish.is_empty(), "tokens stand once, behind the answer: {event}");
            counted = true;
            said.tokens = tokens(&event["usage"]);
            continue;
        }
        assert!(choices.len() == 1 && choices[0]["index"] == 0, "one choice: {event}");
        assert!(said.finish.is_empty(), "nothing is said behind the finish reason: {event}");
        assert!(role || choices[0]["delta"]["role"] == "assistant", "the role comes first: {event}");
        role = true;
        more(&choices[0], &mut said);
    }
    said
}

fn more(choice: &Value, said: &mut Said) {
    let delta = &choice["delta"];
    said.text.push_str(text(&delta["content"]));
    said.text.push_str(text(&delta["refusal"]));
    said.reasoning.push_str(text(&delta["reasoning_content"]));
    opaque(delta, said);
    for fragment in delta["tool_calls"].as_array().into_iter().flatten() {
        let index = usize::try_from(fragment["index"].as_u64().expect("an index")).unwrap();
        let part = if fragment["custom"].is_object() { ("custom", "input") } else { ("function", "arguments") };
        if index == said.calls.len() {
            let id = fragment["id"].as_str().expect("an id comes first").to_owned();
            let name = fragment[part.0]["name"].as_str().expect("a name comes first").to_owned();
            assert!(!id.is_empty() && !name.is_empty() && fragment["type"] == part.0, "{fragment}");
            said.calls.push(Call { id, name, arguments: String::new() });
        } else {
            assert!(index < said.calls.len(), "dense: {fragment}");
            let again = [&fragment["id"], &fragment["type"], &fragment[part.0]["name"]];
            assert!(again.iter().all(|value| value.is_null()), "said once: {fragment}");
            assert!(!text(&fragment[part.0][part.1]).is_empty(), "an empty fragment: {fragment}");
        }
        said.calls[index].arguments.push_str(text(&fragment[part.0][part.1]));
    }
    said.finish = text(&choice["finish_reason"]).to_owned();
}

fn opaque(message: &Value, said: &mut Said) {
    for detail in message["reasoning_details"].as_array().into_iter().flatten() {
        let data = [&detail["data"], &detail["signature"]].into_iter().find_map(Value::as_str);
        said.opaque.extend(data.map(str::to_owned));
    }
}

pub(super) fn whole(body: &Value) -> Said {
    assert_eq!(body["object"], "chat.completion", "{body}");
    let choices = body["choices"].as_array().expect("choices");
    assert!(choices.len() == 1 && choices[0]["index"] == 0, "{body}");
    let message = &choices[0]["message"];
    let mut said = Said { complete: true, finish: text(&choices[0]["finish_reason"]).to_owned(), ..Said::default() };
    said.text = format!("{}{}", text(&message["content"]), text(&message["refusal"]));
    said.reasoning = text(&message["reasoning_content"]).to_owned();
    said.tokens = tokens(&body["usage"]);
    opaque(message, &mut said);
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let part = if call["custom"].is_object() { ("custom", "input") } else { ("function", "arguments") };
        said.calls.push(Call {
            id: text(&call["id"]).to_owned(),
            name: text(&call[part.0]["name"]).to_owned(),
            arguments: text(&call[part.0][part.1]).to_owned(),
        });
    }
    said
}

fn tokens(usage: &Value) -> (u64, u64) {
    let (input, output) = (count(usage, "prompt_tokens"), count(usage, "completion_tokens"));
    assert_eq!(count(usage, "total_tokens"), input + output, "{usage}");
    (input, output)
}
