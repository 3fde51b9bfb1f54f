from __future__ import annotations

import pytest

from qa.building import merged, without
from qa.types import Document

BOTH = Document("a.txt", "x", "Both", sources=("a.txt", "c.txt"))


def fresh(name: str, text: str, title: str = "") -> Document:
    return Document(name, text, title, sources=(name,))


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (fresh("a.txt", "y"), {"a.txt": ("y", ("a.txt",)), "c.txt": ("x", ("c.txt",))}),
        (fresh("c.txt", "y"), {"a.txt": ("x", ("a.txt",)), "c.txt": ("y", ("c.txt",))}),
        (fresh("a.txt", "x"), {"a.txt": ("x", ("a.txt", "c.txt"))}),
        (fresh("c.txt", "x"), {"a.txt": ("x", ("a.txt", "c.txt"))}),
        (fresh("d.txt", "x"), {"a.txt": ("x", ("a.txt", "c.txt", "d.txt"))}),
        (fresh("d.txt", "y"), {"a.txt": ("x", ("a.txt", "c.txt")), "d.txt": ("y", ("d.txt",))}),
    ],
)
def test_an_edited_file_takes_nothing_from_another_with_the_same_text(
    added: Document, expected: dict[str, tuple[str, tuple[str, ...]]]
) -> None:
    assert {document.id: (document.text, document.sources) for document in merged([BOTH], [added])} == expected


def test_the_newest_title_counts() -> None:
    (document,) = merged([BOTH], [fresh("a.txt", "x", "Anew")])
    assert (document.title, document.sources) == ("Anew", ("a.txt", "c.txt"))


def test_what_is_removed_leaves_its_other_sources() -> None:
    other = fresh("b.txt", "z")
    assert list(without([BOTH, other], {"a.txt", "b.txt"})) == [Document("c.txt", "x", "Both", sources=("c.txt",))]
    assert list(without([Document("pot", "x", "Pot")], {"pot"})) == []


def test_two_that_were_built_with_one_text_become_one_and_neither_name_is_lost() -> None:
    a, b, c = (Document(name, "x", name.upper()) for name in "abc")
    (document,) = merged([a, b], [c])
    assert (document.id, document.sources) == ("a", ("a", "b", "c"))
    assert merged([a], [a]) == [a]
