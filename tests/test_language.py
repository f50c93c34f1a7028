"""Language detection: short questions, kindred languages, documents that change language."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.config import load_settings
from qa_service.errors import ConfigurationError
from qa_service.language import LanguageDetector, prevailing


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    """A detector of the languages that are configured by default."""
    return LanguageDetector(load_settings().languages)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("ru", "Где находится Брест?"),
        ("ru", "Сколько стоит билет?"),
        ("ru", "Население Минска"),
        ("ru", "Кто построил завод Caterpillar?"),
        ("be", "Дзе знаходзіцца Брэст?"),
        ("be", "Колькі каштуе білет?"),
        ("be", "Хто такі Скарына?"),
        ("be", "Плян філязофіі: сьнег, сьвет і дзьверы"),
        ("be", "Колькі людзей у сям'і?"),
        ("be", "Колькі людзей у сям’і?"),
        ("be", "Колькі людзей у сямʼі?"),
        ("uk", "Де знаходиться Брест?"),
        ("uk", "Куди впадає Дніпро?"),
        ("kk", "Брест қайда орналасқан?"),
        ("kk", "Бұл не?"),
        ("en", "Where is the castle?"),
        ("en", "Who is the author of the poem «Новая зямля»?"),
        ("be", "ХТО НАПІСАЎ ГЭТУЮ КНІГУ?"),
        ("ru", "КТО НАПИСАЛ ЭТУ КНИГУ?"),
        ("en", "WHO WROTE THIS BOOK?"),
        ("pl", "Gdzie leży Brześć?"),
        ("lt", "Kada atidarė metro?"),
        ("de", "Wie viel kostet eine Fahrkarte?"),
        ("zh", "明斯克是哪个国家的首都？"),
        ("ja", "東京はどこですか。"),
        ("ko", "민스크는 어디에 있습니까?"),
        ("he", "איפה נמצאת מינסק?"),
        ("ar", "أين تقع مينسك؟"),
    ],
)
def test_short_questions(detector: LanguageDetector, language: str, question: str) -> None:
    assert detector.detect(question) == language


@pytest.mark.parametrize("text", ["", "  \n", "1986", "₽ 25 % — ²", "😀", "ʼ", "ᚠᚢᚦᚨᚱᚲ", "ⲁⲃⲅ"])
def test_without_a_letter_of_a_known_script_the_language_is_undetermined(detector: LanguageDetector, text: str) -> None:
    assert detector.detect(text) == "und"
    assert detector.probabilities(text) == {}


def test_a_script_of_no_configured_language_is_undetermined() -> None:
    assert LanguageDetector(["ru", "be"]).detect("Where is the castle?") == "und"


@settings(deadline=None)
@given(st.text())
def test_probabilities_add_up_to_one(detector: LanguageDetector, text: str) -> None:
    probabilities = detector.probabilities(text)
    assert not probabilities or sum(probabilities.values()) == pytest.approx(1)
    assert set(probabilities) <= set(load_settings().languages)
    assert detector.detect(text) in {*probabilities, "und"}


@pytest.mark.parametrize(
    ("language", "text"),
    [("hy", "Որտե՞ղ է Երևանը"), ("ta", "சென்னை எங்கே உள்ளது?"), ("fy", "Wêr is it?"), ("tt", "Казан кайда?")],
)
def test_languages_that_are_configured_by_choice(language: str, text: str) -> None:
    assert LanguageDetector([language, "th"]).detect(text) == language


def test_only_configured_languages_are_found() -> None:
    assert LanguageDetector(["en", "ru"]).detect("Дзе знаходзіцца Брэст?") == "ru"


@pytest.mark.parametrize(("languages", "named"), [(["ru", "xx", "be"], "xx"), (["rus"], "rus"), ([], "none given")])
def test_an_unknown_language_is_refused(languages: Sequence[str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        LanguageDetector(languages)


def test_a_document_that_changes_language_midway(detector: LanguageDetector) -> None:
    russian = "Завод выпускает тракторы и отправляет их покупателям в соседние страны по железной дороге."
    belarusian = "Завод вырабляе трактары і адпраўляе іх пакупнікам у суседнія краіны па чыгунцы."
    texts = [russian, "Источники", russian, "1994", belarusian, "Крыніцы", belarusian]
    assert detector.detect_passages(texts) == ["ru", "ru", "ru", "und", "be", "be", "be"]


def test_a_passage_that_says_little_follows_its_document(detector: LanguageDetector) -> None:
    short = "Я не прав"
    assert detector.detect(short) == "be"
    russian = "Завод выпускает тракторы и отправляет их покупателям в соседние страны по железной дороге."
    assert detector.detect_passages([russian, short, russian]) == ["ru"] * 3
    assert detector.detect_passages([]) == []


def test_prevailing() -> None:
    assert prevailing([("ru", 10), ("be", 7), ("be", 8)]) == "be"
    assert prevailing([]) == "und"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "language", "least"),
    [
        ("bel-eng.bel", "be", 0.98),
        ("rus-eng.rus", "ru", 0.97),
        ("bel-eng.eng", "en", 0.99),
        ("rus-eng.eng", "en", 0.99),
    ],
)
def test_share_of_single_sentences_that_are_told_right(
    detector: LanguageDetector, shared: Path, file: str, language: str, least: float
) -> None:
    sentences = (shared / "data" / "tatoeba" / file).read_text("utf-8").splitlines()
    found = Counter(detector.detect(sentence) for sentence in sentences)
    assert found[language] / len(sentences) >= least, found
