#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::json;

use super::*;

fn plan(text: &str) -> FaultPlan {
    match Behaviour::parse(text).unwrap() {
        Behaviour::Fault(plan) => *plan,
        other => panic!("{text} gave {other:?}"),
    }
}

#[test]
fn every_fault_is_known_by_its_name_and_no_name_is_used_twice() {
    let mut names: Vec<_> = Fault::ALL.iter().map(|f| f.name()).collect();
    for fault in Fault::ALL {
        assert_eq!(plan(fault.name()).name, *fault);
        assert!(fault.doc().ends_with('.'), "{fault}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Fault::ALL.len());
}

#[test]
fn short_forms_carry_settings() {
    assert_eq!(plan("status=529").name, Fault::Overloaded);
    assert_eq!((plan("status=418").name, plan("status=418").status), (Fault::Status, 418));
    assert_eq!(plan("fault=sse-cut-reset; after_events=5").after_events, 5);
    assert_eq!(plan("429-retry-after; retry_after=3").retry_after, "3");
    assert_eq!(plan("429-retry-after; retry_after=soon").retry_after, "soon");
    assert!(matches!(Behaviour::parse("good").unwrap(), Behaviour::Good(_)));
    assert!(matches!(Behaviour::parse("random; seed=4; bytes=10").unwrap(), Behaviour::Random(r) if r.seed == 4));
    assert!(matches!(Behaviour::parse("{\"raw\": {\"body\": \"x\"}}").unwrap(), Behaviour::Raw(r) if r.body == "x"));
}

#[test]
fn mistakes_are_named() {
    for (text, part) in
        [("nonsense", "nonsense"), ("400; bogus=1", "bogus"), ("status=x", "\"x\""), ("400; after", "after")]
    {
        assert!(Behaviour::parse(text).unwrap_err().contains(part), "{text}");
    }
    assert!(serde_json::from_value::<Script>(json!({"step": []})).unwrap_err().to_string().contains("step"));
}

#[test]
fn a_script_is_read_from_json_and_back() {
    let script: Script = serde_json::from_value(json!({
        "rules": [{"when": {"header": ["x-api-key", "bad"]}, "do": "401"}],
        "steps": ["529", {"do": "503-retry-after; retry_after=1", "times": 2},
                  {"fault": {"name": "sse-cut-eof", "after_bytes": 300}},
                  {"good": {"pieces": [{"text": "hi"}, {"tool": {"name": "bash", "arguments": {}}}]}}],
        "then": "acceptance-turn"
    }))
    .unwrap();
    assert_eq!((script.steps.len(), script.steps[1].times), (4, 2));
    assert_eq!(script.then.name(), "acceptance-turn");
    let text = serde_json::to_string(&script).unwrap();
    assert_eq!(serde_json::from_str::<Script>(&text).unwrap(), script);
}
