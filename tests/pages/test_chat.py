"""The front page: from a question to its passages, and on into the documents."""

import json

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, Request, Route, expect

from tests.conftest import running_server
from tests.pages.asking import Body, ask, ask_api, content, document_named, passage_text, reader_address, text_of
from tests.pages.conftest import Visit
from tests.pages.documents import EMOJI_TITLE, HOSTILE_TITLE

pytestmark = pytest.mark.browser

_OWN_NAMES = {"be": "беларуская", "ru": "русский", "en": "English"}
LONG_ANSWER: Body = {"text": "🦬" * 2_100, "language": "en", "kind": "extractive", "confidence": None, "citations": []}
_WELCOMES = {"be": "Спытайце ў сваіх дакументаў", "ru": "Спросите у своих документов", "en": "Ask your documents"}


def shown(item: Locator) -> Body:
    """Return what a passage on the page says of itself."""
    title = item.locator(".title")
    headings = item.locator(".headings")
    return {
        "title": content(title),
        "title_language": title.get_attribute("lang"),
        "address": item.locator(".inside > .reader").get_attribute("href"),
        "language": content(item.locator(".language")),
        "headings": content(headings) if headings.count() else "",
        "text": content(item.locator(".text")),
        "text_language": item.locator(".text").get_attribute("lang"),
        "marks": item.locator("mark").all_text_contents(),
    }


def expected(passage: Body, address: str, question: str) -> Body:
    """Return what the page should say of a passage that the service found for a question."""
    document, text = passage["document"], passage["text"]
    headings = [one for one in passage["location"]["headings"] if one != document["title"] and not text.startswith(one)]
    return {
        "title": document["title"],
        "title_language": document["language"],
        "address": address + reader_address(passage["source_url"], question),
        "language": _OWN_NAMES[passage["language"]],
        "headings": " › ".join(headings),
        "text": text,
        "text_language": passage["language"],
        "marks": [text[span["start"] : span["end"]] for span in passage["highlights"]],
    }


