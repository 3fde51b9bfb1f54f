"""Gradio, imported quietly and in half the time.

At every import Gradio writes type stubs beside its own code, class by class: 2.3 of 5.4 s, measured on two cores with
Gradio 6.31, and useless to who only runs it. It leaves out classes whose file ``inspect`` doesn't find, so for as long
as the import takes, those of Gradio itself are not found.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# Gradio reads this when it is imported and would otherwise report home.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


@contextmanager
def _without_stubs() -> Iterator[None]:
    getfile = inspect.getfile

    def found(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("not looked for while Gradio is being imported")
        return getfile(thing)

    inspect.getfile = found  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = getfile


with _without_stubs():
    import gradio  # noqa: F401
