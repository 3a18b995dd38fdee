"""Every client with every provider: the session is played to its end, with as many requests at the provider as the same
client makes at a provider of its own protocol without a gateway. Writes `docs/reference/matrix.md` with TOKGATE_BLESS=1.
"""

import json
import os
import pathlib
import shutil

import pytest

from conftest import Gateway, Home, Simulator, free_port
from matrix_clients import CLIENTS, Client, Place
from session import MARKER

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reference" / "matrix.md"
KEY = "upstream-canary-key-0123456789"

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "us.amazon.nova-2-lite-v1:0"

# One line per provider: its type, what of its address follows the simulator's, what else its section says, and the
# protocols it is spoken to without translation.
PROVIDERS = {
    "anthropic": ("anthropic", "", "", ["anthropic"]),
    "openai-chat": ("openai-chat", "/v1", "", ["openai-chat"]),
    "openai-responses": ("openai-responses", "/v1", "", ["openai-responses"]),
    "azure": ("azure", "", 'models = { "*" = "gpt-prod" }', ["openai-chat", "openai-responses"]),
    "bedrock-invoke": ("bedrock", "", f'region = "us-east-1"\nmodels = {{ "*" = "{CLAUDE}" }}', ["anthropic"]),
    "bedrock-converse": ("bedrock", "", f'region = "us-east-1"\nmodels = {{ "*" = "{NOVA}" }}', []),
    "gemini": ("gemini", "/v1beta", 'models = { "*" = "gemini-3-pro" }', []),
}
# Where bytes pass that the SDK's types do not describe: the first chunk of Azure's Chat has an empty `object`.
OWN_WAYS = {"azure"}
# How a tool's result is marked in each protocol of providers.
RESULTS = ('"tool_result"', '"role":"tool"', '"function_call_output"', '"functionResponse"', '"toolResult"')


@pytest.fixture(scope="module")
def yardstick(tmp_path_factory, clients):
    """How many requests a client makes by itself, played once."""
    counted = {}

    def count(client: Client) -> int:
        if client.name not in counted:
            home = Home(tmp_path_factory.mktemp("direct") / "home", clients)
            counted[client.name] = played(client, Place(home, direct=""), home)
            shutil.rmtree(home.path, ignore_errors=True)
        return counted[client.name]

    return count


def script(simulator: Simulator, client: Client):
    """Reasoning, text and a call; two calls at once; the marker. What has no tools (a title) is beside the play."""
    name, arguments = client.tool
    call = {"tool": {"name": name, "arguments": arguments}}
    thinking = {"thinking": {"text": "The user wants a list of files.", "signature": "c2ltLXNpZ25hdHVyZQ=="}}
    steps = [{"good": {"pieces": [thinking, {"text": "I will look."}, call]}}, {"good": {"pieces": [call, call]}}]
    rules = [{"when": {"tools": False}, "do": "good"}]
    simulator.script(rules=rules, steps=steps, then={"good": {"pieces": [{"text": f"Done. {MARKER}"}]}})


def asked(simulator: Simulator) -> list[dict]:
    """The requests for an answer."""
    return [seen for seen in simulator.requests() if seen["method"] == "POST" and "count_tokens" not in seen["path"]]


def played(client: Client, place: Place, home: Home) -> int:
    """Plays the session at a simulator of its own, without a gateway where `place` says so; the number of requests."""
    simulator = Simulator()
    try:
        script(simulator, client)
        place.direct = simulator.url
        done = client.play(place)
        assert done.returncode == 0 and MARKER in done.stdout, f"{client.name} alone: {done.stdout}\n{done.stderr}"
        return len(asked(simulator))
    finally:
        simulator.close()


def check(client: Client, done, requests: list[dict], wanted: int):
    """The session is complete: the marker, the requests, the calls and their results, the picture."""
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert MARKER in done.stdout, done.stdout[-3000:]
    assert len(requests) == wanted, [(seen["path"], seen["body_bytes"]) for seen in requests]
    bodies = [seen["body"] for seen in requests]
    assert any("iVBORw0KGgo" in body for body in bodies), "the picture"
    results = max(sum(body.count(word) for word in RESULTS) for body in bodies)
    assert results == 3, f"{results} results of 3 calls"
    assert all(KEY in json.dumps(seen["headers"]) for seen in requests)


CELLS = {}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_session_is_played_to_its_end(home, client, provider, yardstick):
    """One cell."""
    kind, path, more, speaks = PROVIDERS[provider]
    CELLS[client.name, provider] = "fails"
    simulator = Simulator()
    gateway = None
    try:
        script(simulator, client)
        listen = f'[server]\nlisten = "127.0.0.1:{free_port()}"\n{client.server}\n'
        section = f'[provider.sim]\ntype = "{kind}"\nurl = "{simulator.url}{path}"\nkeys = ["{KEY}"]\n{more}\n'
        home.config(f"{listen}\n{section}")
        gateway = None if client.runs else Gateway(home)
        done = client.play(Place(home, gateway=gateway, strict=provider not in OWN_WAYS))
        wanted = yardstick(client)
        check(client, done, asked(simulator), wanted)
        own = "its own protocol" if client.protocol in speaks else "translated"
        CELLS[client.name, provider] = f"{own}, {wanted} requests"
    finally:
        if gateway:
            gateway.stop()
        simulator.close()


HEAD = """<!-- Written by tests/acceptance/test_matrix.py with TOKGATE_BLESS=1. -->

# Every client with every provider · 客户端与供应商

Each cell is a session of the real client, pinned in `tests/acceptance/clients.json`: a question with a picture, reasoning, a tool call, two parallel calls, an answer. It counts when the client finishes with as many requests at the provider as it makes without a gateway. The provider is a simulator on the same computer. `make acceptance` plays all of it.

每一格都是真实客户端的一次会话（版本见 `tests/acceptance/clients.json`）：带图片的提问、推理、一次工具调用、两次并行调用、回答。客户端正常结束，且到供应商的请求数与不经网关时相同，才算通过。供应商是同一台机器上的模拟器。`make acceptance` 会跑完整张表。

"""


def known() -> dict:
    """The cells of the page as it stands."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")] if PAGE.exists() else []
    providers = [name.strip("`| ") for name in lines[0]] if lines else []
    return {(line[0], provider): cell for line in lines[1:] for provider, cell in zip(providers, line[1:])}


def page(cells: dict) -> str:
    """The matrix for people."""
    rows = [f"| | {' | '.join(f'`{provider}`' for provider in PROVIDERS)} |", "|---|" + "---|" * len(PROVIDERS)]
    for client in CLIENTS:
        row = [cells.get((client.name, provider), "not played") for provider in PROVIDERS]
        rows.append(f"| {client.name} | {' | '.join(row)} |")
    return HEAD + "\n".join(rows) + "\n"


def test_the_page_is_that_of_the_matrix():
    """Runs last; what was not played stays as it was."""
    print(page(CELLS))
    whole = page(known() | CELLS)
    if os.environ.get("TOKGATE_BLESS"):
        PAGE.write_text(whole)
    assert PAGE.read_text() == whole, "play the matrix with TOKGATE_BLESS=1 and look at the difference"
    assert "not played" not in whole and "fails" not in whole
