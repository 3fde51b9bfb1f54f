"""The process that ``apart`` starts: paths on stdin, what the files hold on stdout, both as lines of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from qa.corpus.formats import FORMATS, suffix_of
from qa.errors import UnreadableFile


def main(most_memory: int) -> None:
    """Read files until stdin ends."""
    _bound(most_memory)
    with os.fdopen(os.dup(1), "w", encoding="ascii") as replies:
        os.dup2(2, 1)  # what a library prints is no reply
        for line in sys.stdin:
            print(json.dumps(_read(Path(json.loads(line)))), file=replies, flush=True)


def _read(path: Path) -> dict[str, object]:
    try:
        return {"entries": [asdict(entry) for entry in FORMATS[suffix_of(path)](path)]}
    except UnreadableFile as error:
        return {"path": error.path, "reason": error.reason}
    except MemoryError:
        return {"path": str(path), "reason": "takes more memory to read than is allowed; save its text as .txt"}
    except RecursionError:
        return {"path": str(path), "reason": "is nested too deeply; save its text as .txt"}


def _bound(most_memory: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # Windows has no such bound
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))


if __name__ == "__main__":
    main(int(sys.argv[1]))
