from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qa.errors import SettingsError
from qa.types import Document

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from qa.building import Built
    from qa.engine import QA

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
    from qa.settings import Settings

    folder = tmp_path_factory.mktemp("ui")
    shutil.copytree(Path(__file__).parent.parent / "seeds", folder / "articles")
    (folder / "articles" / "hostile.txt").write_bytes(HOSTILE.encode())
    (folder / "articles" / "long.txt").write_text(f"{'<b>' * 10_000} The wagon in Timbuktu is mauve. {'x' * 9_000}")
    build(folder / "articles", folder / "index")
    return QA.open(settings=Settings(index=folder / "index"))


@pytest.fixture(scope="module")
def feedback(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback") / "votes.jsonl"


@pytest.fixture(scope="module")
def address(engine: QA, feedback: Path) -> Iterator[str]:
    from qa.ui import Serving, start

    blocks = start(engine, Serving(port=free_port(), feedback=feedback, keep_in=feedback.parent))
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
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if re.search("js_on_load|callback", said.text) else None)
    page.goto(address)
    page.wait_for_selector(".start")
    yield page
    assert wrong == []
    page.close()


def ask(page: Page, question: str) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    answered(page, question)


def answered(page: Page, question: str) -> None:
    page.locator(".turn", has_text=question).locator(".tools").wait_for()


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
    open_page.locator("#conversation button[data-document='hostile.txt']").last.click()
    open_page.wait_for_selector("#source article[data-document='hostile.txt']")
    document, start, end = opened(open_page)
    assert open_page.text_content("#source mark") == engine.document(document).text[start:end]
    assert open_page.text_content("#source .text") == engine.document(document).text
    ask(open_page, HOSTILE.replace("\r\n", " ").strip())
    assert open_page.evaluate("window.hacked") is None
    assert open_page.locator("#panes :is(script, img)").count() == 0


def test_an_article_of_one_endless_line_stays_readable(open_page: Page, engine: QA) -> None:
    ask(open_page, "What colour is the wagon in Timbuktu?")
    open_page.locator("#conversation button[data-document='long.txt']").first.click()
    open_page.wait_for_selector("#source article[data-document='long.txt']")
    assert open_page.text_content("#source .text") == engine.document("long.txt").text
    assert open_page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert open_page.locator("#source b").count() == 0


def test_waiting_can_be_stopped(open_page: Page, engine: QA, monkeypatch: pytest.MonkeyPatch) -> None:
    going_on = threading.Event()
    monkeypatch.setattr(engine, "ask", lambda *_, **__: going_on.wait(60))
    open_page.fill("#question textarea", EXAMPLE)
    open_page.press("#question textarea", "Enter")
    open_page.wait_for_selector(".pending")
    open_page.click("#stop")
    open_page.wait_for_selector(".turn .notice:has-text('Stopped.')")
    monkeypatch.undo()
    open_page.click(".tools button:has-text('Ask again')")
    open_page.wait_for_selector(".answer")  # while the first is still being worked on
    going_on.set()
    assert open_page.locator(".turn").count() == 1


def test_examples_are_drawn_from_the_articles_and_ask_themselves(open_page: Page) -> None:
    example = open_page.locator("#examples button").first
    example.wait_for(timeout=60_000)
    question = str(example.text_content())
    example.click()
    answered(open_page, question)
    assert open_page.locator(".answer blockquote mark").count() >= 1
    assert not open_page.locator("#examples").is_visible()
    open_page.keyboard.type("and next")
    assert open_page.input_value("#question textarea") == "and next"


def test_a_follow_up_shows_what_it_was_taken_for_and_can_be_corrected(open_page: Page) -> None:
    ask(open_page, "Where was Rafael Ramos buried?")
    ask(open_page, "And Bill Bratton?")
    assert open_page.text_content(".meant q") == "Where was Bill Bratton buried?"
    open_page.click(".meant button")
    assert open_page.input_value(".editing textarea") == "Where was Bill Bratton buried?"
    open_page.fill(".editing textarea", "And who is he?")
    open_page.press(".editing textarea", "Enter")
    answered(open_page, "And who is he?")
    assert open_page.locator(".meant").count() == 0  # a correction is taken at its word
    assert open_page.locator(".turn").count() == 2


