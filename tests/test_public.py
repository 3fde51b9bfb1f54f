"""The public names: a test that says aloud when they change."""

from __future__ import annotations

import subprocess
import sys

import qa


def test_the_public_names() -> None:
    assert qa.__all__ == [
        "QA",
        "answer",
        "build_index",
        "Conversation",
        "Turn",
        "Settings",
        "Alternative",
        "Answer",
        "Citation",
        "Document",
        "Hit",
        "Passage",
        "Span",
        "QAError",
    ]
    for name in qa.__all__:
        assert getattr(qa, name).__name__ == name


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, qa; print(*({'torch', 'numpy', 'faiss', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
