"""A provider dies, again and again, while real clients work; and all providers are at their limit for a while.

Every turn must end as it should. A request of which nothing had been said yet moves without its client noticing: the
client makes its usual number of requests. A stream that had begun gets its protocol's error event, and the client goes on
by itself.

TOKGATE_TURNS=50 plays more turns.
"""

import collections
import concurrent.futures
import contextlib
import json
import os
import threading
import time

from conftest import PATIENCE_S, Simulator, free_port, wait_for
from test_clients import MARKER, claude, codex, opencode

TURNS = int(os.environ.get("TOKGATE_TURNS", "9"))
# As many clients as two cores carry.
AT_ONCE = 6
# What a provider says that takes its time: half a second until its head, three events a second.
SLOWLY = {"acceptance_turn": {"first_byte_ms": 500, "gap_ms": 300}}
# How long the primary is away, and then there.
AWAY_S, THERE_S = 2, 4
# Turns are played again, so often at most, until both kinds of failure were met.
ROUNDS_MAX = 5
LIMITED_S = 20
# What asks a model in the two protocols of a provider.
PATHS = {"/v1/messages", "/v1/responses"}

# OpenCode keeps its sessions in one database of its home, which a second one finds locked when the machine is busy.
ONE_OPENCODE = threading.Lock()


def opencode_alone(home):
    """One turn of OpenCode, no other one beside it."""
    with ONE_OPENCODE:
        return opencode(home, "--model", "claude-sonnet-4-5")


CLIENTS = [
    ("claude", lambda home: claude(home)),
    ("codex", lambda home: codex(home, "--model", "gpt-5.5")),
    ("opencode", lambda home: opencode_alone(home)),
]
# What a request meets at a provider that was killed before it said anything, by rows of the failure table.
KILLED = {"refused", "reset", "empty-stream", "answer-cut"}
# What asks a model; lists of models and counts of tokens do not.
OPERATIONS = {"messages", "responses", "responses-websocket", "chat-completions"}


def turns_meet(behaviour) -> dict:
    """A script for requests with tools. Titles are answered at once: a client does without one that broke."""
    return {"rules": [{"when": {"tools": True}, "do": behaviour}], "then": "acceptance-turn"}


# In turn: killed when it has been asked and has said nothing, and when it has begun to speak and stopped.
KINDS = ("stall-before-head", "stall-mid-stream")


class Provider:
    """A provider that can be killed and started again under its address."""

    def __init__(self, name: str, **script):
        self.name, self.script = name, script
        self.port = free_port()
        self.simulator = None
        self.asked = []
        self.start()

    def start(self):
        """Listens again."""
        self.simulator = wait_for(self.try_start)
        # Its log counts from here.
        self.started_ms = time.time() * 1000
        self.simulator.script(**self.script)

    def try_start(self):
        """The address may be taken by a connection of its predecessor for a moment."""
        try:
            return Simulator("--listen", f"127.0.0.1:{self.port}")
        except json.JSONDecodeError:
            return None

    def stands_still(self, behaviour: str) -> bool:
        """Whether somebody waits for an answer that behaves like this and has come to its stop."""
        waits = {"behaviour": behaviour, "ended": "open", "stalled": True}
        return any(waits.items() <= seen.items() for seen in self.simulator.requests())

    def asked_for(self) -> set[str]:
        """The paths that were called."""
        return {seen["path"].split("?")[0] for seen in self.simulator.requests() if seen["method"] == "POST"}

    def keep_log(self):
        """Moments (Unix ms) at which it was asked so far."""
        posts = [seen for seen in self.simulator.requests() if seen["method"] == "POST"]
        self.asked += [self.started_ms + seen["at_ms"] for seen in posts]

    def kill(self) -> float:
        """As a crash would; the moment."""
        self.simulator.process.kill()
        moment = time.time() * 1000
        self.simulator.close()
        self.simulator = None
        return moment

    def sections(self) -> str:
        """It speaks two protocols, each as a provider of its own."""
        url, key = f"http://127.0.0.1:{self.port}", f'keys = ["k-{self.name}"]'
        anthropic = f'[provider.{self.name}-a]\ntype = "anthropic"\nurl = "{url}"\n{key}\n'
        return anthropic + f'[provider.{self.name}-r]\ntype = "openai-responses"\nurl = "{url}/v1"\n{key}\n'


