"""Load test of the server, compared with a bare FastAPI route that reads the same body and returns a fixed answer.

    python benchmarks/serve.py [--seconds 10] [--requests 100000]

Needs wrk (apt install wrk). The two servers run in turn, each as one process on this machine. wrk needs a core of its
own, so use a machine with at least two idle cores. Prints a table, and compares the results with the targets.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

CONNECTIONS = 16
ENTRY = (
    "Day 40 today. Slept badly and woke up at five. Coffee, then the bus to work in the rain. My boss said the report "
    "was late again and I could feel my face go hot. I always ruin everything. Lunch with Dana, she asked how the "
    "meetings are going and I said fine, which is half true. Walked home past the old bar. I thought, I'll just have a "
    "couple on Friday and then stop again. Nobody would know. I called Mike instead and we talked about football for "
    "twenty minutes. Made pasta, watched a show, nothing much. The craving came back around nine and left again around "
    "ten. I wrote three things I am grateful for: the call, the pasta, the quiet. Tomorrow is the dentist, then group "
    "at seven. I want to be there on time for once. Going to bed early tonight, phone off, book on."
)
BODY = json.dumps({"entries": [{"text": ENTRY}], "evidence": False})

BARE = """
import sys, json, uvicorn
from fastapi import FastAPI
from serve.v1.models import PredictRequest
app = FastAPI()
ANSWER = json.loads(sys.argv[1])
@app.post("/v1/predict")
async def predict(body: PredictRequest) -> dict:
    return ANSWER
@app.get("/readyz")
async def readyz() -> dict:
    return {}
config = uvicorn.Config(app, port=0, access_log=False, log_level="warning", server_header=False)
listener = config.bind_socket()
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
uvicorn.Server(config).run(sockets=[listener])
"""

FIXED = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [==[%s]==]
"""
PACED = "\nfunction delay() return %d + math.random(%d) end\n"
VARIED = """
math.randomseed(os.time())
local words = {}
for word in ([==[%s]==]):gmatch("%%a+") do words[#words + 1] = word end
function request()
  local text = {}
  for i = 1, 150 do
    text[i] = words[math.random(#words)] .. (i %% 10 == 0 and string.format("x%%06x.", math.random(0xffffff)) or "")
  end
  local body = '{"evidence": false, "entries": [{"text": "' .. table.concat(text, " ") .. '"}]}'
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, body)
end
"""
"""Entries of 150 words, of which fifteen occur in no other entry, as names and typing errors do."""


@dataclass(frozen=True, slots=True)
class Load:
    """Result of wrk: requests per second, milliseconds at the 50th and 99th percentile, answers other than 2xx."""

    rate: float
    p50: float
    p99: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and the seconds from its start until it was ready."""

    url: str
    pid: int
    ready: float

    def memory(self) -> float:
        """Return its resident memory in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


@contextmanager
def serving(*command: str) -> Iterator[Server]:
    """Run a server until the block ends."""
    started = time.perf_counter()
    environment = os.environ | {"THOUGHTMARK_LOG_LEVEL": "info", "PYTHONUNBUFFERED": "1"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment, text=True)
        assert process.stdout is not None
        url = next(address[0] for line in process.stdout if (address := re.search(r"http://\S+", line)))
        while not _is_ready(url):
            time.sleep(0.01)
        try:
            yield Server(url, process.pid, time.perf_counter() - started)
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.close()
            process.wait(60)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def load(server: Server, script: str, *, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Run a wrk script against a server."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        options = f"-t1 -c{connections} -d{seconds:.0f}s --timeout 30s --latency -s {file.name}".split()
        command = ["wrk", *options, f"{server.url}/v1/predict"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return Load(
        rate=float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0]),
        p50=_milliseconds(output, "50%"),
        p99=_milliseconds(output, "99%"),
        requests=int(re.findall(r"(\d+) requests in", output)[0]),
        failed=int(failed[1]) if failed else 0,
    )


def _milliseconds(output: str, percentile: str) -> float:
    value, unit = re.findall(rf"{percentile}\s+([\d.]+)(us|ms|s)", output)[0]
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def load_half(server: Server, full: Load, seconds: float) -> Load:
    """Run half the load that a server can handle."""
    pause = CONNECTIONS / (full.rate / 2) * 1000 - full.p50 / CONNECTIONS
    return load(server, FIXED % BODY + PACED % (pause / 2, max(pause, 1)), seconds=seconds)


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="duration of each run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each server, in turn; the median is reported")
    parser.add_argument("--requests", type=int, default=100_000, help="requests to measure memory growth; 0 for none")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; install it with: apt install wrk")
    command = (str(Path(sys.executable).with_name("thoughtmark")), "serve", "--port", "0")
    with serving(*command) as server:
        answer = httpx.post(f"{server.url}/v1/predict", content=BODY, headers={"Content-Type": "application/json"}).text
    commands = {"bare route": (sys.executable, "-c", BARE, answer), "server": command}
    loads: dict[str, list[tuple[Load, Load]]] = {name: [] for name in commands}
    ready = []
    for _ in range(options.rounds):
        for name, each in commands.items():
            with serving(*each) as server:
                ready += [server.ready] if name == "server" else []
                load(server, FIXED % BODY, seconds=2)
                full = load(server, FIXED % BODY, seconds=options.seconds)
                loads[name].append((full, load_half(server, full, options.seconds)))
    _print_table(loads, options.rounds)
    print(f"ready after {statistics.median(ready):.1f} s (target: under 3)")
    if options.requests:
        _measure_memory(command, options.requests)


def _print_table(loads: dict[str, list[tuple[Load, Load]]], rounds: int) -> None:
    print(f"One worker, {CONNECTIONS} connections, an entry of {len(ENTRY.split())} words, median of {rounds} runs\n")
    print("| | requests/s | p50 ms | p99 ms | at half load: requests/s | p50 ms | p99 ms | failed |")
    print("|---|---|---|---|---|---|---|---|")
    medians = {}
    for name, pairs in loads.items():
        rows = [(a.rate, a.p50, a.p99, b.rate, b.p50, b.p99, a.failed + b.failed) for a, b in pairs]
        medians[name] = [statistics.median(column) for column in zip(*rows, strict=True)]
        print(f"| {name} | {' | '.join(f'{value:.4g}' for value in medians[name])} |")
    bare, own = medians["bare route"], medians["server"]
    print(f"\nrequests per second, as a ratio: {own[0] / bare[0]:.3f} (target: 0.35)")
    print(f"p99 at half load, as a ratio: {own[5] / bare[5]:.1f} (target: under 15)")


def _measure_memory(command: tuple[str, ...], requests: int) -> None:
    with serving(*command) as server:
        print(f"\nMemory in MiB, with new words in each entry: {server.memory():.0f} at the start", flush=True)
        done, early = 0, 0.0
        for mark in (5_000, *range(20_000, requests + 1, 20_000)):
            while done < mark:
                done += load(server, VARIED % ENTRY, seconds=10, connections=32).requests
            early = early or server.memory()
            print(f"{server.memory():.0f} after {done} requests ({server.memory() / early - 1:+.1%})", flush=True)
        print("(target: under 5% after the first 5,000)")


if __name__ == "__main__":
    main()
