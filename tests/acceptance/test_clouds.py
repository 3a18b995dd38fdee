"""The official clients of Azure, Bedrock and Gemini straight against the simulator.

The gateway is tested against the simulator, so the simulator must be what those clients expect: their signatures are
checked by it, and its frames, checksums, errors and histories by them.
"""

import json

import anthropic
import boto3
import botocore.config
import botocore.eventstream
import botocore.exceptions
import openai
import pytest
from google import genai
from google.genai import types

from conftest import Simulator

ACCOUNT = {"access_key": "AKIDEXAMPLE", "secret_key": "not-a-secret", "session_token": "session", "bearer": "api-key"}
# A colon and a slash: what clients encode differently in paths.
MODEL = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/claude-v1:0"
PIECES = [
    {"thinking": {"text": "hm hm", "signature": "c2lnbmF0dXJl"}},
    {"text": "one two three"},
    {"tool": {"name": "bash", "arguments": {"command": "ls -la"}}},
]
USAGE = {"input": 10, "cache_read": 5, "cache_write": 3, "output": 7, "reasoning": 2}
GOOD = {"good": {"pieces": PIECES, "usage": USAGE}}
ASK = [{"role": "user", "content": "Say something."}]
INVOKE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 99, "messages": ASK}
CONVERSE = {"modelId": MODEL, "messages": [{"role": "user", "content": [{"text": "Say something."}]}]}
SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch):
    """No settings of the machine: no proxy, no profile, no metadata service."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


@pytest.fixture
def cloud():
    """A simulator that knows one AWS account."""
    started = Simulator("--aws", json.dumps(ACCOUNT))
    started.script(then=GOOD)
    yield started
    started.close()


def aws(cloud, **changed):
    """A client of the account; `changed` names credentials that are not its own."""
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=cloud.url,
        region_name="us-east-1",
        aws_access_key_id=changed.get("access_key", ACCOUNT["access_key"]),
        aws_secret_access_key=changed.get("secret_key", ACCOUNT["secret_key"]),
        aws_session_token=changed.get("session_token", ACCOUNT["session_token"]),
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )


def claude(cloud, **credentials):
    """Anthropic's client for Bedrock."""
    return anthropic.AnthropicBedrock(
        base_url=cloud.url, aws_region="us-east-1", max_retries=0, _strict_response_validation=True, **credentials
    )


def signing():
    """The account's credentials in the words of Anthropic's client."""
    names = {"aws_access_key": "access_key", "aws_secret_key": "secret_key", "aws_session_token": "session_token"}
    return {name: ACCOUNT[ours] for name, ours in names.items()}


def test_boto3_invokes_a_model(cloud):
    """Whole and streamed, signed with temporary credentials."""
    answer = aws(cloud).invoke_model(modelId=MODEL, body=json.dumps(INVOKE))
    message = json.loads(answer["body"].read())
    assert [block["type"] for block in message["content"]] == ["thinking", "text", "tool_use"]
    assert answer["ResponseMetadata"]["RequestId"].startswith("req_sim")

    stream = aws(cloud).invoke_model_with_response_stream(modelId=MODEL, body=json.dumps(INVOKE))["body"]
    events = [json.loads(event["chunk"]["bytes"]) for event in stream]
    assert (events[0]["type"], events[-1]["type"]) == ("message_start", "message_stop")
    assert events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"] == 7


def test_boto3_converses(cloud):
    """Whole and streamed, with reasoning and a call."""
    answer = aws(cloud).converse(**CONVERSE)
    content = answer["output"]["message"]["content"]
    assert content[0]["reasoningContent"]["reasoningText"] == {"text": "hm hm", "signature": "c2lnbmF0dXJl"}
    assert content[2]["toolUse"]["input"] == {"command": "ls -la"}
    assert (answer["stopReason"], answer["usage"]["cacheReadInputTokens"]) == ("tool_use", 5)

    events = [next(iter(event.items())) for event in aws(cloud).converse_stream(**CONVERSE)["stream"]]
    assert [name for name, _ in events][-2:] == ["messageStop", "metadata"]
    deltas = [body["delta"] for name, body in events if name == "contentBlockDelta"]
    assert "".join(delta.get("text", "") for delta in deltas) == "one two three"
    assert json.loads("".join(delta.get("toolUse", {}).get("input", "") for delta in deltas)) == {"command": "ls -la"}
    starts = [body["start"] for name, body in events if name == "contentBlockStart"]
    assert [list(start) for start in starts] == [["toolUse"]]


