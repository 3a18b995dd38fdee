"""Every client with every provider: the session is played to its end, with as many requests at the provider as the same
client makes at a provider of its own protocol without a gateway. Writes `docs/reference/matrix.md` with TOKGATE_BLESS=1.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import tempfile

import pytest

from conftest import Gateway, Home, Simulator, free_port
from matrix_clients import CLIENTS, Client, Place, Played
from session import CALLS, MARKERS, PICTURE

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
# What the provider issues as opaque reasoning.
BLOB = "c2ltLXNpZ25hdHVyZQ=="
# How a tool's result is marked in each protocol of providers.
RESULTS = ('"tool_result"', '"role":"tool"', '"function_call_output"', '"functionResponse"', '"toolResult"')


# Cells are played two at a time: the clients are bound by the processor, and two cores are what a small machine has.
AT_ONCE = 2


class Board:
    """Plays the cells that were chosen; each test waits for its own."""

    def __init__(self, folder: pathlib.Path, clients: pathlib.Path, chosen: list[tuple[Client, str]]):
        self.folder = folder
        self.clients = clients
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.alone = {client.name: self.pool.submit(self.direct, client) for client, _ in chosen}
        self.cells = {(client.name, provider): self.pool.submit(self.cell, client, provider) for client, provider in chosen}

    def home(self) -> Home:
        """A fresh home."""
        return Home(pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "home", self.clients)

    def direct(self, client: Client) -> tuple[Played, list[dict]]:
        """The session at a simulator of the client's own protocol, without a gateway."""
        home, simulator = self.home(), Simulator()
        try:
            script(simulator, client)
            return client.play(Place(home, direct=simulator.url)), asked(simulator)
        finally:
            simulator.close()
            shutil.rmtree(home.path, ignore_errors=True)

    def cell(self, client: Client, provider: str) -> tuple[Played, list[dict]]:
        """The session through the gateway."""
        kind, path, more, _ = PROVIDERS[provider]
        home, simulator, gateway = self.home(), Simulator(), None
        try:
            script(simulator, client)
            listen = f'[server]\nlisten = "127.0.0.1:{free_port()}"\n{client.server}\n'
            section = f'[provider.sim]\ntype = "{kind}"\nurl = "{simulator.url}{path}"\nkeys = ["{KEY}"]\n{more}\n'
            home.config(f"{listen}\n{section}")
            gateway = None if client.runs else Gateway(home)
            played = client.play(Place(home, gateway=gateway, strict=provider not in OWN_WAYS))
            return played, asked(simulator)
        finally:
            if gateway:
                gateway.stop()
            home.tokgate("stop", "--now")
            simulator.close()
            shutil.rmtree(home.path, ignore_errors=True)


@pytest.fixture(scope="module")
def board(request, tmp_path_factory, clients):
    """Every cell of this run."""
    mine = [item.callspec.params for item in request.session.items if "provider" in getattr(item, "fixturenames", [])
            and item.module is request.module]
    started = Board(tmp_path_factory.mktemp("matrix"), clients, [(one["client"], one["provider"]) for one in mine])
    yield started
    started.pool.shutdown(cancel_futures=True)


def script(simulator: Simulator, client: Client):
    """Each answer as `CALLS` has it, with reasoning. What has no tools (a title) is beside the play.
    Opaque reasoning that the provider did not issue is refused."""
    name, arguments = client.tool
    call = {"tool": {"name": name, "arguments": arguments}}
    thinking = {"thinking": {"text": "The user wants a list of files.", "signature": BLOB}}
    steps = []
    for calls, marker in zip(CALLS, MARKERS):
        for made in calls:
            text = {"text": "I will look." if made else f"Done. {marker}"}
            steps.append({"good": {"pieces": [thinking, text] + [call] * made}})
    rules = [{"when": {"tools": False}, "do": "good"}]
    simulator.script(rules=rules, steps=steps, then="500", issuer=BLOB)


