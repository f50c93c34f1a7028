"""PDF: pages, lines put together as a reader puts them, nothing of the page's furniture, clear words for the rest."""

import pytest

from qa_service.errors import UnreadableDocumentError
from qa_service.flaws import told
from qa_service.outline import Page, Parsed
from qa_service.parsers.documents import parse_document
from tests import pdfs
from tests.pdfs import Placed, lines, pdf
from tests.test_parsers import assert_headings_are_in_the_text, outline


def parse(*pages: list[Placed], info: str = "") -> Parsed:
    return parse_document("file.pdf", pdf(*pages, info=info))


# --- lines and paragraphs ---


def test_lines_of_a_paragraph_are_joined_and_an_indent_begins_the_next() -> None:
    page = lines(
        "Прыпяць збірае ваду з балот і лясоў,",
        "а вясною разліваецца на дзесяткі км.",
        "   Вёскі робяцца астравамі, і людзі",
        "плаваюць на чаўнах да самага лета.",
    )
    assert parse(page).text == (
        "Прыпяць збірае ваду з балот і лясоў, а вясною разліваецца на дзесяткі км.\n\n"
        "Вёскі робяцца астравамі, і людзі плаваюць на чаўнах да самага лета."
    )


def test_a_short_line_ends_a_paragraph_unless_its_sentence_goes_on() -> None:
    page = lines("The first paragraph has a last line", "that is short.", "The second one has", "a line cut short.")
    assert (
        parse(page).text == "The first paragraph has a last line that is short.\n\nThe second one has a line cut short."
    )


def test_a_gap_parts_paragraphs() -> None:
    page = [*lines("One full line of text here.", "Two full lines of text now."), *lines("Three after a gap.", top=740)]
    assert parse(page).text == "One full line of text here. Two full lines of text now.\n\nThree after a gap."


def test_items_of_a_list_stand_on_lines_of_their_own() -> None:
    page = lines(
        "Three things matter to us here:", "1. bread from the oven that is", "   still warm", "2. salt", "3. water"
    )
    assert parse(page).text == (
        "Three things matter to us here:\n1. bread from the oven that is still warm\n2. salt\n3. water"
    )


def test_a_bullet_far_from_its_item_belongs_to_it() -> None:
    page = [*lines("•", "•", top=700), *lines("first", "second", left=75, top=700)]
    drawn_row_by_row = [page[0], page[2], page[1], page[3]]
    assert parse(drawn_row_by_row).text == "• first\n• second"


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("Тут ёсць пры-", "клад слова.", "Тут ёсць прыклад слова."),
        ("Тут ёсць пры\xad", "клад слова.", "Тут ёсць прыклад слова."),
        ("Тут ёсць пры\u2010", "клад слова.", "Тут ёсць прыклад слова."),
        ("Дорога Гомель-", "Горки длинная.", "Дорога Гомель-Горки длинная."),
        ("В войну 1941-", "1945 годов там.", "В войну 1941-1945 годов там."),
        ("Надо бы что-", "то придумать.", "Надо бы что-то придумать."),
        ("The years 1989–", "2015 were warm.", "The years 1989–2015 were warm."),
        ("Это город —", "столица страны.", "Это город — столица страны."),
        ("A world-known and well-", "known name.", "A world-known and well-known name."),
    ],
)
def test_divided_words_become_whole_and_real_hyphens_stay(first: str, second: str, joined: str) -> None:
    assert parse(lines(first, second)).text == joined


def test_the_rest_of_the_document_tells_whether_a_hyphen_is_real() -> None:
    page = lines(
        "A north-western wind, a seaside and the east.", "The west of it is dry, as the seaside is. East-",
        "west it goes, and from sea-", "side to the north-", "western hills.",
    )  # fmt: skip
    assert parse(page).text == (
        "A north-western wind, a seaside and the east. The west of it is dry, as the seaside is. East-west it goes, "
        "and from seaside to the north-western hills."
    )


def test_where_another_hyphen_divides_words_a_plain_one_is_real() -> None:
    page = lines("На чаўнах-", "даўбёнках плы\u2010", "вуць і плава\u2010", "юць усе.")
    assert parse(page).text == "На чаўнах-даўбёнках плывуць і плаваюць усе."


def test_small_raised_and_lowered_figures_are_so_in_plain_text() -> None:
    page = [
        Placed(50, 700, "5 km"),
        Placed(74, 704, "2", 6),
        Placed(83, 700, "of H"),
        Placed(107, 698, "2", 6),
        Placed(110.6, 700, "O."),
    ]
    assert parse(page).text == "5 km² of H₂O."


