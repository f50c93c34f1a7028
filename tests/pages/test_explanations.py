"""Why a passage was found, on the front page and in the reader; where else it stands; and that nothing answers."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.asking import (
    ANSWER,
    Body,
    answer_with_body,
    ask,
    ask_api,
    best_text,
    content,
    document_named,
    passage_text,
    reader_address,
    text_of,
)
from tests.pages.conftest import Visit
from tests.pages.documents import ALMANAC_TITLES

pytestmark = pytest.mark.browser

_ABSENT = "Why is the sky blue?"
_CRANES = "How many cranes did the keeper count?"
_HOSTILE = '<img src=x onerror=window.ran=1> cranes "keeper" </q> & {{ 7 * 7 }}?'
_PHONE = {"width": 390, "height": 844}
_WHY = {"be": "Чаму гэты ўрывак?", "ru": "Почему этот отрывок?", "en": "Why this passage?"}
_NOT_FOUND = {
    "be": ("У гэтых дакументах адказу няма.", "Найбліжэйшыя ўрыўкі: на пытанне яны не адказваюць"),
    "ru": ("В этих документах ответа нет.", "Самые близкие отрывки: на вопрос они не отвечают"),
    "en": ("Not in these documents.", "Nearest passages, which do not answer the question"),
}
_EXPLANATION = {
    "raw_cosine": 0.8812,
    "cosine": 0.3456,
    "best_sentence": -0.0012,
    "words": 0.5,
    "language_shift": -0.0953,
    "lexical": 0.75,
    "names": 1,
    "prose": 0.2,
    "matches": [
        {"word": "<b>зубр</b>", "found": "<i>bison</i>", "cosine": 0.7},
        {"word": "пуща", "found": None, "cosine": -0.2},
    ],
    "shared_words": ["Bison", "bison", "1627"],
    "shared_names": ["1627", "Brest"],
}
_RENDER = """async ([language, explanation]) => {
    const { speak } = await import("/assets/labels.js");
    const { explanationView } = await import("/assets/explanation.js");
    speak(language);
    const view = explanationView(explanation, "ru", "en");
    document.body.append(view);
    const texts = (selector) => [...view.querySelectorAll(selector)].map((found) => found.textContent);
    return {
        cells: texts("tbody th, tbody td"),
        widths: [...view.querySelectorAll(".scale span")].map((filled) => filled.style.width),
        rows: texts("dl div"),
        note: texts(".apparatus"),
        languages: [...view.querySelectorAll("tbody [lang], dd [lang]")].map((found) => found.lang),
        markup: view.querySelectorAll("b, i").length,
    };
}"""


def whys_of(page: Page) -> Locator:
    """Return what the page says of the passages, in their order; it stands in slots of the widget."""
    return page.locator("qa-widget > .why")


def open_first(turn: Locator) -> None:
    """Go to the reader by the first passage."""
    passage = turn.locator(".passage").first
    passage.locator("summary").click()
    passage.locator(".inside > .reader").click()


def told(why: Locator) -> list[list[str]]:
    """Return the words of the question as an explanation on a page pairs them."""
    rows = why.locator("tbody tr").all()
    return [row.locator("th, td").all_text_contents() for row in rows]


def pairs(passage: Body) -> list[list[str]]:
    """Return the same of the service's passage, in English."""
    matches = passage["explanation"]["matches"]
    return [
        [match["word"], match["found"] or "in its title or heading", f"{match['cosine']:z.2f}".replace("-", "−")]
        for match in matches
    ]


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_each_passage_tells_on_demand_why_it_is_there(visit: Visit, strange_server: str, language: str) -> None:
    page = visit(strange_server, locale=language, viewport=_PHONE)
    turn = ask(page, _CRANES)
    whys = whys_of(page)
    expect(whys).to_have_count(turn.locator(".passage").count())
    turn.locator(".passage > details > summary").first.click()
    summary = whys.first.locator("summary")
    expect(summary).to_have_text(_WHY[language])
    expect(whys.first.locator(".explanation")).to_be_hidden()
    box = summary.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    summary.focus()
    page.keyboard.press("Enter")
    expect(whys.first.locator("tbody th").first).to_be_visible()
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1]


