"""Text read in the wrong encoding, and letters of one alphabet that stand for another's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.flaws import MISREAD, MIXED_LETTERS, MOJIBAKE, REFERENCES, find_flaws, mixed_words, told
from qa_service.mojibake import undone
from qa_service.parsers.documents import parse_document
from qa_service.types import Flaw

RU = "Мельница стояла на правом берегу ручья, и зимой её колесо обрастало льдом, который сбивали ломом."
BE = "Млын стаяў на правым беразе ручая, і зімой яго кола абрастала лёдам, які даводзілася збіваць ломам."
EN = "The mill stood on the right bank of the brook, and in winter its wheel grew a crust of ice."


def misread(text: str, written: str, read: str) -> str:
    """Return a text as a program shows it that takes its bytes for another encoding's; free bytes are kept."""
    return "".join(bytes([code]).decode(read, "ignore") or chr(code) for code in text.encode(written))


WAYS = [
    ("utf-8", "cp1251"),
    ("utf-8", "cp1252"),
    ("utf-8", "latin-1"),
    ("utf-8", "koi8-r"),
    ("utf-8", "cp866"),
    ("cp1251", "latin-1"),
    ("cp1251", "koi8-r"),
    ("koi8-r", "cp1251"),
    ("koi8-r", "latin-1"),
    ("cp866", "cp1251"),
]


@pytest.mark.parametrize(("written", "read"), WAYS)
@pytest.mark.parametrize("text", [RU, BE, f"{EN}\n\n{RU}"], ids=["ru", "be", "en and ru"])
def test_a_misread_text_is_put_right(text: str, written: str, read: str) -> None:
    try:
        text.encode(written)
    except UnicodeEncodeError:
        pytest.skip(f"{written} has no Belarusian letters")
    meant, misreadings = undone(misread(text, written, read))
    assert meant == text
    assert len(misreadings) == 1


@pytest.mark.parametrize("read", ["cp1251", "latin-1"])
@pytest.mark.parametrize("text", [RU, BE])
def test_a_text_that_went_wrong_twice_is_put_right(text: str, read: str) -> None:
    meant, misreadings = undone(misread(misread(text, "utf-8", read), "utf-8", read))
    assert (meant, len(misreadings)) == (text, 2)


@pytest.mark.parametrize(
    "text",
    [
        RU,
        BE,
        EN,
        RU.upper(),
        RU.swapcase(),
        "L'été dernier, nous étions à la forêt près du château où l'élève a été élu.",
        "Zażółć gęślą jaźń; wszystko w porządku, łąka, źródło.",
        "Қазақстан Республикасы — Орталық Азиядағы мемлекет, ғылым мен білім.",
        "Млин стояв на правому березі струмка, і взимку його колесо обростало кригою.",
        "Мелницата стоеше на десния бряг и през зимата колелото ѝ беше в лед.",
        "Ο μύλος στεκόταν στη δεξιά όχθη.",
        "水車は右岸に立っていた。",
        "Ÿ",
        "«»—№",
        "",
    ],
    ids=range(15),
)
def test_a_text_in_a_language_stays_and_has_no_flaw(text: str) -> None:
    assert undone(text) == (text, ())
    assert find_flaws(text) == ((), ())


@settings(max_examples=50)
@given(st.text())
def test_what_is_undone_can_be_done_again(text: str) -> None:
    meant, misreadings = undone(text)
    for misreading in reversed(misreadings):
        meant = misread(meant, misreading.written, misreading.read)
    assert meant == text


def test_misread_stretches_of_a_text_are_told_and_stay() -> None:
    wrong = misread("мельница", "utf-8", "cp1251")
    text = f"{RU} {wrong} {BE} {misread('мельница', 'cp1251', 'latin-1')} {misread('Мельница', 'koi8-r', 'cp1251')}"
    parsed = parse_document("a.txt", text.encode())
    assert parsed.text == text
    (flaw,) = parsed.flaws
    assert (flaw.kind, flaw.count) == (MOJIBAKE, 3)
    assert parsed.text[flaw.start : flaw.end] == wrong
    assert [mark.kind for mark in parsed.marks] == [MOJIBAKE] * 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Рoссия и Минск", ["Рoссия"]),  # a Latin o
        ("у Мiнску i ў Гродне", ["Мiнску"]),  # a Latin i, as typewriters of another language have it
        ("the сat", ["сat"]),  # a Cyrillic с
        ("CO₂ и СO2", ["СO"]),  # a Cyrillic С
        ("IT-компания, COVID-19, 5G-сеть", []),
        ("USBшный, GSMщик", []),  # what looks like no letter of the other alphabet is meant
        ("Beltelecom и Белтелеком", []),
        ("ааaаа" * 40, ["ааaаа" * 40]),
    ],
)
def test_words_of_two_alphabets(text: str, words: list[str]) -> None:
    assert [text[start:end][:20] for start, end in mixed_words(text)][:1] == [word[:20] for word in words][:1]
    assert bool(list(mixed_words(text))) == bool(words)


def test_a_long_word_of_two_alphabets_takes_no_time() -> None:
    assert len(list(mixed_words("аa" * 200_000))) > 0


def test_a_misread_file_says_so_and_cites_what_was_meant() -> None:
    parsed = parse_document("a.txt", misread(RU, "utf-8", "cp1251").encode())
    assert parsed.text == RU
    assert parsed.metadata["misread"] == "UTF-8 read as Windows-1251"
    (flaw,) = parsed.flaws
    assert (flaw.kind, flaw.count) == (MISREAD, 15)
    assert RU[flaw.start : flaw.end] == "Мельница"
    assert parsed.outline.source_of(9) is not None


def test_lists_of_literature_are_marked() -> None:
    references = "\n".join(f"{number}. Ivanou, A. Mills // Craft. - {1990 + number}." for number in range(1, 5))
    text = f"{EN}\n\nLiterature\n\n{references}\n\n{RU}"
    flaws, (mark,) = find_flaws(text)
    assert flaws == ()
    assert (mark.kind, text[mark.start : mark.end]) == (REFERENCES, references)


def test_many_places_are_counted_and_the_first_are_marked() -> None:
    flaws, marks = find_flaws("Рoссия " * 1000)
    assert flaws == (Flaw(MIXED_LETTERS, 1000, 0, 6),)
    assert len(marks) == 100
    assert told(flaws[0]) == "1,000 words mix Latin and Cyrillic letters"
    assert told(Flaw(MOJIBAKE, 1, 0, 1)) == "1 place looks like text read in the wrong encoding"


@pytest.mark.parametrize(
    "text", ["хлеб пекут ночью", "ХЛЕБ ПЕКУТ НОЧЬЮ", "Я же тебя люблю!", "ПРЫХОДЗЬЦЕ Ў МОЙ ОФІС.", "Сыр. Мёд. Ёж."]
)
def test_a_short_text_that_is_right_stays_whatever_its_letters_would_make(text: str) -> None:
    assert undone(text) == (text, ())