def test_boto3_finishes_a_turn_with_a_tool(cloud):
    """The tool is called, its result goes back with everything that was said, and the marker comes."""
    cloud.script(then="acceptance-turn; thinking=true")
    tools = {"tools": [{"toolSpec": {"name": "bash", "inputSchema": {"json": SCHEMA}}}]}
    said = aws(cloud).converse(**CONVERSE, toolConfig=tools)["output"]["message"]
    call = next(block["toolUse"] for block in said["content"] if "toolUse" in block)
    result = {"toolUseId": call["toolUseId"], "content": [{"text": "a file"}], "status": "success"}
    messages = [*CONVERSE["messages"], said, {"role": "user", "content": [{"toolResult": result}]}]
    last = aws(cloud).converse(modelId=MODEL, messages=messages, toolConfig=tools)
    assert "SIM-DONE-7" in last["output"]["message"]["content"][1]["text"]


def test_boto3_counts_tokens(cloud):
    """`CountTokens` with a Converse request inside."""
    counted = aws(cloud).count_tokens(modelId=MODEL, input={"converse": {"messages": CONVERSE["messages"]}})
    assert counted["inputTokens"] > 0


def test_boto3_is_refused_when_the_signature_is_wrong(cloud):
    """Wrong secrets, keys and tokens have the names AWS gives them."""
    for changed, name in [
        ({"secret_key": "wrong"}, "InvalidSignatureException"),
        ({"access_key": "AKIDOTHER"}, "UnrecognizedClientException"),
        ({"session_token": "other"}, "UnrecognizedClientException"),
    ]:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            aws(cloud, **changed).converse(**CONVERSE)
        assert refused.value.response["Error"]["Code"] == name


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("429", "ThrottlingException"),
        ("529", "ServiceUnavailableException"),
        ("404-model", "ResourceNotFoundException"),
        ("400-prompt-too-long", "ValidationException"),
        ("403", "AccessDeniedException"),
    ],
)
def test_boto3_knows_the_errors(cloud, fault, name):
    """An error before the stream."""
    cloud.script(then=fault)
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        aws(cloud).converse_stream(**CONVERSE)
    assert refused.value.response["Error"]["Code"] == name


def test_boto3_knows_the_errors_inside_a_stream(cloud):
    """An exception frame is an exception; a wrong checksum is none of AWS's frames."""
    cloud.script(then="sse-error-after")
    with pytest.raises(botocore.exceptions.EventStreamError) as failed:
        list(aws(cloud).converse_stream(**CONVERSE)["stream"])
    assert failed.value.response["Error"]["Code"] == "serviceUnavailableException"
    for fault in ("frame-checksum", "frame-prelude"):
        cloud.script(then=fault)
        with pytest.raises(botocore.eventstream.ChecksumMismatch):
            list(aws(cloud).converse_stream(**CONVERSE)["stream"])


@pytest.mark.parametrize("credentials", [signing(), {"api_key": ACCOUNT["bearer"]}], ids=["sigv4", "bearer"])
def test_anthropics_client_speaks_to_bedrock(cloud, credentials):
    """Whole and streamed, signed and with an API key."""
    client = claude(cloud, **credentials)
    message = client.messages.create(model=MODEL, max_tokens=99, messages=ASK)
    assert (message.stop_reason, message.content[2].input) == ("tool_use", {"command": "ls -la"})
    with client.messages.stream(model=MODEL, max_tokens=99, messages=ASK) as stream:
        assert "".join(stream.text_stream) == "one two three"
        final = stream.get_final_message()
    assert (final.content[0].signature, final.usage.output_tokens) == ("c2lnbmF0dXJl", 7)


def test_anthropics_client_is_refused_with_a_wrong_key(cloud):
    """403 for a key nobody has and for a wrong signature."""
    for credentials in ({"api_key": "other"}, {**signing(), "aws_secret_key": "wrong"}):
        with pytest.raises(anthropic.PermissionDeniedError):
            claude(cloud, **credentials).messages.create(model=MODEL, max_tokens=9, messages=ASK)


def azure(cloud, strict=True):
    """OpenAI's client for Azure."""
    return openai.AzureOpenAI(
        azure_endpoint=cloud.url,
        api_key="k",
        api_version="2024-10-21",
        max_retries=0,
        _strict_response_validation=strict,
    )


def test_openais_client_speaks_to_azure(cloud):
    """Chat at a deployment, whole and streamed; the filter's own chunks are passed over."""
    chat = azure(cloud).chat.completions
    whole = chat.create(model="mine", messages=ASK)
    assert (whole.choices[0].message.content, whole.model) == ("one two three", "mine")
    # Azure's own chunks are not what the types say: this client must not be strict.
    asked = {"model": "mine", "messages": ASK, "stream": True, "stream_options": {"include_usage": True}}
    chunks = list(azure(cloud, strict=False).chat.completions.create(**asked))
    assert chunks[0].choices == [] and chunks[0].model_extra["prompt_filter_results"]
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    assert deltas.count(None) == 1
    assert "".join(delta.content or "" for delta in deltas if delta) == "one two three"
    assert chunks[-1].usage.total_tokens == 25


