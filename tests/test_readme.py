"""The README is the truth: its examples run, its commands and settings exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main

from qa.building import Built
from qa.cli import app
from qa.engine import seeds
from qa.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+(?: [\w-]+)?)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ").split(" #")[0]
    for kind, block in BLOCKS
    if kind in {"sh", "console"}
    for line in block.splitlines()
    if line.removeprefix("$ ").startswith("qa ")
]


@pytest.mark.model
def test_the_python_example_runs(
    build: Callable[..., Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = [block for kind, block in BLOCKS if kind == "python"]
    build(seeds(), tmp_path / "embeddings" / "seeds")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert "Bratton" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists_with_its_options(command: str) -> None:
    _, name, *words = shlex.split(command)
    known = {option for parameter in typer.main.get_group(app).commands[name].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_every_setting_is_described_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README, re.MULTILINE))
    assert set(rows) == {field.name for field in fields(Settings)}
    for field in fields(Settings):
        if field.name not in {"reader", "store", "threshold"}:
            assert rows[field.name].strip("`") == str(field.default)


def test_every_file_that_it_names_exists() -> None:
    paths = re.findall(r"\]\((?!http)([^)#]+)\)", README) + re.findall(r"`(qa/[\w/]+(?:\.py)?/?)`", README)
    for path in paths:
        assert (ROOT / path).exists(), path


def test_make_has_the_two_commands() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("chat", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