def test_what_is_typed_in_an_edit_outlives_another_answer(
    open_page: Page, engine: QA, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(open_page, EXAMPLE)
    going_on, answer = threading.Event(), engine.ask
    monkeypatch.setattr(engine, "ask", lambda *given, **named: going_on.wait(60) and answer(*given, **named))
    open_page.fill("#question textarea", "Where was Rafael Ramos buried?")
    open_page.press("#question textarea", "Enter")
    open_page.wait_for_selector(".pending")
    open_page.locator(".asked .tool:has-text('Edit')").first.click()
    open_page.fill(".editing textarea", "Who is the")
    going_on.set()
    answered(open_page, "Where was Rafael Ramos buried?")
    assert open_page.input_value(".editing textarea") == "Who is the"
    open_page.keyboard.type(" mayor?")
    open_page.press(".editing textarea", "Enter")
    answered(open_page, "Who is the mayor?")
    assert open_page.locator(".editing").count() == 0
    assert open_page.locator(".turn").count() == 1


def test_an_edited_question_replaces_itself_and_what_followed(open_page: Page) -> None:
    ask(open_page, "Where was Rafael Ramos buried?")
    ask(open_page, "How many moons does the planet Jupiter have?")
    open_page.locator(".asked .tool").first.click()
    open_page.press(".editing textarea", "Escape")
    assert open_page.locator(".turn").count() == 2
    open_page.locator(".asked .tool").first.click()
    open_page.fill(".editing textarea", EXAMPLE)
    open_page.click(".editing button:has-text('Ask')")
    answered(open_page, EXAMPLE)
    assert open_page.locator(".turn").count() == 1
    before = open_page.locator(".turn").get_attribute("data-id")
    open_page.click(".tools button:has-text('Ask again')")
    open_page.wait_for_selector(f".turn:not([data-id='{before}']) .tools")
    assert open_page.locator(".turn").count() == 1


def test_another_answer_leaves_what_is_being_typed(open_page: Page) -> None:
    ask(open_page, EXAMPLE)
    open_page.click(".vote.down")
    open_page.fill(".correction input", "William")
    ask(open_page, "Who is the mayor?")
    assert open_page.input_value(".correction input") == "William"
    open_page.click(".vote.down[aria-pressed='true']")
    open_page.wait_for_selector(".correction", state="detached")


def test_votes_become_test_questions(open_page: Page, feedback: Path) -> None:
    from qa.evaluation import read_questions

    ask(open_page, EXAMPLE)
    quote = str(open_page.text_content(".answer blockquote mark"))
    aloud = open_page.locator("#aloud [role=status]")
    assert str(aloud.text_content()).startswith(f"{quote}. ")
    open_page.click(".vote.up")
    open_page.wait_for_selector(".thanks")
    assert str(aloud.text_content()).startswith("Noted")
    (liked,) = read_questions(feedback)
    assert (liked.question, liked.answers, liked.undecided) == (EXAMPLE, (quote,), False)
    open_page.click(".vote.down")
    open_page.wait_for_selector(".correction")
    assert read_questions(feedback)[0].undecided
    open_page.wait_for_function("document.activeElement.name === 'right'")
    open_page.keyboard.type("William Bratton")
    open_page.keyboard.press("Enter")
    open_page.wait_for_selector(".thanks")
    (corrected,) = read_questions(feedback)
    assert (corrected.id, corrected.answers) == (liked.id, ("William Bratton",))
    open_page.click(".vote.down")
    open_page.wait_for_selector(".vote.down[aria-pressed='false']")
    assert feedback.read_text() == ""


def test_what_is_unfolded_stays_unfolded(open_page: Page) -> None:
    ask(open_page, EXAMPLE)
    open_page.locator("summary").last.click()
    open_page.click(".vote.up")
    open_page.wait_for_selector(".vote.up[aria-pressed='true']")
    assert open_page.locator("details[open]").count() == 1
    open_page.click(".vote.up")
    open_page.wait_for_selector(".vote.up[aria-pressed='false']")


def test_an_answer_is_copied_with_its_citation(open_page: Page, address: str) -> None:
    open_page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address.rstrip("/"))
    ask(open_page, EXAMPLE)
    open_page.click(".tools button:has-text('Copy')")
    open_page.wait_for_selector(".tools button:has-text('Copied')")
    copied = open_page.evaluate("navigator.clipboard.readText()")
    document, start, end = opened(open_page)
    assert copied.startswith(f"“{open_page.text_content('.answer blockquote mark')}” — ")
    assert f"{document}, characters {start}-{end}" in copied


