"""SQuAD: the paragraphs of a question set in the JSON format of versions 1.1 and 2.0."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qa.corpus.content import read_bytes
from qa.corpus.records import Record, Skipped
from qa.errors import UnreadableFile


def read_squad(path: Path) -> Iterator[Record | Skipped]:
    """Yield each paragraph as a record, numbered through the file and titled by its article."""
    articles = _articles(path)
    number = 0
    for place, article in enumerate(articles, start=1):
        paragraphs = article.get("paragraphs") if isinstance(article, dict) else None
        if not isinstance(paragraphs, list):
            yield Skipped(str(path), f'article {place} has no list of "paragraphs"')
            continue
        title = article.get("title")
        for paragraph in paragraphs:
            number += 1
            context = paragraph.get("context") if isinstance(paragraph, dict) else None
            if isinstance(context, str) and context.strip():
                # SQuAD writes titles as Wikipedia writes them in addresses.
                yield Record(context, title=title.replace("_", " ") if isinstance(title, str) else None, number=number)
            else:
                yield Skipped(str(path), f'paragraph {number}, of article {place}, has no "context"')


def _articles(path: Path) -> list[Any]:
    try:
        content = json.loads(read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(str(path), f"is not JSON: {error}") from error
    articles = content.get("data") if isinstance(content, dict) else None
    if not isinstance(articles, list):
        reason = 'is JSON but no SQuAD file, which has a list of articles as "data"; write other records as .jsonl'
        raise UnreadableFile(str(path), reason)
    return articles
