"""The chat page: questions on the left; on the right the articles, or the one with the quote marked."""

from __future__ import annotations

import qa.ui.importing  # noqa: F401 - before any other import of Gradio
from qa.ui.server import Serving, launch, start

__all__ = ["Serving", "launch", "start"]
