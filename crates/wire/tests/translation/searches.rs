//! How each vendor is asked to search the web, by each client: what is asked, what is found in the provider's body, and
//! the table of it on the page of fidelity.

use serde_json::{Value, json};
use tokgate_wire::protocol::{Protocol, UpstreamProtocol};
use tokgate_wire::translate::Dialect;
use tokgate_wire::vendor;

use crate::pair::{A, C, R, SCOPE, try_ask_as};

/// The smallest request that wants a search and nothing else.
fn asked(of: Protocol) -> Value {
    match of {
        A => json!({"model": "m", "max_tokens": 5000, "messages": [{"role": "user", "content": "?"}],
            "tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
        C => json!({"model": "m", "messages": [{"role": "user", "content": "?"}], "web_search_options": {}}),
        R => json!({"model": "m", "input": "?", "tools": [{"type": "web_search"}]}),
    }
}

/// What asks for the search in a provider's body.
fn asks(body: &Value) -> Option<String> {
    let fields = ["web_search_options", "enable_search"];
    if let Some(field) = fields.into_iter().find(|field| body.get(field).is_some()) {
        return Some(field.to_owned());
    }
    let tool = body["tools"].as_array()?.first()?;
    let kind = tool["type"].as_str().map(str::to_owned);
    kind.or_else(|| tool.as_object()?.keys().next().cloned())
}

/// What becomes of a search: what asks for it, or how it ends.
fn becomes(of: Protocol, to: UpstreamProtocol, dialect: &Dialect) -> String {
    if to == of {
        return "as it is".to_owned();
    }
    match try_ask_as(of, to, &asked(of).to_string(), dialect, SCOPE) {
        Ok(sent) => match asks(&sent.body) {
            Some(asks) => format!("`{asks}`"),
            None => {
                assert!(!sent.lost().is_empty(), "{of:?} to {to:?}: the search vanishes without a word");
                "dropped".to_owned()
            }
        },
        Err(refused) => {
            assert!(!refused.field.is_empty() && !refused.is_malformed(), "{refused:?}");
            "refused".to_owned()
        }
    }
}

/// A vendor's line per protocol and kind of models, if any client's search is made there.
fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for vendor in vendor::all() {
        for (protocol, _) in vendor.bases {
            let usual = [(None, vendor.usual_dialect(*protocol))].into_iter();
            let some = vendor.by_model.iter().filter(|facts| facts.protocol == *protocol);
            for (models, dialect) in usual.chain(some.map(|facts| (Some(facts.models), facts.dialect))) {
                let cells = [A, C, R].map(|of| becomes(of, *protocol, &dialect));
                // A line that is not there means dropped and refused, or as the other models.
                let usual = [A, C, R].map(|of| becomes(of, *protocol, &vendor.usual_dialect(*protocol)));
                if cells.iter().all(|cell| !cell.starts_with('`')) || models.is_some() && cells == usual {
                    continue;
                }
                let only = models.map_or_else(String::new, |models| format!(", `{}`", models.join("`, `")));
                let line = format!("| {}{only} | `{}` | {} |\n", vendor.id, protocol.id(), cells.join(" | "));
                lines.push(line);
            }
        }
    }
    lines
}

/// The part of the page.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "\n## Searching the web · 网络搜索\n\n\
         With what a search of each client, alone in its request, is asked for at each vendor's models. A vendor that is \
         not here makes none: Anthropic's dated tool and `web_search_options` are refused there, the tool of Responses is \
         dropped, as its clients offer it with every request. Gemini searches only in requests without other tools. Sources \
         come back in the client's form: with their places in the text where the client's protocol has places and the \
         provider says them. Moonshot's `$web_search` is not made: it wants every search sent back by the client.\n\n\
         各客户端单独发出的搜索，在每家供应商的模型上以什么方式请求。表中没有的供应商不提供搜索：Anthropic 带日期的工具和 \
         `web_search_options` 会被拒绝；Responses 的搜索工具会被去掉，因为客户端每次请求都会带上它。Gemini 只在没有其他工具的\
         请求中搜索。来源以客户端的格式返回；只要客户端协议有位置、供应商也给出，就带上在文本中的位置。不支持 Moonshot 的 \
         `$web_search`：它要求客户端把每次搜索发回去。\n\n\
         | | | `anthropic` | `openai-chat` | `openai-responses` |\n|---|---|---|---|---|\n",
    );
    page.extend(lines());
    page
}

#[test]
fn every_vendor_that_searches_is_asked_in_its_own_words_and_the_others_never_in_silence() {
    let lines = lines();
    let has = |start: &str, end: &str| lines.iter().any(|line| line.starts_with(start) && line.contains(end));
    assert!(has("| openai | `openai-responses`", "| `web_search` | `web_search` | as it is |"), "{lines:#?}");
    assert!(
        has("| openai, `gpt-*-search-*` |", "`web_search_options` | as it is | `web_search_options`"),
        "{lines:#?}"
    );
    assert!(has("| qwen | `openai-chat` |", "`enable_search`"), "{lines:#?}");
    assert!(has("| zhipu | `openai-chat` |", "`web_search`"), "{lines:#?}");
    assert!(has("| openrouter | `openai-chat` |", "`openrouter:web_search`"), "{lines:#?}");
    assert!(has("| gemini | `gemini` |", "`googleSearch` | `googleSearch` | `googleSearch`"), "{lines:#?}");
    assert!(!has("| moonshot |", "") && !has("| bedrock | `bedrock-converse`", ""), "{lines:#?}");
}
