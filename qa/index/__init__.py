"""An index on disk: the articles, their vectors and their words in one self-contained folder.

    manifest.json                the only file that changes; it names the rest
    snapshot-<random>/           one build, written aside and never changed
        articles.sqlite          documents and passages
        vectors.faiss            a unit vector for each passage
        words/                   the words of each passage, for BM25
    encoder-<fingerprint>/       the encoder that made the vectors, reused by later builds
    encoder-<fingerprint>.journal  vectors made by a build that broke off, for the next one to use

A build is always whole, whatever was there before: it reuses vectors, and nothing else. So an index that was updated a
hundred times is the index that a first build of the same documents would have made.

In Milvus the same parts are rows (``qa.index.milvus``); ``VectorStore`` is what both are to those who ask.

A passage is known by its number, counted from 0 in the order of the documents' ids.
"""

from __future__ import annotations

from qa.index.build import write
from qa.index.changes import Changes
from qa.index.embedding import Embed, Spread
from qa.index.encoders import encoder_folder, keep_encoder, kept_encoder
from qa.index.joined import Joined
from qa.index.locking import locked
from qa.index.manifest import EncoderRecord, Manifest, verify
from qa.index.milvus.address import Address
from qa.index.reading import Index
from qa.index.store import Updatable, VectorStore

__all__ = [
    "Address",
    "Changes",
    "Embed",
    "EncoderRecord",
    "Index",
    "Joined",
    "Manifest",
    "Spread",
    "Updatable",
    "VectorStore",
    "encoder_folder",
    "keep_encoder",
    "kept_encoder",
    "locked",
    "verify",
    "write",
]
