from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from starlette.middleware import Middleware

from qa.ui import visitors


def echo(text: str) -> str:
    return text


@pytest.fixture
def served() -> Iterator[gr.Blocks]:
    with gr.Blocks() as blocks:
        kept, shown = gr.State(0), gr.HTML()
        gr.Button().click(lambda n: (n + 1, f"{n}"), kept, [kept, shown], api_name="count")
        gr.Button().click(lambda: gr.HTML(value="x", visible=True), None, shown, api_name="show")
        gr.api(echo, api_name="echo")
    known = visitors.Visitors()
    blocks.launch(
        server_name="127.0.0.1",
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
        app_kwargs={"middleware": [Middleware(visitors.Presence, visitors=known)]},
    )
    known.receive(blocks)
    yield blocks
    blocks.close()


def test_calls_of_the_api_are_forgotten_and_a_visitor_with_a_state_is_not(
    served: gr.Blocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "PASSING", 4)
    visitor = Client(served.local_url, verbose=False)
    assert visitor.predict(api_name="/count") == "0"
    caller = Client(served.local_url, verbose=False)
    for number in range(12):
        caller.session_hash = f"caller{number}"
        assert caller.predict(f"{number}", api_name="/echo") == f"{number}"
    assert len(served.state_holder.session_data) <= 4 + 2
    assert visitor.predict(api_name="/count") == "1"


def sweep(served: gr.Blocks, name: str, after: float) -> bool:
    """Sweep as Gradio does, so many seconds from now; tell whether the visit has lost its state."""
    state = served.state_holder[name]
    state._state_ttl = {key: (ttl, at - timedelta(seconds=after)) for key, (ttl, at) in state._state_ttl.items()}
    served.state_holder.delete_all_expired_state()
    return not state.state_data


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_page_that_was_only_looked_at_is_forgotten_an_hour_after(served: gr.Blocks) -> None:
    state = served.state_holder["reader"]
    assert state[kept_by(served)] == 0  # as an event does that reads it and changes nothing
    assert not sweep(served, "reader", after=3500)
    assert sweep(served, "reader", after=200)


def test_a_page_that_is_open_is_remembered_and_an_hour_after_it_was_left_it_is_not(served: gr.Blocks) -> None:
    holder = served.state_holder
    beating = [httpx.Client(base_url=served.local_url) for _ in range(2)]
    address = "gradio_api/heartbeat/tab"
    with beating[0].stream("GET", address) as first:
        beats = first.iter_raw()  # the connection ends with it
        assert next(beats)
        assert holder["tab"][kept_by(served)] == 0
        holder["tab"].is_closed = True  # as Gradio says when the connection breaks
        with beating[1].stream("GET", address) as second:
            assert next(second.iter_raw())
        until(lambda: holder._present["tab"] == 1)
        assert not sweep(served, "tab", after=8000)
    for client in beating:
        client.close()
    until(lambda: not holder.is_present("tab"))
    assert not sweep(served, "tab", after=3500)  # counted from when it was left, not from its last question
    assert sweep(served, "tab", after=200)


def kept_by(served: gr.Blocks) -> int:
    return next(key for key, block in served.blocks.items() if isinstance(block, gr.State))


def test_what_is_shown_again_and_again_is_kept_once(served: gr.Blocks) -> None:
    visitor = Client(served.local_url, verbose=False)
    for _ in range(5):
        visitor.predict(api_name="/show")
        visitor.predict(api_name="/count")
    state = served.state_holder[visitor.session_hash]
    assert set(state.blocks_config.blocks) == set(served.default_config.blocks)
