"""Passages: exact spans, nothing lost, no letter torn, the right headings."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qa_service.chunking import split_passages
from qa_service.errors import UnreadableDocumentError
from qa_service.outline import Heading, Page, Parsed
from qa_service.parsers.documents import parse_document
from qa_service.text import canonicalise, joins_previous
from qa_service.types import Chunk

FAMILY = "👩\u200d👩\u200d👧\u200d👦"
SCRAPS = st.sampled_from(
    [
        "Прыпяць — рака. ",
        "вул. ",
        "е\u0301",
        "у\u0306",
        FAMILY,
        "👍🏽",
        "\r\n",
        "\ufeff",
        "\x00",
        "сло\xadво",
        "漢字。",
        "שלום ",
        "\n\n",
        "\n",
        "# Загаловак\n\n",
        "- item\n",
        "| a | b |\n",
        "<p>",
        "</p>",
        "<h2>Раздел</h2>",
        "&amp;",
        "q" + "\u0301" * 9,
        "\ue0f0\ue0f2",
    ]
)
NASTY = st.lists(st.one_of(SCRAPS, st.text(max_size=12), st.sampled_from(["я" * 300, "мир " * 90]))).map("".join)


def undetermined(texts: Sequence[str]) -> list[str]:
    return ["und"] * len(texts)


def passages_of(parsed: Parsed, longest: int = 600) -> list[Chunk]:
    return split_passages(parsed.text, parsed.headings, longest, undetermined, parsed.pages)


def assert_exact(parsed: Parsed, longest: int) -> None:
    text, chunks = parsed.text, passages_of(parsed, longest)
    assert all(text[chunk.span.start : chunk.span.end] == chunk.text == chunk.text.strip() != "" for chunk in chunks)
    assert all(before.span.end <= after.span.start for before, after in pairwise(chunks))
    assert "".join("".join(chunk.text for chunk in chunks).split()) == "".join(text.split())
    for chunk in chunks:
        assert not joins_previous(text, chunk.span.start)
        assert not joins_previous(text, chunk.span.end)
        assert len(chunk.text) <= longest * 5 // 4 + _tail(chunk.text)
        sentences = [sentence.of(chunk.text) for sentence in chunk.sentences]
        assert all(before.end <= after.start for before, after in pairwise(chunk.sentences))
        assert all(sentence and sentence == sentence.strip() for sentence in sentences)
        assert "".join("".join(sentences).split()) == "".join(chunk.text.split())


def _tail(passage: str) -> int:
    """Return how many characters at the end of a passage belong to its last letter."""
    index = len(passage) - 1
    while joins_previous(passage, index):
        index -= 1
    return len(passage) - 1 - index


@pytest.mark.parametrize("name", ["text.txt", "text.md", "text.html"])
@settings(deadline=None)
@given(raw=NASTY, longest=st.sampled_from([20, 100, 600]))
@example(raw=f"слова {FAMILY * 40} е\u0301" + "е\u0301" * 400, longest=100)
@example(raw="q" + "\u0301" * 2_000 + " x" * 200, longest=100)
def test_passages_are_exact_for_every_format(name: str, raw: str, longest: int) -> None:
    try:
        parsed = parse_document(name, raw.encode("utf-8"))
    except UnreadableDocumentError:
        return
    assert_exact(parsed, longest)
    assert all(parsed.text[heading.start :].startswith(heading.title) for heading in parsed.headings)


@pytest.mark.parametrize(
    "piece", ["я", "слова ", "Так. ", "漢", "漢。", "\t", "e\u0301", "q\u0301", FAMILY, "a\n", "- b\n\n", "\ue0f0"]
)
def test_very_long_texts_are_cut_exactly(piece: str) -> None:
    text = canonicalise("a" + piece * (200_000 // len(piece)) + "b").text
    assert_exact(Parsed(text, "text/plain"), 600)


def test_a_text_without_words_has_no_passages() -> None:
    assert passages_of(Parsed("", "text/plain")) == passages_of(Parsed(" \n\t", "text/plain")) == []


def test_passages_end_where_sentences_end() -> None:
    text = " ".join(f"Это предложение номер {number} в длинном абзаце." for number in range(60))
    chunks = passages_of(Parsed(text, "text/plain"), 200)
    assert all(chunk.text.endswith("абзаце.") for chunk in chunks)
    assert [len(chunk.sentences) for chunk in chunks[:-1]] == [4] * (len(chunks) - 1)


def test_a_text_without_spaces_between_sentences_is_cut_where_they_end() -> None:
    chunks = passages_of(Parsed("明斯克是白俄罗斯的首都。" * 30, "text/plain"), 100)
    assert all(chunk.text.endswith("。") for chunk in chunks)
    assert [len(chunk.sentences) for chunk in chunks] == [8, 8, 8, 6]


def test_a_wrapped_sentence_is_one_sentence_of_its_passage() -> None:
    text = "Хто чытаў гэтую кнігу ў дзяцінстве, той памятае пра\nДнепрадзяржынскае вадасховішча. Канец."
    (chunk,) = passages_of(Parsed(text, "text/plain"))
    assert [sentence.of(chunk.text) for sentence in chunk.sentences] == [text[:-7], "Канец."]


def test_the_sentences_of_a_passage_are_those_of_the_document() -> None:
    """A row is a row by what surrounds it, which a passage alone may no longer hold."""
    text = "Слово " * 15 + "и\nконец предложения. " + "Другое слово. " * 10
    whole = [sentence.of(text) for sentence in passages_of(Parsed(text, "text/plain"), 4_000)[0].sentences]
    cut = [
        sentence.of(chunk.text)
        for chunk in passages_of(Parsed(text, "text/plain"), 120)
        for sentence in chunk.sentences
    ]
    assert cut == whole


MARKDOWN = """# Книга

