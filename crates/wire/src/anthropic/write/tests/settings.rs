//! Reasoning, chance, stop texts, and what cannot be said.

use super::*;

fn thinking(asked: &Request<'_>, dialect: &Dialect) -> (Value, Value, u64) {
    let body = try_write(asked, dialect).unwrap().body;
    (body["thinking"].clone(), body["output_config"].clone(), body["max_tokens"].as_u64().unwrap())
}

#[test]
fn trap_33_an_effort_beside_disabled_reasoning() {
    let mut asked = Request { turns: hello(), ..Request::default() };
    asked.thinking.effort = Some(Effort::None);
    let off = json!({"type": "disabled"});
    assert_eq!(thinking(&asked, &quiet()), (off.clone(), Value::Null, 32_000));
    (asked.thinking.mode, asked.thinking.effort) = (ThinkingMode::Off, Some(Effort::High));
    assert_eq!(thinking(&asked, &quiet()), (off, Value::Null, 32_000));
}

#[test]
fn efforts_become_adaptive_reasoning_or_a_budget() {
    let mut asked = Request { turns: hello(), ..Request::default() };
    assert_eq!(thinking(&asked, &quiet()), (Value::Null, Value::Null, 32_000));
    let summarized = json!({"type": "adaptive", "display": "summarized"});
    for (effort, word) in [(Effort::Minimal, "low"), (Effort::Medium, "medium"), (Effort::Max, "max")] {
        asked.thinking.effort = Some(effort);
        assert_eq!(thinking(&asked, &quiet()).0, summarized);
        assert_eq!(thinking(&asked, &quiet()).1, json!({"effort": word}));
    }
    const LOW: crate::translate::dialect::Efforts =
        crate::translate::dialect::Efforts::of(&[Effort::Low, Effort::Medium]);
    let dialect = Dialect { efforts: LOW, ..quiet() };
    assert_eq!(thinking(&asked, &dialect).1, json!({"effort": "medium"}));
    let budget = Dialect { thinking_switch: ThinkingSwitch::Budget, ..quiet() };
    asked.thinking.effort = Some(Effort::High);
    let enabled = |tokens: u64| json!({"type": "enabled", "budget_tokens": tokens});
    assert_eq!(thinking(&asked, &budget), (enabled(16_384), Value::Null, 32_000));
    // The budget counts as part of the longest answer, which grows with it.
    asked.max_output = Some(4_000);
    assert_eq!(thinking(&asked, &budget), (enabled(16_384), Value::Null, 20_384));
    asked.thinking.effort = Some(Effort::Max);
    let (said, _, most) = thinking(&asked, &budget);
    assert!(most == 32_000 && said["budget_tokens"].as_u64().unwrap() < most);
    let none = Dialect { thinking_switch: ThinkingSwitch::None, ..quiet() };
    let written = try_write(&asked, &none).unwrap();
    assert_eq!(written.losses, [("reasoning_effort".to_owned(), Fate::Dropped)]);
}

#[test]
fn a_tool_is_not_forced_while_the_model_reasons_with_a_budget() {
    let mut asked = Request { turns: hello(), tools: vec![function("f")], ..Request::default() };
    asked.tool_choice = ToolChoice::Required;
    asked.thinking.mode = ThinkingMode::Budget(2_048);
    let written = write(&asked);
    assert_eq!(written.body["tool_choice"], json!({"type": "auto"}));
    assert_eq!(written.losses, [("tool_choice".to_owned(), Fate::Approximated)]);
}

#[test]
fn manual_reasoning_is_off_when_the_last_turn_lost_its_own() {
    let mut asked = Request { tools: vec![function("f")], ..Request::default() };
    asked.thinking.mode = ThinkingMode::Budget(2_048);
    let lost = Part::Reasoning(Reasoning { text: vec!["hm".into()], ..Reasoning::default() });
    asked.turns = vec![
        Turn::text(Role::User, "go"),
        turn(Role::Assistant, vec![lost, call("a", "f", Arguments::Json("{}"))]),
        turn(Role::User, vec![result("a", vec![])]),
    ];
    assert_eq!(thinking(&asked, &quiet()).0, json!({"type": "disabled"}));
    asked.thinking.mode = ThinkingMode::Adaptive;
    assert_eq!(thinking(&asked, &quiet()).0, json!({"type": "adaptive"}));
}

