"""Plain texts made whole: what pages put between lines goes or moves, and everything else stays as it is."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.parsers.documents import parse_document
from qa_service.parsers.tidying import Tidied, tidy

RU = "Мельница стояла на правом берегу ручья, и зимой её колесо обрастало льдом, который сбивали ломом"
RU_REST = "каждое утро, прежде чем пустить воду. Мельник вёл счёт мешкам и не доверял его никому."
BE = "Млын стаяў на правым беразе ручая, і зімой яго кола абрастала лёдам, які даводзілася збіваць ломам"
BE_REST = "кожную раніцу, перш чым пусціць ваду. Сям'я млынара вяла лік мяшкам і не давярала яго нікому."
EN = "The mill stood on the right bank of the brook, and in winter its wheel grew a crust of ice that was broken"
EN_REST = "every morning before the water was let in. The miller counted the sacks and let nobody else do it."
HALVES = pytest.mark.parametrize(
    ("half", "rest"), [(RU, RU_REST), (BE, BE_REST), (EN, EN_REST)], ids=["ru", "be", "en"]
)
NEXT = "Another paragraph stands here, and it is long enough to be one; it says nothing of mills at all."


def page(number: int) -> str:
    """A page's worth of sentences that end with the page."""
    return f"Page {number} tells of day {number}. " + "It was like the day before, and nobody minded. " * 8


def tidied(text: str) -> str:
    return tidy(text).text


# --- what is between the halves of a sentence ---


@HALVES
@pytest.mark.parametrize("between", ["\n\n17\n\n", "\n\n- 17 -\n\n", "\n\nстр. 17\n\n", "\n17\n", "\n\f17\n", "\n\n"])
def test_halves_are_joined_over_a_page_number(half: str, rest: str, between: str) -> None:
    assert tidied(f"{half}{between}{rest}\n\n{NEXT}") == f"{half} {rest}\n\n{NEXT}"


@HALVES
def test_a_page_number_with_its_title_set_apart_goes(half: str, rest: str) -> None:
    for title in ("Кніга пра млыны          41", "42     О мельницах", "42\tOf mills"):
        assert tidied(f"{NEXT}\n\n{half}\n\n{title}\n\n{rest}") == f"{NEXT}\n\n{half} {rest}"


@HALVES
def test_a_running_title_without_a_number_goes_wherever_it_stands(half: str, rest: str) -> None:
    pages = [f"{NEXT}\n\n{half}", f"{rest}\n\n{NEXT}\n\n{half}", f"{rest}\n\n{NEXT}", NEXT]
    assert tidied("\n\nOF MILLS\n\n".join(pages)) == "\n\n".join([NEXT, *[f"{half} {rest}", NEXT] * 2, NEXT])


def test_titles_that_count_their_pages_go_where_some_cut_sentences() -> None:
    text = f"{page(1)}{EN}\n\nMills of the north 1\n\n{EN_REST} {page(2)}\n\nMills of the north 2\n\n{page(3)}"
    assert tidied(text).split("\n\n") == [f"{page(1)}{EN} {EN_REST} {page(2)}".rstrip(), page(3)]


def test_form_feeds_are_pages_and_what_comes_back_at_their_edges_goes() -> None:
    bodies = [f"{NEXT}\n{EN}", f"{EN_REST}\n\n{NEXT}", NEXT]
    text = "\f".join(f"Of mills\n\n{body}\n\n- {number} -\n" for number, body in enumerate(bodies, start=1))
    found = tidy(text)
    assert found.text == f"Of mills\n\n{NEXT}\n{EN} {EN_REST}\n\n{NEXT}\n\n{NEXT}"  # the first one is the text's title
    assert [(each.number, found.text[each.start :][:20]) for each in found.pages] == [
        (1, "Of mills\n\nAnother pa"),
        (2, EN_REST[:20]),
        (3, NEXT[:20]),
    ]


