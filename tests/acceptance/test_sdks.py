"""The official Python SDKs against `tokgate up`, streamed and not, on each protocol, in strict validation.

Runs in the SDKs' own environment; see `sdk_turns.py` for what is asked.
"""

import pathlib
import subprocess

from conftest import PATIENCE_S

HERE = pathlib.Path(__file__).resolve().parent


def test_the_official_sdks_complete_their_turns(home, simulator, start_gateway, clients):
    """Every line of `sdk_turns.py` prints `ok`."""
    simulator.script(then="good")
    home.config(
        f"""
[provider.sim-a]
type = "anthropic"
url = "{simulator.url}"
keys = ["upstream-canary-key-0123456789"]
models = {{ "listed" = "sim-model" }}

[provider.sim-c]
type = "openai-chat"
url = "{simulator.url}/v1"
keys = ["upstream-canary-key-0123456789"]

[provider.sim-r]
type = "openai-responses"
url = "{simulator.url}/v1"
keys = ["upstream-canary-key-0123456789"]
"""
    )
    gateway = start_gateway()
    done = subprocess.run(
        [clients / "venv" / "bin" / "python", HERE / "sdk_turns.py", gateway.url, gateway.key],
        env=home.env(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.split("\n")
    assert [line for line in lines if line.startswith("ok ")] == [line for line in lines if line], done.stdout
    assert len([line for line in lines if line]) == 10
