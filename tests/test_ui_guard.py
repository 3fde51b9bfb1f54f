"""What a stranger on the network can do: ask, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import gradio as gr
import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from test_ui_page import free_port

from qa.engine import QA
from qa.errors import SettingsError
from qa.ui import Serving, guard, server, start

pytestmark = pytest.mark.model
WHO = "Who is the police commissioner?"
FILE = {"_type": "gradio.FileData"}


@pytest.fixture(scope="module")
def served(seeds_engine: QA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gr.Blocks]:
    blocks = start(seeds_engine, Serving(port=free_port(), feedback=tmp_path_factory.mktemp("guard") / "votes.jsonl"))
    yield blocks
    blocks.close(verbose=False)


@pytest.fixture(scope="module")
def locked(seeds_engine: QA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[gr.Blocks]:
    feedback = tmp_path_factory.mktemp("guard") / "votes.jsonl"
    blocks = start(seeds_engine, Serving(port=free_port(), password="sesame", feedback=feedback))
    yield blocks
    blocks.close(verbose=False)


@pytest.fixture
def client(served: gr.Blocks) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.local_url, timeout=30) as client:
        yield client


def call(client: httpx.Client, name: str, *data: object) -> tuple[str, Any]:
    """Return the last event of a call and its data."""
    event = client.post(f"/gradio_api/call/{name}", json={"data": data}).raise_for_status().json()["event_id"]
    lines = client.get(f"/gradio_api/call/{name}/{event}").text.strip().splitlines()
    return lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """Return the address of another server, and what it was asked for."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"The zebra lives in Kenya.")

        do_HEAD = do_GET  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


def test_questions_are_answered(client: httpx.Client) -> None:
    kind, (answer,) = call(client, "answer", WHO, [])
    assert kind == "complete"
    assert "Bratton" in answer["text"]


def test_the_browser_is_told_to_load_nothing_from_elsewhere(client: httpx.Client) -> None:
    for path in ("/", "/gradio_api/info", "/nothing/here"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("field", ["path", "url"])
@pytest.mark.parametrize("is_stream", [False, True])
def test_no_address_in_a_request_is_fetched(
    served: gr.Blocks, client: httpx.Client, elsewhere: tuple[str, list[str]], field: str, is_stream: bool
) -> None:
    address, seen = elsewhere
    # Gradio refuses addresses of this network by itself; a public one it would fetch
    monkey = pytest.MonkeyPatch()
    fetched: list[str] = []

    async def fetch(url: str, *_: object, **__: object) -> str:
        fetched.append(url)
        return ""

    monkey.setattr("gradio.processing_utils.async_ssrf_protected_download", fetch)
    file = {"path": f"{address}/a.txt", field: f"{address}/a.txt", "is_stream": is_stream, "meta": FILE}
    try:
        call(client, "answer", WHO, [file])
        config = served.config
        upload = next(c["id"] for c in config["components"] if c["type"] == "file")
        for number, event in enumerate(config["dependencies"]):
            if upload in event["inputs"]:
                body = {"data": [[file], None], "fn_index": event.get("id", number), "session_hash": "stranger"}
                client.post("/gradio_api/queue/join", json=body)
                with client.stream("GET", "/gradio_api/queue/data?session_hash=stranger") as lines:
                    assert any("process_completed" in line for line in lines.iter_lines())
    finally:
        monkey.undo()
    assert seen == fetched == []


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        str(Path(__file__).parent.parent / "pyproject.toml"),
        str(Path(__file__).parent.parent / "seeds" / "../README.md"),
        "../../etc/passwd",
        "/proc/self/environ",
    ],
)
def test_no_file_outside_is_served(client: httpx.Client, path: str) -> None:
    for prefix in ("/gradio_api/file=", "/file=", "/gradio_api/file/", "/static/", "/assets/", "/gradio_api/proxy="):
        for spelling in (path, path.replace("/", "%2f"), path.replace("..", "%2e%2e")):
            assert client.get(f"{prefix}{spelling}").status_code in (400, 403, 404, 405, 307), (prefix, spelling)
    assert call(client, "read_document", path, 0)[0] == "error"


def test_a_file_of_the_server_is_not_taken_for_an_upload(client: httpx.Client, served: gr.Blocks) -> None:
    upload = next(c["id"] for c in served.config["components"] if c["type"] == "file")
    (event, *_) = [d for d in served.config["dependencies"] if upload in d["inputs"]]
    own = {"files": ("own.txt", b"The zebra lives in Kenya.")}
    (sent,) = client.post("/gradio_api/upload", files=own).raise_for_status().json()
    outcomes = {}
    for path in (sent, "/etc/passwd"):
        file = {"path": path, "orig_name": "file.txt", "meta": FILE}
        session = f"thief of {Path(path).name}"
        body = {"data": [[file], None], "fn_index": event["id"], "session_hash": session, "trigger_id": upload}
        client.post("/gradio_api/queue/join", json=body)
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as lines:
            said = [line for line in lines.iter_lines() if line.startswith("data:")]
        outcomes[path] = next(json.loads(line[5:])["success"] for line in said if "process_completed" in line)
        assert not any("root:" in line for line in said)
    assert outcomes == {sent: True, "/etc/passwd": False}