def test_the_explanation_is_the_service_s_and_comes_back_with_the_conversation(
    visit: Visit, strange_server: str
) -> None:
    page = visit(strange_server)
    passages = ask_api(page, strange_server, _CRANES)["passages"]
    ask(page, _CRANES)
    expected = [pairs(passage) for passage in passages]
    expect(whys_of(page)).to_have_count(len(passages))
    assert [told(why) for why in whys_of(page).all()] == expected
    expect(whys_of(page).first.locator("dd").first).to_contain_text(
        ", ".join(passages[0]["explanation"]["shared_words"])
    )
    page.reload()
    expect(whys_of(page)).to_have_count(len(passages))
    assert [told(why) for why in whys_of(page).all()] == expected
    page.get_by_role("button", name="New conversation").click()
    expect(whys_of(page)).to_have_count(0)  # nothing is left behind


@pytest.mark.parametrize(
    ("language", "title", "rows", "note"),
    [
        (
            "en",
            "in its title or heading",
            [
                "Words in commonBison, 1627 (75% of the best match)",
                "Sound the sameBrest (100% of the best match)",
                "Similar meaning0.35, language left aside; 0.88 with it",
                "Closest sentence0.00",
                "Adjustment−0.10, so that no language is favoured",
            ],
            "Only 20% of this passage is running text.",
        ),
        (
            "ru",
            "в его названии или заголовке",
            [
                "Общие словаBison, 1627 (75 % от лучшего совпадения)",
                "Звучат одинаковоBrest (100 % от лучшего совпадения)",
                "Сходство смысла0,35 без учёта языка; 0,88 вместе с ним",
                "Самое близкое предложение0,00",
                "Поправка−0,10, чтобы ни у одного языка не было преимущества",
            ],
            "Связного текста здесь только 20 %.",
        ),
        (
            "be",
            "у яго назве або загалоўку",
            [
                "Агульныя словыBison, 1627 (75 % ад найлепшага супадзення)",
                "Гучаць аднолькаваBrest (100 % ад найлепшага супадзення)",
                "Падабенства сэнсу0,35 без уліку мовы; 0,88 разам з ёю",
                "Найбліжэйшы сказ0,00",
                "Папраўка−0,10, каб ніводная мова не мела перавагі",
            ],
            "Звязнага тэксту тут толькі 20 %.",
        ),
    ],
)
def test_an_explanation_in_words(
    visit: Visit, strange_server: str, language: str, title: str, rows: list[str], note: str
) -> None:
    page = visit(strange_server)
    view = page.evaluate(_RENDER, [language, _EXPLANATION])
    number = "0.70" if language == "en" else "0,70"
    negative = number.replace("70", "20")
    assert view["cells"] == ["<b>зубр</b>", "<i>bison</i>", number, "пуща", title, f"−{negative}"]
    assert view["widths"] == ["70%", "0%"]
    assert [row.replace("\N{NO-BREAK SPACE}", " ") for row in view["rows"]] == rows
    assert view["note"][0].replace("\N{NO-BREAK SPACE}", " ").startswith(note)
    assert view["languages"] == ["ru", "en", "ru", "en", "en"]
    assert view["markup"] == 0