def asked(simulator: Simulator) -> list[dict]:
    """The requests for an answer."""
    return [seen for seen in simulator.requests() if seen["method"] == "POST" and "count_tokens" not in seen["path"]]


def finished(played: Played):
    """The client ended well, and showed the last answer of every turn."""
    assert played.returncode == 0, f"{played.stdout[-3000:]}\n{played.stderr[-3000:]}"
    assert all(marker in played.stdout for marker in MARKERS), f"{played.stdout[-3000:]}\n{played.stderr[-3000:]}"


def reasonings(client: Client, provider: str) -> int:
    """How many opaque reasonings the last request holds: those of all answers before it. A Chat client sends none, and
    gets those back that led to a call; a provider that is asked in Chat issues none."""
    chat = "openai-chat"
    if provider == chat or client.protocol == chat and chat in PROVIDERS[provider][3]:
        return 0
    answers = [made for turn in CALLS for made in turn]
    return sum(made > 0 for made in answers) if client.protocol == chat else len(answers) - 1


def carried(client: Client, provider: str, requests: list[dict]):
    """The last request holds the whole session: the picture, every call's result, the provider's own reasoning."""
    assert all(KEY in json.dumps(seen["headers"]) for seen in requests)
    body = requests[-1]["body"]
    assert PICTURE in body, "the picture"
    results = sum(body.count(word) for word in RESULTS)
    assert results == sum(map(sum, CALLS)), f"{results} results"
    assert body.count(BLOB) == reasonings(client, provider)


CELLS = {}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_session_is_played_to_its_end(board, client, provider):
    """One cell."""
    CELLS[client.name, provider] = "fails"
    alone, own = board.alone[client.name].result()
    finished(alone)
    played, requests = board.cells[client.name, provider].result()
    finished(played)
    assert len(requests) == len(own), [(seen["path"], seen["body_bytes"]) for seen in requests]
    carried(client, provider, requests)
    way = "its own protocol" if client.protocol in PROVIDERS[provider][3] else "translated"
    CELLS[client.name, provider] = f"{way}, {len(own)} requests"


HEAD = """<!-- Written by tests/acceptance/test_matrix.py with TOKGATE_BLESS=1. -->

# Every client with every provider · 客户端与供应商

Each cell is a session of the real client, pinned in `tests/acceptance/clients.json`, with three turns of its user: a question with a picture, answered with reasoning, a tool call, two parallel calls and a text; a second question, answered with reasoning, a call and a text; a third, answered with reasoning and a text. It counts when the client finishes with as many requests at the provider as it makes without a gateway, and when the last request holds all of it: the picture, every result, and the provider's own opaque reasoning, unchanged. The provider is a simulator on the same computer, which refuses reasoning that it did not issue. `make acceptance` plays all of it.

每一格都是真实客户端的一次会话（版本见 `tests/acceptance/clients.json`），用户共提问三轮：第一轮带图片，依次得到推理、一次工具调用、两次并行调用和文本；第二轮得到推理、一次调用和文本；第三轮得到推理和文本。客户端正常结束、到供应商的请求数与不经网关时相同，且最后一个请求包含全部内容（图片、每个工具结果、供应商自己签发且未被改动的推理数据），才算通过。供应商是同一台机器上的模拟器，会拒绝并非由它签发的推理数据。`make acceptance` 会跑完整张表。

Claude Code, Codex and OpenCode are started by `tokgate run`. OpenCode's Chat is the exception: `tokgate run` has it speak what needs no translation, so that row is given the gateway's address, as the SDKs are. Not restored are two things: reasoning that a Chat client does not send back and that led to no call, and opaque reasoning at `openai-chat`, whose protocol has none.

Claude Code、Codex 和 OpenCode 由 `tokgate run` 启动。例外是 OpenCode 的 Chat：`tokgate run` 会让它使用无需翻译的协议，所以那一行与各 SDK 一样直接使用网关地址。有两种内容不会恢复：Chat 客户端没有发回、且没有引出工具调用的推理；以及 `openai-chat` 的加密推理，因为该协议没有这种内容。

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