@HALVES
@pytest.mark.parametrize(
    ("mark", "note"),
    [
        ("¹", "¹ A note."),
        ("¹", "1 A note."),
        ("¹", "¹A note."),
        ("[1]", "[1] A note."),
        ("1", "1 A note."),
        ("*", "* A note."),
    ],
)
def test_a_footnote_follows_the_paragraph_it_was_printed_in(half: str, rest: str, mark: str, note: str) -> None:
    first, last = half.rsplit(" ", 1)
    text = f"{first}{mark} {last}\n\n{note}\n\n{rest}\n\n{NEXT}"
    assert tidied(text) == f"{first}{mark} {last} {rest}\n\n{note}\n\n{NEXT}"


def test_notes_and_titles_between_the_halves_of_a_paragraph_over_three_pages() -> None:
    half = EN.replace("mill", "mill¹").replace("wheel", "wheel²")
    middle = "before the mayor³ came to see it, and after he had gone to Polotsk with the second and the third of the"
    first = "1 The first.\n\n2 The second.\n\n88    Of mills"
    text = f"{half}\n\n{first}\n\n{middle}\n\n3 The third.\n\n89\n\n{EN_REST}\n\n{NEXT}"
    notes = "1 The first.\n\n2 The second.\n\n3 The third."
    assert tidied(text) == f"{half} {middle} {EN_REST}\n\n{notes}\n\n{NEXT}"


def test_a_sentence_goes_on_with_a_name_behind_a_footnote_but_not_with_a_heading() -> None:
    half = EN.replace("brook", "brook¹") + " by the men of the house of"
    assert tidied(f"{half}\n\n¹ A note.\n\nRadzivil, {EN_REST}") == f"{half} Radzivil, {EN_REST}\n\n¹ A note."
    headed = f"{half}\n\n¹ A note.\n\nThe second chapter\n\n{NEXT}"
    assert tidied(headed) == headed


def test_a_note_under_a_heading_goes_before_it_and_one_in_a_list_behind_it() -> None:
    text = f"{EN_REST.replace('sacks', 'sacks¹')}\n\nThe second chapter\n\n¹ A note.\n\n{NEXT}"
    assert tidied(text) == f"{EN_REST.replace('sacks', 'sacks¹')}\n\n¹ A note.\n\nThe second chapter\n\n{NEXT}"
    listed = "It has:¹\n\n1) a wheel;\n\n¹ A note.\n\n2) a stone;\n3) a roof."
    assert tidied(listed) == "It has:¹\n\n1) a wheel;\n\n2) a stone;\n3) a roof.\n\n¹ A note."


def test_the_rest_of_a_note_at_the_foot_of_the_next_page_goes_on_with_it() -> None:
    half, rest = EN.replace("mill", "mill¹"), EN_REST.replace("miller", "miller²")
    text = f"{half}\n\n1 See the report of the\n\n{rest}\n\nUniversity of 1911.\n2 His name is lost.\n\n{NEXT}"
    notes = "1 See the report of the University of 1911."
    assert tidied(text) == f"{half} {rest}\n\n{notes}\n2 His name is lost.\n\n{NEXT}"


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (f"{RU} у плоти-", f"ны. {NEXT}", f"{RU} у плотины. {NEXT}"),
        (f"{BE} на ручаі-", f"не. {NEXT}", f"{BE} на ручаіне. {NEXT}"),
        (f"{EN} by the care\xad", f"taker. {NEXT}", f"{EN} by the caretaker. {NEXT}"),
        (f"{RU} кое-", f"где. {NEXT}", f"{RU} кое-где. {NEXT}"),
    ],
)
def test_a_divided_word_is_whole_again(first: str, second: str, joined: str) -> None:
    assert tidied(f"{first}\n\n{second}") == joined