#[test]
fn what_is_impossible_is_refused() {
    let refused = |asked: Request<'_>| try_write(&asked, &quiet()).err().unwrap().field.into_owned();
    let sampling = Sampling { top_logprobs: Some(0), ..Sampling::default() };
    assert_eq!(refused(Request { turns: hello(), sampling, ..Request::default() }), "logprobs");
    let extra = |name, value| Request { turns: hello(), extra: vec![Extra { name, value }], ..Request::default() };
    assert_eq!(refused(extra("n", "2")), "n");
    assert_eq!(refused(extra("previous_response_id", "\"resp_1\"")), "previous_response_id");
    assert!(try_write(&extra("n", "1"), &quiet()).unwrap().losses.is_empty());
    let sound = Media::new(Source::Base64 { media_type: "wav".into(), data: "UklG".into() });
    let turns = vec![turn(Role::User, vec![Part::Audio(sound)])];
    assert_eq!(refused(Request { turns, ..Request::default() }), "messages[].content[].input_audio");
}

#[test]
fn what_is_left_out_is_noted_under_the_clients_name() {
    let mut asked = Request { turns: hello(), verbosity: Some(Verbosity::Low), ..Request::default() };
    asked.sampling = Sampling { seed: Some("1"), top_k: Some("5"), temperature: Some("1.7"), ..Sampling::default() };
    asked.extra = vec![Extra { name: "logit_bias", value: "{\"1\":2}" }, Extra { name: "store", value: "false" }];
    asked.format = Format::Json;
    let dialect = Dialect { top_k: false, ..quiet() };
    let written = try_write(&asked, &dialect).unwrap();
    let expected = [
        ("logit_bias", Fate::Dropped),
        ("seed", Fate::Dropped),
        ("verbosity", Fate::Dropped),
        ("response_format", Fate::Reworded),
        ("temperature", Fate::Approximated),
        ("top_k", Fate::Dropped),
    ];
    assert_eq!(written.losses, expected.map(|(field, fate)| (field.to_owned(), fate)));
    assert_eq!(written.body["temperature"], json!(1));
    assert!(written.body["system"][0]["text"].as_str().unwrap().contains("JSON"));
    let mut out = Outgoing::new(&dialect, 9, "m");
    out.client = Some(Protocol::OpenaiResponses);
    request(&asked, &mut out).unwrap();
    assert!(out.losses.all().iter().any(|loss| loss.field == "text.verbosity"));
}

#[test]
fn chance_is_not_steered_while_the_model_reasons() {
    let mut asked = Request { turns: hello(), ..Request::default() };
    asked.thinking.effort = Some(Effort::Low);
    asked.sampling =
        Sampling { temperature: Some("0.20"), top_p: Some("0.5"), top_k: Some("5"), ..Sampling::default() };
    let written = write(&asked);
    assert_eq!(written.losses.len(), 3);
    assert!(["temperature", "top_p", "top_k"].iter().all(|name| written.body.get(name).is_none()));
    asked.thinking.effort = None;
    assert!(write(&asked).text.contains(r#""temperature":0.20,"top_p":0.5,"top_k":5"#));
}

#[test]
fn stop_texts_beyond_what_is_taken_are_watched_for() {
    let mut asked = Request { turns: hello(), ..Request::default() };
    asked.stop = vec!["a".into(), " ".into(), "b".into()];
    let written = try_write(&asked, &Dialect { stop_max: 1, ..quiet() }).unwrap();
    assert_eq!(written.body["stop_sequences"], json!(["a"]));
    assert_eq!(written.stop, ["b"]);
    assert_eq!(written.losses, [("stop".to_owned(), Fate::Dropped), ("stop".to_owned(), Fate::Emulated)]);
}
