"""The chat page: questions on the left, the article with the quote marked on the right."""

from __future__ import annotations

from qa.ui.chat import launch, page

__all__ = ["launch", "page"]
