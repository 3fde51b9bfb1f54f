"""Many people for a while, some with articles of their own: no error, flat memory, the answers of an idle server.

A short while here; ``QA_LOAD=4000 python -m pytest tests/test_ui_load.py`` asks as much as an hour of a busy day.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from qa.bench import crowd
from qa.engine import QA
from qa.evaluation import SEEDS, read_questions

pytestmark = pytest.mark.model
QUESTIONS = int(os.environ.get("QA_LOAD", "64"))
PEOPLE = 8
UPLOAD_EVERY = 8
ARTICLE = "The keeper of the zebras in Zanzibar is Professor Quagga. Person {} saw him."


@pytest.fixture(scope="module")
def server(seeds_engine: QA) -> Iterator[tuple[str, int]]:
    with crowd.served(seeds_engine.index.encoder_folder.parent, "") as served:
        yield served


def upload(client: httpx.Client, person: int) -> str:
    """Drop a file on the page, as its script does; return what the list of articles shows then."""
    file = {"files": (f"zebras{person}.txt", ARTICLE.format(person).encode())}
    (path,) = client.post("/gradio_api/upload", files=file).raise_for_status().json()
    config = client.get("/config").json()
    component = next(c["id"] for c in config["components"] if c["type"] == "file")
    event = next(d for d in config["dependencies"] if component in d["inputs"])
    data = [[{"path": path, "orig_name": f"zebras{person}.txt", "meta": {"_type": "gradio.FileData"}}], None]
    session = f"person{person}"
    body = {"data": data, "fn_index": event["id"], "session_hash": session, "trigger_id": component}
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as lines:
        seen = [line for line in lines.iter_lines() if line.startswith("data:")]
    done = next(json.loads(line[5:]) for line in reversed(seen) if "process_completed" in line)
    assert done["success"], done
    return " ".join(seen)


def test_under_load_nothing_fails_or_differs_and_memory_is_flat(server: tuple[str, int], seeds_engine: QA) -> None:
    address, process = server
    questions = [question.question for question in read_questions(SEEDS)]
    idle = {question: seeds_engine.ask(question).text for question in questions}
    clients = [httpx.Client(base_url=address, timeout=120) for _ in range(PEOPLE)]
    calls = [httpx.Client(base_url=f"{address}/gradio_api/call", timeout=120) for _ in range(PEOPLE)]

    def visit(person: int, count: int) -> None:
        for number in range(count):
            question = questions[(7 * person + number) % len(questions)]
            assert crowd.answer_over(calls[person], question) == idle[question]
            if number % UPLOAD_EVERY == person % UPLOAD_EVERY:
                shown = upload(clients[person], person)
                assert f"zebras{person}.txt" in shown
                assert not any(f"zebras{other}.txt" in shown for other in range(PEOPLE) if other != person)

    with ThreadPoolExecutor(PEOPLE) as pool:
        each = QUESTIONS // PEOPLE
        list(pool.map(visit, range(PEOPLE), [each] * PEOPLE))  # what is loaded once is loaded now
        before = crowd.resident(process)
        list(pool.map(visit, range(PEOPLE), [each] * PEOPLE))
        after = crowd.resident(process)
    if before and after:
        print(f"\nresident memory {before:.0f} MB, {after:.0f} MB after {QUESTIONS} questions of {PEOPLE} people")
        assert after < 1.05 * before


def test_a_path_of_somebody_else_shows_nothing(server: tuple[str, int], tmp_path: Path) -> None:
    address, _ = server
    with httpx.Client(base_url=address, timeout=60) as client:
        (path,) = client.post("/gradio_api/upload", files={"files": ("mine.txt", b"Mine.")}).raise_for_status().json()
        neighbour = str(Path(path).parent.parent)
        for place in (neighbour, f"{Path(path).parent}/../..", f"{path}/../../.."):
            assert client.get(f"/gradio_api/file={place}").status_code in (403, 404)
