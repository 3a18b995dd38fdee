"""The real clients, each through a full turn with a tool, started by `tokgate run`.

A turn counts when the client's exit code is 0, the simulator saw the tool's result, and the marker that is sent only
after that result is in the client's output. Also with a proxy variable that leads nowhere, and with a foreign address
in the client's own settings: both cut clients off from other gateways.
"""

import json

import pytest

from conftest import free_port

MARKER = "SIM-DONE-7"

PROVIDERS = {
    "anthropic": ("anthropic", ""),
    "openai-chat": ("openai-chat", "/v1"),
    "openai-responses": ("openai-responses", "/v1"),
}


def configure(home, simulator, protocol: str):
    """One provider of this protocol: the simulator."""
    kind, path = PROVIDERS[protocol]
    home.config(
        f"""
[server]
listen = "127.0.0.1:{free_port()}"

[provider.sim]
type = "{kind}"
url = "{simulator.url}{path}"
keys = ["upstream-canary-key-0123456789"]
"""
    )


def claude(home, *before, env=None):
    """One turn of Claude Code."""
    prompt = ["-p", "List the files here", "--output-format", "stream-json", "--verbose"]
    return home.tokgate("run", "claude", *before, "--", *prompt, "--allowedTools", "Bash(ls:*)", env=env)


def codex(home, *before, env=None):
    """One turn of Codex."""
    flags = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json"]
    return home.tokgate("run", "codex", *before, "--", "exec", *flags, "List the files here", env=env)


def opencode(home, *before, env=None):
    """One turn of OpenCode."""
    return home.tokgate("run", "opencode", *before, "--", "run", "--format", "json", "List the files here", env=env)


TURNS = [
    pytest.param(claude, "anthropic", [], id="claude"),
    pytest.param(codex, "openai-responses", ["--model", "gpt-5.5"], id="codex"),
    pytest.param(opencode, "anthropic", ["--model", "claude-sonnet-4-5"], id="opencode-anthropic"),
    pytest.param(opencode, "openai-chat", ["--model", "sim-model"], id="opencode-chat"),
    pytest.param(opencode, "openai-responses", ["--model", "gpt-5.5"], id="opencode-responses"),
]


def saw_tool_result(seen: dict) -> bool:
    """Whether this request carries the result of a tool."""
    marks = ('"type":"tool_result"', '"type":"function_call_output"', '"role":"tool"')
    return any(mark in seen["body"].replace(" ", "") for mark in marks)


def check_turn(done, simulator):
    """The turn is complete, and the upstream never saw a local key."""
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert MARKER in done.stdout, f"{done.stdout}\n{done.stderr}"
    requests = [seen for seen in simulator.requests() if seen["method"] == "POST"]
    first, *later = [seen for seen in requests if '"tools"' in seen["body"]]
    assert not saw_tool_result(first), "a word that says nothing: the first question has no result to carry"
    assert any(saw_tool_result(seen) for seen in later), "no request carried the tool's result"
    for seen in requests:
        headers = json.dumps(seen["headers"])
        assert "upstream-canary-key-0123456789" in headers
        assert '"tg-' not in headers and "Bearer tg-" not in headers


# The same clients with a provider that does not speak their protocol.
TRANSLATED = [
    pytest.param(claude, "openai-chat", [], id="claude-at-chat"),
    pytest.param(claude, "openai-responses", [], id="claude-at-responses"),
    pytest.param(codex, "anthropic", ["--model", "gpt-5.5"], id="codex-at-anthropic"),
    pytest.param(codex, "openai-chat", ["--model", "gpt-5.5"], id="codex-at-chat"),
]


@pytest.mark.parametrize(("turn", "protocol", "flags"), TRANSLATED)
def test_a_full_turn_in_translation(home, simulator, turn, protocol, flags):
    """Any client with any provider."""
    configure(home, simulator, protocol)
    check_turn(turn(home, *flags), simulator)


@pytest.mark.parametrize(("turn", "protocol", "flags"), TURNS)
def test_a_full_turn_with_a_tool(home, simulator, turn, protocol, flags):
    """The plain case."""
    configure(home, simulator, protocol)
    check_turn(turn(home, *flags), simulator)


def test_claude_at_a_relay_that_lacks_the_newest_fields(home, simulator):
    """It refuses one thing after the other; the client notices nothing, and the second request pays nothing."""
    configure(home, simulator, "anthropic")
    lacked = ["context_management", "output_config", "messages[].role=system", "thinking.type=adaptive"]
    simulator.script(then="acceptance-turn", narrow={"refuses": [*lacked, "tools[].defer_loading"]})
    check_turn(claude(home), simulator)
    last = [seen for seen in simulator.requests() if seen["method"] == "POST" and saw_tool_result(seen)][-1]
    sent = json.loads(last["body"]) if isinstance(last["body"], str) else last["body"]
    assert not {"context_management", "output_config"} & set(sent), sorted(sent)
    learned = json.loads(home.tokgate("learned", "--json", check=True).stdout)["data"]
    assert {"context_management", "messages[].role=system"} <= {one["lack"] for one in learned}
    record = home.last_record()
    assert [attempt["result"] for attempt in record["attempts"]] == ["ok"], record


@pytest.mark.parametrize(("turn", "protocol", "flags"), TURNS)
def test_a_full_turn_behind_a_dead_proxy(home, simulator, turn, protocol, flags):
    """Proxy variables that lead nowhere, as left behind by a proxy program that is not running."""
    configure(home, simulator, protocol)
    dead = f"http://127.0.0.1:{free_port()}"
    names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
    check_turn(turn(home, *flags, env=home.env(**dict.fromkeys(names, dead))), simulator)


def test_claude_with_a_foreign_address_in_user_and_project_settings(home, simulator):
    """Settings of another switcher beat plain variables; they must not beat us, and must not be touched."""
    configure(home, simulator, "anthropic")
    foreign = json.dumps({"env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_AUTH_TOKEN": "foreign"}})
    files = [home.path / ".claude" / "settings.json", home.work / ".claude" / "settings.json"]
    files.append(home.work / ".claude" / "settings.local.json")
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(foreign)
    check_turn(claude(home), simulator)
    assert [file.read_text() for file in files] == [foreign] * len(files)


def test_claude_with_a_foreign_address_in_the_environment(home, simulator):
    """The same from the shell."""
    configure(home, simulator, "anthropic")
    env = home.env(ANTHROPIC_BASE_URL="http://127.0.0.1:9", ANTHROPIC_API_KEY="sk-foreign", OPENAI_BASE_URL="http://x")
    check_turn(claude(home, env=env), simulator)


def test_codex_history_stays_under_its_own_provider_id(home, simulator):
    """Codex hides sessions of other provider ids: ours must be recorded as `openai`."""
    configure(home, simulator, "openai-responses")
    check_turn(codex(home, "--model", "gpt-5.5"), simulator)
    sessions = list((home.path / ".codex" / "sessions").rglob("*.jsonl"))
    assert sessions
    text = sessions[0].read_text()
    assert '"model_provider":"openai"' in text.replace(" ", "")


def test_each_run_is_told_apart_by_its_tag(home, simulator):
    """Two runs of one project are two runs in the records."""
    configure(home, simulator, "anthropic")
    claude(home)
    first = home.last_record()
    claude(home)
    second = home.last_record()
    assert first["client"] == second["client"] == "claude"
    assert first["run"] and second["run"] and first["run"] != second["run"]
    assert first["project"] == second["project"] == str(home.work)
