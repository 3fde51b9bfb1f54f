"""What a file holds: bytes within a bound, and the text they encode."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa.errors import UnreadableFile

MOST_BYTES = 64 * 2**20
"""Most bytes, decompressed, of a file that is read as a whole."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The legacy encodings that browsers still read. Offered all that Python knows, the detection names EBCDIC or a
# DOS code page for short texts.
_LEGACY = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp866", "cp874"),
    *("iso8859_2", "iso8859_5", "iso8859_6", "iso8859_7", "iso8859_8", "iso8859_13", "iso8859_15", "koi8_r", "koi8_u"),
    *("big5", "cp932", "euc_jp", "euc_kr", "gb18030"),
)
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
_MOST_CONTROLS = 0.01
_SAMPLE = 2**16


@contextmanager
def open_bytes(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading, decompressed where its name ends in ``.gz``.

    Whatever fails while it is open raises UnreadableFile.
    """
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            yield stream
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFile(str(path), f"its gzip data is damaged ({error}); compress it again") from error
    except OSError as error:
        raise UnreadableFile(str(path), f"can't be opened: {error.strerror or error}") from error


def read_bytes(path: Path) -> bytes:
    """Return what a file holds, decompressed; one of more than MOST_BYTES raises UnreadableFile."""
    with open_bytes(path) as stream:
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnreadableFile(str(path), f"holds more than {MOST_BYTES // 2**20} MB; split it into smaller files")
    return data


def read_text(path: Path) -> str:
    """Return the text of a file exactly: line ends stay, only a byte order mark goes."""
    text = decode(read_bytes(path))
    if text is None or _is_binary(text):
        raise UnreadableFile(str(path), "is binary, or text in an encoding that can't be told; save it as UTF-8")
    return text


def decode(data: bytes) -> str | None:
    """Decode by byte order mark, as UTF-8, or as the likeliest legacy encoding; None where nothing fits.

    >>> decode("Zoë".encode("utf-16"))
    'Zoë'
    >>> decode("“Straße”".encode("cp1252"))
    '“Straße”'
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _mend(data) or _detect(data)


def _is_binary(text: str) -> bool:
    sample = text[:_SAMPLE]
    return "\0" in text or len(_CONTROLS.findall(sample)) > _MOST_CONTROLS * len(sample)


def _mend(data: bytes) -> str | None:
    """Decode UTF-8 that was cut or damaged here and there, each damage shown as ``�``.

    Text in another encoding seldom holds a valid UTF-8 sequence by chance, so as many valid ones as damages tell.
    """
    text = data.decode("utf-8", errors="replace")
    damages = text.count("\ufffd")
    sequences = len(text) - len(text.encode("ascii", errors="ignore")) - damages
    return text if sequences >= damages else None


def _detect(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    matches = from_bytes(data, cp_isolation=list(_LEGACY), enable_fallback=False)
    best = matches.best()
    if best is None:
        return None
    # A short text often fits several code pages alike; the commonest of them is the likeliest.
    ties = [match for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence)]
    return str(next((match for match in ties if "cp1252" in match.could_be_from_charset), best))
