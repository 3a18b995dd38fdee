"""Installs the pinned clients and SDKs the acceptance tests drive, once per set of versions, outside the checkout.

Prints the folder. Fails loudly: a test that needs a client is never skipped because it is missing.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def cache_root() -> pathlib.Path:
    """Where installations are kept between runs."""
    given = os.environ.get("TOKGATE_TEST_CACHE")
    return pathlib.Path(given) if given else pathlib.Path.home() / ".cache" / "tokgate-test"


def need(program: str) -> str:
    """The path of a program that must be there."""
    found = shutil.which(program)
    if not found:
        sys.exit(f"the acceptance tests need `{program}` on the PATH (Node.js brings npm)")
    return found


def install() -> pathlib.Path:
    """Installs what `clients.json` names and returns the folder."""
    wanted = (HERE / "clients.json").read_bytes()
    folder = cache_root() / hashlib.sha256(wanted).hexdigest()[:16]
    if (folder / "complete").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    versions = json.loads(wanted)
    packages = [f"{name}@{version}" for name, version in versions["npm"].items()]
    npm = [need("npm"), "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error"]
    (folder / "package.json").write_text("{}")
    subprocess.run([*npm, *packages], cwd=folder, check=True, stdout=sys.stderr)
    environment(folder, "venv", versions["pip"])
    environment(folder, "venv-0.x", versions["pip-0.x"])
    (folder / "complete").touch()
    return folder


def environment(folder: pathlib.Path, name: str, packages: dict[str, str]):
    """A Python environment of its own for these versions."""
    subprocess.run([sys.executable, "-m", "venv", name], cwd=folder, check=True)
    pins = [f"{package}=={version}" for package, version in packages.items()]
    pip = [folder / name / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *pins], check=True, stdout=sys.stderr)


if __name__ == "__main__":
    print(install())
