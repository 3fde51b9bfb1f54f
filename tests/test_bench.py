from __future__ import annotations

import io
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from rich.console import Console

from qa.bench import bench, crowd, present
from qa.bench.compose import Composer
from qa.bench.grow import grown
from qa.bench.plots import plot
from qa.encoder import Encoder
from qa.errors import SettingsError
from qa.passages import split
from qa.settings import Settings
from qa.types import Document

TALKS = Document(
    "talks.txt",
    "The mayor met the heads of five police unions in Queens on Tuesday. They spoke for two hours about Patrick Lynch.",
    "Talks",
)


def test_a_grown_corpus_is_the_same_each_time_and_never_the_same_twice() -> None:
    first, second = (list(islice(grown([TALKS]), 20)) for _ in range(2))
    assert first == second
    assert first[0] is TALKS
    assert len({document.text for document in first}) == 20
    words = {word for document in first for word in document.text.split()}
    assert len(words) > 3 * len(TALKS.text.split()), "the vocabulary grows"


def test_a_corpus_without_sentences_grows_too() -> None:
    assert [document.text for document in islice(grown([Document("a", "?", "")]), 2)] == ["?", "Nothing to say of 0."]


@pytest.mark.model
def test_composed_vectors_lie_near_those_of_the_text(encoder: Encoder, seed_documents: tuple[Document, ...]) -> None:
    composer = Composer(encoder, seed_documents, lambda done, total: None)
    made = islice(grown(seed_documents), 4, 12)
    texts = [passage.text for document in made for passage in split(document, tokens=160, overlap=1)]
    composed, read = composer.encode_passages(texts), encoder.encode_passages(texts)
    assert np.linalg.norm(composed, axis=1) == pytest.approx(1, abs=1e-5)
    cosines = composed @ read.T
    own = np.diag(cosines)
    assert own.mean() > 0.6
    assert own.mean() > cosines.mean() + 0.2
    assert (composer.encode_passages(texts) == composed).all()
    strange = "What nobody has written before."
    assert composer.encode_passages([strange])[0] @ encoder.encode_passages([strange])[0] > 0.9


@pytest.mark.model
def test_a_corpus_too_large_to_be_read_is_composed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("qa.bench.measure.READ_UP_TO", 20)
    run = bench([TALKS], ["Where did the mayor meet them?"], Settings(), passages=[40], repeat=1)
    assert [size.build.composed for size in run.sizes] == [False, True]
    console = Console(file=io.StringIO(), width=200)
    present(run, console)
    assert "composed" in console.file.getvalue()  # type: ignore[attr-defined]
    plot(run, tmp_path / "growth.svg")
    assert "Recall@10" in (tmp_path / "growth.svg").read_text()
    with pytest.raises(SettingsError, match=r"growth\.nonsense"):
        plot(run, tmp_path / "growth.nonsense")


def test_the_server_of_a_crowd_is_given_the_reader_wherever_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def popen(command: list[str], **_: object) -> None:
        commands.append(command)
        raise InterruptedError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(crowd.subprocess, "Popen", popen)
    with pytest.raises(InterruptedError), crowd.served(Path("index"), "my-reader"):
        pass
    assert commands[0][-2:] == ["--reader", str(tmp_path / "my-reader")]
    assert str(tmp_path / "index") in commands[0]


@pytest.mark.model
def test_every_size_is_built_started_and_asked() -> None:
    seen: set[str] = set()
    run = bench(
        [TALKS],
        ["Where did the mayor meet them?", "Who left?"],
        Settings(),
        passages=[30],
        top_ks=[1, 4],
        repeat=1,
        people=3,
        progress=lambda stage, *_: seen.add(stage),
    )
    small, large = run.sizes
    assert (small.build.documents, small.build.passages) == (1, 1)
    assert 24 <= large.build.passages <= 36
    assert large.build.megabytes > small.build.megabytes > 0
    for size in run.sizes:
        assert len(size.start.seconds) == 1
        assert size.recall_at_10 == 1
        assert not size.build.composed
        assert size.start.peak_megabytes is None or 50 < size.start.peak_megabytes < 900
        assert [asked.top_k for asked in size.asked] == [1, 4]
        for asked in size.asked:
            assert 0 < asked.p50 <= asked.p95
            assert set(asked.milliseconds) == {"encode", "dense", "lexical", "read", "choose"}
            assert all(value > 0 for value in asked.milliseconds.values())
    assert {"encode", "Starting", "Asking, top 4"} <= seen
    alone, three = run.crowds
    assert (alone.people, alone.questions) == (1, 2)
    assert (three.people, three.questions, three.errors, three.differing) == (3, 6, 0, 0)
    assert 0 < three.p50 <= three.p95
    json.dumps(run.to_dict(), allow_nan=False)
    console = Console(file=io.StringIO(), width=160)
    present(run, console)
    assert f"{large.build.passages}" in console.file.getvalue()  # type: ignore[attr-defined]


def test_what_goes_wrong_for_a_crowd_is_counted() -> None:
    class Broken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"event_id": "1"}')

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'event: error\ndata: "no"\n\n')

    with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        found = crowd.ask_all(address, os.getpid(), [["Who?", "What?"], ["Who?"]], {}, lambda *_: None)
        server.shutdown()
    assert (found.people, found.questions, found.errors, found.differing) == (2, 3, 3, 0)