def test_the_conversation_is_exported_as_markdown(open_page: Page) -> None:
    ask(open_page, EXAMPLE)
    with open_page.expect_download() as download:
        open_page.click("#export")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "conversation.md"
    assert f"## {EXAMPLE}" in text
    assert f"**{open_page.text_content('.answer blockquote mark')}**" in text
    assert "[^1]: " in text


def test_their_own_articles_are_asked_chosen_and_removed(open_page: Page, tmp_path: Path) -> None:
    file = tmp_path / "okapi.txt"
    file.write_text(f"Okapi\n\nThe keeper of the okapis in Kindu is Doctor Mbuti. {HOSTILE}", encoding="utf-8")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7")
    question = "Who is the keeper of the okapis in Kindu?"
    open_page.set_input_files("#add input[type=file]", [file, broken])
    open_page.wait_for_selector(".keeping")
    open_page.wait_for_selector("#articles .said:has-text('Added one article.')")
    assert "broken.pdf" in open_page.inner_text("#articles .said")
    ask(open_page, question)
    assert "Mbuti" in str(open_page.text_content(".answer blockquote mark"))
    assert opened(open_page)[0] == "yours/okapi.txt"
    open_page.click(".list")
    open_page.uncheck("input[data-choose='yours/okapi.txt']")
    open_page.wait_for_function("document.querySelector('#articles header').innerText.includes('6 of 7')")
    open_page.click(".tools button:has-text('Ask again')")
    open_page.wait_for_selector(".silence")
    open_page.click("[data-all=no]")
    open_page.wait_for_function("document.querySelector('#articles header').innerText.includes('0 of 7')")
    open_page.click(".tools button:has-text('Ask again')")
    open_page.wait_for_selector(".turn .notice:has-text('Tick an article')")
    open_page.click("[data-all=yes]")
    open_page.wait_for_selector("input[data-choose='yours/okapi.txt']:checked")
    open_page.click("[data-remove='yours/okapi.txt']")
    open_page.wait_for_selector("#aloud [role=status]:text-is('Removed.')", state="attached")
    open_page.wait_for_selector(".keeping", state="detached")
    assert open_page.locator("[data-choose='yours/okapi.txt']").count() == 0


def test_their_own_articles_are_kept_under_a_name(open_page: Page, tmp_path: Path, feedback: Path) -> None:
    from qa.index import Index

    file = tmp_path / "okapi.txt"
    file.write_text("The keeper of the okapis in Kindu is Doctor Mbuti.", encoding="utf-8")
    open_page.set_input_files("#add input[type=file]", file)
    for name, said in (("../out", "begins with a letter"), ("okapis", "Kept."), ("okapis", "already")):
        open_page.fill(".keep input", name)
        open_page.press(".keep input", "Enter")
        open_page.wait_for_selector(f"#articles .said:has-text('{said}')")
    with Index.open(feedback.parent / "okapis") as kept:
        assert [document.id for document in kept.documents()] == ["okapi.txt"]
    open_page.click("[data-discard]")
    open_page.wait_for_selector("#aloud [role=status]:text-is('Forgotten.')", state="attached")
    open_page.wait_for_selector(".keeping", state="detached")


def test_nobody_sees_what_others_added(open_page: Page, browser: Browser, address: str, tmp_path: Path) -> None:
    file = tmp_path / "okapi.txt"
    file.write_text("The keeper of the okapis in Kindu is Doctor Mbuti.", encoding="utf-8")
    open_page.set_input_files("#add input[type=file]", file)
    open_page.wait_for_selector(".keeping")
    other = browser.new_page()
    other.goto(address)
    other.wait_for_selector("#articles header")
    assert other.locator(".keeping").count() == 0
    ask(other, "Who is the keeper of the okapis in Kindu?")
    assert other.locator(".silence").count() == 1
    other.close()