def test_a_reference_in_pieces_is_whole_again() -> None:
    text = (
        "1. Ivanou, A. Mills [Electronic resource]. - 2011. - URL:\n\n<https://example.org/mills>\n\n"
        "2. Petrov, B. Stones // Craft. - 2012. - URL: https://example.org/stones"
    )
    assert tidied(text) == text.replace("URL:\n\n<", "URL: <")


# --- columns ---

COLUMN = """    Млын стаяў на правым беразе ручая, і зімой яго кола абрастала лё-
дам, які даводзілася збіваць ломам кожную раніцу. Сям'я млынара вяла
лік мяшкам і не давярала яго нікому: ні суседу, ні пісару.
    Улетку вады не хапала, і млын стаяў па два тыдні. Тады млынар ла-
дзіў жорны, а жонка прадавала муку, якую змалолі яшчэ вясной."""
WHOLE = (
    "Млын стаяў на правым беразе ручая, і зімой яго кола абрастала лёдам, які даводзілася збіваць ломам кожную "
    "раніцу. Сям'я млынара вяла лік мяшкам і не давярала яго нікому: ні суседу, ні пісару.\n\n"
    "Улетку вады не хапала, і млын стаяў па два тыдні. Тады млынар ладзіў жорны, а жонка прадавала муку, якую "
    "змалолі яшчэ вясной."
)


def test_lines_that_a_column_broke_are_one() -> None:
    assert tidied(COLUMN).strip() == WHOLE
    assert tidied(COLUMN.replace("\n", "\r\n")).strip() == WHOLE


def test_items_of_a_list_in_a_column_stay_apart() -> None:
    text = (
        "It takes three things to keep a mill going through a winter like that:\n"
        "1) a wheel that is freed of its ice every morning before the water is\n"
        "   let in;\n"
        "2) a stone that was dressed in summer, when the brook was too low and\n"
        "   nobody came;\n"
        "3) a roof."
    )
    assert tidied(text).split("\n") == [
        "It takes three things to keep a mill going through a winter like that:",
        "1) a wheel that is freed of its ice every morning before the water is let in;",
        "2) a stone that was dressed in summer, when the brook was too low and nobody came;",
        "3) a roof.",
    ]


