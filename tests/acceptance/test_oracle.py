"""The official SDKs' own types as judges of what translation writes.

Every golden fixture of `crates/wire` is read: requests as providers get them against the types of request parameters,
answers as clients get them against the types of answers and of stream events. Strictly: nothing is converted, what the
SDK would check lazily is walked to the end, and a field the SDK does not know is a finding.
"""

import json
import pathlib
import tomllib

import anthropic.types
import openai.types.chat
import openai.types.responses
import pytest
from anthropic.types import message_create_params
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params
from pydantic import BaseModel, TypeAdapter

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "crates" / "wire" / "tests" / "translation" / "golden"

# Fields that are right although the SDK of today does not type them, each with its reason.
KNOWN_REQUEST_FIELDS = {
    # Left out of the types with version 2026-10-21 of the API; we ask by version 2023-06-01.
    ("anthropic", "temperature"),
    ("anthropic", "top_p"),
    ("anthropic", "top_k"),
}
KNOWN_ANSWER_FIELDS = {
    # What makers of open models and OpenRouter added to Chat; clients that know it show it, others pass over it.
    ("openai-chat", "reasoning_content"),
    ("openai-chat", "reasoning_details"),
    # Search models of OpenAI stream their sources so; typed in the whole message alone.
    ("openai-chat", "annotations"),
    # OpenAI's servers repeat it of the request; typed in the request alone.
    ("openai-responses", "store"),
}
# A sign of life that OpenAI's own servers send to Codex; no SDK has a type for it, and all pass over it.
UNTYPED_EVENTS = {"keepalive"}

REQUESTS = {
    "anthropic": TypeAdapter(message_create_params.MessageCreateParams),
    "openai-chat": TypeAdapter(completion_create_params.CompletionCreateParams),
    "openai-responses": TypeAdapter(response_create_params.ResponseCreateParams),
}
WHOLE = {
    "anthropic": TypeAdapter(anthropic.types.Message),
    "openai-chat": TypeAdapter(openai.types.chat.ChatCompletion),
    "openai-responses": TypeAdapter(openai.types.responses.Response),
}
EVENT = {
    "anthropic": TypeAdapter(anthropic.types.RawMessageStreamEvent),
    "openai-chat": TypeAdapter(openai.types.chat.ChatCompletionChunk),
    "openai-responses": TypeAdapter(openai.types.responses.ResponseStreamEvent),
}


def cases(kind: str) -> list:
    """Every fixture with every protocol in it."""
    found = []
    for file in sorted((GOLDEN / kind).glob("*.toml")):
        fixture = tomllib.loads(file.read_text())
        for protocol in REQUESTS:
            table = fixture.get(protocol)
            if table and ("body" in table or "stream" in table):
                found.append(pytest.param(protocol, table, id=f"{file.stem}-{protocol}"))
    assert len(found) >= 12, "the fixtures are where they were"
    return found


def walked(value):
    """The value with everything checked that the SDK checks only when it is looked at."""
    if isinstance(value, dict):
        return {key: walked(member) for key, member in value.items()}
    if isinstance(value, str | bytes | int | float | None):
        return value
    return [walked(member) for member in value]


def lost_fields(given, kept, path: str = "") -> list[str]:
    """Paths of fields that the types do not know."""
    if isinstance(given, dict) and isinstance(kept, dict):
        missing = [f"{path}.{key}" for key in given if key not in kept]
        return missing + [p for key in given if key in kept for p in lost_fields(given[key], kept[key], f"{path}.{key}")]
    if isinstance(given, list) and isinstance(kept, list):
        return [p for index, (one, two) in enumerate(zip(given, kept)) for p in lost_fields(one, two, f"{path}[{index}]")]
    return []


def extra_fields(value, path: str = "") -> list[str]:
    """Paths of fields that a model keeps without knowing them."""
    if isinstance(value, BaseModel):
        found = [f"{path}.{key}" for key in value.model_extra or {}]
        return found + [p for name in type(value).model_fields for p in extra_fields(getattr(value, name), f"{path}.{name}")]
    if isinstance(value, list):
        return [p for index, member in enumerate(value) for p in extra_fields(member, f"{path}[{index}]")]
    return []


def complete(body: dict) -> dict:
    """A request with the two fields that the SDK demands of the model's own messages and OpenAI's API does not: ids of
    messages nobody stored are not ours to invent. OpenCode leaves them out, too.
    """
    for item in body.get("input", []):
        if item.get("type") == "message" and item.get("role") == "assistant":
            item.setdefault("id", "msg_1")
            item.setdefault("status", "completed")
    return body


def unexpected(protocol: str, paths: list[str], known: set) -> list[str]:
    """Those that are not on the list."""
    return [path for path in paths if (protocol, path.rsplit(".", 1)[-1]) not in known]


def events(stream: str) -> list:
    """The data of every event of a stream."""
    data = [line.removeprefix("data: ") for line in stream.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in data if line != "[DONE]"]


@pytest.mark.parametrize(("protocol", "table"), cases("requests"))
def test_a_request_is_what_the_sdk_of_its_protocol_would_send(protocol, table):
    """All fields are typed, all values fit."""
    body = complete(json.loads(table["body"]))
    checked = walked(REQUESTS[protocol].validate_python(body))
    assert not unexpected(protocol, lost_fields(body, checked), KNOWN_REQUEST_FIELDS)


@pytest.mark.parametrize(("protocol", "table"), cases("answers"))
def test_an_answer_is_what_the_sdk_of_its_protocol_reads(protocol, table):
    """Not streamed: strictly of its type."""
    whole = WHOLE[protocol].validate_json(table["whole"], strict=True)
    assert not unexpected(protocol, extra_fields(whole), KNOWN_ANSWER_FIELDS)


@pytest.mark.parametrize(("protocol", "table"), cases("answers"))
def test_every_event_of_a_stream_is_one_the_sdk_reads(protocol, table):
    """Streamed: every event strictly of its type."""
    checked = 0
    for event in events(table["stream"]):
        if event.get("type") in UNTYPED_EVENTS:
            continue
        if protocol == "anthropic" and event["type"] == "ping":
            # The SDK passes over it before it looks at types.
            continue
        read = EVENT[protocol].validate_json(json.dumps(event), strict=True)
        assert not unexpected(protocol, extra_fields(read), KNOWN_ANSWER_FIELDS), event
        checked += 1
    assert checked >= 3


def test_the_judges_are_strict():
    """What is wrong is found: a bad stop reason, a call without its index, a field nobody knows inside a lazy list."""
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    with pytest.raises(ValueError, match="stop_reason"):
        WHOLE["anthropic"].validate_python(message | {"stop_reason": "x", "stop_sequence": None})
    delta = {"tool_calls": [{"id": "x"}]}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    with pytest.raises(ValueError, match="index"):
        EVENT["openai-chat"].validate_python(chunk | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    body = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x", "odd": 1}]}
    assert lost_fields(body, walked(REQUESTS["anthropic"].validate_python(body))) == [".messages[0].odd"]