def test_openais_client_speaks_responses_to_azure(cloud):
    """The dated path, and the newer one with the plain client and a bearer token."""
    assert azure(cloud).responses.create(model="mine", input="x").output_text == "one two three"
    newer = openai.OpenAI(
        base_url=f"{cloud.url}/openai/v1", api_key="k", max_retries=0, _strict_response_validation=True
    )
    events = list(newer.responses.create(model="mine", input="x", stream=True))
    assert events[-1].type == "response.completed"
    assert newer.chat.completions.create(model="mine", messages=ASK).choices[0].message.content == "one two three"
    paths = [request["path"] for request in cloud.requests()]
    assert paths[0] == "/openai/responses?api-version=2024-10-21"
    assert paths[1:] == ["/openai/v1/responses", "/openai/v1/chat/completions"]


def test_openais_client_knows_azures_errors(cloud):
    """A filtered prompt and a deployment that is not there."""
    cloud.script(then="400-content-filter")
    with pytest.raises(openai.BadRequestError) as refused:
        azure(cloud).chat.completions.create(model="mine", messages=ASK)
    assert refused.value.code == "content_filter"
    cloud.script(then="404-model")
    with pytest.raises(openai.NotFoundError) as missing:
        azure(cloud).chat.completions.create(model="mine", messages=ASK)
    assert missing.value.code == "DeploymentNotFound"


@pytest.fixture
def models(cloud):
    """The models of Google's client, which closes its connections when it is forgotten."""
    options = types.HttpOptions(base_url=cloud.url, retry_options=types.HttpRetryOptions(attempts=1))
    with genai.Client(api_key="k", http_options=options) as client:
        yield client.models


def bash():
    """A tool that the client does not run by itself."""
    declaration = types.FunctionDeclaration(name="bash", description="Runs.", parameters_json_schema=SCHEMA)
    return types.GenerateContentConfig(tools=[types.Tool(function_declarations=[declaration])])


def test_googles_client_speaks_gemini(models):
    """Whole, streamed, counted."""
    whole = models.generate_content(model="gemini-3-pro", contents="x")
    assert (whole.candidates[0].finish_reason, whole.function_calls[0].args) == ("STOP", {"command": "ls -la"})
    assert (whole.usage_metadata.prompt_token_count, whole.usage_metadata.thoughts_token_count) == (18, 2)
    parts = [
        part
        for chunk in models.generate_content_stream(model="gemini-3-pro", contents="x")
        for part in chunk.candidates[0].content.parts
    ]
    assert "".join(part.text or "" for part in parts if part.thought) == "hm hm"
    assert "".join(part.text or "" for part in parts if not part.thought) == "one two three"
    assert next(part for part in parts if part.function_call).thought_signature == b"signature"
    assert models.count_tokens(model="gemini-3-pro", contents="x").total_tokens > 0


def test_googles_client_finishes_a_turn_with_a_tool(cloud, models):
    """The call goes back with its signature and is refused without."""
    cloud.script(then="acceptance-turn; thinking=true; calls=2")
    user = types.Content(role="user", parts=[types.Part(text="list the files")])
    said = models.generate_content(model="gemini-3-pro", contents=[user], config=bash()).candidates[0].content
    result = types.Part.from_function_response(name="bash", response={"output": "a file"})
    results = types.Content(role="user", parts=[result, result])
    last = models.generate_content(model="gemini-3-pro", contents=[user, said, results], config=bash())
    assert "SIM-DONE-7" in last.text
    for part in said.parts:
        part.thought_signature = None
    with pytest.raises(genai.errors.ClientError) as refused:
        models.generate_content(model="gemini-3-pro", contents=[user, said, results], config=bash())
    assert (refused.value.code, refused.value.status) == (400, "INVALID_ARGUMENT")


def test_googles_client_knows_the_errors(cloud, models):
    """Before the stream, and a prompt that the filter refused."""
    for fault, code, status in [("429-retry-after", 429, "RESOURCE_EXHAUSTED"), ("529", 503, "UNAVAILABLE")]:
        cloud.script(then=fault)
        with pytest.raises(genai.errors.APIError) as refused:
            models.generate_content(model="gemini-3-pro", contents="x")
        assert (refused.value.code, refused.value.status) == (code, status)
    cloud.script(then="400-content-filter")
    blocked = models.generate_content(model="gemini-3-pro", contents="x")
    assert blocked.prompt_feedback.block_reason == "SAFETY" and not blocked.candidates
