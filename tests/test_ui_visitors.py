from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
import pytest
from gradio_client import Client

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
    blocks.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, ssr_mode=False)
    visitors.forget_passers_by(blocks)
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


def test_what_is_shown_again_and_again_is_kept_once(served: gr.Blocks) -> None:
    visitor = Client(served.local_url, verbose=False)
    for _ in range(5):
        visitor.predict(api_name="/show")
        visitor.predict(api_name="/count")
    state = served.state_holder[visitor.session_hash]
    assert set(state.blocks_config.blocks) == set(served.default_config.blocks)
