from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import SettingsError
from qa.settings import Settings


def test_arguments_beat_variables_beat_the_file_beats_defaults(tmp_path: Path) -> None:
    file = tmp_path / "qa.toml"
    file.write_text('top_k = 3\ncandidates = 30\nindex = "from-file"\n')
    settings = Settings.load(file, {"QA_CANDIDATES": "40", "QA_INDEX": "from-env"}, index=Path("given"), top_k=None)
    assert (settings.top_k, settings.candidates, settings.index) == (3, 40, Path("given"))
    assert settings.encoder == Settings().encoder


def test_the_file_of_the_current_folder_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "qa.toml").write_text("top_k = 2\n")
    monkeypatch.chdir(tmp_path)
    assert Settings.load(env={}).top_k == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("top_k = 0", "top_k is 0; it must lie between 1 and 200"),
        ("topk = 3", "sets topk; known are index"),
        ('top_k = "many"', "sets top_k to 'many', which is no int"),
        ("top_k =", "can't be read as TOML"),
    ],
)
def test_a_bad_file_is_named_with_its_reason(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=message):
        Settings.load(file, {})


def test_a_file_that_is_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        Settings.load(tmp_path / "nowhere.toml", {})


def test_careful_settings_read_everything() -> None:
    assert Settings(top_k=5, certain=0.8).careful() == Settings(top_k=5, certain=1.0)


def test_an_index_that_is_named_later_overrules_a_store_that_was_set_before(tmp_path: Path) -> None:
    file = tmp_path / "qa.toml"
    file.write_text('store = "milvus://host:1/news"')
    assert Settings.load(file, env={"QA_INDEX": "embeddings/mine"}).store == ""
    assert Settings.load(file, env={}).store == "milvus://host:1/news"
    assert Settings.load(file, env={"QA_INDEX": "a", "QA_STORE": "file:b.db"}).store == "file:b.db"
