"""Follow-ups: which questions lean on earlier ones, and what is searched instead of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.questions import QuestionLine, read_questions
from qa_service.followups import carry
from qa_service.types import Turn
from tests.conftest import ROOT

QUESTIONS = [located.line for located in read_questions(ROOT / "eval" / "questions")]
DEVELOPMENT = [line for line in QUESTIONS if line.half == "development"]
UNRELATED = (
    Turn("Who painted the ceiling of the town hall in 1713?", "Jan Kupiecki"),
    Turn("Сколько жителей было в Минске в 2019 году?", "2 018 281"),
    Turn("Калі заснавалі Мірскі замак?"),
)


@pytest.mark.parametrize(
    ("language", "earlier", "question", "searched"),
    [
        ("ru", "Сколько зубров жило в пуще в 2019 году?", "А в 2020 году?", "зубров жило пуще А в 2020 году?"),
        ("ru", "Сколько жителей было в Минске в 2019 году?", "А в Витебске?", "жителей 2019 году А в Витебске?"),
        ("ru", "Когда открыли первую линию метро?", "А вторую?", "открыли линию метро А вторую?"),
        ("ru", "Кто построил Мирский замок?", "Что с ним случилось?", "построил Мирский замок Что с ним случилось?"),
        ("ru", "Кто построил Мирский замок?", "Почему?", "построил Мирский замок Почему?"),
        ("be", "Колькі жыхароў было ў Мінску?", "А ў Віцебску?", "жыхароў А ў Віцебску?"),
        ("be", "Хто напісаў гэтую песню?", "Ці жыве ён яшчэ?", "напісаў песню Ці жыве ён яшчэ?"),
        ("be", "Калі збудавалі турму ў Мінску?", "Ці стаіць тая турма?", "збудавалі Мінску Ці стаіць тая турма?"),
        ("en", "How many people live in Minsk?", "And in Vitebsk?", "many people live And in Vitebsk?"),
        (
            "en",
            "When was the first reactor started?",
            "What about the second?",
            "reactor started What about the second?",
        ),
        ("en", "When was the castle built?", "Who lived there?", "castle built Who lived there?"),
        ("en", "When was the castle built?", "In Poland?", "castle built In Poland?"),
        ("en", "When was the castle built?", "Why is that?", "castle built Why is that?"),
        ("fr", "Quand le château a-t-il brûlé ?", "Et en 1920 ?", "Quand le château a-t-il brûlé Et en 1920 ?"),
    ],
)
def test_follow_up_is_searched_with_what_it_leaves_out(
    language: str, earlier: str, question: str, searched: str
) -> None:
    assert carry(question, [Turn(earlier)], language) == searched


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("ru", "Что такое зубр и где он живёт?"),
        ("ru", "Зубр — это птица?"),
        ("ru", "Мирский замок"),
        ("ru", "В каком году построили Мирский замок?"),
        ("ru", "А как называется самая длинная река на западе Беларуси летом?"),
        ("be", "Калі нарадзіўся Скарына і дзе ён вучыўся?"),
        ("be", "Хто быў той, хто збудаваў замак?"),
        ("en", "Is it true that bison live in Poland?"),
        ("en", "How many lines are there in the Minsk metro?"),
        ("en", "How long does it take to build a castle?"),
        ("en", "Who built the castle that stands in Mir?"),
        ("en", "Where did Skaryna print his books?"),
        ("en", "What is americium?"),
        ("fr", "Qui a construit le château ?"),
    ],
)
def test_question_that_stands_alone_is_left_as_it_is(language: str, question: str) -> None:
    assert carry(question, UNRELATED, language) is None


def test_topic_lasts_through_several_follow_ups() -> None:
    history = [Turn("How many people lived in Minsk in 2019?"), Turn("And in Vitebsk?"), Turn("And in 1920?")]
    assert carry("And in 1897?", history, "en") == "many people lived Vitebsk And in 1897?"
    assert carry("And the mayor there?", [*history, Turn("Who designed the opera house?")], "en") == (
        "designed opera house And the mayor there?"
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, "first satellite called What happened to it?"),
        ("BelKA", "first satellite called BelKA What happened to it?"),
        (
            "It was called BelKA, a short word for a long name that few recall.",
            "first satellite called What happened to it?",
        ),
    ],
)
def test_short_answer_names_what_is_pointed_back_to(answer: str | None, expected: str) -> None:
    question = Turn("What was the first satellite called?", answer)
    assert carry("What happened to it?", [question], "en") == expected
    assert carry("And the second?", [question], "en") == "satellite called And the second?"


def test_nothing_is_carried_where_there_is_nothing() -> None:
    assert carry("And then?", [], "en") is None
    assert carry("And then?", [Turn("Where is it?")], "en") is None


def test_long_history_does_not_drown_the_question() -> None:
    words = " ".join(f"word{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(200))
    searched = carry("Who said that?", [Turn(words)], "en")
    assert searched is not None
    assert searched.split()[24:] == ["Who", "said", "that?"]


@pytest.mark.parametrize("line", [line for line in DEVELOPMENT if line.kind == "follow_up"], ids=lambda line: line.id)
def test_follow_ups_of_the_benchmark_are_found(line: QuestionLine) -> None:
    turns = [Turn(turn.question, turn.answer) for turn in line.history]
    searched = carry(line.question, turns, line.language)
    assert searched is not None
    assert searched.endswith(f" {line.question}")


@pytest.mark.parametrize("turn", UNRELATED, ids=lambda turn: turn.question)
def test_hardly_any_other_question_is_changed_by_what_was_asked_before(turn: Turn) -> None:
    others = [line for line in DEVELOPMENT if line.kind != "follow_up"]
    changed = [line.question for line in others if carry(line.question, [turn], line.language)]
    assert len(changed) < 0.02 * len(others), changed


@given(
    question=st.text(max_size=60),
    history=st.lists(st.builds(Turn, st.text(max_size=60), st.none() | st.text(max_size=30)), max_size=4),
    language=st.sampled_from(["be", "en", "ru", "fr", "zh", "und"]),
)
def test_the_question_itself_is_always_searched(question: str, history: list[Turn], language: str) -> None:
    searched = carry(question, history, language)
    assert searched is None or (searched.endswith(f" {question}") and len(searched.split()) > len(question.split()))
