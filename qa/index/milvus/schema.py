"""What the collections of an index hold, and how its parts become their rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import CorpusError
from qa.index.lexical import Weights
from qa.index.vectors import kind
from qa.types import Document, Passage, Where, wanted

LONGEST = 65_535
"""Bytes that Milvus keeps in a field."""
PIECE = 15_000
"""Characters of a document that one row holds: four bytes each at most."""
MANIFEST = -1
"""Row of the documents that says what the index is made of."""
_DESCRIBED = ("title", "url", "published", "author")
_NO_WORDS = {0: 1e-9}


def passages_schema(client: Any, dimension: int, count: int) -> dict[str, Any]:
    """Return schema and indexes of a collection of ``count`` passages."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("number", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field("document", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("start", DataType.INT64)
    schema.add_field("end", DataType.INT64)
    schema.add_field("text", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("sentences", DataType.JSON)
    schema.add_field("about", DataType.JSON)
    indexes = client.prepare_index_params()
    spelling, params = vector_index(count)
    indexes.add_index("vector", index_type=spelling, metric_type="IP", params=params)
    indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    return {"schema": schema, "index_params": indexes}


def documents_schema(client: Any) -> dict[str, Any]:
    """Return schema and indexes of a collection of documents; Milvus wants every row to have a vector."""
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("number", DataType.INT64, is_primary=True)
    schema.add_field("document", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("piece", DataType.INT64)
    schema.add_field("text", DataType.VARCHAR, max_length=LONGEST)
    schema.add_field("about", DataType.JSON)
    schema.add_field("none", DataType.FLOAT_VECTOR, dim=2)
    indexes = client.prepare_index_params()
    indexes.add_index("none", index_type="FLAT", metric_type="IP")
    return {"schema": schema, "index_params": indexes}


def vector_index(count: int) -> tuple[str, dict[str, int]]:
    """Return which of Milvus's indexes holds ``count`` vectors, by the rule of ``qa.index.vectors.kind``.

    >>> vector_index(100_000)
    ('IVF_FLAT', {'nlist': 1264})
    """
    spelling, probes = kind(count)
    return ("IVF_FLAT", {"nlist": int(spelling[3:].split(",")[0])}) if probes else ("FLAT", {})


def passage_row(
    number: int, passage: Passage, vector: NDArray[np.float16], words: Mapping[int, float], about: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the row of a passage; raise CorpusError where Milvus can't hold it."""
    return {
        "number": number,
        "vector": vector.astype(np.float32).tolist(),
        "words": words or _NO_WORDS,
        "document": passage.document,
        "start": passage.start,
        "end": passage.end,
        "text": _fitting(passage.text, f"A passage of {passage.document}"),
        "sentences": list(passage.sentences),
        "about": about,
    }


def document_rows(documents: Iterable[Document]) -> Iterator[dict[str, Any]]:
    """Yield the rows of documents, each in pieces."""
    number = 0
    for document in documents:
        for piece, start in enumerate(range(0, max(1, len(document.text)), PIECE)):
            about = {} if piece else described(document) | {"sources": list(document.sources)}
            yield {
                "number": number,
                "document": document.id,
                "piece": piece,
                "text": document.text[start : start + PIECE],
                "about": about,
                "none": [1.0, 0.0],
            }
            number += 1


def manifest_row(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row that says what the index is made of."""
    return {"number": MANIFEST, "document": "", "piece": -1, "text": "", "about": manifest, "none": [1.0, 0.0]}


def document_of(pieces: Sequence[Mapping[str, Any]]) -> Document:
    """Return the document of its rows."""
    ordered = sorted(pieces, key=lambda row: row["piece"])
    about = ordered[0]["about"]
    return Document(
        id=ordered[0]["document"],
        text="".join(row["text"] for row in ordered),
        metadata=about["metadata"],
        sources=tuple(about["sources"]),
        **{name: about[name] for name in _DESCRIBED},
    )


def described(document: Document) -> dict[str, Any]:
    """Return what passages are filtered by."""
    return {name: getattr(document, name) for name in _DESCRIBED} | {"metadata": dict(document.metadata)}


def check(document: Document) -> None:
    """Raise CorpusError where Milvus can't hold a document."""
    _fitting(document.id, f"The id {document.id[:80]!r}")
    _fitting(json.dumps(described(document)), f"The metadata of {document.id}")


def condition(where: Where | None) -> str:
    r"""Return the filter that Milvus is given for ``where``.

    >>> condition({"document": ["a", "b"], "author": 'B"ob'})
    'document in ["a", "b"] and (about["author"] == "B\\"ob")'
    """
    parts = []
    for key, value in (where or {}).items():
        several = [_quoted(each) for each in wanted(value)]
        field = f'about["{key}"]' if key in _DESCRIBED else f'about["metadata"][{_quoted(key)}]'
        if not several:
            parts.append("number < 0")  # none
        elif key == "document":
            parts.append(f"document in [{', '.join(several)}]")
        else:  # Milvus Lite knows no "in" for what is within JSON
            parts.append(f"({' or '.join(f'{field} == {each}' for each in several)})")
    return " and ".join(parts)


def column(stem: str) -> int:
    """Return the place of a stem in the sparse vectors: 32 bits of its BLAKE2, so that no vocabulary is needed."""
    return int.from_bytes(hashlib.blake2b(stem.encode("utf-8"), digest_size=4).digest()) % (2**32 - 2) + 1


def by_passage(weighed: Weights, count: int) -> Iterator[dict[int, float]]:
    """Yield for each of ``count`` passages what its words weigh, by their columns."""
    columns = np.repeat([column(stem) for stem in weighed.stems], np.diff(weighed.columns))
    order = np.argsort(weighed.passages, kind="stable")
    ends = np.cumsum(np.bincount(weighed.passages, minlength=count))
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        row: dict[int, float] = {}
        for place in order[start:end]:
            at = int(columns[place])
            row[at] = row.get(at, 0.0) + float(weighed.weights[place])
        yield row


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _fitting(text: str, what: str) -> str:
    if (size := len(text.encode("utf-8"))) > LONGEST:
        raise CorpusError(f"{what} has {size:,} bytes; Milvus keeps {LONGEST:,} at most.")
    return text
