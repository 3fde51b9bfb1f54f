"""What can go wrong, each with what to do next in its message.

QAError
├── SettingsError      a setting has a value that makes no sense
├── CorpusError        nothing to index: no file could be read
│   └── UnreadableFile one file can't be read; carries ``path`` and ``reason``
├── EncoderError       the encoder can't be found, exported or trusted
├── IndexUnusable      an index can't be used
│   ├── IndexNotFound  there is none
│   ├── IndexOutdated  made by another version or for another encoder
│   ├── IndexDamaged   a file is missing or not what the manifest says
│   ├── StoreUnavailable the server that holds it doesn't answer
│   └── UnknownDocument the index holds no document of this id
├── ReaderError        the reader's weights can't be used
├── QuestionError      the question is empty or too long
├── QuestionSetError   an evaluation file is malformed; says where
├── TrainingError      training can't go on
└── MissingExtra       an optional package is needed; names the pip line
"""

from __future__ import annotations


class QAError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingsError(QAError):
    """A setting has a value that makes no sense."""


class CorpusError(QAError):
    """Nothing to index: no file could be read."""


class UnreadableFile(CorpusError):
    """One file can't be read."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class EncoderError(QAError):
    """The encoder can't be found, exported or trusted."""


class IndexUnusable(QAError):
    """An index can't be used."""


class IndexNotFound(IndexUnusable):
    """There is no index in the folder."""


class IndexOutdated(IndexUnusable):
    """The index was made by another version or for another encoder."""


class IndexDamaged(IndexUnusable):
    """A file of the index is missing or not what its manifest says."""


class StoreUnavailable(IndexUnusable):
    """The server that holds the index doesn't answer."""


class UnknownDocument(IndexUnusable, KeyError):
    """The index holds no document of this id."""

    __str__ = Exception.__str__


class ReaderError(QAError):
    """The reader's weights can't be used."""


class QuestionError(QAError, ValueError):
    """The question is empty or too long."""


class QuestionSetError(QAError):
    """An evaluation file is malformed."""


class TrainingError(QAError):
    """Training can't go on."""


class MissingExtra(QAError, ImportError):
    """An optional package is needed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"This needs the package {package}. In a clone of qa: pip install '.[{extra}]'")
