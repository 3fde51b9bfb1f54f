from __future__ import annotations

import io
import json
from itertools import islice

import pytest
from rich.console import Console

from qa.bench import bench, present
from qa.bench.grow import grown
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
def test_every_size_is_built_started_and_asked() -> None:
    seen: set[str] = set()
    run = bench(
        [TALKS],
        ["Where did the mayor meet them?", "Who left?"],
        Settings(),
        passages=[30],
        top_ks=[1, 4],
        repeat=1,
        progress=lambda stage, *_: seen.add(stage),
    )
    small, large = run.sizes
    assert (small.build.documents, small.build.passages) == (1, 1)
    assert 30 <= large.build.passages < 60
    assert large.build.megabytes > small.build.megabytes > 0
    for size in run.sizes:
        assert len(size.start.seconds) == 1
        assert size.start.peak_megabytes is None or 50 < size.start.peak_megabytes < 900
        assert [asked.top_k for asked in size.asked] == [1, 4]
        for asked in size.asked:
            assert 0 < asked.p50 <= asked.p95
            assert set(asked.milliseconds) == {"encode", "dense", "lexical", "read", "choose"}
    assert large.asked[1].milliseconds["read"] > large.asked[0].milliseconds["choose"]
    assert {"encode", "Starting", "Asking, top 4"} <= seen
    json.dumps(run.to_dict(), allow_nan=False)
    console = Console(file=io.StringIO(), width=160)
    present(run, console)
    assert f"{large.build.passages}" in console.file.getvalue()  # type: ignore[attr-defined]
