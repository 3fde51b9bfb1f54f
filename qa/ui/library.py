"""The list of articles as HTML: which are asked, which are theirs to remove or to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from qa.types import Document
from qa.ui.render import date_of

LISTED = 200
"""Articles that are listed one by one, of the corpus and of their own."""


@dataclass(frozen=True, slots=True)
class Library:
    """Hold what the list shows."""

    corpus: tuple[Document, ...]
    """The first articles of the corpus, ``LISTED`` at most."""
    count: int
    """How many articles the corpus has in all."""
    own: tuple[Document, ...] = ()
    left_out: frozenset[str] = frozenset()
    """Ids of the articles that are not asked."""
    may_keep: bool = False


def render_library(library: Library, note: str = "") -> str:
    """Show the articles with a box to tick for each; ``note`` is HTML that says what is going on.

    >>> "Tom &amp; Ann" in render_library(Library((Document("a.txt", "", "Tom & Ann"),), 1))
    True
    """
    total = library.count + len(library.own)
    asked = total - len(library.left_out)
    every = f"all {total:,}" if asked == total else f"{asked:,} of {total:,}"
    head = (
        f'<header><h2>Articles</h2><p class="label">{every} asked</p>'
        '<p class="all"><button type="button" class="tool" data-all="yes" data-key="all">Ask all</button>'
        '<button type="button" class="tool" data-all="no" data-key="none">Ask none</button></p></header>'
    )
    parts = [head, f'<div class="said">{note}</div>']
    if library.own:
        parts += ['<h3 class="label">Yours</h3>', _list(library.own[:LISTED], library.left_out, own=True)]
        if len(library.own) > LISTED:
            parts.append(f'<p class="label">… and {len(library.own) - LISTED:,} more.</p>')
        parts.append(_keeping(library))
        parts.append('<h3 class="label">The collection</h3>' if library.corpus else "")
    parts.append(_list(library.corpus, library.left_out))
    if library.count > len(library.corpus):
        parts.append(f'<p class="label">… and {library.count - len(library.corpus):,} more.</p>')
    return "".join(parts)


def render_progress(stage: str, done: int, total: int) -> str:
    """Show how far the indexing of added files has come."""
    doing = {"read": "Reading", "split": "Splitting", "encode": "Indexing", "write": "Saving"}.get(stage, stage)
    return (
        f'<p class="notice">{escape(doing)} … '
        f'<progress max="{total}" value="{done}" aria-label="{escape(doing)}"></progress></p>'
    )


def _list(documents: Sequence[Document], left_out: frozenset[str], *, own: bool = False) -> str:
    return (
        f'<ul class="articles">{"".join(_row(document, document.id in left_out, own) for document in documents)}</ul>'
    )


def _row(document: Document, is_left_out: bool, own: bool) -> str:
    name, title = escape(document.id), escape(document.title)
    day = date_of(document.published)
    remove = (
        f'<button type="button" class="tool remove" data-remove="{name}" aria-label="Remove {title}">Remove</button>'
        if own
        else ""
    )
    return (
        f'<li><input type="checkbox" data-choose="{name}" data-key="choose {name}" aria-label="Ask {title}"'
        f"{'' if is_left_out else ' checked'}>"
        f'<button type="button" class="article" data-document="{name}" data-start="0" data-end="0" data-kind="whole">'
        f'<span dir="auto">{title}</span>{f"<small>{day}</small>" if day else ""}</button>{remove}</li>'
    )


def _keeping(library: Library) -> str:
    keep = (
        '<form class="keep"><label>Keep them as <input name="name" required maxlength="60" autocomplete="off" '
        'placeholder="my-articles"></label><button class="tool">Keep</button></form>'
        if library.may_keep
        else ""
    )
    return (
        f'<div class="keeping"><p class="label">Yours are forgotten an hour after you leave the page.</p>{keep}'
        '<button type="button" class="tool" data-discard="yes">Forget them now</button></div>'
    )
