"""What the newest official SDKs know and this project does not: a list to read, never a failure.

Installs the newest `anthropic` and `openai` in a scratch environment and collects from their types the names of events,
blocks, items, tools, reasons to stop and request fields. A name that stands nowhere in `crates/wire/src` is listed.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Runs inside the scratch environment: prints {sdk: {group: [names]}}.
COLLECT = r'''
import importlib, inspect, json, pkgutil, typing

def literals(hint):
    if typing.get_origin(hint) is typing.Literal:
        return [value for value in typing.get_args(hint) if isinstance(value, str)]
    return [value for part in typing.get_args(hint) for value in literals(part)]

def modules(package):
    yield package
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".beta." not in found.name:
            try:
                yield importlib.import_module(found.name)
            except ImportError:
                pass

def members(kind):
    if hasattr(kind, "model_fields"):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    try:
        return typing.get_type_hints(kind, include_extras=False)
    except Exception:
        return {}

def collect(package, wanted):
    groups = {"type": set(), "stop": set(), "request": set()}
    for module in modules(package):
        if not any(part in module.__name__ for part in wanted):
            continue
        for name, kind in inspect.getmembers(module, inspect.isclass):
            hints = members(kind)
            groups["type"].update(literals(hints.get("type", None)))
            for reason in ("stop_reason", "finish_reason", "reason"):
                groups["stop"].update(literals(hints.get(reason, None)))
            if name.endswith(("CreateParamsBase", "CompletionCreateParamsBase")):
                groups["request"].update(hints)
    return {group: sorted(names) for group, names in groups.items()}

import anthropic, anthropic.types, openai, openai.types, openai.types.chat, openai.types.responses
print(json.dumps({
    f"anthropic {anthropic.__version__}": collect(anthropic.types, ["message", "block", "tool", "delta", "stop", "content", "thinking", "usage"]),
    f"openai {openai.__version__}": collect(openai.types, [".chat", ".responses"]),
}))
'''

TITLES = {"type": "events, blocks, items and tools", "stop": "reasons to stop", "request": "request fields"}


def newest() -> dict:
    """What the newest SDKs know."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([sys.executable, "-m", "venv", scratch], check=True)
        pip = [f"{scratch}/bin/pip", "install", "--quiet", "--disable-pip-version-check", "anthropic", "openai"]
        subprocess.run(pip, check=True)
        done = subprocess.run([f"{scratch}/bin/python", "-c", COLLECT], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)


def main() -> None:
    """Prints the list."""
    source = "\n".join(file.read_text() for file in (ROOT / "crates" / "wire" / "src").rglob("*.rs"))
    for sdk, groups in newest().items():
        print(f"{sdk}:")
        for group, names in groups.items():
            unknown = [name for name in names if f'"{name}"' not in source]
            print(f"  {TITLES[group]}: {len(names)} known to the SDK, {len(unknown)} not to us")
            for name in unknown:
                print(f"    {name}")


if __name__ == "__main__":
    main()