def test_letters_outside_the_basic_plane_are_whole() -> None:
    assert parse(lines("🦬 і зубр")).text == "🦬 і зубр"


@pytest.mark.parametrize("turn", [(0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)])
def test_turned_pages_are_read_like_others(turn: tuple[int, int, int, int]) -> None:
    down = -turn[2], -turn[3]
    page = [
        Placed(300 + 14 * number * down[0], 400 + 14 * number * down[1], text, 10, turn)
        for number, text in enumerate(["These lines stand on their side", "and are one paragraph."])
    ]
    stamp = Placed(20, 100, "stamp")
    assert parse([stamp, *page]).text == "These lines stand on their side and are one paragraph.\n\nstamp"


# --- pages ---

BODY = [
    "The long sentence that begins on the first page goes",
    "on for as many lines as there are to fill and ends",
]


def test_a_sentence_over_the_end_of_a_page_is_whole_and_its_pages_are_known() -> None:
    parsed = parse(lines(*BODY), lines("on the second page.", "A new one follows here."))
    assert parsed.text == " ".join([*BODY, "on the second page."]) + "\n\nA new one follows here."
    assert parsed.pages == (Page(0, 1), Page(parsed.text.index("on the second"), 2))


def test_a_word_divided_at_the_end_of_a_page_is_whole() -> None:
    parsed = parse(lines("The begin-"), lines("ning of it."))
    assert parsed.text == "The beginning of it."
    assert parsed.pages == (Page(0, 1), Page(len("The begin"), 2))


def test_a_footnote_goes_behind_the_paragraph_that_runs_over_the_page() -> None:
    first = [*lines(*BODY), *lines("1 A note in small print.", top=60, size=7)]
    parsed = parse(first, lines("on the second page."))
    assert parsed.text == " ".join([*BODY, "on the second page."]) + "\n\n1 A note in small print."
    assert [page.number for page in parsed.pages] == [1, 2, 1]
    assert parsed.pages[2].start == parsed.text.index("1 A note")


def test_pages_without_text_are_named() -> None:
    parsed = parse(lines("Text."), [], lines("More of it."), [])
    assert parsed.metadata == {"pages without text": "2, 4"}
    assert [told(flaw) for flaw in parsed.flaws] == ["2 pages have no text: run OCR on the file"]
    assert [page.number for page in parsed.pages] == [1, 3]


def page_with_edges(number: int, *texts: str) -> list[Placed]:
    header = "Annual report" if number % 2 else "Chapter of rivers"
    return [
        *lines(*texts, top=700),
        Placed(50, 20, f"- {number} -", 8),
        Placed(50, 820, f"{header}", 8),
        Placed(400, 820, f"p. {number} of 6", 8),
    ]


def test_running_headers_and_page_numbers_are_left_out() -> None:
    words = ["Otters swim.", "Herons wade.", "Beavers gnaw.", "Storks nest.", "Cranes call.", "Bison graze."]
    parsed = parse(*(page_with_edges(number, text) for number, text in enumerate(words, start=1)))
    assert parsed.text.split("\n\n") == words
    assert [page.number for page in parsed.pages] == [1, 2, 3, 4, 5, 6]


def test_lines_that_only_look_alike_stay() -> None:
    """Rows of figures at the top of two pages differ by more than the number of the page."""
    parsed = parse(lines("In 2010 there were 520 of them."), lines("In 2016 there were 710 of them."))
    assert "2010" in parsed.text
    assert "2016" in parsed.text


def test_what_is_nothing_but_headers_stays() -> None:
    assert parse(lines("A slide."), lines("A slide.")).text == "A slide.\n\nA slide."


def test_the_number_of_a_single_page_is_left_out() -> None:
    assert parse([*lines("Text."), Placed(300, 20, "1")]).text == "Text."


# --- columns and tables ---

LEFT = [
    "Left column line one is",
    "followed by the second",
    "and by the third of it",
    "which is long enough as",
    "a column has to be long",
    "and ends where the next",
]
RIGHT = [
    "column begins to be read",
    "as people read it. Then",
    "there are other lines to",
    "fill it with words until",
    "the bottom of the column",
    "is reached on the right.",
]


@pytest.mark.parametrize("is_row_by_row", [True, False])
def test_columns_are_read_one_after_the_other(is_row_by_row: bool) -> None:
    left, right = lines(*LEFT, top=700), lines(*RIGHT, left=300, top=700)
    drawn = [each for pair in zip(left, right, strict=True) for each in pair] if is_row_by_row else [*left, *right]
    title = Placed(50, 760, "A title over both of the columns here", 20)
    assert parse([title, *drawn]).text == f"{title.text}\n\n" + " ".join(LEFT + RIGHT)


