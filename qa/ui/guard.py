"""What stands between the page and the network: what may come in, how often, and what a browser may do with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from gradio_client.utils import is_http_url_like
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse

from qa.ui.uploads import LARGEST_FILE

LARGEST_REQUEST = 2**18
"""Bytes of a request that uploads nothing: a question, or a conversation with it."""
LARGEST_UPLOAD = 10 * LARGEST_FILE
"""Bytes of all files that are dropped at once."""
LOGINS = 10
"""Attempts to log in that an address has in a minute."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this machine that nobody else can give away."""
ADDRESSES = 10_000
"""Addresses whose requests are remembered; beyond it the memory begins anew."""

_UPLOAD = "/gradio_api/upload"
_LOGIN = "/login"
_HEADERS = {
    "content-security-policy": "; ".join(
        [
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",  # Gradio's page is made of them
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def guards(rate: int, *, only_here: bool = False) -> list[Middleware]:
    """Return what every request goes through; ``rate`` is how many an address may post in a minute, 0 any number.

    ``only_here`` refuses requests to any name but this machine's own.
    """
    here = [Middleware(Here)] if only_here else []
    return [*here, Middleware(Headers), Middleware(Limits, rate=rate)]


def stay_offline(blocks: gr.Blocks) -> None:
    """Let no component fetch an address that a request names as a file; of itself Gradio would.

    To be called when every component is there.
    """
    for block in blocks.blocks.values():
        block.async_move_resource_to_block_cache = _local(block.async_move_resource_to_block_cache)  # type: ignore


def _local(move: Callable[..., Awaitable[str | None]]) -> Callable[..., Awaitable[str | None]]:
    async def move_local(file: Any) -> str | None:
        if is_http_url_like(str(file)):
            raise gr.Error("Files are uploaded, not fetched from an address.", print_exception=False)
        return await move(file)

    return move_local


class Here:
    """Refuse what was sent to another name than this machine's own.

    A web site may give its name the address 127.0.0.1, and its scripts would read the articles as if they were its own.
    """

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        host = dict(scope.get("headers", ())).get(b"host", b"").decode("latin-1")
        known = scope["type"] == "lifespan" or _name(host) in LOOPBACK
        await (self.app if known else _ELSEWHERE)(scope, receive, send)


def _name(host: str) -> str | None:
    """Return what a Host header names, without the port.

    >>> _name("localhost:7860"), _name("[::1]:7860"), _name("[::1")
    ('localhost', '::1', None)
    """
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


_ELSEWHERE = PlainTextResponse("This server answers on its own machine only, at 127.0.0.1 or localhost.", 421)


class Headers:
    """Add to every response what tells a browser to load nothing from elsewhere and to guess nothing."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _ in message["headers"]}
                added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in present)]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Limits:
    """Refuse what is too large and what comes too often, before anything reads it."""

    def __init__(self, app: App, rate: int) -> None:
        self.app, self.rate = app, rate
        self._posted: dict[tuple[str, str], deque[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say why not."""
        reads = scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS")
        refusal = None if reads else self._refusal(scope)
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        path = scope["path"]
        headers = dict(scope["headers"])
        if headers.get(b"sec-fetch-site") == b"cross-site":  # a form or a script of another site could fill the disk
            return PlainTextResponse("Other web sites may send nothing here.", 403)
        length = headers.get(b"content-length", b"0")
        if b"transfer-encoding" in headers or not length.isdigit():  # a length beside it would be no promise
            return PlainTextResponse("Say how long the request is (Content-Length), and send it in one piece.", 411)
        if path == _UPLOAD and int(length) > LARGEST_UPLOAD:
            return PlainTextResponse(f"{LARGEST_UPLOAD // 2**20} MB at once are the most. Drop fewer files.", 413)
        if path != _UPLOAD and int(length) > LARGEST_REQUEST:
            return PlainTextResponse(f"The request is longer than {LARGEST_REQUEST} bytes.", 413)
        is_login = path.rstrip("/") == _LOGIN
        most = LOGINS if is_login else self.rate
        if most and self._is_too_often((scope.get("client") or ("",))[0], is_login, most):
            return PlainTextResponse("Too many requests. Wait a minute.", 429, {"retry-after": "60"})
        return None

    def _is_too_often(self, address: str, is_login: bool, most: int) -> bool:
        if len(self._posted) > ADDRESSES:
            self._posted.clear()
        times = self._posted.setdefault((address, _LOGIN if is_login else ""), deque())
        now = monotonic()
        while times and times[0] < now - 60:
            times.popleft()
        if len(times) >= most:
            return True
        times.append(now)
        return False
