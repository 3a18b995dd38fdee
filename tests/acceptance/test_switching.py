"""The provider is switched while a real client is in the middle of a conversation, with thinking on, and back again.

The configuration is edited under the running gateway before each turn. Both providers verify the opaque reasoning they
are sent; each turn must work at once, hold nothing that the other issued, and hold all of the provider's own.
"""

import json

import pytest

from conftest import Simulator, free_port, wait_for
from matrix_clients import CLIENTS, Place, claude, codex
from session import MARKERS

KINDS = {"anthropic": "", "openai-chat": "/v1", "openai-responses": "/v1"}
ANSWERS = 2


class Provider:
    """A provider of a protocol that knows what it issued."""

    def __init__(self, name: str, kind: str, tool: tuple[str, dict]):
        self.name, self.kind = name, kind
        self.simulator = Simulator()
        self.tool = {"tool": {"name": tool[0], "arguments": tool[1]}}
        self.issued = 0

    def section(self) -> str:
        """Its part of the configuration."""
        url = self.simulator.url + KINDS[self.kind]
        return f'[provider.{self.name}]\ntype = "{self.kind}"\nurl = "{url}"\nkeys = ["k"]\n'

    def blob(self, number: int) -> str:
        """What it issues with its answer of this number."""
        return f"own-{self.name}-{number:04}"

    def prepare(self, turn: int):
        """Thinks and calls a tool; thinks and answers."""
        says = [self.tool, {"text": f"Done. {MARKERS[turn]}"}]
        steps = []
        for said in says:
            thinking = {"thinking": {"text": f"thought {self.issued}", "signature": self.blob(self.issued)}}
            steps.append({"good": {"pieces": [thinking, said]}})
            self.issued += 1
        rules = [{"when": {"tools": False}, "do": "good"}]
        self.simulator.script(rules=rules, steps=steps, then="500", issuer=f"own-{self.name}-")

    def asked(self) -> list[str]:
        """The bodies of the requests with tools; titles and the like have none."""
        posts = [seen for seen in self.simulator.requests() if seen["method"] == "POST" and "count" not in seen["path"]]
        return [seen["body"] for seen in posts if '"tools"' in seen["body"]]


def switch(home, port: int, providers: list[Provider], turn: int):
    """From here on the first of `providers` is asked; waits until the gateway, if it runs, has read so."""
    # Nobody asks this one: `status` lists it once the file has been read.
    sign = f"turn-{turn}"
    sections = "\n".join([f'[provider.{sign}]\ntype = "simulated"\n', *(provider.section() for provider in providers)])
    profile = f'[profile.default]\nproviders = ["{providers[0].name}"]\n'
    home.config(f'[server]\nlisten = "127.0.0.1:{port}"\n\n{profile}\n{sections}')

    def has_read() -> bool:
        shown = json.loads(home.tokgate("status", "--json").stdout)["data"]
        return not shown["running"] or sign in [one["name"] for one in shown["providers"]]

    wait_for(has_read)


def records(home) -> list[dict]:
    """What the gateway remembers of its requests."""
    return [json.loads(line) for line in home.tokgate("logs", "--json", check=True).stdout.splitlines()]


@pytest.mark.parametrize(
    ("play", "row", "kinds"),
    [
        pytest.param(claude, "Claude Code", ("anthropic", "openai-chat"), id="claude-anthropic-chat-anthropic"),
        pytest.param(claude, "Claude Code", ("anthropic", "openai-responses"), id="claude-anthropic-openai-anthropic"),
        pytest.param(codex, "Codex, WebSocket", ("openai-responses", "anthropic"), id="codex-openai-anthropic-openai"),
    ],
)
def test_a_switch_of_providers_in_the_middle_and_back(home, play, row, kinds):
    """There, away, and back."""
    tool = next(client.tool for client in CLIENTS if client.name == row)
    here, there = (Provider(name, kind, tool) for name, kind in zip(("here", "there"), kinds))
    order = [here, there, here]
    port = free_port()

    def before(turn: int):
        now = order[turn]
        now.prepare(turn)
        switch(home, port, [now, there if now is here else here], turn)

    try:
        # The first configuration has to be there before the client is started.
        before(0)
        played = play(Place(home), lambda turn: before(turn) if turn else None)
        assert played.returncode == 0, f"{played.stdout[-3000:]}\n{played.stderr[-3000:]}"
        assert all(marker in played.stdout for marker in MARKERS), played.stdout[-3000:]
        assert {one["outcome"] for one in records(home)} == {"completed"}, records(home)
        mine, others = here.asked(), there.asked()
        assert (len(mine), len(others)) == (2 * ANSWERS, ANSWERS), "a request was refused or sent again"
        for body in mine:
            assert "own-there-" not in body and "tg1." not in body, body
        for body in others:
            assert "own-here-" not in body and "tg1." not in body, body
        # All that was issued before, once each: also over the turn that another provider answered.
        for number, body in enumerate(mine):
            assert [body.count(here.blob(issued)) for issued in range(number)] == [1] * number, body
        first = json.loads(mine[0])
        assert first.get("thinking") or first.get("reasoning"), "nobody asked for thinking"
    finally:
        here.simulator.close()
        there.simulator.close()
