"""Plays the session of the matrix with an official SDK, streamed, in strict validation where asked. Arguments: kind, base, key, strict."""

import json
import sys

import anthropic
import openai

from session import MARKER, PICTURE, PROMPT

KIND, BASE, KEY = sys.argv[1:4]
STRICT = sys.argv[4] == "True"
PROPERTIES = {"command": {"type": "string"}, "description": {"type": "string"}}
SCHEMA = {"type": "object", "properties": PROPERTIES, "required": ["command"]}
# A session has three answers; one more would be a loop.
ANSWERS_MAX = 5


def claude() -> anthropic.Anthropic:
    """The client; with the header and the version that SDKs before 1.0 send."""
    if KIND == "anthropic":
        return anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0, _strict_response_validation=STRICT)
    old = {"anthropic-version": "2023-06-01", "x-api-key": KEY, "Authorization": anthropic.Omit()}
    return anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0, default_headers=old, _strict_response_validation=STRICT)


def messages():
    """Anthropic Messages."""
    client = claude()
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    turns = [{"role": "user", "content": [{"type": "text", "text": PROMPT}, {"type": "image", "source": source}]}]
    tools = [{"name": "bash", "description": "Runs a command.", "input_schema": SCHEMA}]
    for _ in range(ANSWERS_MAX):
        with client.messages.stream(
            model="claude-sonnet-5-5", max_tokens=9000, thinking={"type": "adaptive"}, messages=turns, tools=tools
        ) as stream:
            answer = stream.get_final_message()
        calls = [block for block in answer.content if block.type == "tool_use"]
        assert (answer.stop_reason == "tool_use") == bool(calls), answer
        yield "".join(block.text for block in answer.content if block.type == "text"), calls
        assert not calls or any(block.type.endswith("thinking") for block in answer.content) or len(turns) > 1, answer
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "a.txt"} for call in calls]
        turns += [{"role": "assistant", "content": [block.model_dump() for block in answer.content]}]
        turns += [{"role": "user", "content": results}]


def chat():
    """OpenAI Chat Completions."""
    client = openai.OpenAI(base_url=f"{BASE}/v1", api_key=KEY, max_retries=0, _strict_response_validation=STRICT)
    url = {"url": f"data:image/png;base64,{PICTURE}"}
    turns = [{"role": "user", "content": [{"type": "text", "text": PROMPT}, {"type": "image_url", "image_url": url}]}]
    tools = [{"type": "function", "function": {"name": "bash", "description": "Runs a command.", "parameters": SCHEMA}}]
    for _ in range(ANSWERS_MAX):
        text, calls, finish, usage = "", {}, None, None
        for chunk in client.chat.completions.create(
            model="gpt-5.5", messages=turns, tools=tools, stream=True, stream_options={"include_usage": True}
        ):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                finish = choice.finish_reason or finish
                # Azure's annotations come without one.
                if not choice.delta:
                    continue
                text += choice.delta.content or ""
                for part in choice.delta.tool_calls or []:
                    begun = {"name": part.function.name, "arguments": ""}
                    call = calls.setdefault(part.index, {"id": part.id, "type": "function", "function": begun})
                    call["function"]["arguments"] += part.function.arguments or ""
        assert usage and usage.total_tokens > 0
        assert (finish == "tool_calls") == bool(calls), finish
        calls = list(calls.values())
        yield text, calls
        turns.append({"role": "assistant", "content": text or None, **({"tool_calls": calls} if calls else {})})
        turns += [{"role": "tool", "tool_call_id": call["id"], "content": "a.txt"} for call in calls]


def responses():
    """OpenAI Responses."""
    client = openai.OpenAI(base_url=f"{BASE}/v1", api_key=KEY, max_retries=0, _strict_response_validation=STRICT)
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}", "detail": "auto"}
    items = [{"role": "user", "content": [{"type": "input_text", "text": PROMPT}, image]}]
    tools = [{"type": "function", "name": "bash", "description": "Runs a command.", "parameters": SCHEMA, "strict": False}]
    for _ in range(ANSWERS_MAX):
        answer = None
        for event in client.responses.create(
            model="gpt-5.5", input=items, tools=tools, stream=True, store=False, include=["reasoning.encrypted_content"]
        ):
            answer = event.response if event.type == "response.completed" else answer
        assert answer and answer.usage.total_tokens > 0
        calls = [item for item in answer.output if item.type == "function_call"]
        yield answer.output_text, calls
        items += [item.model_dump(exclude_none=True) for item in answer.output]
        items += [{"type": "function_call_output", "call_id": call.call_id, "output": "a.txt"} for call in calls]


def arguments(call) -> dict:
    """What a call was made with."""
    if isinstance(call, dict):
        return json.loads(call["function"]["arguments"])
    return call.input if call.type == "tool_use" else json.loads(call.arguments)


seen = []
for said, made in {"chat": chat, "responses": responses}.get(KIND, messages)():
    assert all(arguments(call)["command"] == "ls" for call in made), made
    seen.append(len(made))
    if not made:
        break
assert seen == [1, 2, 0], seen
assert MARKER in said, said
print(said)