{first}

### Пропущенный уровень

{second}

## Вторая глава

## Третья глава

{third}

# Другая книга

Коротко.
"""


def test_heading_paths() -> None:
    paragraphs = {name: f"Абзац {name} книги. " * 12 for name in ("first", "second", "third")}
    parsed = parse_document("book.md", MARKDOWN.format(**paragraphs).encode())
    chunks = passages_of(parsed, 400)
    assert [(chunk.text.split("\n\n")[0], chunk.headings) for chunk in chunks] == [
        ("Книга", ("Книга",)),
        ("Пропущенный уровень", ("Книга", "Пропущенный уровень")),
        ("Вторая глава", ("Книга", "Третья глава")),
        ("Другая книга", ("Другая книга",)),
    ]


def test_a_passage_that_goes_on_with_a_section_keeps_its_headings() -> None:
    text = "Заголовок\n\n" + "Предложение первой главы. " * 40 + "\n\nХвост\n\nПоследнее предложение."
    text = canonicalise(text).text
    headings = [Heading(0, 2, "Заголовок"), Heading(text.index("Хвост"), 2, "Хвост")]
    chunks = split_passages(text, headings, 300, undetermined)
    assert len(chunks) > 3
    assert {chunk.headings for chunk in chunks[:-1]} == {("Заголовок",)}
    assert chunks[-1].headings == ("Хвост",)
    assert chunks[0].text.startswith("Заголовок\n\nПредложение")


def test_text_before_the_first_heading_has_none() -> None:
    parsed = Parsed("Вступление. " * 20 + "\n\nГлава\n\nТекст.", "text/plain", headings=(Heading(242, 1, "Глава"),))
    assert parsed.text[242:].startswith("Глава")
    assert [chunk.headings for chunk in passages_of(parsed, 300)] == [(), ("Глава",)]


def test_very_short_pieces_join_their_paragraph_or_what_follows() -> None:
    long = "Предложение, которое занимает довольно много места в абзаце. " * 5
    text = canonicalise(f"Врез\n\n{long}Да.\n\nЗаголовок\n\n{long}\n\nКонец").text
    chunks = passages_of(Parsed(text, "text/plain"), 310)
    assert [(chunk.text.split()[0], chunk.text.split()[-1]) for chunk in chunks] == [
        ("Врез", "Да."),
        ("Заголовок", "Конец"),
    ]


def test_each_passage_gets_its_own_language() -> None:
    def first_letters(texts: Sequence[str]) -> list[str]:
        return [text[:2] for text in texts]

    text = "ab " * 60 + "\n\n" + "cd " * 60
    assert [chunk.language for chunk in split_passages(canonicalise(text).text, (), 200, first_letters)] == ["ab", "cd"]


def test_passages_know_the_pages_they_stand_on() -> None:
    first, second, third = (f"Абзац {number} стаіць на старонцы і мае некалькі слоў. " * 4 for number in range(3))
    text = canonicalise(f"{first}\n\n{second}\n\n{third}").text
    middle, last = text.index("Абзац 1") + 60, text.index("Абзац 2")
    pages = [Page(0, 4), Page(middle, 5), Page(last, 7)]
    chunks = split_passages(text, (), 210, undetermined, pages)
    assert [(chunk.page_start, chunk.page_end) for chunk in chunks] == [(4, 4), (4, 5), (7, 7)]


def test_a_passage_before_the_first_page_has_none_and_a_footnote_goes_back() -> None:
    chunks = split_passages("Раз.\n\nДва.\n\nТры.", (), 4, undetermined, [Page(6, 2), Page(8, 1), Page(12, 2)])
    assert [(chunk.text, chunk.page_start, chunk.page_end) for chunk in chunks] == [
        ("Раз.", None, None),
        ("Два.", 1, 2),
        ("Тры.", 2, 2),
    ]


def test_a_letter_with_more_marks_than_any_does_not_make_a_passage_of_them_all() -> None:
    parsed = parse_document("a.txt", ("слова е" + "\u0301" * 50_000 + " канец").encode())
    passages = passages_of(parsed, 100)
    assert max(len(chunk.text) for chunk in passages) <= 100 + 10_000 + 25
    assert "".join(chunk.text for chunk in passages).count("\u0301") == parsed.text.count("\u0301") > 49_000
