from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.analysis import SNOWBALL, Term, analyse, analyse_question, stem
from qa_service.stop_words import STOP_WORDS
from qa_service.tokens import Token, fold, tokens
from qa_service.types import Span

any_text = st.text() | st.text(alphabet="аАЎўёЁсiіIXVХІ'’ʼ-‑ 0123,.\xa0\xad\u0301東京ไทยｶﾞ½²éé_%")


def forms(text: str) -> list[str]:
    return [token.exact for token in tokens(text)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("сям'я сям’я сямʼя сям`я", ["сям'я"] * 4),
        ("'мова' ‘мова’ ʼмоваʼ", ["мова"] * 3),
        ("Ёлка елка е\u0308лка", ["елка"] * 3),
        ("за́мок со\xadюз", ["замок", "союз"]),
        ("за\u0300мок", ["замок"]),
        ("café cafe\u0301", ["café", "café"]),
        ("йод и\u0306од", ["йод", "йод"]),
        ("Ｆｕｌｌ ﬁne", ["full", "fine"]),
        ("snake_case", ["snake", "case"]),
        ("слово¹ CO₂", ["слово", "co2"]),
        ("हिन्दी", ["हिन्दी"]),
        ("كِتَاب كتـاب", ["كتاب", "كتاب"]),
    ],
)
def test_one_word_is_one_however_it_is_written(written: str, expected: list[str]) -> None:
    assert forms(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("e-mail", ["email", "e", "mail"]),
        ("Нью\u2011Йорк", ["ньюйорк", "нью", "йорк"]),
        ("COVID-19", ["covid19", "covid", "19"]),
        ("10-12", ["10-12", "10", "12"]),
        ("слова - слова", ["слова", "слова"]),
    ],
)
def test_a_hyphenated_word_gives_the_whole_and_its_parts(written: str, expected: list[str]) -> None:
    assert forms(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Cоюз", "союз"),  # a Latin C
        ("дзiця", "дзіця"),  # a Latin i
        ("Pyth\u043en", "python"),  # a Cyrillic о
        ("Rhоtо", "rhoto"),  # Cyrillic letters that all have Latin likenesses
        ("Tшz", "tшz"),  # no script fits all of it
    ],
)
def test_lookalikes_take_the_script_of_most_letters(written: str, expected: str) -> None:
    assert forms(written) == [expected]


@pytest.mark.parametrize("written", ["1234.5", "1234,5", "1,234.5", "1.234,5", "1\xa0234,5", "1\u2009234.5", "1'234.5"])
def test_a_number_is_one_however_it_is_written(written: str) -> None:
    assert forms(written) == ["1234.5"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1,234", ["1234", "1.234"]),
        ("1.234", ["1234", "1.234"]),
        ("0,125", ["0.125"]),
        ("1,234,567", ["1234567"]),
        ("1 234 567", ["1234567", "1", "234", "567"]),
        ("1 234,5", ["1234.5", "1", "234.5"]),
        ("в 2020 100 разоў", ["в", "2020", "100", "разоў"]),
        ("111 111 1111", ["111111", "111", "111", "1111"]),
        ("3,14", ["3.14"]),
        ("1,2,3", ["1", "2", "3"]),
        ("12.05.2020", ["12.05.2020", "12", "05", "2020"]),
        ("12% 5°", ["12", "5"]),
        ("12,5км", ["12.5", "км"]),
        ("5G", ["5g", "5", "g"]),
        ("H2O", ["h2o"]),
        ("١٢٣ १२", ["123", "12"]),
        ("1½", ["1", "1⁄2"]),
    ],
)
def test_numbers(written: str, expected: list[str]) -> None:
    assert forms(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("XIX", ["xix", "19"]),
        ("ХІХ", ["хіх", "19"]),  # Cyrillic
        ("XІX", ["xix", "19"]),  # a Cyrillic І
        ("MCMXCIV", ["mcmxciv", "1994"]),
        ("V", ["v", "5"]),
        ("XIX-XX", ["xixxx", "xix", "19", "xx", "20"]),
        ("I", ["i"]),
        ("Х", ["х"]),  # Cyrillic
        ("xix", ["xix"]),
        ("CD", ["cd"]),
        ("IIII", ["iiii"]),
    ],
)
def test_roman_numbers(written: str, expected: list[str]) -> None:
    assert forms(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("U.S.A.", ["usa"]),
        ("U.S", ["us"]),
        ("т.е. т.д.", ["те", "тд"]),
        ("1918 г.", ["1918", "г"]),
        ("А.С.Пушкин", ["ас", "пушкин"]),
        ("example.com", ["example", "com"]),
    ],
)
def test_dotted_abbreviations(written: str, expected: list[str]) -> None:
    assert forms(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("東京都", ["東京", "京都"]),
        ("本", ["本"]),
        ("ｶﾞｲﾄﾞ", ["ガイ", "イド"]),
        ("กิน", ["กิน"]),
        ("Python入門", ["python", "入門"]),
        ("한국어 문서", ["한국어", "문서"]),
    ],
)
def test_scripts_without_spaces_give_pairs_of_characters(written: str, expected: list[str]) -> None:
    assert forms(written) == expected