VERSES = """Млын стаіць ля сіняй рэчкі,
Кола круціць вадзяное,
А над ім гараць, як свечкі,
Зоркі ў небе нада мною.

Мельнік спіць, і спіць завея,
Спяць мяшкі ў куце святліцы,
Толькі жорны, як надзея,
Сняць пра новыя крыніцы."""
LONG_VERSES = """Тихо над мельницей старой плывёт золотистая осень,
Колесо вертит вода, и летят паутинки над лугом,
Мельник считает мешки и поёт про далёкие страны,
Там, где ни снега, ни льда, ни замёрзшего насмерть колёса."""
LIST = """He brought:

rye and oats, which were ground on the first day and taken away at once,

wheat, which had to wait for the second stone and a drier week than that,

barley, which nobody wanted."""
INTERVIEW = f"Reporter\n\nAnd what did you do on that day, and on the next?\n\nMiller\n\n{page(2)}"
UNTOUCHED = {
    "verses": VERSES,
    "verses in long lines": LONG_VERSES,
    "a refrain": "\n\n".join(["Run, brook, run", "The wheel goes round and round again"] * 4),
    "an address": "The Mill\n12 Brook Street\nPolotsk\n211400\nBelarus",
    "a table": "Year     Sacks   Price\n1901     120     3.40\n1902     98      3.55\n\nand so on",
    "a table with bars": "Year | Sacks\n1901 | 120\n1902 | 98",
    "code": "def grind(sacks):\n    for sack in sacks:\n        stone.turn(sack)\n    return len(sacks)",
    "a list without marks": LIST,
    "numbered paragraphs": f"1\n\n{page(1)}\n\n2\n\n{page(2)}\n\n3\n\n{page(3)}",
    "labels": "\n\n".join(f"Answer\n\n{page(number)}" for number in range(5)),
    "an interview": "\n\n".join([INTERVIEW] * 3),
    "captions": "\n\n".join(f"{page(number)}\n\nFigure {number}" for number in range(1, 5)),
    "years": f"{page(1)}\n\n1901\n\n{page(2)}\n\n1902\n\n{page(3)}",
    "numbered notes of no text": f"{page(1)}\n\n1 A list of things\n\n2 Another list\n\n{page(2)}",
    "a numbered list behind a mark": f"{NEXT}\n\nIt has¹\n\n1. a wheel\n2. a stone\n\nand no more than that.",
    "bullets behind a star": "It is cheap*, they say.\n\n* rye\n* oats\n\nand so on, as the price list has it.",
    "headings": f"The first chapter\n\n{NEXT}\n\nThe second chapter\n\n{NEXT}",
    "a title that comes back": f"OF MILLS\n\n{NEXT}\n\n{NEXT}",
    "quoted letters": "> The mill stood on the right bank of the brook and\n> nobody minded.\n\nI did.",
    "dialogue": "— Скажи, мельник, отчего стоит твоё колесо в такую погоду и кто тебе\n\n— вода ушла, — сказал он.",
    "underlined": "Of mills\n========\n\nThe mill stood.",
    "contents": "The first chapter .......... 3\nThe second chapter ......... 15\nThe third chapter .......... 27",
    "nothing but titles": "OF MILLS\n\nOF MILLS\n\nOF MILLS\n\nOF MILLS",
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_is_no_page_s_doing_stays(name: str) -> None:
    assert tidied(UNTOUCHED[name]) == UNTOUCHED[name]


# --- maps ---

PIECES = st.sampled_from(
    [
        RU, RU_REST, BE, BE_REST, EN, EN_REST, NEXT, COLUMN, *UNTOUCHED.values(),
        EN.replace("mill", "mill¹"), "¹ A note.", "1 A note.", "2 Another note", "17", "- 18 -", "Of mills       19",
        "OF MILLS", "сло-", "во", "ра\xadзам", "а\xa0б", "\t", "  ", "é", "и\u0306", "\ufeff", "\u2028",
    ]
)  # fmt: skip
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["\n", "\n\n", "\r\n", "\r\n\r\n", "\f", " ", "\n\f\n"]))).map(
    lambda pairs: "".join(part for pair in pairs for part in pair)
)


@settings(max_examples=60)
@given(TEXTS)
def test_every_character_comes_from_the_original_once(raw: str) -> None:
    found = tidy(raw)
    kept = [offset for offset in range(len(found.text)) if found.offsets.is_kept(offset)]
    sources = [found.offsets.to_source(offset) for offset in kept]
    assert [found.text[offset] for offset in kept] == [raw[source] for source in sources]
    assert len(set(sources)) == len(sources)
    assert [found.offsets.to_target(source) for source in sources] == kept
    added = {found.text[offset] for offset in set(range(len(found.text))) - set(kept)}
    assert added <= {" ", "\n", "-"}
    assert_only_furniture_and_hyphens_go(raw, found)


def assert_only_furniture_and_hyphens_go(raw: str, found: Tidied) -> None:
    """Require that every word that is gone is a title's, or is part of one that is whole again."""
    gone = Counter(re.findall(r"\w{4,}", raw)) - Counter(re.findall(r"\w{4,}", found.text))
    words = set(
        re.findall(r"\w{4,}", "Answer Reporter Miller Figure Of OF mills MILLS Run brook round wheel again The goes")
    )
    joined = re.sub(r"[-\xad\s]", "", found.text)
    assert all(word in words or word in joined for word in gone), gone


