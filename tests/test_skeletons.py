from collections.abc import Set

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.skeletons import skeleton, skeleton_grams


def share(one: Set[str], other: Set[str]) -> float:
    return len(one & other) / len(one | other)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("Лукашэнка Лукашенко Lukashenko", "lukasinka"),
        ("Менск Минск Мінск Minsk", "minsk"),
        ("Гомель Homiel Gomel", "hamil"),
        ("Хрущёв Хрущев Хрушчоў", "hrus"),
        ("Віцебск Витебск Vitebsk Witebsk", "vitibsk"),
        ("Чехов Chekhov", "cihav"),
        ("Ельцин Ельцын Yeltsin", "iltin"),
        ("Філасофія Philosophia", "filasafia"),
    ],
)
def test_a_name_sounds_the_same_in_every_script(names: str, expected: str) -> None:
    assert {skeleton(name)[: len(expected)] for name in names.split()} == {expected}


@pytest.mark.parametrize(
    ("names", "at_least"),
    [
        ("Лукашэнка Лукашенко Lukashenko", 1.0),
        ("Вільня Вильнюс Vilnius", 0.5),
        ("Хрущёв Khrushchev", 1.0),
        ("Уладзімір Владимир Vladimir", 0.3),
        ("Европа Europe", 0.5),
    ],
)
def test_names_share_pieces(names: str, at_least: float) -> None:
    first, *others = (skeleton_grams(name).keys() for name in names.split())
    assert all(share(first, other) >= at_least for other in others)


def test_what_french_spelling_hides_stays_hidden() -> None:
    assert skeleton("Шопен") == "sapin"
    assert skeleton("Chopin") == "capin"


def test_pieces_are_cut_from_the_start_of_the_word_on() -> None:
    assert skeleton_grams("Minsk, Менск, da") == {"^min": 2, "mins": 2, "insk": 2, "^da": 1}


def test_numbers_are_whole_and_roman_ones_counted() -> None:
    assert skeleton_grams("1\xa0234,5") == skeleton_grams("1234.5") == {"1234.5": 1}
    assert skeleton_grams("XIX")["19"] == skeleton_grams("19")["19"] == 1


def test_other_words_share_nothing() -> None:
    assert not skeleton_grams("Брест").keys() & skeleton_grams("Minsk Warsaw").keys()


@given(st.text())
def test_any_text_has_pieces_of_four_letters_at_most_or_numbers(text: str) -> None:
    for gram, count in skeleton_grams(text).items():
        assert count > 0
        assert len(gram) <= 4 or not any(map(str.isalpha, gram))