def test_an_article_is_read_from_the_list(open_page: Page, engine: QA) -> None:
    button = open_page.locator("button.article").first
    button.click()
    document, _, _ = opened(open_page)
    assert open_page.text_content("#source .text") == engine.document(document).text
    assert open_page.locator("#source mark").count() == 0
    assert not open_page.locator("#library").is_visible()
    open_page.click(".list")
    assert open_page.locator("#library").is_visible()


def test_everything_can_be_done_with_the_keyboard(open_page: Page) -> None:
    open_page.wait_for_function("document.activeElement.tagName === 'TEXTAREA'")
    open_page.keyboard.type(EXAMPLE)
    open_page.keyboard.press("Enter")
    answered(open_page, EXAMPLE)
    reached = set()
    for _ in range(40):
        open_page.keyboard.press("Shift+Tab")
        reached.add(open_page.evaluate("document.activeElement.className || document.activeElement.tagName"))
    assert {"chip", "tool vote up", "tool vote down", "SUMMARY"} <= reached


def test_controls_have_names_for_a_screen_reader(open_page: Page) -> None:
    ask(open_page, EXAMPLE)
    open_page.click(".vote.down")
    open_page.wait_for_selector(".correction")
    for selector in ("#panes button", "#panes input:not([type=file])", "#panes textarea"):
        for control in open_page.locator(selector).all():
            if control.is_visible():
                snapshot = control.aria_snapshot()
                assert '"' in snapshot, snapshot
    open_page.click(".vote.down")


def test_an_index_that_was_built_again_is_listed_and_asked(
    browser: Browser, build: Callable[..., Built], tmp_path: Path, feedback: Path
) -> None:
    from qa.engine import QA
    from qa.ui import Serving, start

    build([Document("pot", "The key lies under the blue flower pot.", "The pot")], tmp_path / "index")
    engine = QA.open(tmp_path / "index")
    blocks = start(engine, Serving(port=free_port(), feedback=feedback))
    try:
        page = browser.new_page()
        page.goto(blocks.local_url)
        page.wait_for_selector("[data-choose='pot']")
        with QA.open(tmp_path / "index") as other:
            other.add([Document("cellar", "The wine stands in the cellar.", "The cellar")])
        ask(page, "Where does the wine stand?")
        assert "cellar" in str(page.text_content(".answer blockquote mark"))
        for _ in range(2):
            page.reload()
            page.wait_for_selector("[data-choose='cellar']")
        page.close()
    finally:
        blocks.close(verbose=False)


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
    answered(open_page, EXAMPLE)
    assert open_page.locator(".turn").count() == 1


def test_clear_begins_again(open_page: Page) -> None:
    ask(open_page, EXAMPLE)
    opened(open_page)
    open_page.click("#clear")
    open_page.wait_for_selector(".start")
    open_page.wait_for_selector("#source article", state="detached")
    assert open_page.locator("#library").is_visible()
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


def test_a_taken_port_is_named(engine: QA, address: str, feedback: Path) -> None:
    from qa.ui import Serving, start

    port = int(address.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(SettingsError, match=rf"Port {port} of 127.0.0.1 can't be used: .*Choose another: --port"):
        start(engine, Serving(port=port, feedback=feedback))


def test_with_a_password_nothing_answers_without_it(engine: QA, browser: Browser, feedback: Path) -> None:
    import urllib.error
    import urllib.request

    from qa.ui import Serving, start

    blocks = start(engine, Serving(port=free_port(), password="quagga", feedback=feedback))
    for path in ("config", "gradio_api/info"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(blocks.local_url + path)
        assert refused.value.code == 401
    call = urllib.request.Request(
        f"{blocks.local_url}gradio_api/call/answer", b'{"data": ["Who?"]}', {"Content-Type": "application/json"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(call)
    assert refused.value.code == 401
    page = browser.new_page()
    page.goto(blocks.local_url)
    for given in ("okapi", "quagga"):
        page.get_by_label("username").fill("anybody")
        page.get_by_label("password").fill(given)
        page.get_by_role("button", name="Login").click()
        page.wait_for_timeout(500)
        assert page.locator("#question").count() == 0 or given == "quagga"
    page.wait_for_selector("#question")
    page.close()
    blocks.close(verbose=False)


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


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
