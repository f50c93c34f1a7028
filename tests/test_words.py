"""Which words of a text carry its meaning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.stop_words import STOP_WORDS
from qa_service.tokens import tokens
from qa_service.words import content_words


def words_of(text: str) -> list[str]:
    return [span.of(text) for span in content_words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Когда построили мост через Свислочь?", ["построили", "мост", "через", "Свислочь"]),
        ("Калі пабудавалі Мірскі замак?", ["пабудавалі", "Мірскі", "замак"]),
        ("When was the castle of Mir built?", ["castle", "Mir", "built"]),
        ("Сям’я — гэта сям'я.", ["Сям’я", "сям'я"]),
        ("У аб'ёме 12% больш", ["аб'ёме", "12", "больш"]),
        ("長城有多", ["長城", "有多"]),
        ("北京 is Beijing", ["北京", "Beijing"]),
        ("the well-known U.S.A. in XIX", ["well-known", "U.S.A.", "XIX"]),
    ],
    ids=["ru", "be", "en", "apostrophes", "numbers", "zh", "zh and en", "wholes"],
)
def test_content_words(text: str, expected: list[str]) -> None:
    assert words_of(text) == expected


@pytest.mark.parametrize("text", ["What is it?", "Что это такое?", "Дзе яна?", "Где the гэта?"])
def test_stop_words_stand_where_there_is_nothing_else(text: str) -> None:
    assert words_of(text) == text.removesuffix("?").split()


@pytest.mark.parametrize("text", ["", "?!", " \n ", "…—"])
def test_a_text_without_words_has_none(text: str) -> None:
    assert content_words(text) == ()


@given(
    st.lists(
        st.sampled_from(["мост", "сям’я", "не", "the", "wi-fi", "U.S.A.", "長城有多長", "5G", "¾", "XIX", "-", "'"])
        | st.text(max_size=5),
        max_size=12,
    ).flatmap(lambda words: st.sampled_from([" ", "", "\n"]).map(lambda between: between.join(words)))
)
def test_words_are_inside_the_text_in_order_and_apart(text: str) -> None:
    spans = content_words(text)
    ends = [0, *(span.end for span in spans)]
    assert all(end <= span.start < span.end for end, span in zip(ends, spans, strict=False))
    assert ends[-1] <= len(text)
    assert bool(spans) is bool(tokens(text))
    stop_words = frozenset.union(*STOP_WORDS.values())
    exact = {token.span: token.exact for token in reversed(tokens(text))}
    said = [exact[span] not in stop_words for span in spans]
    assert all(said) or not any(said), "stop words stand alone or not at all"
