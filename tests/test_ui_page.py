from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.errors import SettingsError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from qa.engine import QA, Built

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EXAMPLE = "Who is the police commissioner?"
HOSTILE = (
    "Zebras in Zanzibar\r\n\r\n<script>window.hacked = 1</script> The keeper of the zebras in Zanzibar is "
    "<img src=x onerror=window.hacked=2> \u202eProfessor Quagga\u202c ${window.hacked = 3} {{hacked}}.\r\n"
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.model,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium isn't installed; see `apt-get install chromium`"),
]


@pytest.fixture(scope="module")
def engine(build: Callable[..., Built], tmp_path_factory: pytest.TempPathFactory) -> QA:
    from qa.engine import QA

    folder = tmp_path_factory.mktemp("ui")
    shutil.copytree(Path(__file__).parent.parent / "seeds", folder / "articles")
    (folder / "articles" / "hostile.txt").write_bytes(HOSTILE.encode())
    build(folder / "articles", folder / "index")
    return QA.open(folder / "index")


@pytest.fixture(scope="module")
def address(engine: QA) -> Iterator[str]:
    from qa.ui.chat import start

    blocks = start(engine, port=_free_port(), examples=[EXAMPLE])
    yield blocks.local_url
    blocks.close(verbose=False)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = getattr(request, "param", (1280, 800))
    page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.goto(address)
    page.wait_for_selector(".start")
    yield page
    page.close()


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.locator(".turn", has_text=question).locator(".answer, .notice").wait_for()


def opened(page: Page) -> tuple[str, int, int]:
    """Wait for the source pane; return which document it shows and what is marked."""
    article = page.locator("#source article")
    article.wait_for()
    place = [article.get_attribute(f"data-{name}") for name in ("document", "start", "end")]
    return str(place[0]), int(str(place[1])), int(str(place[2]))


def test_the_marked_text_is_the_quote(open_page: Page, engine: QA) -> None:
    ask(open_page, EXAMPLE)
    document, start, end = opened(open_page)
    quote = engine.document(document).text[start:end]
    assert open_page.text_content(".answer blockquote mark") == quote
    assert open_page.text_content("#source mark") == quote
    assert open_page.text_content("#source .text") == engine.document(document).text
    assert open_page.locator(".chip[aria-current]").count() == 1


def test_each_citation_opens_its_article_at_its_quote(open_page: Page, engine: QA) -> None:
    ask(open_page, "Who was killed together with Rafael Ramos?")
    chips = open_page.locator(".answer > .chips .chip")
    assert chips.count() >= 1
    for chip in reversed(chips.all()):
        chip.click()
        open_page.wait_for_function("e => e.getAttribute('aria-current')", arg=chip.element_handle())
        document, start, end = opened(open_page)
        assert document == chip.get_attribute("data-document")
        assert open_page.text_content("#source mark") == engine.document(document).text[start:end]
        assert _in_view(open_page, "#source mark")


def test_silence_offers_the_nearest_passages(open_page: Page, engine: QA) -> None:
    ask(open_page, "How many moons does the planet Jupiter have?")
    assert "don’t answer" in str(open_page.text_content(".answer .silence"))
    assert open_page.locator("#source article").count() == 0
    open_page.locator("button.passage").first.click()
    document, start, end = opened(open_page)
    assert open_page.text_content("#source mark") == engine.document(document).text[start:end]


def test_a_hostile_article_is_only_text(open_page: Page, engine: QA) -> None:
    ask(open_page, "Who is the keeper of the zebras in Zanzibar?")
    for folded in open_page.locator("summary").all():
        folded.click()
    open_page.locator("button[data-document='hostile.txt']").last.click()
    open_page.wait_for_selector("#source article[data-document='hostile.txt']")
    document, start, end = opened(open_page)
    assert open_page.text_content("#source mark") == engine.document(document).text[start:end]
    assert open_page.text_content("#source .text") == engine.document(document).text
    ask(open_page, HOSTILE.replace("\r\n", " ").strip())
    assert open_page.evaluate("window.hacked") is None
    assert open_page.locator("#panes :is(script, img)").count() == 0


def test_examples_ask_themselves_and_the_box_keeps_the_focus(open_page: Page) -> None:
    open_page.get_by_role("button", name=EXAMPLE).click()
    open_page.locator(".turn .answer").wait_for()
    open_page.keyboard.type("and next")
    assert open_page.input_value("#question textarea") == "and next"


def test_too_long_a_question_is_kept_for_shortening(open_page: Page) -> None:
    open_page.fill("#question textarea", "why " * 200)
    open_page.press("#question textarea", "Enter")
    assert "799 characters; 500 are the most" in str(open_page.locator(".notice").text_content())
    assert open_page.input_value("#question textarea").startswith("why why")


def test_an_empty_question_asks_nothing(open_page: Page) -> None:
    box = open_page.locator("#question textarea")
    box.fill("   ")
    box.press("Enter")
    # The page takes the next question once it has done with the empty one, which nothing shows.
    for _ in range(50):
        box.fill(EXAMPLE)
        box.press("Enter")
        open_page.wait_for_timeout(200)
        if open_page.locator(".turn").count():
            break
    open_page.locator(".turn .answer").wait_for()
    assert open_page.locator(".turn").count() == 1


def test_clear_begins_again(open_page: Page) -> None:
    ask(open_page, EXAMPLE)
    opened(open_page)
    open_page.click("#clear")
    open_page.wait_for_selector(".start")
    open_page.wait_for_selector("#source .nothing")
    assert open_page.locator(".turn").count() == 0


@pytest.mark.parametrize("open_page", [(360, 740)], indirect=True)
def test_on_a_phone_the_panes_stack_and_a_click_leads_to_the_quote(open_page: Page) -> None:
    ask(open_page, EXAMPLE)
    opened(open_page)
    assert _in_view(open_page, ".answer blockquote mark")
    assert open_page.evaluate("document.documentElement.scrollWidth") <= 360
    open_page.locator(".chip").first.click()
    open_page.wait_for_function("document.querySelector('#source mark').getBoundingClientRect().top < innerHeight")
    assert _in_view(open_page, "#source mark")
    assert _in_view(open_page, "#source h2")
    open_page.click(".back")
    open_page.wait_for_function("document.querySelector('.chip').getBoundingClientRect().bottom > 0")
    assert _in_view(open_page, ".chip")


def test_no_request_leaves_the_host(browser: Browser, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector(".start")
    ask(page, EXAMPLE)
    page.close()
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_a_taken_port_is_named(engine: QA, address: str) -> None:
    from qa.ui.chat import start

    port = int(address.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(SettingsError, match=rf"port {port} of 127.0.0.1.*Choose another port"):
        start(engine, port=port)


def _in_view(page: Page, selector: str) -> bool:
    return bool(
        page.evaluate(
            """selector => {
                const box = document.querySelector(selector).getBoundingClientRect();
                return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
            }""",
            selector,
        )
    )


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
