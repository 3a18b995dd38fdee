"""Codex compacts a conversation that has become too long: by a Responses provider's own compaction, and by any other.

Codex adds an item that triggers it to the conversation, and wants exactly one item of compaction back; that takes the
place of what was said.
"""

import json

import pytest

from test_clients import configure
from test_websocket import operations, requests

MARKER = "SIM-DONE-7"
SUMMARY = "The user wants a list of the files; ls has been run."
LIMIT = ["-c", "model_auto_compact_token_limit=100000"]
FULL = {"input": 150_000, "output": 24}
CALL = {"tool": {"name": "exec_command", "arguments": {"cmd": "ls"}}}
DONE = {"good": {"pieces": [{"text": f"Done. {MARKER}"}]}}


def events(*each: dict) -> str:
    """Events of a Responses stream."""
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in each)


def compacted() -> dict:
    """What OpenAI answers: one item that only it can read."""
    item = {"id": "cmp_1", "type": "compaction", "encrypted_content": "own-compaction"}
    usage = {"input_tokens": 150_024, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 9}
    usage |= {"output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 150_033}
    response = {"id": "resp_1", "object": "response", "created_at": 1, "status": "in_progress", "model": "gpt-5.5", "output": []}
    body = events(
        {"type": "response.created", "sequence_number": 0, "response": response},
        {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item},
        {"type": "response.output_item.done", "sequence_number": 2, "output_index": 0, "item": item},
        {
            "type": "response.completed",
            "sequence_number": 3,
            "response": response | {"status": "completed", "output": [item], "usage": usage},
        },
    )
    return {"raw": {"content_type": "text/event-stream", "body": body}}


def play(home, simulator, protocol: str, server: str, compaction: dict) -> list[dict]:
    """A call whose answer fills the context, the compaction, the last answer; the three requests."""
    configure(home, simulator, protocol)
    file = home.path / ".config" / "tokgate" / "config.toml"
    file.write_text(file.read_text().replace("[server]", f"[server]\n{server}"))
    full = {"good": {"pieces": [CALL], "usage": FULL}}
    simulator.script(steps=[full, compaction, DONE], then="500")
    flags = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json", *LIMIT]
    done = home.tokgate("run", "codex", "--model", "gpt-5.5", "--", "exec", *flags, "List the files here")
    assert done.returncode == 0 and MARKER in done.stdout, f"{done.stdout}\n{done.stderr}"
    answered = [outcome for operation, outcome in operations(home) if operation.startswith("responses")]
    assert answered.count("completed") == 3, operations(home)
    asked = requests(simulator)
    assert len(asked) == 3, [(seen["path"], seen["body_bytes"]) for seen in asked]
    return asked


@pytest.mark.parametrize("server", ["", "websocket = false"], ids=["websocket", "http"])
def test_a_responses_provider_compacts_by_itself(home, simulator, server):
    """Trigger and item pass."""
    _, trigger, after = play(home, simulator, "openai-responses", server, compacted())
    assert json.loads(trigger["body"])["input"][-1]["type"] == "compaction_trigger"
    items = [item for item in json.loads(after["body"])["input"] if item["type"] == "compaction"]
    assert [item["encrypted_content"] for item in items] == ["own-compaction"]


@pytest.mark.parametrize("server", ["", "websocket = false"], ids=["websocket", "http"])
@pytest.mark.parametrize("protocol", ["anthropic", "openai-chat"])
def test_any_other_provider_is_asked_for_a_summary(home, simulator, protocol, server):
    """The summary takes the place of the conversation; nothing of ours, and no trigger, reaches the provider."""
    summary = {"good": {"pieces": [{"text": SUMMARY}]}}
    _, trigger, after = play(home, simulator, protocol, server, summary)
    assert "compaction_trigger" not in trigger["body"], trigger["body"]
    assert SUMMARY in after["body"]
    assert "encrypted_content" not in after["body"] and "tg1." not in after["body"]
    assert '"tool_result"' not in after["body"] and '"role":"tool"' not in after["body"], "the call is summed up"
