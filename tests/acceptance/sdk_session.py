"""Plays the session of the matrix with an official SDK, streamed, in strict validation where asked. Arguments: kind, base, key, strict.

Each protocol is a generator: it says a turn, gives text and calls of each answer, and goes on with their results.
"""

import json
import sys

from session import CALLS, MARKERS, PICTURE, PROMPTS

KIND, BASE, KEY = sys.argv[1:4]
STRICT = sys.argv[4] == "True"
PROPERTIES = {"command": {"type": "string"}, "description": {"type": "string"}}
SCHEMA = {"type": "object", "properties": PROPERTIES, "required": ["command"]}
# A turn has three answers; more would be a loop.
ANSWERS_MAX = 5


def messages(say, history: list):
    """Anthropic Messages. SDKs before 1.0 have their key in `x-api-key` and know no adaptive thinking."""
    import anthropic

    old = anthropic.__version__.startswith("0.")
    thinking = {"type": "enabled", "budget_tokens": 2000} if old else {"type": "adaptive"}
    client = anthropic.Anthropic(base_url=BASE, api_key=KEY, max_retries=0, _strict_response_validation=STRICT)
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    history.append({"role": "user", "content": say({"type": "image", "source": source}, "text")})
    tools = [{"name": "bash", "description": "Runs a command.", "input_schema": SCHEMA}]
    for _ in range(ANSWERS_MAX):
        with client.messages.stream(
            model="claude-sonnet-5-5", max_tokens=9000, thinking=thinking, messages=history, tools=tools
        ) as stream:
            answer = stream.get_final_message()
        calls = [block for block in answer.content if block.type == "tool_use"]
        assert (answer.stop_reason == "tool_use") == bool(calls), answer
        history.append({"role": "assistant", "content": [block.model_dump() for block in answer.content]})
        results = [{"type": "tool_result", "tool_use_id": call.id, "content": "a.txt"} for call in calls]
        history += [{"role": "user", "content": results}] if results else []
        thought = any(block.type.endswith("thinking") for block in answer.content)
        yield "".join(block.text for block in answer.content if block.type == "text"), calls, thought


def chat(say, history: list):
    """OpenAI Chat Completions."""
    import openai

    client = openai.OpenAI(base_url=f"{BASE}/v1", api_key=KEY, max_retries=0, _strict_response_validation=STRICT)
    url = {"url": f"data:image/png;base64,{PICTURE}"}
    history.append({"role": "user", "content": say({"type": "image_url", "image_url": url}, "text")})
    tools = [{"type": "function", "function": {"name": "bash", "description": "Runs a command.", "parameters": SCHEMA}}]
    for _ in range(ANSWERS_MAX):
        text, calls, finish, usage = "", {}, None, None
        for chunk in client.chat.completions.create(
            model="gpt-5.5", messages=history, tools=tools, stream=True, stream_options={"include_usage": True}
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
        history.append({"role": "assistant", "content": text or None, **({"tool_calls": calls} if calls else {})})
        history += [{"role": "tool", "tool_call_id": call["id"], "content": "a.txt"} for call in calls]
        yield text, calls, None


def responses(say, history: list):
    """OpenAI Responses."""
    import openai

    client = openai.OpenAI(base_url=f"{BASE}/v1", api_key=KEY, max_retries=0, _strict_response_validation=STRICT)
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}", "detail": "auto"}
    history.append({"role": "user", "content": say(image, "input_text")})
    tools = [{"type": "function", "name": "bash", "description": "Runs a command.", "parameters": SCHEMA, "strict": False}]
    for _ in range(ANSWERS_MAX):
        answer = None
        for event in client.responses.create(
            model="gpt-5.5", input=history, tools=tools, stream=True, store=False, include=["reasoning.encrypted_content"]
        ):
            answer = event.response if event.type == "response.completed" else answer
        assert answer and answer.usage.total_tokens > 0
        calls = [item for item in answer.output if item.type == "function_call"]
        history += [item.model_dump(exclude_none=True) for item in answer.output]
        history += [{"type": "function_call_output", "call_id": call.call_id, "output": "a.txt"} for call in calls]
        yield answer.output_text, calls, any(item.type == "reasoning" for item in answer.output)


def arguments(call) -> dict:
    """What a call was made with."""
    if isinstance(call, dict):
        return json.loads(call["function"]["arguments"])
    return call.input if call.type == "tool_use" else json.loads(call.arguments)


def turn(number: int, history: list):
    """One turn of the user, to the answer without a call. Its first answer begins with reasoning."""

    def say(picture: dict, kind: str) -> list:
        return [{"type": kind, "text": PROMPTS[number]}] + ([] if number else [picture])

    seen = []
    for said, made, thought in {"anthropic": messages, "chat": chat, "responses": responses}[KIND](say, history):
        assert all(arguments(call)["command"] == "ls" for call in made), made
        assert seen or thought is not False, "the reasoning"
        seen.append(len(made))
        if not made:
            break
    assert seen == CALLS[number], seen
    assert MARKERS[number] in said, said
    print(said)


conversation = []
for number in range(len(PROMPTS)):
    turn(number, conversation)
