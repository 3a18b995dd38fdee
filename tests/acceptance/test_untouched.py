"""The first five minutes: no configuration, no key, one command; and what a run leaves behind.

A run through the gateway may write nothing outside tokgate's own folders that the same client would not write by itself.
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess

from conftest import PATIENCE_S, Home, wait_for

OURS = (".config/tokgate", ".local/share/tokgate", ".local/state/tokgate", "tokgate")


def tree(root: pathlib.Path) -> dict[str, str]:
    """Path → hash of every file below `root`, except tokgate's own folders."""
    found = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = pathlib.Path(folder) / name
            relative = str(path.relative_to(root))
            if not relative.startswith(OURS):
                found[relative] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "special"
    return found


def shape(path: str) -> str:
    """The path without what differs from run to run: ids, hashes, times, the home's own name."""
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", path)
    path = re.sub(r"-[^/]*pytest[^/]*", "-PROJECT", path)
    return re.sub(r"\d+", "N", re.sub(r"[0-9a-f]{16,}", "HEX", path))


def test_the_practice_provider_answers_a_real_client_without_any_set_up(home):
    """`tokgate run claude -- -p hi` in an empty home prints the practice provider's answer."""
    done = home.tokgate("run", "claude", "--", "-p", "hi")
    assert done.returncode == 0, done.stderr
    assert "practice provider" in done.stdout
    record = home.last_record()
    assert record["provider"] == "practice"
    assert record["outcome"] == "completed"


def test_the_practice_provider_answers_in_chinese_to_chinese(home):
    """A Chinese question gets the Chinese sentence."""
    done = home.tokgate("run", "claude", "--", "-p", "你好", env=home.env(LANG="zh_CN.UTF-8"))
    assert done.returncode == 0, done.stderr
    assert "练习供应商" in done.stdout


def test_up_serves_within_the_printed_block(home, start_gateway):
    """The block names what answers, the address and the next command; Ctrl-C ends it."""
    gateway = start_gateway()
    text = "".join(gateway.output)
    assert gateway.url in text
    assert "practice provider" in text
    assert "tokgate run claude" in text
    health = home.tokgate("status", "--json")
    assert health.returncode == 0, health.stderr
    assert json.loads(health.stdout)["data"]["address"] == gateway.url
    assert "stopped" in gateway.stop()


def test_a_run_leaves_nothing_behind_that_the_client_would_not(tmp_path, clients, simulator):
    """The same client, once by itself and once through the gateway: the same files, and the user's own unchanged."""
    simulator.script(then="good")
    alone, through = Home(tmp_path / "a" / "home", clients), Home(tmp_path / "b" / "home", clients)
    own = {".claude/settings.json": '{"theme":"dark"}', ".codex/config.toml": 'model = "x"\n', ".zshrc": "export A=1\n"}
    for home in (alone, through):
        for name, text in own.items():
            file = home.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    direct = alone.env(
        ANTHROPIC_BASE_URL=simulator.url, ANTHROPIC_AUTH_TOKEN="x", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1"
    )
    claude = clients / "node_modules" / ".bin" / "claude"
    subprocess.run([claude, "-p", "hi"], env=direct, cwd=alone.work, check=True, timeout=PATIENCE_S, stdin=-3)
    done = through.tokgate("run", "claude", "--", "-p", "hi")
    assert done.returncode == 0, done.stderr
    through.tokgate("stop")
    wait_for(lambda: through.tokgate("status").returncode == 4)
    before, after = tree(alone.path), tree(through.path)
    extra = {shape(path) for path in after} - {shape(path) for path in before}
    assert not extra, extra
    for name, text in own.items():
        assert (through.path / name).read_text() == text
