"""What every acceptance test stands on: the built binaries, the pinned clients, a fresh home, a simulator, a gateway.

Nothing here reaches beyond loopback. Every process that is started is ended by the fixture that started it.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

import install

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A guard against hanging for ever, not a measurement: the slowest client needs under 30 s on two busy cores.
PATIENCE_S = 150


def binary(variable: str, name: str) -> pathlib.Path:
    """A binary that `make` has built; missing is a failure, not a skip."""
    given = os.environ.get(variable)
    path = pathlib.Path(given) if given else ROOT / "target" / "debug" / name
    assert path.exists(), f"{path} is not built: run `make test`, or `cargo build` first"
    return path


TOKGATE = binary("TOKGATE_BIN", "tokgate")
SIMULATOR = binary("TOKGATE_SIMULATOR_BIN", "tokgate-simulator")


@pytest.fixture(scope="session")
def clients() -> pathlib.Path:
    """The folder with the pinned clients."""
    return install.install()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Home:
    """A fresh home directory and the environment of a program started in it."""

    def __init__(self, path: pathlib.Path, clients: pathlib.Path):
        self.path = path
        self.clients = clients
        self.work = path / "work"
        self.work.mkdir(parents=True)
        # Clients unpack libraries of megabytes there with each start, and leave them.
        self.temporary = path / "tmp"
        self.temporary.mkdir()
        self.extra: dict[str, str] = {}

    def env(self, **more: str) -> dict[str, str]:
        """Only what is named here: the tests must not depend on the machine's own settings."""
        path = [str(self.clients / "node_modules" / ".bin"), "/usr/local/bin", "/usr/bin", "/bin"]
        node = os.environ.get("TOKGATE_NODE_DIR")
        return {
            "HOME": str(self.path),
            "TMPDIR": str(self.temporary),
            "PATH": os.pathsep.join(([node] if node else []) + path),
            "TERM": "dumb",
            "LANG": "C.UTF-8",
            "DISABLE_AUTOUPDATER": "1",
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
            **self.extra,
            **more,
        }

    def tokgate(self, *args: str, env: dict[str, str] | None = None, check: bool = False, **options):
        """Runs one `tokgate` command to its end."""
        return subprocess.run(
            [str(TOKGATE), *args],
            env=env or self.env(),
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=check,
            **options,
        )

    def config(self, text: str) -> pathlib.Path:
        """Writes the configuration where a user would have it."""
        file = self.path / ".config" / "tokgate" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
        return file

    def last_record(self) -> dict:
        """What `tokgate show last --json` says."""
        shown = self.tokgate("show", "last", "--json")
        assert shown.returncode == 0, shown.stderr
        return json.loads(shown.stdout)["data"]


@pytest.fixture
def home(tmp_path, clients):
    """A fresh home; a background gateway started in it is stopped."""
    fresh = Home(tmp_path / "home", clients)
    yield fresh
    fresh.tokgate("stop", "--now")
    shutil.rmtree(fresh.temporary, ignore_errors=True)


class Simulator:
    """A scripted provider in a process of its own."""

    def __init__(self, *args: str):
        self.process = subprocess.Popen(
            [str(SIMULATOR), "--listen", "127.0.0.1:0", "--exit-with-stdin", *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.hello = json.loads(self.process.stdout.readline())
        self.address = self.hello["addr"]
        self.url = f"http://{self.address}"

    def control(self, method: str, path: str, body=None):
        """Calls the control plane."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("content-type", "application/json")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def script(self, **script):
        """Sets what is answered from here on."""
        self.control("POST", "/__script", script)

    def requests(self) -> list[dict]:
        """The requests seen, oldest first."""
        log = self.control("GET", "/__log")
        return log["requests"] if isinstance(log, dict) else log

    def close(self):
        """Ends the process."""
        self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def simulator():
    """A provider that plays the acceptance turn: a tool call, then the marker once the result is there."""
    started = Simulator()
    started.script(then="acceptance-turn")
    yield started
    started.close()


class Gateway:
    """`tokgate up` in the foreground."""

    def __init__(self, home: Home, *args: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [str(TOKGATE), "up", "--listen", f"127.0.0.1:{self.port}", *args],
            env=home.env(),
            cwd=home.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output: list[str] = []
        for line in self.process.stdout:
            self.output.append(line)
            if "ready in" in line:
                break
        else:
            raise AssertionError("".join(self.output))
        self.key = json.loads(home.tokgate("env", "--json", check=True).stdout)["data"]["OPENAI_API_KEY"]

    def stop(self) -> str:
        """Ctrl-C; returns what was printed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=PATIENCE_S)
        return "".join(self.output) + rest


@pytest.fixture
def start_gateway(home):
    """Starts gateways that are stopped at the end."""
    started = []

    def start(*args: str) -> Gateway:
        gateway = Gateway(home, *args)
        started.append(gateway)
        return gateway

    yield start
    for gateway in started:
        gateway.stop()


def wait_for(what, patience_s: float = 30):
    """Waits until `what()` is true; bounded."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.05)
    raise AssertionError("waited in vain")
