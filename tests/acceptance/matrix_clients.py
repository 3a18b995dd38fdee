"""The clients of the matrix: how each plays one session, at a provider of its own protocol or through the gateway.

The session has three turns of the user (`session.py`); each row says how its client is given the next one.
"""

import base64
import dataclasses
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable

from conftest import PATIENCE_S, TOKGATE
from session import PICTURE, PROMPTS

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
class Played:
    """How a session went: the client's exit code and what it printed, of all its processes."""

    returncode: int = 0
    stdout: str = ""
    stderr: str = ""


@dataclasses.dataclass
class Client:
    """One row."""

    name: str
    protocol: str
    # Name and arguments of its tool that runs a command.
    tool: tuple[str, dict]
    play: Callable[[Place], Played]
    # Whether it is started by `tokgate run`, or given the address of a running gateway.
    runs: bool = True
    # What the gateway's configuration says beside its address.
    server: str = ""


def picture(home) -> pathlib.Path:
    """The picture as a file in the project."""
    file = home.work / "pixel.png"
    file.write_bytes(base64.b64decode(PICTURE))
    return file


def command(place: Place, client: list[str], run: list[str], env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """How a command line client is started: by itself with `env`, or by `tokgate run` with the flags of `run`."""
    home = place.home
    name, *arguments = client
    if place.direct:
        return [str(home.clients / "node_modules" / ".bin" / name), *arguments], home.env(**env)
    return [str(TOKGATE), "run", name, *run, "--", *arguments], home.env()


def in_turn(place: Place, turns: list, before: Callable[[int], None] = lambda number: None) -> Played:
    """One process per turn, each a command and its environment; the first that fails is the last."""
    played = Played()
    for number, (words, env) in enumerate(turns):
        before(number)
        options = {"stdin": subprocess.DEVNULL, "env": env, "cwd": place.home.work, "timeout": PATIENCE_S}
        done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
        played = Played(done.returncode, played.stdout + done.stdout, played.stderr + done.stderr)
        if done.returncode != 0:
            break
    return played


def claude(place: Place, before: Callable[[int], None] = lambda number: None) -> Played:
    """Claude Code, one process: the turns and the picture come in its streaming input. `before` each turn is called."""
    flags = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
    env = {"ANTHROPIC_BASE_URL": place.direct or "", "ANTHROPIC_AUTH_TOKEN": "x"}
    env["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1"
    words, env = command(place, ["claude", *flags, "--allowedTools", "Bash(ls:*)"], [], env)
    with tempfile.TemporaryFile("w+") as errors:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": errors}
        process = subprocess.Popen(words, text=True, env=env, cwd=place.home.work, **pipes)
        patience = threading.Timer(PATIENCE_S, process.kill)
        patience.start()
        said = "".join(conversation(process, before))
        patience.cancel()
        errors.seek(0)
        return Played(process.returncode, said, errors.read())


def conversation(process: subprocess.Popen, before: Callable[[int], None]):
    """Says the next turn when the last is answered; gives what is printed."""
    source = {"type": "base64", "media_type": "image/png", "data": PICTURE}
    for number, prompt in enumerate(PROMPTS):
        before(number)
        content = [{"type": "text", "text": prompt}] + ([] if number else [{"type": "image", "source": source}])
        line = json.dumps({"type": "user", "message": {"role": "user", "content": content}})
        try:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
        except BrokenPipeError:
            break
        for line in process.stdout:
            yield line
            if '"type":"result"' in line:
                break
    process.stdin.close()
    yield from process.stdout
    process.wait(PATIENCE_S)


def codex(place: Place, before: Callable[[int], None] = lambda number: None) -> Played:
    """Codex, over its WebSocket or HTTP as the gateway lets it; the later turns resume the session."""
    flags = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json"]
    own = ["-c", f'openai_base_url="{place.direct}/v1"', "-c", 'model="gpt-5.5"'] if place.direct else []
    pixel = str(picture(place.home))
    turns = [["exec", *flags, "-i", pixel, "--", PROMPTS[0]]]
    turns += [["exec", "resume", *flags, "--last", "--", prompt] for prompt in PROMPTS[1:]]
    started = [command(place, ["codex", *own, *turn], ["--model", "gpt-5.5"], {"CODEX_API_KEY": "x"}) for turn in turns]
    return in_turn(place, started, before)


def opencode(provider: str, model: str):
    """OpenCode with one of its own providers, whose protocol it follows; by `tokgate run`."""

    def play(place: Place) -> Played:
        content = {"provider": {provider: {"options": {"baseURL": f"{place.direct}/v1", "apiKey": "x"}}}}
        env = {"OPENCODE_CONFIG_CONTENT": json.dumps(content)}
        return served(place, ["--model", f"{provider}/{model}"], env, provider, model)

    return play


def opencode_chat(place: Place) -> Played:
    """OpenCode with its package for Chat, by the gateway's address: `tokgate run` has it speak what needs no translation."""
    base, key = (place.direct, "x") if place.direct else (place.gateway.url, place.gateway.key)
    options = {"baseURL": f"{base}/v1", "apiKey": key}
    modalities = {"input": ["text", "image"], "output": ["text"]}
    traits = {"reasoning": True, "tool_call": True, "attachment": True, "modalities": modalities}
    npm = "@ai-sdk/openai-compatible"
    config = {"provider": {"sim": {"npm": npm, "options": options, "models": {"sim-model": traits}}}}
    env = {"OPENCODE_CONFIG_CONTENT": json.dumps(config)}
    return served(Place(place.home, direct=base), [], env, "sim", "sim-model")


def served(place: Place, run: list[str], env: dict[str, str], provider: str, model: str) -> Played:
    """OpenCode as its screen uses it: one server for the session, as its start is most of what a turn costs."""
    words, env = command(place, ["opencode", "serve", "--port", "0"], run, env)
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen(words, text=True, env=env, cwd=place.home.work, **pipes)
    patience = threading.Timer(PATIENCE_S, process.kill)
    patience.start()
    said = []
    try:
        said += listening(process)
        url = said[-1].split()[-1]
        session = posted(f"{url}/session", {})["id"]
        for number, prompt in enumerate(PROMPTS):
            shown = {"type": "file", "mime": "image/png", "filename": "pixel.png", "url": f"data:image/png;base64,{PICTURE}"}
            parts = [{"type": "text", "text": prompt}] + ([] if number else [shown])
            turn = {"model": {"providerID": provider, "modelID": model}, "parts": parts}
            said.append(json.dumps(posted(f"{url}/session/{session}/message", turn)))
        return Played(0, "\n".join(said))
    except (OSError, IndexError) as error:
        return Played(1, "\n".join(said), str(error))
    finally:
        process.terminate()
        patience.cancel()
        process.communicate(timeout=PATIENCE_S)


def listening(process: subprocess.Popen):
    """What a server prints, to the line with its address."""
    for line in process.stdout:
        yield line.strip()
        if "listening on http" in line:
            break


def posted(url: str, body: dict) -> dict:
    """An answer of OpenCode's server."""
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers={"content-type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE_S) as answer:
        return json.loads(answer.read())


def sdk(kind: str, venv: str = "venv"):
    """A session of an official SDK, played by `sdk_session.py` in the environment that has it."""

    def play(place: Place) -> Played:
        base, key = (place.direct, "x") if place.direct else (place.gateway.url, place.gateway.key)
        python = str(place.home.clients / venv / "bin" / "python")
        return in_turn(place, [([python, str(HERE / "sdk_session.py"), kind, base, key, str(place.strict)], place.home.env())])

    return play


BASH = ("bash", {"command": "ls", "description": "List the files"})
CLIENTS = [
    Client("Claude Code", "anthropic", ("Bash", BASH[1]), claude),
    Client("Codex, WebSocket", "openai-responses", ("exec_command", {"cmd": "ls"}), codex),
    Client("Codex, HTTP", "openai-responses", ("exec_command", {"cmd": "ls"}), codex, server="websocket = false"),
    Client("OpenCode, Anthropic", "anthropic", BASH, opencode("anthropic", "claude-sonnet-4-5")),
    Client("OpenCode, Responses", "openai-responses", BASH, opencode("openai", "gpt-5.5")),
    Client("OpenCode, Chat", "openai-chat", BASH, opencode_chat, runs=False),
    Client("Python anthropic 2", "anthropic", BASH, sdk("anthropic"), runs=False),
    Client("Python anthropic 0.x", "anthropic", BASH, sdk("anthropic", "venv-0.x"), runs=False),
    Client("Python openai, Chat", "openai-chat", BASH, sdk("chat"), runs=False),
    Client("Python openai, Responses", "openai-responses", BASH, sdk("responses"), runs=False),
]