def test_what_says_nothing_is_left_out(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    nothing = {"matches": [], "shared_words": [], "shared_names": [], "language_shift": 0.004, "prose": 0.4}
    bare: Body = _EXPLANATION | nothing
    view = page.evaluate(_RENDER, ["en", bare])
    assert view["cells"] == view["note"] == []
    assert [row[:7] for row in view["rows"]] == ["Similar", "Closest"]


def test_a_list_of_literature_is_called_one(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    turn = ask(page, "Kowalczyk hydrology of marshes, Petrov marsh plants botany, peat chemistry")
    item = turn.locator(".passage", has_text="Kowalczyk").first
    slot = item.locator("slot").get_attribute("name")
    expect(page.locator(f"[slot={slot}] .apparatus")).to_contain_text("Only 0% of this passage is running text.")


@pytest.mark.parametrize(
    ("language", "label"), [("be", "Таксама ў:"), ("ru", "Также в:"), ("en", "Also in:")], ids=["be", "ru", "en"]
)
def test_copies_are_links_to_the_reader(visit: Visit, strange_server: str, language: str, label: str) -> None:
    page = visit(strange_server, locale=language, viewport=_PHONE)
    (passage, *_others) = ask_api(page, strange_server, _CRANES)["passages"]
    (copy,) = passage["duplicates"]
    turn = ask(page, _CRANES)
    turn.locator(".passage summary").first.click()
    copies = turn.locator(".passage").first.locator(".copies")
    expect(copies).to_contain_text(label)
    link = copies.get_by_role("link")
    expect(link).to_have_text(copy["title"])
    assert {copy["title"], passage["document"]["title"]} == set(ALMANAC_TITLES)
    assert link.get_attribute("href") == strange_server + reader_address(copy["source_url"], _CRANES)
    box = link.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert turn.locator(".copies").count() == 1

    # where the copy is read, the passage that stood for it explains it
    link.click()
    assert page.locator(".best").count() == 0
    why = page.locator(".why")
    why.locator("summary").click()
    found = why.get_by_role("link")
    expect(found).to_have_text(passage["document"]["title"])
    assert found.get_attribute("href") == reader_address(passage["source_url"], _CRANES)
    expect(why.locator("tbody th").first).to_be_visible()
    found.click()
    expect(page.locator(".best")).to_be_in_viewport()


# --- that nothing answers, and how sure an answer is ---


@pytest.mark.model
@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_what_the_documents_do_not_answer_is_said_plainly(visit: Visit, model_server: str, language: str) -> None:
    page = visit(model_server, locale=language)
    statement, heading = _NOT_FOUND[language]
    turn = ask(page, _ABSENT)
    expect(turn.locator(".answer.none .text")).to_have_text(statement)
    expect(turn.get_by_role("heading", level=4)).to_have_text(heading)
    assert turn.locator(".passage").count() == 5
    assert turn.locator(".citation, .cited, .numbers, .confidence, .sources").count() == 0
    nearest = turn.locator(".passage mark").first
    assert nearest.evaluate("(mark) => getComputedStyle(mark).backgroundColor") == "rgba(0, 0, 0, 0)"
    page.reload()
    expect(page.locator(".answer.none .text")).to_have_text(statement)
    expect(page.locator(".turn").get_by_role("heading", level=4)).to_have_text(heading)

    with page.expect_request("**/v1/ask") as asked:
        ask(page, "When was the Belarusian forest added to the list?")
    assert json.loads(asked.value.post_data or "")["history"] == [{"question": _ABSENT, "answer": None}]
    answered = page.locator(".turn").last
    expect(answered.locator(".answer .text")).to_contain_text("1992")
    expect(answered.locator(".confidence")).to_be_visible()


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (0.9, ["The documents almost certainly answer this"]),
        (0.6, ["The documents probably answer this"]),
        (0.3, ["The documents may answer this"]),
        (0, ["The documents may answer this"]),
        (None, []),
    ],
)
def test_how_sure_an_answer_is_comes_in_three_steps(
    visit: Visit, hashing_server: str, confidence: float | None, expected: list[str]
) -> None:
    page = visit(hashing_server)
    answered = {"status": "answered", "answer": ANSWER | {"confidence": confidence}}
    page.route("**/v1/ask", answer_with_body(answered))
    shown = ask(page, "Is it so?").locator(".confidence").all_text_contents()
    assert shown == expected


def test_an_uncalibrated_answer_claims_nothing(visit: Visit, hashing_server: str) -> None:
    turn = ask(visit(hashing_server), "Which bird is on the sign of the reserve?")
    expect(turn.locator(".citation")).to_be_visible()
    assert turn.locator(".confidence").count() == 0


# --- the reader ---


def require_canonical(page: Page, address: str, passage: Body) -> None:
    """Check that the reader shows the text character for character, and in it the passage and its best sentence."""
    canonical = text_of(page, address, passage["document"])
    assert content(page.locator("article")) == canonical
    assert passage_text(page) == passage["text"]
    (best,) = (passage["text"][span["start"] : span["end"]] for span in passage["highlights"])
    assert best_text(page) == best


