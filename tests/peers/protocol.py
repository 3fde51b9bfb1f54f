"""What each system is given and what it prints; standard library only, as it runs in every environment."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

# Nobody is asked over the network, and nobody is told.
os.environ |= {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False", "TOKENIZERS_PARALLELISM": "false"}

Found = tuple[str | None, str | None, int | None]
"""Answer, article, and where in the article it begins; three times None where the system doesn't answer."""

NOTHING: Found = (None, None, None)


def run(
    packages: list[str],
    build: Callable[[dict, Path], None],
    start: Callable[[dict, Path], Callable[[str], Found]],
) -> None:
    """Build an index, or start from a built one and answer: the first question (``start``) or all of them (``ask``)."""
    work, what = Path(sys.argv[1]), sys.argv[2]
    task = json.loads((work / "task.json").read_text(encoding="utf-8"))
    os.environ["OMP_NUM_THREADS"] = str(task["threads"])
    if what == "build":
        build(task, work)
        return
    print(json.dumps({"versions": ", ".join(f"{name} {version(name)}" for name in packages)}), flush=True)
    answer = start(task, work)
    for question in task["questions"][: 1 if what == "start" else None]:
        begun, error = perf_counter(), None
        try:
            found = answer(question["question"])
        except Exception as problem:
            found, error = NOTHING, repr(problem)
        text, document, at = found
        line = {"id": question["id"], "answer": text, "document": document, "start": at, "error": error}
        print(json.dumps(line | {"seconds": perf_counter() - begun}), flush=True)
