"""What the measurements on loopback stand on: a scripted provider, a gateway, and what a process uses."""
import http.client
import json
import os
import resource
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEY = "tg-local-bench-0123456789abcdef0123456789abcdef"
LISTEN = "127.0.0.1:17799"
BODY = json.dumps({"model": "m", "max_tokens": 64, "stream": True, "messages": [{"role": "user", "content": "hi"}]})


def simulator(behaviour, *flags):
    """The process of a provider, its address, and that of its control plane."""
    binary = os.environ.get("SIMULATOR", f"{ROOT}/target/release/tokgate-simulator")
    child = subprocess.Popen([binary, "--behaviour", behaviour, "--exit-with-stdin", *flags],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    said = json.loads(child.stdout.readline())
    return child, said["addr"], said["control"]


def control(address, method, path):
    """What the control plane of a simulator answers."""
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request(method, path)
    return connection.getresponse().read()


def gateway(folder, providers, server="", provider=""):
    """A gateway before these (name, address); returns its process and an open connection to it."""
    sections = "".join(f'[provider.{name}]\ntype = "anthropic"\nurl = "http://{address}"\nkeys = ["sk-{name}-key"]\n{provider}'
                       for name, address in providers)
    names = ", ".join(f'"{name}"' for name, _ in providers)
    with open(f"{folder}/config.toml", "w") as file:
        file.write(f'version = 1\n[server]\nlisten = "{LISTEN}"\nlocal_key = "{KEY}"\n{server}{sections}'
                   f'[profile.main]\nproviders = [{names}]\n')
    os.chmod(f"{folder}/config.toml", 0o600)
    binary = os.environ.get("TOKGATE_BIN", f"{ROOT}/target/release/tokgate")
    child = subprocess.Popen([binary, "up", "--config", f"{folder}/config.toml"], env={"HOME": folder, "PATH": os.environ["PATH"]},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(500):
        try:
            connection = http.client.HTTPConnection(LISTEN, timeout=5)
            connection.request("GET", "/health")
            connection.getresponse().read()
            return child, connection
        except OSError:
            time.sleep(0.01)
    child.kill()
    raise SystemExit("the gateway did not start")


def ask(connection, **pinned):
    """Milliseconds until the first generated event, and who answered."""
    started = time.perf_counter()
    headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json", **pinned}
    try:
        connection.request("POST", "/v1/messages", BODY, headers)
        answer = connection.getresponse()
        text = answer.readline()
        while text and b"content_block_delta" not in text:
            text = answer.readline()
        took = (time.perf_counter() - started) * 1e3
        rest = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise SystemExit(f"FAILED: a request was lost: {error!r}") from error
    if answer.status != 200 or not text:
        raise SystemExit(f"FAILED: a request was lost: answered {answer.status} without content {rest[:400]}")
    return took, answer.headers.get("x-tokgate-provider")


def end(*children):
    """Ends processes started here."""
    for child in children:
        child.terminate()
        child.wait()


def files(least):
    """Lets this process and its children open so many files, or says that it cannot."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < least:
        raise SystemExit(f"needs {least} open files, and the limit here is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def memory(pid):
    """Resident memory of a process now and at its highest, MiB."""
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.split(":", 1) for line in file if ":" in line)
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def verdict(*bounds):
    """The exit code: 0 when every (sentence, whether it holds) holds; those that do not are told."""
    broken = [sentence for sentence, holds in bounds if not holds]
    for sentence in broken:
        print(f"FAILED: {sentence}", flush=True)
    return 1 if broken else 0


def at(ordered, share):
    """The value below which this share of a sorted list lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
