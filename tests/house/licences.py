"""Checks what is linked into the binary: every licence is on the list of `deny.toml`, no banned crate, pure crates pure.

A small stand-in for `cargo deny`, so that the check needs nothing but cargo.
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What the pure crates may depend on, directly: nothing that opens a socket, reads a clock or touches a file.
PURE = {
    "tokgate-wire": {"base64", "bytes", "crc32fast", "memchr", "pulp", "serde", "serde_json", "sha2", "simdutf8", "wide"},
    "tokgate-policy": {"serde"},
}


def cargo(*args: str) -> str:
    """Output of a cargo command."""
    return subprocess.run(["cargo", *args], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def licence_fits(expression: str, allowed: set[str]) -> bool:
    """Whether an SPDX expression (with the old `/` for OR) can be met from the list."""
    for choice in re.split(r"\s+OR\s+|/", expression.replace("(", " ").replace(")", " ")):
        if all(part.strip() in allowed for part in re.split(r"\s+AND\s+", choice)):
            return True
    return False


def main() -> None:
    """Fails with every finding at once."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    allowed = set(rules["licenses"]["allow"])
    banned = {ban["crate"] for ban in rules["bans"]["deny"]}
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--locked"))
    by_id = {package["id"]: package for package in metadata["packages"]}
    tree = cargo("tree", "--workspace", "--edges", "normal,build", "--prefix", "none", "--format", "{p}", "--locked")
    linked = {line.split()[0] for line in tree.splitlines() if line}
    findings = [f"banned crate {name}" for name in sorted(linked & banned)]
    for package in by_id.values():
        licence = package.get("license") or ""
        if package["name"] in linked and not licence_fits(licence, allowed):
            findings.append(f"{package['name']} {package['version']}: licence {licence!r} is not on the list")
        pure = PURE.get(package["name"])
        if pure is not None:
            direct = {dependency["name"] for dependency in package["dependencies"] if dependency["kind"] is None}
            findings += [f"{package['name']} must not depend on {name}" for name in sorted(direct - pure)]
    if findings:
        sys.exit("\n".join(findings))
    print(f"{len(linked)} crates: licences, bans and pure crates are in order")


if __name__ == "__main__":
    main()