def test_tables_are_read_row_by_row() -> None:
    rows = [
        ("Year", "Output", "Remark"),
        ("2016", "6.2", "a year as others"),
        ("2017", "", "the highest"),
        ("2018", "7.1", ""),
    ]
    page = [
        Placed(left, 700 - 20 * number, text)
        for number, row in enumerate(rows)
        for left, text in zip((50, 150, 250), row, strict=True)
        if text
    ]
    assert parse([*lines("Before the table.", top=760), *page]).text == (
        "Before the table.\n\nYear | Output | Remark\n2016 | 6.2 | a year as others\n2017 |  | the highest\n2018 | 7.1"
    )


def test_a_cell_of_several_lines_is_one() -> None:
    page = [
        Placed(50, 700, "Plant"), Placed(150, 700, "Begun"),
        Placed(50, 680, "The first of"), Placed(50, 668, "the mines"), Placed(150, 680, "1963"),
        Placed(50, 640, "The second"), Placed(150, 640, "1965"),
    ]  # fmt: skip
    assert parse(page).text == "Plant | Begun\nThe first of the mines | 1963\nThe second | 1965"


def test_the_head_of_a_table_that_goes_on_is_not_repeated() -> None:
    def rows(top: int, *texts: tuple[str, str]) -> list[Placed]:
        return [
            Placed(50 + 100 * column, top - 20 * row, text)
            for row, pair in enumerate(texts)
            for column, text in enumerate(pair)
        ]

    parsed = parse(
        rows(200, ("Name", "Length"), ("Dnieper", "2,201")), rows(780, ("Name", "Length"), ("Pripyat", "761"))
    )
    assert parsed.text == "Name | Length\nDnieper | 2,201\nPripyat | 761"
    assert parsed.pages == (Page(0, 1), Page(parsed.text.index("Pripyat"), 2))


# --- headings and what the file says of itself ---


def test_headings_are_what_is_plainly_larger() -> None:
    text = "Running text that is as long as it takes to be most of it."
    page = [
        Placed(50, 780, "The book", 24),
        Placed(50, 740, "First", 15),
        *lines(text, top=710),
        Placed(50, 660, "Second", 15),
        *lines(text, text, size=10.5, top=630),
    ]
    parsed = parse(page)
    assert outline(parsed) == [(1, "The book"), (2, "First"), (2, "Second")]
    assert parsed.title == "The book"
    assert_headings_are_in_the_text(parsed)


def test_document_information_becomes_title_and_metadata() -> None:
    parsed = parse(
        lines("Text."), info="/Title(Rivers)/Author(A. Ranger)/CreationDate(D:20230210120000Z)/Keywords(water)"
    )
    assert parsed.title == "Rivers"
    assert parsed.metadata == {"author": "A. Ranger", "date": "2023-02-10", "keywords": "water"}


@pytest.mark.parametrize("title", ["untitled", "Microsoft Word - report.docx", "report.indd", " "])
def test_a_title_that_says_nothing_is_none(title: str) -> None:
    assert parse(lines("Text."), info=f"/Title({title})").title is None


# --- what is no readable PDF ---


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            pdf(lines("a"), trailer=pdfs.ENCRYPTED), "encrypted and opens with a password only", id="password"
        ),
        pytest.param(pdf(lines("a"), trailer=pdfs.LOCKED), "encrypted in a way that cannot be read", id="shop"),
        pytest.param(pdf([], []), "none of its 2 pages has text: .* run OCR", id="scanned"),
        pytest.param(pdf(lines("\ue001\ue002 \ue003")), "100% of its characters stand for no letter", id="private use"),
        pytest.param(b"%PDF-1.7\n" + b"x" * 2_000, "the PDF is damaged or incomplete", id="rubbish"),
    ],
)
def test_why_a_file_cannot_be_read(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=message):
        parse_document("a.pdf", content)


def test_fonts_without_a_map_to_unicode_are_refused() -> None:
    with pytest.raises(UnreadableDocumentError, match="fonts lack a map to Unicode"):
        parse_document("a.pdf", pdf(lines("Прывітанне, свет"), has_unicode=False))


def test_scripts_in_a_file_do_nothing() -> None:
    assert parse_document("a.pdf", pdf(lines("Text."), catalog=pdfs.SCRIPT)).text == "Text."


def test_the_content_tells_that_it_is_a_pdf() -> None:
    content = pdf(lines("Text."))
    assert parse_document("a.txt", content).media_type == "application/pdf"
    assert parse_document("a.pdf", b"rubbish\n" + content).text == "Text."
    assert parse_document("a.md", b"About %PDF-1.7 files").media_type == "text/markdown"