@settings(max_examples=40)
@given(TEXTS)
def test_places_lead_back_from_the_canonical_text(raw: str) -> None:
    if not raw.removeprefix("\ufeff").strip("\ufeff\u2028 \t\r\n\f\xa0\xad"):
        return
    decoded = raw.removeprefix("\ufeff")
    parsed = parse_document("a.txt", raw.encode())
    lines = re.split(r"\r\n|[\r\n\f\u2028]", decoded)
    assert [place.start for place in parsed.places] == sorted({place.start for place in parsed.places})
    for place in parsed.places:
        assert place.line is not None
        assert place.offset is not None
        assert 1 <= place.line <= len(lines)
    for start, character in enumerate(parsed.text):
        source = parsed.outline.source_of(start)
        assert source is not None
        assert source.offset is not None
        original = decoded[source.offset : source.offset + 1]
        if character.isalnum() and character not in "йé":
            assert original == character
            assert source.line is not None
            assert character in lines[source.line - 1]


@pytest.mark.parametrize(
    "piece", ["1\n\n", "слово\n", "a-\n", "¹ a\n\n", "Of mills 1\n\n", "X\n\f", "* \n", "word " * 40, "[1]\n\n"]
)
def test_long_texts_take_time_that_grows_with_their_length(piece: str) -> None:
    """With any step quadratic, one of these would run into the time-out of the tests."""
    raw = piece * (60_000 // len(piece))
    assert len(tidied(raw)) <= len(raw)


# --- the texts that people have ---

_SENTENCE_END = re.compile(r"[.!?…:;>)][\"»”’)\]*]*\s*(?:[¹²³⁰⁴-⁹]+|\[\d+\])?\s*$")


def test_no_sentence_of_the_shared_documents_is_cut(shared_documents: list[str]) -> None:
    """Page ends cut 55 sentences in them. Of three the second half is not in the file, and four lines end so anyway."""
    joined, lost = 0, 0
    for raw in shared_documents:
        parsed = parse_document("a.txt", raw.encode())
        paragraphs = [each for each in parsed.text.split("\n\n") if each.strip()]
        begins = [line.strip() for line in paragraphs if len(line) > 120]
        assert not [each for each in begins[1:] if each[:1].islower()]
        lost += sum(
            1 for each in begins if not _SENTENCE_END.search(each) and "://" not in each[-200:] and "www" not in each
        )
        lines = [line.strip() for line in raw.split("\n")]
        halves = [
            line for line in lines if len(line) > 40 and not _SENTENCE_END.search(line) and "://" not in line[-200:]
        ]
        joined += sum(1 for half in halves if re.search(re.escape(half.rstrip("-")) + r" ?\w", parsed.text))
    assert joined >= 50
    assert lost <= 7


def test_what_comes_back_on_the_pages_of_the_shared_documents_is_gone(shared_documents: list[str]) -> None:
    for raw in shared_documents:
        alone = Counter(line.strip() for line in raw.split("\n") if line.strip().isupper())
        titles = [line for line, count in alone.items() if count >= 5]
        text = parse_document("a.txt", raw.encode()).text
        assert not [title for title in titles if title in text]


def test_nothing_else_of_the_shared_documents_is_gone(shared_documents: list[str]) -> None:
    for raw in shared_documents:
        words = Counter(re.findall(r"\w+", raw)) - Counter(
            re.findall(r"\w+", parse_document("a.txt", raw.encode()).text)
        )
        divided = {word for word in words if not word.isupper()}
        assert len(divided) <= 2  # the two halves of one word


def test_notes_of_the_shared_documents_stand_between_paragraphs(shared_documents: list[str]) -> None:
    """Their marks count on from 1, as they did; one note that ran over a page's end is whole."""
    text = max((parse_document("a.txt", raw.encode()).text for raw in shared_documents), key=len)
    body = text[: text.rindex("\n1. ")]
    notes = re.findall(r"^(\d{1,3}|[⁰¹²³⁴-⁹]{1,3})(?= [^\W\d]| \d | \"| \.)", body, re.MULTILINE)
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
    numbers = [int(note.translate(digits)) for note in notes]
    assert [number for number in range(1, 118) if number not in numbers] == []
