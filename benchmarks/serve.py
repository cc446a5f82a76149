"""Load on the endpoint, beside a bare FastAPI route with the same body and a fixed answer of the same size.

    python benchmarks/serve.py [--seconds 10] [--requests 100000]

Needs wrk (apt install wrk). Both servers run in this machine's one process each, by turns; wrk takes a core of its own,
so use a machine with two idle ones at least. Prints a table, and what is reached of the aims.
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
from serve.v1.contract import PredictRequest
app = FastAPI()
ANSWER = json.loads(sys.argv[1])
@app.post("/v1/predict")
async def predict(asked: PredictRequest) -> dict:
    return ANSWER
@app.get("/readyz")
async def readyz() -> dict:
    return {}
config = uvicorn.Config(app, port=0, access_log=False, log_level="warning", server_header=False)
listening = config.bind_socket()
print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
uvicorn.Server(config).run(sockets=[listening])
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
"""Entries of 150 words, fifteen of which stand in no other, as names and slips of typing do."""


@dataclass(frozen=True, slots=True)
class Run:
    """What wrk measured: requests a second, milliseconds at the 50th and 99th percentile, answers that were not 2xx."""

    rate: float
    p50: float
    p99: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and the seconds that it took to be ready."""

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
        url = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
        while True:
            try:
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.01)
        try:
            yield Server(url, process.pid, time.perf_counter() - started)
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.close()
            process.wait(60)


def load(server: Server, script: str, *, seconds: float, connections: int = CONNECTIONS) -> Run:
    """Put a server under the load of a script of wrk."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        words = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds:.0f}s",
            "--timeout",
            "30s",
            "--latency",
            "-s",
            file.name,
        ]
        told = subprocess.run([*words, f"{server.url}/v1/predict"], capture_output=True, text=True, check=True).stdout
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    return Run(
        rate=float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0]),
        p50=_milliseconds(told, "50%"),
        p99=_milliseconds(told, "99%"),
        requests=int(re.findall(r"(\d+) requests in", told)[0]),
        failed=int(failed[1]) if failed else 0,
    )


def _milliseconds(told: str, percentile: str) -> float:
    value, unit = re.findall(rf"{percentile}\s+([\d.]+)(us|ms|s)", told)[0]
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def half(server: Server, full: Run, seconds: float) -> Run:
    """Put a server under half the load that it bears."""
    pause = CONNECTIONS / (full.rate / 2) * 1000 - full.p50 / CONNECTIONS
    return load(server, FIXED % BODY + PACED % (pause / 2, max(pause, 1)), seconds=seconds)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="of each run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each server, by turns; the median counts")
    parser.add_argument("--requests", type=int, default=100_000, help="for the growth of memory; 0 leaves it out")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed; get it with: apt install wrk")
    ours = (str(Path(sys.executable).with_name("thoughtmark")), "serve", "--port", "0")
    with serving(*ours) as server:
        answer = httpx.post(f"{server.url}/v1/predict", content=BODY, headers={"Content-Type": "application/json"}).text
    runs: dict[str, list[tuple[Run, Run]]] = {"bare route": [], "endpoint": []}
    ready = []
    for _ in range(options.rounds):
        for name, command in (("bare route", (sys.executable, "-c", BARE, answer)), ("endpoint", ours)):
            with serving(*command) as server:
                ready += [server.ready] if name == "endpoint" else []
                load(server, FIXED % BODY, seconds=2)
                full = load(server, FIXED % BODY, seconds=options.seconds)
                runs[name].append((full, half(server, full, options.seconds)))
    print(
        f"One worker, {CONNECTIONS} connections, an entry of {len(ENTRY.split())} words, median of {options.rounds}\n"
    )
    print("| | requests/s | p50 ms | p99 ms | at half load: requests/s | p50 ms | p99 ms | failed |")
    print("|---|---|---|---|---|---|---|---|")
    middle = {}
    for name, pairs in runs.items():
        rows = [(a.rate, a.p50, a.p99, b.rate, b.p50, b.p99, a.failed + b.failed) for a, b in pairs]
        middle[name] = [statistics.median(column) for column in zip(*rows, strict=True)]
        print(f"| {name} | {' | '.join(f'{value:.4g}' for value in middle[name])} |")
    bare, endpoint = middle["bare route"], middle["endpoint"]
    print(f"\nrequests a second, as a ratio: {endpoint[0] / bare[0]:.3f} (aim: 0.35)")
    print(f"p99 at half load, as a ratio: {endpoint[5] / bare[5]:.1f} (aim: under 15)")
    print(f"ready after {statistics.median(ready):.1f} s (aim: under 3)")
    if options.requests:
        _grow(ours, options.requests)


def _grow(command: tuple[str, ...], requests: int) -> None:
    with serving(*command) as server:
        print(f"\nMemory in MiB, each entry with words of its own: {server.memory():.0f} at the start", flush=True)
        done, marks, early = 0, [5_000, *range(20_000, requests + 1, 20_000)], 0.0
        for mark in marks:
            while done < mark:
                done += load(server, VARIED % ENTRY, seconds=10, connections=32).requests
            early = early or server.memory()
            print(f"{server.memory():.0f} after {done} requests ({server.memory() / early - 1:+.1%})", flush=True)
        print("(aim: under 5% after the first 5,000)")


if __name__ == "__main__":
    main()