def test_spans_are_places_in_the_text_as_written() -> None:
    text = "«Cо\xadюз», 1 234 км"
    assert tokens(text) == [
        Token(Span(1, 6), "союз"),
        Token(Span(9, 14), "1234"),
        Token(Span(9, 10), "1"),
        Token(Span(11, 14), "234"),
        Token(Span(15, 17), "км"),
    ]


@given(any_text)
def test_spans_lie_in_order_inside_the_text(text: str) -> None:
    found = tokens(text)
    assert [token.span.start for token in found] == sorted(token.span.start for token in found)
    assert all(token.exact and 0 <= token.span.start < token.span.end <= len(text) for token in found)


@given(any_text)
def test_every_letter_and_digit_of_an_alphabet_is_in_a_token(text: str) -> None:
    covered = {place for token in tokens(text) for place in range(token.span.start, token.span.end)}
    plain = "abcdefghijklmnopqrstuvwxyzабвгдежзійклмнопрстуўфхцчшыэюя0123456789"
    assert {place for place, character in enumerate(text) if character in plain} <= covered


@given(any_text)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(any_text, st.sampled_from(["be", "ru", "en", "ja", "und", *SNOWBALL]))
def test_any_text_can_be_analysed(text: str, language: str) -> None:
    terms = analyse(text, language)
    assert [term.text for term in terms[::2]] == [f"={token.exact}" for token in tokens(text)]
    assert all(term.text and not term.is_exact for term in terms[1::2])
    assert bool(analyse_question(text, language)) == bool(terms)


def test_every_token_gives_itself_and_its_stem() -> None:
    assert analyse("слова", "ru") == [Term("=слова", Span(0, 5)), Term("слов", Span(0, 5))]
    assert [term.is_exact for term in analyse("слова", "ru")] == [True, False]


@pytest.mark.parametrize(
    ("word", "language", "expected"),
    [
        ("running", "en", "run"),
        ("городами", "ru", "город"),
        ("гарадамі", "be", "гарад"),
        ("häuser", "de", "haus"),
        ("containers", "ru", "contain"),
        ("содержание", "uk", "содержание"),
        ("слово", "und", "слово"),
    ],
)
def test_stems(word: str, language: str, expected: str) -> None:
    assert stem(word, language) == expected


@pytest.mark.parametrize("language", SNOWBALL)
def test_snowball_knows_every_language_of_the_table(language: str) -> None:
    assert stem("a", language)


def test_stemming_in_several_threads_gives_what_one_gives() -> None:
    words = [f"{start}ировавшими" for start in "бвгджзклмнпрст"] * 50
    expected = [stem(word, "ru") for word in words]
    stem.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda word: stem(word, "ru"), words)) == expected


@pytest.mark.parametrize(
    ("question", "language", "expected"),
    [
        ("Когда основали город?", "ru", ["=основали", "основа", "=город", "город"]),
        ("Калі заснавалі горад?", "be", ["=заснавалі", "засн", "=горад", "гарад"]),
        ("What is the city?", "en", ["=city", "citi"]),
        ("What is it?", "en", ["=what", "what", "=is", "is", "=it", "it"]),
        ("What is it?", "und", ["=what", "what", "=is", "is", "=it", "it"]),
    ],
)
def test_a_question_is_left_without_stop_words_unless_it_has_no_others(
    question: str, language: str, expected: list[str]
) -> None:
    assert [term.text for term in analyse_question(question, language)] == expected


@pytest.mark.parametrize("language", STOP_WORDS)
def test_stop_words_are_written_as_tokens_are(language: str) -> None:
    assert all(forms(word) == [word] for word in STOP_WORDS[language])
