"""The page on the air: where it listens, who may see it, what it lets in."""

from __future__ import annotations

import ctypes
import errno
import hmac
import os
import platform
import socket
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from starlette.middleware import Middleware

from qa.errors import SettingsError
from qa.ui.guard import LOOPBACK, guards, stay_offline
from qa.ui.page import page
from qa.ui.uploads import LARGEST_FILE
from qa.ui.visitors import Presence, Visitors

if TYPE_CHECKING:
    from qa.engine import QA

RATE = 120
"""Requests that an address may post in a minute, where others than this machine are served."""
MOST_WAITING = 200
"""Requests that may wait for their turn; more are refused."""
_M_ARENA_MAX = -8  # of malloc.h


@dataclass(frozen=True, slots=True)
class Serving:
    """Say where and how the page is served."""

    host: str = "127.0.0.1"
    port: int = 7860
    open_browser: bool = False
    password: str = ""
    """Without one, whoever reaches the address may ask."""
    mcp: bool = False
    """Whether assistants may use the tools over MCP; needs the extra ``mcp``."""
    feedback: Path = Path("embeddings/feedback.jsonl")
    """Question set that votes go into."""
    rate: int = -1
    """Requests that an address may post in a minute; 0 for any number, negative for RATE unless only this machine is
    served. Behind a proxy everybody has its address."""
    keep_in: Path | None = None
    """Folder of the indexes that people may make of what they added; used on this machine only, and without a
    password."""


def launch(engine: QA, serving: Serving) -> None:
    """Serve the chat page until it is interrupted; Gradio itself says where MCP is."""
    _share_memory()
    blocks = start(engine, serving)
    print(f"The chat page is at {blocks.local_url}  (Ctrl+C to stop)")
    blocks.block_thread()


def start(engine: QA, serving: Serving) -> gr.Blocks:
    """Serve the chat page in the background; ``close()`` of what is returned ends it."""
    if serving.mcp and find_spec("mcp") is None:
        raise SettingsError("MCP needs an extra: in a clone of qa, pip install '.[mcp]'.")
    if serving.mcp and serving.password:
        raise SettingsError("MCP knows no password: its clients could not get in. Leave out --mcp or --password.")
    if serving.feedback.suffix != ".jsonl":
        raise SettingsError(f"Votes are written as JSON lines; {serving.feedback} doesn't end in .jsonl.")
    is_local = serving.host in LOOPBACK
    may_keep = is_local and not serving.password  # who sets a password lets in others, through a proxy
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")  # uvicorn would let a header say what address a request is from
    rate = serving.rate if serving.rate >= 0 else 0 if is_local else RATE
    blocks = page(engine, feedback=serving.feedback, keep_in=serving.keep_in if may_keep else None)
    blocks.queue(max_size=MOST_WAITING)
    stay_offline(blocks)
    visitors = Visitors()
    _demand(serving.host, serving.port)
    try:
        blocks.launch(
            server_name=serving.host,
            server_port=serving.port,
            inbrowser=serving.open_browser,
            auth=_gate(serving.password) if serving.password else None,
            auth_message="Any name will do; the password is what counts." if serving.password else None,
            theme=gr.themes.Base(font="sans-serif", font_mono="monospace"),
            css=files("qa.ui").joinpath("page.css").read_text(encoding="utf-8"),
            app_kwargs={
                "middleware": [*guards(rate, only_here=may_keep), Middleware(Presence, visitors=visitors)],
                "openapi_url": None,
            },
            enable_monitoring=False,
            footer_links=[],
            inline=False,
            max_file_size=LARGEST_FILE,
            mcp_server=serving.mcp,
            prevent_thread_lock=True,
            quiet=True,
            run_history=False,
            share=False,
            ssr_mode=False,
        )
    except OSError as error:  # somebody was quicker
        raise SettingsError(f"Port {serving.port} of {serving.host} can't be used. Choose another: --port.") from error
    visitors.receive(blocks)
    return blocks


def _demand(host: str, port: int) -> None:
    """Raise SettingsError where the page can't listen, and say whether it is for the host or for the port."""
    if not 1 <= port <= 65535:
        raise SettingsError(f"Port {port} is none; they lie between 1 and 65535.")
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SettingsError(
            f"{host} is no address of this machine ({error}). Leave out --host, or correct it."
        ) from error
    failures = [failure for failure in (_failure(*address) for address in addresses) if failure]
    if len(failures) < len(addresses):
        return
    if failures[0].errno == errno.EADDRNOTAVAIL:
        raise SettingsError(f"{host} is no address of this machine. Leave out --host, or correct it.")
    raise SettingsError(f"Port {port} of {host} can't be used: {failures[0].strerror}. Choose another: --port.")


def _failure(family: int, kind: int, protocol: int, _: str, address: tuple[Any, ...]) -> OSError | None:
    try:
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # a port that was just left may be taken, as the server itself does
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _share_memory() -> None:
    """Let glibc's threads allocate from two pools instead of eight a core, each of which keeps what it was once given.

    With eight people at once that is a twelfth of the server's memory; answers take as long as before.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _gate(password: str) -> Callable[[str, str], bool]:
    expected = password.encode()
    return lambda _, given: hmac.compare_digest(given.encode(), expected)
