from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa.encoder import Encoder
from qa.encoder.spreading import Workers
from qa.errors import EncoderError

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.model


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


def batches() -> list[list[str]]:
    texts = [f"The mayor met {number} unions, and said so {number * 7} times." for number in range(40)]
    return [texts[start : start + 5] for start in range(0, 40, 5)]


def test_workers_make_the_vectors_of_one_process_though_one_is_killed(exported_encoder: Path, encoder: Encoder) -> None:
    made = []
    for vectors in Workers(1).spread(exported_encoder)(None, batches()):
        if not made:
            (worker,) = _processes("ray::MapWorker")
            os.kill(worker, signal.SIGKILL)
        made.append(vectors)
    assert len(made) == len(batches())
    for vectors, batch in zip(made, batches(), strict=True):
        assert np.array_equal(vectors, encoder.encode_passages(batch))


def test_no_cluster_is_said(exported_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with pytest.raises(EncoderError, match=r"No Ray cluster at 127\.0\.0\.1:1.*ray start"):
        list(Workers(1, "127.0.0.1:1").spread(exported_encoder)(None, batches()))


def _processes(name: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes().startswith(name.encode()):
                found.append(int(folder.name))
        except OSError:  # it has ended meanwhile
            continue
    return found
