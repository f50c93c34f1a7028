import random
from pathlib import Path

import pytest

from eval import stemming
from eval.errors import EvalError
from eval.stemming import DICTIONARY, Measured, measure, read_families, stem_as
from qa_service.belarusian import stem_belarusian
from qa_service.tokens import fold

needs_dictionary = pytest.mark.skipif(
    not DICTIONARY.with_suffix(".dic").is_file(), reason="no Belarusian dictionary: Debian's package hunspell-be"
)

DICTIONARY_LINES = "4\nмова/D\nрака/DX\nкот\nсон/X\n"
RULES = "SFX D Y 2\nSFX D а ы [вк]а\nSFX D а у а\nSFX X Y 1\nSFX X 0 мі .\n"


@pytest.mark.parametrize(
    "family",
    [
        "горад горадзе гарады гарадоў гарадах",
        "рука рукі руцэ рукою",
        "кніга кнізе кніг кнігамі",
        "страха страсе",
        "газета газеце газетаў",
        "вуліца вуліцы вуліцай вуліц",
        "вясна вёсны",
        "замак замка замкі",
        "акадэмія акадэміі акадэмій акадэміямі",
        "соль солі соллю",
        "беларускі беларускага беларускую беларускіх",
        "чытаць чытаю чытаеш чытаеце чытаў чытала чыталі",
        "маляваць малюю малюе маляваў",
        "хадзіць хаджу ходзіш ходзіць хадзіла",
        "нацешыцца нацешыўся нацешымся нацешылася",
        "ўрад урад урада",
        "Быкаў Быкава Быкавым",
        "дня дні",
    ],
)
def test_forms_of_a_word_meet(family: str) -> None:
    assert len({stem_belarusian(fold(form)) for form in family.split()}) == 1


@pytest.mark.parametrize(
    ("official", "classical"),
    [
        ("свет", "сьвет"),
        ("план", "плян"),
        ("Еўропа", "Эўропа"),
        ("цэнтр", "цэнтар"),
        ("пытанне", "пытаньне"),
        ("жыццё", "жыцьцё"),
        ("сістэма", "сыстэма"),
        ("клуб", "клюб"),
        ("газета", "газэта"),
    ],
)
def test_two_orthographies_meet(official: str, classical: str) -> None:
    assert stem_belarusian(fold(official)) == stem_belarusian(fold(classical))


@pytest.mark.parametrize(
    ("one", "other"),
    [("мова", "мора"), ("веданне", "веданы"), ("карта", "карча"), ("школа", "шкло"), ("раб", "рыба")],
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert stem_belarusian(one) != stem_belarusian(other)


@pytest.mark.parametrize("word", ["я", "ў", "ь", "ся", "цца", "і", "дз"])
def test_a_stem_is_never_longer_than_a_tiny_word(word: str) -> None:
    assert len(stem_belarusian(word)) <= len(word)


def test_families_are_expanded_by_suffix_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "be.dic").write_text(DICTIONARY_LINES, encoding="utf-8")
    (tmp_path / "be.aff").write_text(RULES, encoding="utf-8")
    monkeypatch.setattr(stemming, "_FEWEST_FORMS", 2)
    assert read_families(tmp_path / "be") == [
        {"мова", "мовы", "мову"},
        {"рака", "ракы", "раку", "ракамі"},
        {"сон", "сонмі"},
    ]


def test_measures_are_what_they_say() -> None:
    families = [frozenset({"aa", "ab", "ba"}), frozenset({"bb", "bc"})]
    found = measure(families, lambda word: word[0])
    assert found == Measured(recall=(1 / 3 + 1) / 2, pooled=2 / 4, collisions=1)


def test_an_absent_dictionary_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="hunspell-be"):
        read_families(tmp_path / "be")


@needs_dictionary
def test_forms_of_belarusian_words_get_one_stem_and_different_words_do_not() -> None:
    families = random.Random(stemming.SEED).sample(read_families(), stemming.FAMILIES)
    ours, russian = measure(families, stem_as("be")), measure(families, stem_as("ru"))
    assert ours.recall >= 0.96
    assert ours.pooled >= 0.95
    assert ours.collisions <= 25
    assert russian.pooled < 0.25


@needs_dictionary
def test_the_benchmark_prints_both_stemmers(capsys: pytest.CaptureFixture[str]) -> None:
    stemming.main(["--families", "50", "--seed", "3"])
    printed = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in printed] == ["Belarusian, ours", "Russian, Snowball"]