def test_the_page_s_own_address_is_in_the_line_that_embeds_the_widget(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    embed = page.locator("#embed")
    embed.get_by_role("button", name="Copy").click()
    expect(embed.get_by_role("status")).to_have_text("Copied.")
    line = f'<script async src="{hashing_server}/widget/v1/widget.js" data-site-key="pk_…"></script>'
    assert page.evaluate("navigator.clipboard.readText()") == content(embed.locator("pre")) == line


@pytest.mark.model
@pytest.mark.parametrize(
    ("locale", "question", "file", "known"),
    [
        ("be-BY", "Калі выйшла першая кніга Скарыны?", "01-skaryna-dzvie-drukarni.md", "6 жніўня 1517 года"),
        ("ru-RU", "Сколько тонн увёз рекордный самосвал?", "02-belaz-75710.md", "503,5 тонны"),
        ("en-GB", "When was the Belarusian forest added to the list?", "03-bialowieza-world-heritage.html", "1992"),
    ],
)
def test_a_question_finds_its_document_and_its_citation_opens_there(
    visit: Visit, model_server: str, locale: str, question: str, file: str, known: str
) -> None:
    page = visit(model_server, locale=locale)
    turn = ask(page, question)
    document = document_named(page, model_server, file)
    titles = turn.locator(".passage .title").all_text_contents()
    assert document["title"] in titles
    assert len(titles) <= 5
    assert any(known in text for text in turn.locator(".passage .text").all_text_contents())

    cited = content(turn.locator(".cited .text").first)
    turn.locator(".citation").first.click()
    turn.locator(".cited").first.get_by_role("link").click()
    mark = page.locator("#passage")
    expect(mark).to_be_in_viewport()
    assert passage_text(page) == cited


def test_the_page_shows_what_the_service_answers(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    question = "Which bird is on the sign of the reserve?"
    answered = ask_api(page, hashing_server, question)
    turn = ask(page, question)
    (citation,) = answered["answer"]["citations"]
    found = sorted(
        answered["passages"], key=lambda one: one["id"] != citation["passage_id"]
    )  # what is cited comes first
    assert [shown(item) for item in turn.locator(".passage").all()] == [
        expected(item, hashing_server, question) for item in found
    ]
    answer = turn.locator(".answer .text")
    assert content(answer) == f"{answered['answer']['text']}1"
    assert answer.get_attribute("lang") == answered["answer"]["language"]
    assert turn.locator(".question").get_attribute("lang") == "en"
    assert content(turn.locator(".cited .numbers")) == "1"
    # the answer is read out when it has come, the passages are not
    expect(page.locator("qa-widget").get_by_role("status")).to_have_text(answered["answer"]["text"])


def test_highlights_are_exact_among_emoji(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    question = "Зубр 🦬 стаіць каля ракі?"
    answered = ask_api(page, strange_server, question)
    turn = ask(page, question)
    item = turn.locator(".passage", has_text=EMOJI_TITLE).first
    (passage,) = [one for one in answered["passages"] if one["text"] == shown(item)["text"]]
    assert shown(item) == expected(passage, strange_server, question)
    assert any("🦬" in passage["text"][: span["start"]] for span in passage["highlights"])
    canonical = text_of(page, strange_server, passage["document"])
    assert shown(item)["text"] == canonical[passage["location"]["start"] : passage["location"]["end"]]


def test_a_hostile_document_is_only_text(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    turn = ask(page, "Zanzibar pepper costs how many ducats a sack?")
    item = turn.locator(".passage").first
    assert content(item.locator(".title")) == HOSTILE_TITLE
    assert "<script>window.ran=1</script>" in content(item.locator(".text"))
    assert turn.locator(".passage :is(img, script, iframe, svg:not(.reader > svg))").count() == 0
    page.get_by_role("button", name="New conversation").click()
    page.get_by_text("List of documents").click()
    assert content(page.get_by_role("link", name=HOSTILE_TITLE)) == HOSTILE_TITLE
    page.get_by_role("link", name=HOSTILE_TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE_TITLE)
    names = page.locator("article *").evaluate_all("(all) => [...new Set(all.map(({ localName }) => localName))]")
    assert sorted(names) == ["div", "h1", "p"]
    assert "{{ 7 * 7 }}" in content(page.locator("article"))
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize(
    "statement",
    [
        "document.body.innerHTML = '<b>bold</b>'",
        "document.body.insertAdjacentHTML('beforeend', '<b>bold</b>')",
        "document.body.setAttribute('onclick', 'window.ran = 1')",
        "document.createElement('script').text = 'window.ran = 1'",
    ],
)
def test_the_policy_lets_no_string_become_markup_or_code(browser: Browser, hashing_server: str, statement: str) -> None:
    with browser.new_page() as page:
        page.goto(hashing_server)
        with pytest.raises(Error, match=r"Trusted(HTML|Script)"):
            page.evaluate(f"() => {{ {statement}; }}")


def test_what_is_indexed_is_shown(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    ready = page.request.get(f"{hashing_server}/readyz").json()
    expect(page.locator("#readiness")).to_have_text(f"{ready['documents']} documents, {ready['passages']} passages")
    for language, count in ready["languages"].items():
        expect(page.locator(".legend li", has_text=_OWN_NAMES[language])).to_contain_text(f"{count} passages")
    page.get_by_text("List of documents").click()
    assert page.locator(".documents li").count() == ready["documents"]


def test_examples_ask_and_belong_to_sample_documents(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    examples = page.locator(".example")
    expect(examples).to_have_count(3)
    assert {example.get_attribute("lang") for example in examples.all()} == {"be", "ru", "en"}
    files = page.evaluate("""async () => {
        const { examplesFor } = await import("/assets/examples.js");
        return examplesFor([]).length;
    }""")
    assert files == 0
    question = content(examples.first)
    examples.first.click()
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".question")).to_have_text(question)
    expect(page.locator(".answer")).to_be_visible()


def test_an_empty_service_says_so(visit: Visit, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("empty") / "data"
    with running_server(data, QA_MODEL="hashing") as address:
        page = visit(address)
        expect(page.locator("#readiness")).to_contain_text("No documents yet")
        turn = ask(page, "Is anybody there?")
        expect(turn.locator(".answer")).to_contain_text("Not in these documents.")
        assert turn.locator(".passages").count() == 0


def test_not_found_keeps_the_nearest_passages(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    not_found = 'event: answer\r\ndata: {"status": "not_found", "reason": "low_confidence", "answer": null}\r\n\r\n'

    def without_answer(route: Route) -> None:
        response = route.fetch()
        before, _, rest = response.text().partition("event: answer")
        route.fulfill(response=response, body=before + not_found + rest[rest.index("event: done") :])

    page.route("**/v1/ask", without_answer)
    turn = ask(page, "What is the airspeed of a swallow?")
    expect(turn.locator(".answer")).to_contain_text("Not in these documents.")
    expect(turn.get_by_role("heading", name="Nearest passages")).to_be_visible()
    assert turn.locator(".passage").count() == 5
    assert turn.locator(".citation, .cited").count() == 0


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_the_page_speaks_the_language_of_the_browser(visit: Visit, hashing_server: str, language: str) -> None:
    page = visit(hashing_server, locale=language)
    expect(page.get_by_role("heading", level=2).first).to_have_text(_WELCOMES[language])
    assert page.locator("html").get_attribute("lang") == language


def test_the_language_can_be_chosen_and_is_kept(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server, locale="pl")
    turn = ask(page, "Which bird is on the sign of the reserve?")
    expect(turn.get_by_role("heading", name="Passages found")).to_be_visible()
    page.get_by_role("button", name="русский").click()
    expect(turn.get_by_role("heading", name="Найденные отрывки")).to_be_visible()
    assert page.get_by_role("button", name="русский").get_attribute("aria-pressed") == "true"
    turn.locator(".citation").first.click()
    turn.locator(".cited").first.get_by_role("link").click()
    expect(page.get_by_role("link", name="К отрывку")).to_be_visible()


def test_the_conversation_is_there_after_reading_and_can_be_cleared(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    first, second = "Which bird is on the sign?", "Сколько колёс у самосвала?"
    ask(page, first)
    passages = ask(page, second).locator(".passage .text").all_text_contents()
    page.locator(".citation").last.click()
    page.locator(".turn").last.locator(".cited").get_by_role("link").click()
    page.get_by_role("link", name="Questions").click()
    expect(page.locator(".question")).to_have_text([first, second])
    expect(page.locator(".question").last).to_be_in_viewport()
    assert page.locator(".turn").last.locator(".passage .text").all_text_contents() == passages
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("textbox")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name=_WELCOMES["en"])).to_be_visible()


def histories(page: Page) -> list[list[Body]]:
    """Return the list that the history of each question will be added to."""
    found: list[list[Body]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/v1/ask"):
            found.append(json.loads(request.post_data or "")["history"])

    page.on("request", note)
    return found


def test_a_question_is_asked_with_the_three_turns_before_it(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    sent = histories(page)
    questions = ["Which bird is on the sign?", "Where is it?", "Сколько колёс у самосвала?", "Which river is long?"]
    turns = [ask(page, question) for question in questions]
    answers = [content(page.locator(".turn").nth(place).locator(".answer .text")) for place in range(4)]
    told = [
        {"question": question, "answer": answer.removesuffix("1")}
        for question, answer in zip(questions, answers, strict=True)
    ]
    assert sent == [[], told[:1], told[:2], told[:3]]
    assert len(turns) == 4
    page.reload()
    ask(page, "And where?")
    assert sent[4:] == [told[1:]]
    page.get_by_role("button", name="New conversation").click()
    ask(page, "And where?")
    assert sent[5:] == [[]]


def test_a_stopped_question_is_no_earlier_turn_and_asking_again_looks_only_back(
    visit: Visit, hashing_server: str
) -> None:
    page = visit(hashing_server)
    sent = histories(page)
    page.route("**/v1/ask", lambda route: route.abort(), times=1)
    ask(page, "Which bird is on the sign?")
    ask(page, "How many wheels are there?")
    page.locator(".turn").first.get_by_role("button", name="Try again").click()
    expect(page.locator(".answer")).to_have_count(2)
    assert sent == [[], [], []]


def test_an_answer_beyond_the_bound_is_sent_as_far_as_it_goes(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    sent = histories(page)

    def at_length(route: Route) -> None:
        response = route.fetch()
        answer = {"status": "answered", "reason": None, "answer": LONG_ANSWER}
        before, _, rest = response.text().partition("event: answer")
        told = f"event: answer\r\ndata: {json.dumps(answer)}\r\n\r\n"
        route.fulfill(response=response, body=before + told + rest[rest.index("event: done") :])

    page.route("**/v1/ask", at_length, times=1)
    ask(page, "Which bird is on the sign?")
    expect(ask(page, "And where?").locator(".answer")).to_be_visible()
    assert sent[1] == [{"question": "Which bird is on the sign?", "answer": "🦬" * 2_000}]


@pytest.mark.parametrize(("language", "label"), [("be", "Шукалі:"), ("ru", "Искали:"), ("en", "Searched for:")])
def test_what_a_follow_up_was_searched_as_is_shown(
    visit: Visit, hashing_server: str, language: str, label: str
) -> None:
    page = visit(hashing_server, locale=language)
    assert ask(page, "Which bird is on the sign of the reserve?").locator(".searched").count() == 0
    ask(page, "And where does it live?")
    shown = page.locator(".turn").last.locator(".searched")
    expect(shown).to_have_text(f"{label} bird sign reserve And where does it live?")
    assert shown.locator("[lang=en]").count() == 1
    page.reload()
    expect(page.locator(".searched")).to_have_text([f"{label} bird sign reserve And where does it live?"])


def test_a_browser_that_keeps_nothing_can_still_ask(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    page.add_init_script("""for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
    }""")
    page.reload()
    page.get_by_role("button", name="беларуская").click()
    expect(page.get_by_role("heading", name=_WELCOMES["be"])).to_be_visible()
    assert ask(page, "Дзе жывуць зубры?").locator(".passage").count() == 5


def test_a_question_is_bounded_and_blank_ones_are_not_asked(visit: Visit, hashing_server: str) -> None:
    page = visit(hashing_server)
    field = page.get_by_role("textbox", name="Your question")
    counter = page.locator(".counter")
    field.fill("  \n ")
    page.keyboard.press("Enter")
    assert page.locator(".turn").count() == 0
    field.fill("a" * 1_700)
    expect(counter).to_be_hidden()
    field.fill("🦬" * 2_001)
    expect(counter).to_have_text("The question is too long: please take out 1 character.")
    page.keyboard.press("Enter")
    expect(page.locator("qa-widget").get_by_role("status")).to_have_text(content(counter))
    assert field.input_value() == "🦬" * 2_001  # nothing that was written is lost
    assert page.locator(".turn").count() == 0
    field.fill("🦬" * 1_999 + "?")
    expect(counter).to_have_text("2,000 of 2,000 characters")
    page.keyboard.press("Enter")
    expect(page.locator(".passage")).to_have_count(5)
    assert content(page.locator(".question")) == "🦬" * 1_999 + "?"
    expect(counter).to_be_hidden()
