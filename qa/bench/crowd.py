"""Many people at once: `qa chat` as a process of its own, asked over HTTP by clients with connections of their own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import IO, Any

import httpx
import numpy as np

from qa.errors import QAError

PATIENCE = 60.0
"""Seconds that the server may take to start."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Hold what so many people at once were given."""

    people: int
    questions: int
    """Asked by all of them together; each waits for an answer before asking on."""
    errors: int
    differing: int
    """Answers that are not those which one person alone is given."""
    per_second: float
    p50: float
    """Milliseconds from a person's question to the answer, over HTTP."""
    p95: float
    megabytes: tuple[float, float] | None
    """Resident memory of the server before and after; None where the system doesn't say."""


def crowd(
    index: Path,
    questions: Sequence[str],
    *,
    people: int,
    each: int,
    reader: str = "",
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[Crowd, Crowd]:
    """Serve an index; return how one person fares who asks every question, and how ``people`` at once do.

    Each asks ``each`` of the questions, another one first.
    """
    with served(index, reader) as (address, process):
        expected: dict[str, Any] = {}
        alone = ask_all(address, process, [questions], expected, progress)
        turns = [[questions[(person + n) % len(questions)] for n in range(each)] for person in range(people)]
        return alone, ask_all(address, process, turns, expected, progress)


def ask_all(
    address: str,
    process: int,
    turns: Sequence[Sequence[str]],
    expected: dict[str, Any],
    progress: Callable[[str, int, int], None],
) -> Crowd:
    """Ask as many people's questions; what ``expected`` doesn't know yet is put into it."""
    total, done = sum(map(len, turns)), count(1)

    def ask(asked: Sequence[str]) -> list[tuple[float, bool, bool]]:
        results = []
        with httpx.Client(base_url=f"{address}/gradio_api/call", timeout=PATIENCE) as client:
            for question in asked:
                begun = perf_counter()
                try:
                    answer = answer_over(client, question)
                except (httpx.HTTPError, ValueError):
                    results.append((perf_counter() - begun, False, False))
                else:
                    results.append((perf_counter() - begun, True, expected.setdefault(question, answer) == answer))
                progress(f"Asking, {len(turns)} at once", next(done), total)
        return results

    with ThreadPoolExecutor(len(turns)) as pool:
        before = resident(process)
        begun = perf_counter()
        results = [result for several in pool.map(ask, turns) for result in several]
        seconds = perf_counter() - begun
        after = resident(process)
    p50, p95 = (1000 * float(value) for value in np.percentile([took for took, _, _ in results], [50, 95]))
    return Crowd(
        people=len(turns),
        questions=len(results),
        errors=sum(not answered for _, answered, _ in results),
        differing=sum(answered and not same for _, answered, same in results),
        per_second=len(results) / seconds,
        p50=p50,
        p95=p95,
        megabytes=(before, after) if before and after else None,
    )


def answer_over(client: httpx.Client, question: str) -> str | None:
    """Ask as Gradio's documentation says, without its own client, which takes half as much time as the answer.

    Raises ValueError when the server reports an error.
    """
    event = client.post("/answer", json={"data": [question, []]}).raise_for_status().json()["event_id"]
    kind = ""
    with client.stream("GET", f"/answer/{event}") as lines:
        for line in lines.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data" and kind == "complete":
                (answer,) = json.loads(value)
                text: str | None = answer["text"]
                return text
            elif name == "data" and kind == "error":
                raise ValueError(value)
    raise ValueError("the stream ended without an answer")


@contextmanager
def served(index: Path, reader: str) -> Iterator[tuple[str, int]]:
    """Run ``qa chat``; yield its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"
    command = [sys.executable, "-P", "-c", code, "chat", "--index", str(index.resolve()), "--port", str(port)]
    command += ["--reader", str(Path(reader).resolve())] if reader else []  # it runs in another folder
    with tempfile.TemporaryDirectory(prefix="qa-crowd-") as folder, Path(folder, "log").open("w+b") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)  # noqa: S603
        try:
            _wait(port, process, log)
            yield f"http://127.0.0.1:{port}", process.pid
        finally:
            process.terminate()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    ends = monotonic() + PATIENCE
    while monotonic() < ends and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.1)
    log.seek(0)
    raise QAError(f"`qa chat` did not start: {log.read().decode(errors='replace').strip() or 'it said nothing'}")


def resident(process: int) -> float | None:
    """Return the resident memory of a process in megabytes; None where the system doesn't say."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return None
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
