from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.index import vectors
from qa.index.vectors import Vectors

DIMENSION = 32


def clustered(count: int, seed: int) -> NDArray[np.float16]:
    """Draw unit vectors in clusters, as those of text are."""
    centres = np.random.default_rng(0).standard_normal((500, DIMENSION))
    chance = np.random.default_rng(seed)
    drawn = centres[chance.integers(0, len(centres), count)] + chance.standard_normal((count, DIMENSION))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)


@pytest.fixture(scope="module")
def many() -> NDArray[np.float16]:
    return clustered(100_000, seed=1)


@pytest.fixture(scope="module")
def approximate(many: NDArray[np.float16], tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    file = tmp_path_factory.mktemp("vectors") / "vectors.faiss"
    spelling, probes = vectors.write(file, many)
    assert spelling.startswith("IVF")
    return Vectors(file, probes)


def test_the_kind_changes_with_the_size() -> None:
    assert vectors.kind(1) == vectors.kind(vectors.EXACT_UP_TO) == ("SQfp16", 0)
    spelling, probes = vectors.kind(vectors.EXACT_UP_TO + 1)
    assert spelling.startswith("IVF")
    assert probes > 0


def test_the_approximate_kind_finds_nearly_all_of_the_nearest(many: NDArray[np.float16], approximate: Vectors) -> None:
    found = 0
    questions = clustered(100, seed=2)
    for question in questions:
        exact = np.argsort(-(many @ question))[:10]
        found += len({*exact} & {number for number, _ in approximate.nearest(question, 10)})
    assert found / (10 * len(questions)) >= 0.95


def test_a_filter_that_allows_few_finds_them_all(approximate: Vectors) -> None:
    allowed = np.arange(7, 100_000, 9_999)
    assert sorted(number for number, _ in approximate.nearest(clustered(1, seed=3)[0], 50, allowed)) == allowed.tolist()


def test_the_exact_kind_is_exact_and_settles_ties_by_number(tmp_path: Path) -> None:
    values = np.repeat(clustered(100, seed=4), 2, axis=0)
    spelling, probes = vectors.write(tmp_path / "vectors.faiss", values)
    stored = Vectors(tmp_path / "vectors.faiss", probes)
    assert spelling == "SQfp16"
    assert len(stored) == 200
    assert [number for number, _ in stored.nearest(values[10], 2)] == [10, 11]
    assert stored.nearest(values[10], 3, np.array([3, 11, 150]))[0] == (11, pytest.approx(1, abs=1e-3))
    assert stored.nearest(values[10], 0) == []