@pytest.mark.parametrize("question", [_CRANES, "Зубр 🦬 стаіць каля ракі?", _HOSTILE, "four spaces before\ttab"])
def test_the_reader_explains_the_passage_that_a_question_led_to(
    visit: Visit, strange_server: str, question: str
) -> None:
    page = visit(strange_server)
    asked: dict[str, Any] = {"question": question, "top_k": 50, "explain": True}
    passage = page.request.post(f"{strange_server}/v1/search", data=asked).json()["passages"][0]
    turn = ask(page, question)
    open_first(turn)
    expect(page.locator("#passage")).to_be_in_viewport()
    require_canonical(page, strange_server, passage)
    why = page.locator(".why")
    expect(why.locator(".explanation")).to_be_hidden()
    why.locator("summary").click()
    expect(why.locator("q")).to_have_text(" ".join(question.split()))
    expect(why.locator("tbody tr")).to_have_count(len(pairs(passage)))  # the script writes them
    assert told(why) == pairs(passage)
    assert page.locator("img, script:not([src])").count() == 0
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_the_citation_carries_the_question_too(visit: Visit, strange_server: str, language: str) -> None:
    page = visit(strange_server, locale=language)
    passage = ask_api(page, strange_server, _CRANES)["passages"][0]
    turn = ask(page, _CRANES)
    turn.locator(".citation").click()
    link = turn.locator(".cited .inside > .reader")
    assert link.get_attribute("href") == strange_server + reader_address(passage["source_url"], _CRANES)
    link.click()
    expect(page.get_by_text(_WHY[language])).to_be_visible()


def test_a_follow_up_leads_on_with_what_was_searched(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    ask(page, _CRANES)
    turn = ask(page, "And where?")
    searched = content(turn.locator(".searched [lang]"))
    assert searched != "And where?"
    open_first(turn)
    page.locator(".why summary").click()
    expect(page.locator(".why q")).to_have_text(searched)


def test_the_longest_question_leads_to_the_reader(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    question = ("й" * 99 + " ") * 19 + "й" * 100
    turn = ask(page, question)
    open_first(turn)
    expect(page.locator("#passage")).to_be_in_viewport()
    page.locator(".why summary").click()
    expect(page.locator(".why q")).to_have_text(question)


@pytest.mark.parametrize(
    ("language", "statement"),
    [
        ("be", "Гэтага ўрыўка няма сярод першых пяцідзесяці па гэтым пытанні."),
        ("ru", "Этого отрывка нет среди первых пятидесяти по этому вопросу."),
        ("en", "This passage is not among the first fifty for the question."),
    ],
)
def test_a_passage_far_down_is_said_to_be(visit: Visit, strange_server: str, language: str, statement: str) -> None:
    page = visit(strange_server, locale=language)
    large = document_named(page, strange_server, "large.txt")
    question = "Абзац вада луг возера"
    asked = {"question": question, "top_k": 50, "documents": [large["id"]]}
    passages = page.request.post(f"{strange_server}/v1/search", data=asked).json()["passages"]
    known = {one["id"] for one in passages} | {copy["id"] for one in passages for copy in one["duplicates"]}
    far = next(number for number in range(max(known), 0, -1) if number not in known)
    source_url = f"/documents/{large['id']}?passage={far}"
    page.goto(f"{strange_server}{reader_address(source_url, question)}")
    page.locator(".why summary").click()
    expect(page.get_by_text(statement)).to_be_visible()
    assert page.locator(".explanation, .best").count() == 0


def test_without_a_question_there_is_nothing_to_explain(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server)
    passage = ask_api(page, strange_server, _CRANES)["passages"][0]
    page.goto(f"{strange_server}{passage['source_url']}")
    assert page.locator(".why, .best").count() == 0
    page.goto(f"{strange_server}/documents/{passage['document']['id']}?question=cranes")
    assert page.locator(".why, .best, #passage").count() == 0


def test_the_best_sentence_is_marked_where_no_scripts_run(visit: Visit, strange_server: str) -> None:
    page = visit(strange_server, java_script_enabled=False)
    passage = ask_api(page, strange_server, _CRANES)["passages"][0]
    page.goto(f"{strange_server}{reader_address(passage['source_url'], _CRANES)}")
    require_canonical(page, strange_server, passage)
