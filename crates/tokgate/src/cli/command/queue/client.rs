//! Requests that wait in line while their clients hold the line: what is retried inside the request.

use serde_json::{Value, json};
use tokgate_policy::job::State;

use super::Columns;
use crate::cli::output::clean;
use crate::i18n::Lang;
use crate::i18n::queue::{self as text, state};
use crate::process::admin::capacity::WaitingClient;

/// The word of JSON and plain output, where the others say `kept` or `gone`.
const CLIENT: &str = "waiting";

/// The state's id, as that of a job that waits.
fn state_id() -> &'static str {
    State::Waiting(None).id()
}

pub(super) fn json(it: &WaitingClient) -> Value {
    json!({
        "id": it.id,
        "kind": "request",
        "state": state_id(),
        "client": CLIENT,
        "repeatable": false,
        "model": it.model,
        "tries": it.tries,
        "at_ms": it.at_ms,
    })
}

pub(super) fn plain(it: &WaitingClient) -> String {
    let model = clean(it.model.as_deref().unwrap_or_default());
    format!("{}\t{}\t{CLIENT}\t{model}\t{}\t\t\t{}\n", it.id, state_id(), it.tries, it.at_ms)
}

pub(super) fn columns(it: &WaitingClient, lang: Lang) -> Columns {
    Columns {
        number: it.id.clone(),
        state: state(state_id()).say(lang),
        model: clean(it.model.as_deref().unwrap_or("-")),
        tries: it.tries,
        reason: "-".to_owned(),
        client: &text::CLIENT_WAITS,
        at_ms: it.at_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_client_has_the_columns_of_the_other_lines() {
        let model = Some("kimi-k3".to_owned());
        let it = WaitingClient { id: "T4G7".to_owned(), model, tries: 1, at_ms: 7 };
        assert_eq!(plain(&it), "T4G7\twaiting\twaiting\tkimi-k3\t1\t\t\t7\n");
        assert_eq!(json(&it)["client"], "waiting");
        assert_eq!(columns(&it, Lang::Zh).client.zh, "客户端在等待");
    }
}
