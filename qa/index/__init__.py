"""An index on disk: the articles, their vectors and their words in one self-contained folder.

    manifest.json                the only file that changes; it names the rest
    snapshot-<random>/           one build, written aside and never changed
        articles.sqlite          documents and passages
        vectors.faiss            a unit vector for each passage
        bm25/                    the words of each passage
    encoder-<fingerprint>/       the encoder that made the vectors, reused by later builds

A passage is known by its number, counted from 0 in the order in which the build was given them.
"""

from __future__ import annotations

from qa.index.build import encoder_folder, write
from qa.index.joined import Joined
from qa.index.manifest import EncoderRecord, Manifest, verify
from qa.index.reading import Index

__all__ = ["EncoderRecord", "Index", "Joined", "Manifest", "encoder_folder", "verify", "write"]