def test_too_large_a_request_is_refused_unread(client: httpx.Client) -> None:
    assert client.post("/gradio_api/call/answer", content=b" " * (guard.LARGEST_REQUEST + 1)).status_code == 413
    chunked = (b" " for _ in range(3))
    assert client.post("/gradio_api/call/answer", content=chunked).status_code == 411


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("call/answer", {"content-length": "9"}, 200),
        ("call/answer", {}, 200),
        ("call/answer", {"content-length": f"{guard.LARGEST_REQUEST + 1}"}, 413),
        ("call/answer", {"content-length": "-1"}, 411),
        # of the two the server believes the chunks
        ("call/answer", {"content-length": "2", "transfer-encoding": "chunked"}, 411),
        ("upload", {"content-length": f"{guard.LARGEST_UPLOAD}"}, 200),
        ("upload", {"content-length": f"{guard.LARGEST_UPLOAD + 1}"}, 413),
        ("upload", {"transfer-encoding": "chunked"}, 411),
        ("upload", {"sec-fetch-site": "cross-site"}, 403),
        ("upload", {"sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_what_a_request_says_of_its_length_is_held_against_it(path: str, headers: dict[str, str], status: int) -> None:
    app = Starlette(
        routes=[Route("/{rest:path}", lambda _: PlainTextResponse(""), methods=["POST"])],
        middleware=guard.guards(rate=0),
    )
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": f"/gradio_api/{path}", "headers": pairs, "query_string": b""}
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(app(scope, receive, send))
    assert said[0]["status"] == status


@pytest.mark.parametrize(
    ("serving", "may_keep"),
    [(Serving(), True), (Serving(host="0.0.0.0"), False), (Serving(password="sesame"), False)],
)
def test_who_lets_in_others_lets_them_keep_nothing(
    serving: Serving, may_keep: bool, seeds_engine: QA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_in = []

    def page(_: QA, *, keep_in: Path | None, **__: object) -> gr.Blocks:
        kept_in.append(keep_in)
        raise InterruptedError

    monkeypatch.setattr(server, "page", page)
    with pytest.raises(InterruptedError):
        start(seeds_engine, replace(serving, keep_in=tmp_path))
    assert kept_in == [tmp_path if may_keep else None]


def test_without_the_password_nothing_answers(locked: gr.Blocks) -> None:
    with httpx.Client(base_url=locked.local_url, timeout=30) as client:
        page = client.get("/").text
        assert "003_fd4cfd3cd8d78b6a" not in page
        assert "Bratton" not in page
        answered = {}
        for route in locked.app.routes:
            path = getattr(route, "path", "").replace("{path:path}", "x").translate(str.maketrans("", "", "{}"))
            for method in sorted(getattr(route, "methods", None) or ()):
                response = client.request(method, path, headers={"content-type": "application/json"})
                if response.status_code < 300:
                    answered[path] = response.text
        private = {path for path in answered if not path.startswith(("/static", "/assets", "/svelte"))}
        assert private <= OPEN
        assert not any("003_fd4cfd3cd8d78b6a" in text or "Bratton" in text for text in answered.values())
        with pytest.raises(httpx.HTTPStatusError):
            call(client, "answer", WHO, [])
        assert client.post("/login", data={"username": "x", "password": "wrong"}).status_code == 400
        assert client.post("/login", data={"username": "x", "password": "sesame"}).status_code == 200
        assert "Bratton" in call(client, "answer", WHO, [])[1][0]["text"]


OPEN = {"/", "/favicon.ico", "/login", "/login/", "/logout", "/robots.txt", "/theme.css", "/pwa_icon", "/manifest.json"}
"""What anybody may fetch; none of it tells of articles."""


def test_passwords_cannot_be_tried_out(locked: gr.Blocks) -> None:
    with httpx.Client(base_url=locked.local_url, timeout=30) as client:
        statuses = [
            client.post(
                "/login" + "/" * (number % 2),
                data={"username": "x", "password": str(number)},
                headers={"x-forwarded-for": f"10.0.0.{number}"},
            ).status_code
            for number in range(guard.LOGINS + 1)
        ]
    assert statuses[-1] == 429


@pytest.mark.parametrize(
    ("host", "status"),
    [("evil.example:7860", 421), ("127.0.0.1.evil.example", 421), ("", 421), ("[::1", 421), ("LOCALHOST", 200)],
)
def test_a_name_that_somebody_gave_this_machine_is_refused(client: httpx.Client, host: str, status: int) -> None:
    assert client.get("/", headers={"host": host}).status_code == status


def test_an_address_may_post_so_much_and_no_more(seeds_engine: QA, tmp_path: Path) -> None:
    blocks = start(seeds_engine, Serving(port=free_port(), rate=3, feedback=tmp_path / "votes.jsonl"))
    try:
        with httpx.Client(base_url=blocks.local_url, timeout=30) as client:
            for _ in range(3):
                assert call(client, "search", "mayor", 3)[0] == "complete"
            refused = client.post("/gradio_api/call/search", json={"data": ["mayor", 3]})
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
            assert client.get("/").status_code == 200
    finally:
        blocks.close(verbose=False)


def test_the_memory_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ADDRESSES", 5)
    limits = guard.Limits(app=None, rate=1)  # type: ignore[arg-type]
    assert not any(limits._is_too_often(str(number), is_login=False, most=1) for number in range(100))
    assert len(limits._posted) <= 6
    assert limits._is_too_often("99", is_login=False, most=1)
    assert not limits._is_too_often("99", is_login=True, most=1)


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [
        ("nosuch.invalid", 7860, "nosuch.invalid is no address of this machine .* Leave out --host"),
        ("192.0.2.1", 7860, "192.0.2.1 is no address of this machine. Leave out --host"),
        ("127.0.0.1", 70000, "Port 70000 is none"),
    ],
)
def test_where_the_page_cannot_listen_is_said(host: str, port: int, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        server._demand(host, port)
