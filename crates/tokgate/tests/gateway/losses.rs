//! What a translation could not carry is told: in the answer's header, in the record, and by `tokgate show`.

use serde_json::json;
use tokgate::store::format::Style;
use tokgate::store::show::Show;
use tokgate_simulator::Protocol;

use crate::call::Call;
use crate::house::{House, guarded, provider, section};

#[tokio::test(flavor = "multi_thread")]
async fn b4_a_document_that_a_provider_cannot_take_is_seen_to_be_missing_everywhere() {
    let far = provider().await;
    let keys = "keys = [\"sk-other-0123456789abcdef\"]\ndialect = { documents = false }";
    let house = House::open(&section("plain", Protocol::OpenaiChat, &far.url(), keys)).await;
    let body = json!({
        "model": "m-1", "max_tokens": 64, "stream": true,
        "messages": [{"role": "user", "content": [
            {"type": "document", "title": "Report", "source":
                {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQK"}},
            {"type": "text", "text": "What does it say?"},
        ]}],
    });
    let reply = guarded(Call::post(Protocol::Anthropic.path(), body.to_string()).send(house.address)).await;
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    let sent = String::from_utf8(far.log().pop().unwrap().body.to_vec()).unwrap();
    assert!(!sent.contains("JVBERi0xLjQK") && sent.contains("What does it say?"), "{sent}");
    let lost = reply.header("x-tokgate-lost").expect("the loss is told in a header");
    assert!(lost.contains("document"), "{lost}");
    let record = house.record(reply.header("x-tokgate-request-id").unwrap()).await;
    assert_eq!(record.losses.as_deref(), Some(lost));
    let style = Style::here();
    let shown = Show::of(&record, &style).text(&style);
    assert!(shown.contains("not carried") && shown.contains(lost), "{shown}");
    house.stop().await;
}
