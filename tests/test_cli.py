from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qa.cli import app, main
from qa.cli.terminal import clean
from qa.engine import QA

WHO = "Who is the police commissioner?"
CODE = "import sys; from qa.cli import main; sys.argv[0] = 'qa'; main()"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def index(seeds_engine: QA) -> str:
    return str(seeds_engine.index.encoder_folder.parent)


@pytest.mark.model
def test_ask_prints_the_quote_and_exits_with_0(index: str) -> None:
    done = run("ask", WHO, "--index", index)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Bratton" in done.stdout.splitlines()[0]
    assert "002_8d3dbf3cfb4c1bf5.txt, characters" in done.stdout


@pytest.mark.model
def test_what_the_terminal_has_no_character_for_is_escaped(index: str) -> None:
    for extra in ((), ("--json",)):
        command = [sys.executable, "-c", CODE, "search", "commissioner", "--index", index, *extra]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONIOENCODING": "ascii"}
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "\\u2019" in done.stdout
    assert "’" in str(json.loads(done.stdout))


def test_a_crash_is_not_taken_for_an_answer_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qa.cli.app", lambda: 1 // 0)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.model
def test_ask_json_prints_one_object(index: str) -> None:
    values = json.loads(run("ask", WHO, "--index", index, "--json", "--top-k", "2").stdout)
    assert values["question"] == WHO
    assert values["citations"][0]["number"] == 1


@pytest.mark.model
def test_index_says_what_changed_and_verify_whether_it_is_whole(index: str, tmp_path: Path) -> None:
    mine, article = tmp_path / "mine", tmp_path / "articles" / "cellar.txt"
    shutil.copytree(index, mine)
    article.parent.mkdir()
    article.write_text("The wine stands in the cellar.", encoding="utf-8")
    build = ("index", str(article.parent), "--to", str(mine))
    assert run(*build).stdout.startswith(f"1 document, 1 passage in {mine} (1 new, 4 removed, 1 passage embedded; ")
    assert "(1 kept, 0 passages embedded; " in run(*build).stdout
    assert json.loads(run(*build, "--json").stdout)["changes"]["kept"] == 1
    assert run("ask", "Where does the wine stand?", "--index", str(mine)).returncode == 0
    whole = run("verify", "--index", str(mine))
    assert (whole.returncode, whole.stderr) == (0, "")
    next(mine.glob("snapshot-*/*.sqlite")).write_bytes(b"something else")
    assert run("verify", "--index", str(mine)).returncode == 2


@pytest.mark.parametrize("variable", ["QA_INDEX", "QA_STORE"])
def test_the_seeds_take_the_place_of_no_other_index(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv(variable, "file:mine.db" if variable == "QA_STORE" else "embeddings/mine")
    monkeypatch.setattr(sys, "argv", ["qa", "index"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "Say what to index" in capsys.readouterr().err


@pytest.mark.model
def test_silence_exits_with_1(index: str) -> None:
    done = run("ask", "How many moons does the planet Jupiter have?", "--index", index)
    assert done.returncode == 1
    assert done.stdout.startswith("The articles don't answer this.")


@pytest.mark.model
def test_search_shows_passages_of_the_documents_asked_for(index: str) -> None:
    done = run("search", WHO, "--index", index, "--json", "--where", "document=001_89182a59c33e78cb.txt")
    passages = json.loads(done.stdout)["passages"]
    assert {passage["document"] for passage in passages} == {"001_89182a59c33e78cb.txt"}


@pytest.mark.model
def test_evaluate_writes_what_it_found_compares_it_and_can_fail(index: str, tmp_path: Path) -> None:
    few = ["evaluate", "--index", index, "--limit", "12"]
    first = run(*few, "--json", "--run", str(tmp_path / "run.txt"), "--predictions", str(tmp_path / "answers.json"))
    (tmp_path / "first.json").write_text(first.stdout)
    values = json.loads(first.stdout)
    assert json.loads((tmp_path / "answers.json").read_text()).keys() == {row["id"] for row in values["rows"]}
    lines = [line.split() for line in (tmp_path / "run.txt").read_text().splitlines()]
    assert [line[2] for line in lines if line[0] == "seeds-001"][:1] == [values["rows"][0]["hits"][0]["document"]]
    assert {line[1] for line in lines} == {"Q0"}
    assert len({(line[0], line[4]) for line in lines}) == len(lines), "no ties"
    lost = run(*few, "--predictions", str(tmp_path / "nowhere" / "answers.json"))
    assert lost.returncode == 2
    assert "can't be written" in lost.stderr
    assert "exact match" in lost.stdout.casefold()
    second = run(*few, "--against", str(tmp_path / "first.json"), "--fail-under", "citation_exactness=1")
    assert second.returncode == 0, second.stderr
    assert "12 questions that both were asked" in second.stdout
    third = run(*few, "--fail-under", f"f1={values['f1'] / 100 + 1e-6}", "--fail-under", "exact=0")
    assert third.returncode == 1
    assert third.stderr.startswith("f1 is ")
    assert "There is no figure 'f2' here. There are: exact," in run(*few, "--fail-under", "f2=0").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", WHO, "--index", "nowhere"], "No index in nowhere. Run `qa index"),
        (["ask", WHO, "--top-k", "0"], "top_k is 0"),
        (["ask", WHO, "--where", "author"], "KEY=VALUE"),
        (["ask"], "Missing argument 'question'"),
        (["index", "nowhere"], "nowhere"),
        (["evaluate", "nowhere.json"], "nowhere.json"),
        (["evaluate", "--open", "--reader-only"], "exclude each other"),
        (["evaluate", "--fail-under", "f1=80"], "such as f1=0.8; 'f1=80' is no such pair"),
        (["evaluate", ".", "--open"], "it takes --run"),
        (["train", "a.json", "--start", "s", "--out", "o", "--test", "plain.jsonl"], "'1' has no paragraph of its own"),
        (["calibrate", "plain.jsonl", "--reader", "reader"], "'1' has no paragraph of its own"),
        (["evaluate", "--against", "nowhere.json"], "There is no nowhere.json to compare with"),
        (["nonsense"], "No such command"),
    ],
)
def test_what_is_wrong_is_said_on_stderr_and_exits_with_2(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain.jsonl").write_text('{"question": "Who?", "answers": []}')
    Path("reader").mkdir()
    Path("reader", "reader.json").touch()
    monkeypatch.setattr(sys, "argv", ["qa", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    printed = capsys.readouterr()
    assert stopped.value.code == 2
    assert printed.out == ""
    assert message in printed.err


def test_every_option_is_explained() -> None:
    import typer.main

    group = typer.main.get_group(app)
    for name, command in group.commands.items():
        assert command.help, name
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"qa {name} {parameter.name}"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom qa.cli import main\nsys.argv = ['qa', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(*({'torch', 'numpy', 'onnxruntime', 'faiss', 'gradio', 'bm25s'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Ask your articles" in done.stdout
    assert done.stderr.strip() == ""


def test_text_from_documents_can_not_steer_the_terminal() -> None:
    assert clean("a\x1b]0;title\x07b\u202ec\r\n d") == "a]0;titlebc d"
