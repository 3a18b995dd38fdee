"""Codex over its WebSocket: a full turn costs as many upstream requests as over HTTP, whatever the provider speaks."""

import json

import pytest

from conftest import free_port
from test_clients import PROVIDERS, check_turn, codex, configure

MODEL = ["--model", "gpt-5.5"]


def requests(simulator) -> list[dict]:
    """What the provider was asked."""
    return [seen for seen in simulator.requests() if seen["method"] == "POST"]


def operations(home) -> list[tuple[str, str]]:
    """How each request came to the gateway, and how it ended; oldest first."""
    shown = home.tokgate("logs", "--json")
    assert shown.returncode == 0, shown.stderr
    records = [json.loads(line) for line in shown.stdout.splitlines()]
    return [(record["operation"], record["outcome"]) for record in records]


@pytest.mark.parametrize("protocol", PROVIDERS)
def test_a_full_turn_over_a_websocket(home, simulator, protocol):
    """Nothing is sent again, and nothing falls back to POST."""
    configure(home, simulator, protocol)
    check_turn(codex(home, *MODEL), simulator)
    assert operations(home) == [("responses-websocket", "completed")] * 2
    # The warm-up asks nobody; the question and the tool's result are one request each.
    assert len(requests(simulator)) == 2
    assert not json.loads(requests(simulator)[1]["body"]).get("previous_response_id")


def test_switched_off_the_same_turn_goes_over_post_at_once(home, simulator):
    """The count that the WebSocket is held against."""
    configure(home, simulator, "openai-responses")
    file = home.path / ".config" / "tokgate" / "config.toml"
    file.write_text(file.read_text().replace("[server]", "[server]\nwebsocket = false"))
    check_turn(codex(home, *MODEL), simulator)
    answered = [operation for operation in operations(home) if operation[1] == "completed"]
    assert answered == [("responses", "completed")] * 2
    assert len(requests(simulator)) == 2


def test_a_provider_that_rests_is_waited_for_over_the_websocket(home, simulator):
    """`retry-after` in the error frame is kept to, and the turn completes."""
    configure(home, simulator, "openai-responses")
    simulator.script(steps=["503-retry-after; retry_after=2"], then="acceptance-turn")
    check_turn(codex(home, *MODEL), simulator)
    first, second = requests(simulator)[:2]
    assert second["at_ms"] - first["at_ms"] >= 1_900
    assert {operation for operation, _ in operations(home)} == {"responses-websocket"}


def test_a_permanent_error_is_shown_once(home, simulator):
    """Codex neither repeats it nor leaves the WebSocket for it."""
    configure(home, simulator, "openai-responses")
    simulator.script(then="402")
    done = codex(home, *MODEL)
    assert done.returncode == 1
    assert "out of credit" in done.stdout, done.stdout
    assert operations(home) == [("responses-websocket", "failed")]


def test_a_conversation_that_the_gateway_forgot_is_sent_in_full(home, simulator):
    """Codex connects anew after an answer that broke off, and goes on."""
    home.config(
        f"""
[server]
listen = "127.0.0.1:{free_port()}"

[provider.sim]
type = "openai-responses"
url = "{simulator.url}/v1"
keys = ["upstream-canary-key-0123456789"]
"""
    )
    simulator.script(steps=["acceptance-turn", "sse-cut-reset"], then="acceptance-turn")
    check_turn(codex(home, *MODEL), simulator)
    outcomes = [outcome for _, outcome in operations(home)]
    assert outcomes == ["completed", "truncated", "completed"]


@pytest.mark.parametrize("server", ["", "websocket = false"], ids=["websocket", "http"])
def test_a_turns_state_goes_back_to_the_provider_that_gave_it(home, simulator, server):
    """The provider says it in a header, and is told in a header; over the WebSocket as over HTTP."""
    configure(home, simulator, "openai-responses")
    file = home.path / ".config" / "tokgate" / "config.toml"
    file.write_text(file.read_text().replace("[server]", f"[server]\n{server}"))
    call = {"tool": {"name": "exec_command", "arguments": {"cmd": "ls"}}}
    headers = [["x-codex-turn-state", "state-of-the-turn"], ["openai-model", "gpt-5.5"]]
    first = {"good": {"pieces": [call], "headers": headers}}
    simulator.script(steps=[first, {"good": {"pieces": [{"text": "Done. SIM-DONE-7"}]}}], then="500")
    check_turn(codex(home, *MODEL), simulator)
    states = [dict(seen["headers"]).get("x-codex-turn-state") for seen in requests(simulator)]
    assert states == [None, "state-of-the-turn"]
