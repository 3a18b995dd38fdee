"""Checks that no sentence is written where it would stay English: what a person reads comes from `i18n`, in both languages.

Looks at the string literals of the code for what reads like a sentence. What speaks to programs, to models or to the log
is listed below, each with its reason.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Three words of a sentence in a row.
SENTENCE = re.compile(r"(?<![\w.\-/])[a-z']{2,} [a-z']{2,} [a-z']{2,}(?![\w=])")

# Files whose sentences are not for people, or stand in both languages elsewhere, where a test holds them together.
FILES = {
    "crates/wire/src/defect.rs": "`i18n/defects.rs` has them in both languages, and a test compares",
    "crates/tokgate/src/proxy/front/reject.rs": "`i18n/rejects.rs` has them in both languages, and a test compares",
    "crates/wire/src/peek.rs": "for the log; people get `i18n/refusals.rs`",
    "crates/wire/src/openai_responses/websocket/client_event.rs": "for the log; people get `i18n/refusals.rs`",
    "crates/wire/src/downgrade/refusal/wording.rs": "what providers say, to be recognised",
    "crates/wire/src/error/overflow.rs": "what clients look for",
    "crates/wire/src/anthropic/encode/failure.rs": "what providers say, to be recognised",
    "crates/wire/src/openai_responses/encode/object.rs": "what clients look for",
    "crates/wire/src/translate/compaction.rs": "for the model",
    "crates/wire/src/translate/functions.rs": "for the model",
    "crates/wire/src/translate/pairing.rs": "for the model",
    "crates/wire/src/translate/pieces.rs": "for the model",
    "crates/wire/src/converse/write/tools.rs": "for the model",
    "crates/wire/src/gemini/write/contents.rs": "for the model",
    "crates/wire/src/openai_chat/write/history.rs": "for the model",
    "crates/wire/src/openai_chat/write/reasoning.rs": "for the model",
    "crates/wire/src/openai_responses/write/content.rs": "for the model",
    "crates/wire/src/anthropic/write/media.rs": "for the model",
    "crates/wire/src/anthropic/write/settings.rs": "for the model",
    "crates/tokgate/src/proxy/names.rs": "doc lines of a table",
    "crates/tokgate/src/proxy/respond.rs": "Codex reads the delay from these words",
    "crates/tokgate/src/config/keys.rs": "names of types, for the reference; `i18n` of keys is held by its own test",
    "crates/tokgate/src/gateway/wake.rs": "for the log",
    "crates/tokgate/src/store/id.rs": "an error that nobody prints",
    "crates/tokgate/src/telemetry/sink.rs": "for the log",
    "crates/tokgate/src/upstream/dns.rs": "what resolvers say, to be recognised",
}

# Folders and files without sentences of ours.
SKIPPED = re.compile(r"/tests/|tests\.rs$|_tests\.rs$|/i18n/|/price/|/vendor/|/keys/|sample\.rs$")

# What stands before a literal that is for the log, a programmer or the compiler.
ASIDE = re.compile(r"(tracing::\w+!|\bexpect(_err)?|\bassert\w*!|debug_assert\w*!|unreachable!|panic!)\([^;]*$")

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)|(?P<raw>b?r(?P<hashes>\#*)".*?"(?P=hashes))|(?P<string>b?"(?:[^"\\]|\\.)*")|(?P<char>b?'(?:[^'\\\n]|\\.[^'\n]*)')""",
    re.S,
)


def literals(text: str):
    """Place and contents of each string literal outside comments and unit tests."""
    for token in TOKEN.finditer(text):
        if token["string"] or token["raw"]:
            yield token.start(), token.group()


def without_tests(text: str) -> str:
    """The code above the tests, which come last."""
    tests = re.search(r"#\[cfg\(test\)\]\s*(#\[[^\n]*\n\s*)*mod \w+", text)
    return text[: tests.start()] if tests else text


def sentences(path: pathlib.Path):
    """Literals of a file that read like sentences for people."""
    text = without_tests(path.read_text())
    for at, literal in literals(text):
        before = text[max(0, at - 200) : at]
        line = before[before.rfind("\n") + 1 :]
        if not SENTENCE.search(literal) or "reason = " in line or ASIDE.search(before):
            continue
        # A command is the same in every language.
        if literal.startswith('"tokgate '):
            continue
        yield text.count("\n", 0, at) + 1, literal


def main() -> int:
    found, needed = [], set()
    for base in ("crates/wire/src", "crates/tokgate/src"):
        for path in sorted((ROOT / base).rglob("*.rs")):
            name = path.relative_to(ROOT).as_posix()
            if SKIPPED.search("/" + name):
                continue
            said = list(sentences(path))
            if name in FILES:
                needed |= {name} if said else set()
                continue
            found += [f"{name}:{line}: {literal[:100]}" for line, literal in said]
    idle = sorted(set(FILES) - needed)
    for problem in found:
        print(f"{problem} — put it into crates/tokgate/src/i18n, in both languages")
    for name in idle:
        print(f"tests/house/words.py: {name} has no sentence any more; take it off the list")
    if not found and not idle:
        print("words: every sentence for people is in i18n")
    return 1 if found or idle else 0


if __name__ == "__main__":
    sys.exit(main())