def configure(home, providers: list[Provider], profiles: dict[str, str], more: str = ""):
    """Profiles by name, each with these protocols of every provider."""
    server = f'[server]\nlisten = "127.0.0.1:{free_port()}"\n'
    for profile, kinds in profiles.items():
        names = ", ".join(f'"{one.name}-{kind}"' for one in providers for kind in kinds)
        server += f"\n[profile.{profile}]\nproviders = [{names}]\n"
    sections = "\n".join(one.sections() for one in providers)
    home.config(f"{server}\n{more}\n{sections}")


def records(home) -> list[dict]:
    """The requests that asked a model, oldest first."""
    shown = home.tokgate("logs", "--json", "--limit", "10000", check=True).stdout
    asked = [json.loads(line) for line in shown.splitlines()]
    return [one for one in asked if one["operation"] in OPERATIONS]


def play(home, name: str, turn) -> tuple[str, object]:
    """One turn; its run is found in the records by the project, which is its own."""
    return name, turn(home)


def check(played: list[tuple[str, object]]):
    """Every turn was completed."""
    wrong = [(name, done) for name, done in played if done.returncode != 0 or MARKER not in done.stdout]
    for name, done in wrong:
        print(f"--- {name} {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}")
    assert not wrong, f"{len(wrong)} of {len(played)} turns failed: {[name for name, _ in wrong]}"


def by_run(asked: list[dict]) -> dict[str, list[dict]]:
    """The requests of each run."""
    runs = collections.defaultdict(list)
    for one in asked:
        runs[one["run"]].append(one)
    return runs


