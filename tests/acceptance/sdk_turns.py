"""Asks a gateway with the official SDKs; prints one `ok NAME` per turn. Arguments: base URL, local key."""

import sys

import anthropic
import openai

BASE, KEY = sys.argv[1], sys.argv[2]
ASK = [{"role": "user", "content": "Say something."}]

claude = anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0, _strict_response_validation=True)
gpt = openai.OpenAI(base_url=f"{BASE}/v1", api_key=KEY, max_retries=0, _strict_response_validation=True)


def turn(name):
    """Runs a function now and prints that it went well."""

    def run(ask):
        assert ask(), name
        print("ok", name, flush=True)

    return run


@turn("anthropic")
def _():
    answer = claude.messages.create(model="claude-sonnet-5-5", max_tokens=100, messages=ASK)
    return answer.content[0].text and answer.usage.output_tokens > 0


@turn("anthropic-stream")
def _():
    with claude.messages.stream(model="claude-sonnet-5-5", max_tokens=100, messages=ASK) as stream:
        text = "".join(stream.text_stream)
        return text and stream.get_final_message().stop_reason == "end_turn"


@turn("anthropic-count-tokens")
def _():
    return claude.messages.count_tokens(model="claude-sonnet-5-5", messages=ASK).input_tokens > 0


@turn("anthropic-models")
def _():
    return "listed" in [model.id for model in claude.models.list().data]


@turn("openai-chat")
def _():
    answer = gpt.chat.completions.create(model="gpt-5.5", messages=ASK)
    return answer.choices[0].message.content and answer.usage.total_tokens > 0


@turn("openai-chat-stream")
def _():
    options = {"include_usage": True}
    chunks = list(gpt.chat.completions.create(model="gpt-5.5", messages=ASK, stream=True, stream_options=options))
    return chunks[-1].usage and any(chunk.choices and chunk.choices[0].delta.content for chunk in chunks)


@turn("openai-responses")
def _():
    return gpt.responses.create(model="gpt-5.5", input="Say something.").output_text


@turn("openai-responses-stream")
def _():
    events = list(gpt.responses.create(model="gpt-5.5", input="Say something.", stream=True))
    return events[-1].type == "response.completed" and events[-1].response.usage.total_tokens > 0


def over_socket(connection, **request):
    """One request over a WebSocket; its last event."""
    connection.response.create(model="gpt-5.5", store=False, **request)
    for event in connection:
        if event.type in ("response.completed", "response.incomplete", "response.failed", "error"):
            return event


@turn("openai-responses-websocket")
def _():
    with gpt.responses.connect() as connection:
        ready = over_socket(connection, input="Listen.", generate=False)
        first = over_socket(connection, input="Say something.", previous_response_id=ready.response.id)
        second = over_socket(connection, input="Say more.", previous_response_id=first.response.id, stream_id="fork")
        unknown = over_socket(connection, input="Go on.", previous_response_id="resp_unknown")
        assert unknown.error.code == "previous_response_not_found", unknown
        return second.stream_id == "fork" and all(
            last.type == "response.completed" and last.response.usage.total_tokens > 0 for last in (first, second)
        )


@turn("openai-models")
def _():
    return "listed" in [model.id for model in gpt.models.list().data]
