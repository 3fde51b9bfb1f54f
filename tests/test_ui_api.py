from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_ui_page import free_port

from qa.engine import QA

if TYPE_CHECKING:
    from gradio_client import Client

pytestmark = pytest.mark.model
WHO = "Who is the police commissioner?"


@pytest.fixture(scope="module")
def address(seeds_engine: QA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from qa.ui import Serving, start

    feedback = tmp_path_factory.mktemp("api") / "votes.jsonl"
    blocks = start(seeds_engine, Serving(port=free_port(), mcp=True, feedback=feedback))
    yield blocks.local_url
    blocks.close(verbose=False)


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    from gradio_client import Client

    return Client(address, verbose=False)


def test_answers_are_those_of_the_engine(client: Client, seeds_engine: QA) -> None:
    given, expected = client.predict(WHO, api_name="/answer"), seeds_engine.ask(WHO).to_dict()
    assert {**given, "seconds": None} == {**expected, "seconds": None}


def test_the_client_of_the_readme_works(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python client\n(.*?)```", readme, re.DOTALL)
    exec(compile(code.replace("http://127.0.0.1:7860", address), "README.md", "exec"), {})
    assert re.search(r"Bratton \S+\.txt\n", capsys.readouterr().out)


def test_a_history_is_understood(client: Client) -> None:
    history = [{"question": "Who leads the union?", "answer": "Patrick Lynch"}]
    assert client.predict("Who is he?", history, api_name="/answer")["asked_as"] == "Who is Patrick Lynch?"


def test_passages_and_documents_are_read(client: Client, seeds_engine: QA) -> None:
    passages = client.predict("turned their backs", 3, api_name="/search")["passages"]
    assert len(passages) == 3
    document = seeds_engine.document(passages[0]["document"])
    read = client.predict(document.id, 10, api_name="/read_document")
    assert (read["text"], read["start"], read["end"]) == (document.text[10:], 10, len(document.text))


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"document": "../../etc/passwd", "api_name": "/read_document"}, "holds no document"),
        ({"question": " ", "api_name": "/answer"}, "question is empty"),
        ({"question": "x" * 3000, "api_name": "/answer"}, "2000 are the most"),
        ({"question": "x", "top_k": 0, "api_name": "/search"}, "between 1 and 50"),
        ({"question": "x", "history": ["a"], "api_name": "/answer"}, "history must be"),
    ],
)
def test_a_bad_request_is_told_what_is_wrong(client: Client, request_: dict[str, Any], reason: str) -> None:
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=reason):
        client.predict(**request_)


def test_an_assistant_finds_the_tools(address: str) -> None:
    pytest.importorskip("mcp")
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def talk() -> tuple[list[str], str]:
        async with (
            streamablehttp_client(f"{address}gradio_api/mcp/") as (reading, writing, _),
            ClientSession(reading, writing) as session,
        ):
            await session.initialize()
            names = [tool.name for tool in (await session.list_tools()).tools]
            return names, str((await session.call_tool("answer", {"question": WHO})).content)

    names, said = asyncio.run(talk())
    assert names == ["answer", "search", "read_document"]
    assert "Bratton" in said


def test_without_the_extra_mcp_says_how_to_get_it(
    seeds_engine: QA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa.errors import SettingsError
    from qa.ui import Serving, server, start

    monkeypatch.setattr(server, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"pip install '\.\[mcp\]'"):
        start(seeds_engine, Serving(mcp=True, feedback=tmp_path / "votes.jsonl"))