def turns(home, count: int) -> list[tuple[str, object]]:
    """So many turns, the clients in turn, some at once."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        work = [pool.submit(play, home, *CLIENTS[number % len(CLIENTS)]) for number in range(count)]
        return [one.result() for one in work]


class Outages(threading.Thread):
    """Kills a provider while it answers, starts it again, and so on."""

    def __init__(self, provider: Provider):
        super().__init__(daemon=True)
        self.provider, self.over, self.kills = provider, threading.Event(), []

    def run(self):
        while not self.over.is_set():
            kind = KINDS[len(self.kills) % len(KINDS)]
            self.provider.simulator.script(**turns_meet(kind))
            while not self.provider.stands_still(kind):
                if self.over.wait(0.05):
                    return
            self.kills.append(self.provider.kill())
            self.over.wait(AWAY_S)
            self.provider.start()
            self.over.wait(THERE_S)

    def stop(self):
        """Ends; the provider is there then."""
        self.over.set()
        self.join(30)


def usual(home) -> dict[str, int]:
    """How many requests each client makes in a turn when nothing fails."""
    usual = {}
    for name, turn in CLIENTS:
        seen = len(records(home)) if usual else 0
        check([play(home, name, turn)])
        usual[name] = len(records(home)) - seen
    return usual


def test_turns_go_on_while_the_primary_provider_is_killed_again_and_again(home):
    """Killed, not stopped: sockets close in the middle of whatever was said."""
    primary = Provider("primary", **turns_meet(SLOWLY))
    secondary = Provider("secondary", then="acceptance-turn")
    try:
        # One that was killed is asked once: who may have arrived twice is not asked a third time.
        route = '[[route]]\nmatch = { client = "codex" }\nto = "profile:responses"\n'
        configure(home, [primary, secondary], {"default": "a", "responses": "r"}, route)
        expected = usual(home)
        quiet = {one["request_id"] for one in records(home)}
        outages = Outages(primary)
        outages.start()
        try:
            played = []
            for _ in range(ROUNDS_MAX):
                played += turns(home, TURNS)
                if both_met([one for one in records(home) if one["request_id"] not in quiet]):
                    break
        finally:
            outages.stop()
        check(played)
        asked = [one for one in records(home) if one["request_id"] not in quiet]
        secondary.keep_log()
        report(len(played), asked, outages.kills, secondary.asked)
        look(asked, expected)
        for one in asked:
            look_why(home, one)
    finally:
        for provider in (primary, secondary):
            with contextlib.suppress(AttributeError):
                provider.simulator.close()


def look_why(home, one: dict):
    """`why` names the provider that was killed, and what that was to the request."""
    told = json.loads(home.tokgate("why", one["request_id"], "--json", check=True).stdout)["data"]
    page = home.tokgate("why", one["request_id"], "--plain", check=True).stdout
    *failed, last = told["attempts"]
    if one["outcome"] == "truncated":
        assert (last["provider"].split("-")[0], last["result"]) == ("primary", "truncated"), page
    else:
        assert last["result"] == "ok", page
    for attempt in failed:
        assert attempt["provider"].startswith("primary-") and attempt["result"] in KILLED, page
    for attempt in told["attempts"]:
        assert any(attempt["provider"] in line and attempt["result"] in line for line in page.splitlines()), page


def moved(one: dict) -> bool:
    """Whether a request went to another provider before anything was said."""
    return len(one["attempts"]) > 1


def both_met(asked: list[dict]) -> bool:
    """Whether a request was moved, and a stream broken."""
    return any(moved(one) for one in asked) and any(one["outcome"] == "truncated" for one in asked)


def report(played: int, asked: list[dict], kills: list[float], arrivals: list[float]):
    """Figures for people."""
    outcomes = collections.Counter(one["outcome"] for one in asked)
    unnoticed = sum(moved(one) and one["outcome"] == "completed" for one in asked)
    print(f"{played} turns, {len(kills)} kills, {len(asked)} requests {dict(outcomes)}, {unnoticed} moved unnoticed")
    print("from kill to switch, ms:", [round(took) for took in switches(kills, arrivals)])


def switches(kills: list[float], arrivals: list[float]) -> list[float]:
    """From each kill to the next request at the other provider, where one came before the first was back."""
    found = []
    for kill in kills:
        after = [moment - kill for moment in arrivals if 0 <= moment - kill < AWAY_S * 1000]
        found += [min(after)] if after else []
    return found


def look(asked: list[dict], expected: dict[str, int]):
    """What the records say of it."""
    assert any(moved(one) for one in asked), "no request was moved: nothing was proven"
    assert any(one["outcome"] == "truncated" for one in asked), "no stream was broken: nothing was proven"
    assert {one["outcome"] for one in asked} <= {"completed", "truncated"}, [one for one in asked if one["error"]]
    for run, requests in by_run(asked).items():
        name = requests[0]["client"]
        broken = sum(one["outcome"] == "truncated" for one in requests)
        # A client that was told that its stream broke asks anew, once for each time; any other notices nothing.
        assert len(requests) == expected[name] + broken, f"{name} {run}: {json.dumps(requests, indent=1)}"


def test_turns_are_finished_while_all_providers_are_at_their_limit(home):
    """Each of them answers 429 and asks to wait for 20 s."""
    limited = {"then": f"429-retry-after; retry_after={LIMITED_S}"}
    providers = [Provider("primary", **limited), Provider("secondary", **limited)]
    try:
        configure(home, providers, {"default": "ar"})

        def free():
            wait_for(lambda: all(one.asked_for() >= PATHS for one in providers), PATIENCE_S)
            for one in providers:
                one.simulator.script(then="acceptance-turn")

        # They work again as soon as each has told both protocols to wait: who was told so waits all the same.
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            freed = pool.submit(free)
            played = turns(home, len(CLIENTS))
            freed.result()
        check(played)
        # Four candidates, all limited: no client is told.
        asked = records(home)
        assert {one["status"] for one in asked} == {200}
        slowest = max(one["total_ms"] for one in asked)
        assert slowest >= LIMITED_S * 900, f"nobody waited: {slowest} ms"
    finally:
        for provider in providers:
            provider.simulator.close()
