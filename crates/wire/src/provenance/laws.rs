//! For any conversation of any issuers: nothing foreign is left, everything of one's own is there byte for byte, and the
//! rest is what it was.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::conversation::OpaqueKind;

/// A blob: who issued it, and how it is held.
#[derive(Debug, Clone)]
struct Blob {
    issuer: u64,
    carried: bool,
    /// Whether the memory of issuers knows it.
    known: bool,
    data: String,
}

impl Blob {
    fn held(&self, kind: OpaqueKind) -> String {
        if self.carried { carrier::wrap(kind, self.issuer, None, &self.data) } else { self.data.clone() }
    }

    /// Whether a target of `scope` may see it.
    fn is_for(&self, scope: u64) -> bool {
        self.issuer == scope || !(self.carried || self.known)
    }
}

/// Something in a turn: a text or a blob.
#[derive(Debug, Clone)]
enum Said {
    Text(String),
    Call,
    Blob(Blob),
}

fn said() -> impl Strategy<Value = Said> {
    let text = prop_oneof!["[a-z\"\\\\{}\\[\\], ]{0,20}", Just("\"signature\":\"tg1.x\"".to_owned())];
    let blob = (1..4_u64, any::<bool>(), any::<bool>(), "[A-Za-z0-9+/]{8,40}");
    let blob = blob.prop_map(|(issuer, carried, known, data)| Blob {
        // What a text or another issuer says is never a blob by chance.
        data: format!("{issuer}{}{data}", u8::from(known)),
        issuer,
        carried,
        known,
    });
    prop_oneof![text.prop_map(Said::Text), Just(Said::Call), blob.prop_map(Said::Blob)]
}

fn body(protocol: Protocol, turns: &[Vec<Said>]) -> Value {
    match protocol {
        Protocol::Anthropic => {
            let block = |said: &Said| match said {
                Said::Text(text) => json!({"type": "text", "text": text}),
                Said::Call => json!({"type": "tool_use", "id": "t", "name": "f", "input": {"signature": "mine"}}),
                Said::Blob(blob) => {
                    json!({"type": "thinking", "thinking": "t", "signature": blob.held(OpaqueKind::AnthropicSignature)})
                }
            };
            let turn =
                |turn: &Vec<Said>| json!({"role": "assistant", "content": turn.iter().map(block).collect::<Vec<_>>()});
            json!({"model": "m", "thinking": {"type": "enabled", "budget_tokens": 2048}, "messages": turns.iter().map(turn).collect::<Vec<_>>()})
        }
        Protocol::OpenaiResponses => {
            let item = |said: &Said| match said {
                Said::Text(text) => json!({"type": "message", "role": "assistant", "content": text}),
                Said::Call => json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}),
                Said::Blob(blob) => {
                    json!({"type": "reasoning", "summary": [], "encrypted_content": blob.held(OpaqueKind::OpenaiEncrypted)})
                }
            };
            json!({"model": "m", "input": turns.iter().flatten().map(item).collect::<Vec<_>>()})
        }
        Protocol::OpenaiChat => {
            let message = |said: &Said| match said {
                Said::Text(text) => json!({"role": "assistant", "content": text}),
                Said::Call => json!({"role": "assistant", "tool_calls": []}),
                Said::Blob(blob) => json!({"role": "assistant", "content": "x",
                    "reasoning_details": [{"type": "reasoning.encrypted", "data": blob.data.clone()}]}),
            };
            json!({"model": "m", "messages": turns.iter().flatten().map(message).collect::<Vec<_>>()})
        }
    }
}

proptest! {
    #[test]
    fn opaque_data_never_crosses_scopes_and_ones_own_comes_back(
        turns in prop::collection::vec(prop::collection::vec(said(), 1..5), 0..6),
        scope in 1..4_u64,
        protocol in prop::sample::select(&Protocol::ALL[..]),
    ) {
        // Details that pass were never in a carrier.
        let mut turns = turns;
        if protocol == Protocol::OpenaiChat {
            for said in turns.iter_mut().flatten() {
                if let Said::Blob(blob) = said { blob.carried = false; }
            }
        }
        let blobs: Vec<&Blob> = turns.iter().flatten().filter_map(|said| match said {
            Said::Blob(blob) => Some(blob),
            _ => None,
        }).collect();
        let mut issuers = Issuers::default();
        for blob in blobs.iter().filter(|blob| blob.known && !blob.carried) {
            issuers.learn(std::time::Duration::ZERO, blob.issuer, &[digest::of(&blob.data)]);
        }
        let body = body(protocol, &turns).to_string();
        let foreign = issuers.foreign(scope, blobs::digests(protocol, body.as_bytes()));
        let target = Provenance { scope, foreign: Foreign::Known(&foreign) };
        let sent = String::from_utf8(change(protocol, &body, &target).unwrap().edits.apply(&body)).unwrap();
        let value: Value = serde_json::from_str(&sent).unwrap();
        prop_assert_eq!(&value["model"], "m");
        for blob in &blobs {
            let quoted = format!("\"{}\"", blob.data);
            prop_assert_eq!(sent.contains(&quoted), blob.is_for(scope), "{:?} in {}", blob, &sent);
            if blob.carried {
                prop_assert!(!sent.contains(&blob.held(OpaqueKind::AnthropicSignature)));
            }
        }
        // What is left needs no further change.
        prop_assert!(change(protocol, &sent, &target).unwrap().edits.is_empty());
        // Everything that is no blob is still there.
        let count = |text: &str, what: &str| text.matches(what).count();
        for what in ["\"tool_use\"", "\"function_call\"", "\"tool_calls\"", "\"type\":\"text\"", "\"type\":\"message\""] {
            prop_assert_eq!(count(&sent, what), count(&body, what));
        }
    }

    #[test]
    fn whatever_a_client_sends_nothing_panics(text in ".{0,200}", protocol in prop::sample::select(&Protocol::ALL[..])) {
        drop(change(protocol, &text, &Provenance { scope: 1, foreign: Foreign::All }));
        drop(blobs::digests(protocol, text.as_bytes()));
    }
}
