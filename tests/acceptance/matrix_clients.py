"""The clients of the matrix: how each plays one session, at a provider of its own protocol or through the gateway.

The session: a question with a picture where the client can send one; reasoning, text and a tool call; two parallel
calls; the marker.
"""

import base64
import dataclasses
import json
import pathlib
import subprocess
import sys
from collections.abc import Callable

from conftest import PATIENCE_S, TOKGATE
from session import PICTURE, PROMPT

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Place:
    """Where a session is played: at the simulator itself, or at a gateway in front of it."""

    home: object
    # The simulator's address, when there is no gateway.
    direct: str | None = None
    # Address and key of a running gateway, for clients that are not started by `tokgate run`.
    gateway: object | None = None
    # Whether an SDK validates every event against its types.
    strict: bool = True


@dataclasses.dataclass
class Client:
    """One row."""

    name: str
    protocol: str
    # Name and arguments of its tool that runs a command.
    tool: tuple[str, dict]
    play: Callable[[Place], subprocess.CompletedProcess]
    # Whether it is started by `tokgate run`, or given the address of a running gateway.
    runs: bool = True
    # What the gateway's configuration says beside its address.
    server: str = ""


def picture(home) -> pathlib.Path:
    """The picture as a file in the project."""
    file = home.work / "pixel.png"
    file.write_bytes(base64.b64decode(PICTURE))
    return file


def start(place: Place, client: list[str], run: list[str], env: dict[str, str], text: str | None = None):
    """Plays a command line client: by itself with `env`, or by `tokgate run` with the flags of `run`."""
    home = place.home
    name, *arguments = client
    if place.direct:
        command = [str(home.clients / "node_modules" / ".bin" / name), *arguments]
    else:
        command = [str(TOKGATE), "run", name, *run, "--", *arguments]
        env = {}
    options = {"input": text} if text else {"stdin": subprocess.DEVNULL}
    options |= {"env": home.env(**env), "cwd": home.work, "timeout": PATIENCE_S}
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def claude(place: Place):
    """Claude Code; the picture comes in its streaming input."""
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    content = [{"type": "text", "text": PROMPT}, {"type": "image", "source": source}]
    line = json.dumps({"type": "user", "message": {"role": "user", "content": content}}) + "\n"
    flags = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    env = {"ANTHROPIC_BASE_URL": place.direct or "", "ANTHROPIC_AUTH_TOKEN": "x"}
    env["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1"
    return start(place, ["claude", *flags, "--allowedTools", "Bash(ls:*)"], [], env, line)


def codex(place: Place):
    """Codex, over its WebSocket or HTTP as the gateway lets it."""
    flags = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json"]
    own = ["-c", f'openai_base_url="{place.direct}/v1"', "-c", 'model="gpt-5.5"'] if place.direct else []
    command = ["codex", *own, "exec", *flags, "-i", str(picture(place.home)), "--", PROMPT]
    return start(place, command, ["--model", "gpt-5.5"], {"CODEX_API_KEY": "x"})


def opencode(npm: str, model: str):
    """OpenCode with the provider package of one protocol."""

    def play(place: Place):
        # Not by `tokgate run`, which would choose the protocol that the provider speaks.
        base, key = (place.direct, "x") if place.direct else (place.gateway.url, place.gateway.key)
        options = {"baseURL": f"{base}/v1", "apiKey": key}
        modalities = {"input": ["text", "image"], "output": ["text"]}
        traits = {"reasoning": True, "tool_call": True, "attachment": True, "modalities": modalities}
        config = {"provider": {"sim": {"npm": npm, "options": options, "models": {model: traits}}}}
        env = {"OPENCODE_CONFIG_CONTENT": json.dumps(config)}
        command = ["opencode", "run", "--format", "json", "--model", f"sim/{model}", PROMPT]
        return start(Place(place.home, direct=base), [*command, "--file", str(picture(place.home))], [], env)

    return play


def sdk(kind: str):
    """A turn of an official SDK, played by `sdk_session.py`."""

    def play(place: Place):
        base, key = (place.direct, "x") if place.direct else (place.gateway.url, place.gateway.key)
        return subprocess.run(
            [sys.executable, str(HERE / "sdk_session.py"), kind, base, key, str(place.strict)],
            env=place.home.env(),
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    return play


BASH = ("bash", {"command": "ls", "description": "List the files"})
CLIENTS = [
    Client("Claude Code", "anthropic", ("Bash", BASH[1]), claude),
    Client("Codex, WebSocket", "openai-responses", ("exec_command", {"cmd": "ls"}), codex),
    Client("Codex, HTTP", "openai-responses", ("exec_command", {"cmd": "ls"}), codex, server="websocket = false"),
    Client("OpenCode, Anthropic", "anthropic", BASH, opencode("@ai-sdk/anthropic", "claude-sonnet-4-5"), runs=False),
    Client("OpenCode, Responses", "openai-responses", BASH, opencode("@ai-sdk/openai", "gpt-5.5"), runs=False),
    Client("OpenCode, Chat", "openai-chat", BASH, opencode("@ai-sdk/openai-compatible", "sim-model"), runs=False),
    Client("Python anthropic 2", "anthropic", BASH, sdk("anthropic"), runs=False),
    Client("Python anthropic, headers of 0.x", "anthropic", BASH, sdk("anthropic-0"), runs=False),
    Client("Python openai, Chat", "openai-chat", BASH, sdk("chat"), runs=False),
    Client("Python openai, Responses", "openai-responses", BASH, sdk("responses"), runs=False),
]
