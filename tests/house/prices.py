"""Compares the prices in `crates/wire/src/price/` with two public tables and lists the differences.

Run by hand, with access to PyPI: `python3 tests/house/prices.py`. Nothing here runs in a test. What differs is looked up
on the vendor's own page; a table alone is no source.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import venv
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATES = ["input", "cache_read", "cache_write", "output"]
# Our vendors by the names of either table: LiteLLM's prefix, genai-prices' provider.
VENDORS = {
    "anthropic": ("", "anthropic"),
    "openai": ("", "openai"),
    "moonshot": ("moonshot/", "moonshotai"),
    "deepseek": ("deepseek/", "deepseek"),
    "zai": ("zai/", "zai"),
    "gemini": ("gemini/", "google"),
    "groq": ("groq/", "groq"),
    "minimax": ("minimax/", "minimax"),
    "mistral": ("mistral/", "mistral"),
    "qwen": ("dashscope/", "qwen"),
    "xai": ("xai/", "x-ai"),
}
# Printed by the other interpreter, which has the package: provider, model, the base rates of its newest price.
GENAI = """
import json
from genai_prices.data import providers
def base(value):
    value = getattr(value, "base", value)
    return None if value is None else float(value)
def plain(prices):
    if not isinstance(prices, list):
        return prices
    timed = [p.prices for p in prices if "Time" not in type(p.constraint).__name__]
    return timed[-1]
for provider in providers:
    for model in provider.models:
        prices = plain(model.prices)
        names = {"input": "input_mtok", "cache_read": "cache_read_mtok", "cache_write": "cache_write_mtok", "output": "output_mtok"}
        print(json.dumps([provider.id, model.id, {ours: base(getattr(prices, theirs, None)) for ours, theirs in names.items()}]))
"""


def ours() -> list[dict]:
    """The project's own table."""
    run = ["cargo", "run", "-q", "-p", "tokgate-wire", "--example", "prices"]
    lines = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def litellm(folder: pathlib.Path) -> dict:
    """LiteLLM's table, out of its wheel."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "litellm", "-d", str(folder)]
    subprocess.run(pip, check=True)
    wheel = next(folder.glob("litellm-*.whl"))
    return json.loads(zipfile.ZipFile(wheel).read("litellm/model_prices_and_context_window_backup.json"))


def genai(folder: pathlib.Path) -> dict:
    """genai-prices' table, by a Python that has the package."""
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv/bin/python")
    subprocess.run([python, "-m", "pip", "install", "-q", "genai-prices"], check=True)
    lines = subprocess.run([python, "-c", GENAI], check=True, capture_output=True, text=True).stdout.splitlines()
    return {(provider, model.lower()): rates for provider, model, rates in map(json.loads, lines)}


def per_million(entry: dict) -> dict:
    """LiteLLM's prices per token as ours."""
    names = ["input_cost_per_token", "cache_read_input_token_cost", "cache_creation_input_token_cost", "output_cost_per_token"]
    costs = [entry.get(name) for name in names]
    return {rate: None if cost is None else round(cost * 1e6, 9) for rate, cost in zip(RATES, costs)}


def differences(mine: dict, theirs: dict) -> list[str]:
    """Rates that both know and that differ; LiteLLM has DeepSeek's busy hours as its only price."""
    known = [mine["tiers"][0]["rates"]] + ([mine["peak"]] if mine["peak"] else [])
    both = [rate for rate in RATES if theirs.get(rate) and known[0][rate] is not None]
    wrong = [rate for rate in both if all(abs(one[rate] - theirs[rate]) > 1e-9 for one in known)]
    return [f"{rate} {known[0][rate]} ≠ {theirs[rate]}" for rate in wrong]


def main() -> None:
    """Prints a line for each model that a table has otherwise, and those that no table has."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tables = {"litellm": litellm(folder), "genai-prices": genai(folder)}
    for mine in ours():
        if mine["vendor"] not in VENDORS:
            print(f"{mine['vendor']} {mine['model']} · its name in the tables is not known here")
            continue
        prefix, provider = VENDORS[mine["vendor"]]
        found = {
            "litellm": tables["litellm"].get(prefix + mine["model"]),
            "genai-prices": tables["genai-prices"].get((provider, mine["model"])),
        }
        found["litellm"] = per_million(found["litellm"]) if found["litellm"] else None
        for table, theirs in found.items():
            said = "not listed" if theirs is None else ", ".join(differences(mine, theirs))
            if said:
                print(f"{mine['vendor']} {mine['model']} · {table}: {said}")


if __name__ == "__main__":
    main()
