"""The hand-written questions: what is committed holds together, and a broken set is refused."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import EvalError
from eval.prepare import assign_halves, prepare
from eval.questions import GoldLine, Kind, QuestionLine, Turn, read_questions
from eval.suites import Selection, read_task
from eval.suites.seeds import Folders, language_of
from eval.task import HALVES, UNANSWERABLE, Half, Task
from qa_service.analysis import analyse_question
from qa_service.parsers.documents import parse_document

FOLDERS = Folders.of(None)
LINES = [located.line for located in read_questions(FOLDERS.questions)]
LANGUAGES = ("be", "en", "ru")


@pytest.fixture(scope="module")
def halves() -> dict[Half, Task]:
    return {half: read_task("seeds", Selection(half=half)) for half in HALVES}


def places(line: QuestionLine) -> str:
    return str(language_of(line.golds[0].document)) if line.golds else "none"


def test_every_quote_stands_where_it_says_in_the_parsed_document() -> None:
    texts: dict[str, str] = {}
    for line in LINES:
        for gold in line.golds:
            path = FOLDERS.documents / gold.document
            text = texts.setdefault(gold.document, parse_document(path.name, path.read_bytes()).text)
            assert text[gold.start : gold.end] == gold.quote, line.id
    on_disk = {path.relative_to(FOLDERS.documents).as_posix() for path in FOLDERS.documents.rglob("*.*")}
    assert set(texts) == on_disk, "every document is asked about"


def test_the_set_is_as_large_and_as_varied_as_stated() -> None:
    cells = Counter((line.language, places(line)) for line in LINES)
    assert len(LINES) >= 360
    assert all(cells[asking, answering] >= 30 for asking in LANGUAGES for answering in (*LANGUAGES, "none"))
    kinds = Counter(line.kind for line in LINES)
    assert set(kinds) == set(get_args(Kind)) - {"feedback"}, "which is for visitors' questions"
    assert min(kinds.values()) >= 12
    assert 2 * kinds["near_miss"] >= sum(kinds[kind] for kind in ("near_miss", "off_topic"))
    assert len({line.question for line in LINES}) == len(LINES)


def stems(text: str, language: str) -> set[str]:
    return {term.text for term in analyse_question(text, language) if not term.is_exact and len(term.text) > 2}


def test_few_questions_share_a_rare_word_with_their_answer() -> None:
    """Or they would be found by looking for that word: a stem that stands in one or two documents of the language."""
    found = Counter(
        (path.parent.name, stem)
        for path in FOLDERS.documents.rglob("*.*")
        for stem in stems(parse_document(path.name, path.read_bytes()).text, path.parent.name)
    )
    answerable = [line for line in LINES if line.golds]
    sharing = [
        line
        for line in answerable
        if any(
            found[language, stem] <= 2
            for gold in line.golds
            for language in [str(language_of(gold.document))]
            for stem in stems(line.question, language) & stems(gold.quote, language)
        )
    ]
    assert 0 < len(sharing) <= len(answerable) / 3


def test_halves_are_balanced_over_cells_and_kinds(halves: dict[Half, Task]) -> None:
    ids = [question.id for task in halves.values() for question in task.questions]
    assert sorted(ids) == sorted(line.id for line in LINES), "each question is in one half"
    for group in (lambda line: line.kind, lambda line: (line.language, places(line))):
        counts: dict[object, Counter[str | None]] = defaultdict(Counter)
        for line in LINES:
            counts[group(line)][line.half] += 1
        assert all(abs(count["development"] - count["test"]) <= 3 for count in counts.values()), counts


def test_a_half_can_be_limited_to_languages_of_questions(halves: dict[Half, Task]) -> None:
    russian = read_task("seeds", Selection(languages=("ru",), half="test"))
    assert {question.language for question in russian.questions} == {"ru"}
    assert russian.documents == halves["test"].documents


def test_what_is_committed_is_what_preparing_makes(tmp_path: Path) -> None:
    folders = Folders(FOLDERS.documents, tmp_path)
    for path in FOLDERS.questions.glob("*.jsonl"):
        shutil.copy(path, tmp_path)
    assert prepare(folders) == len(LINES)
    for path in FOLDERS.questions.glob("*.jsonl"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def _lines(draw: st.DrawFn) -> list[QuestionLine]:
    chosen = draw(
        st.lists(st.tuples(st.sampled_from(LANGUAGES), st.sampled_from(LANGUAGES), st.sampled_from(["date", "place"])))
    )
    return [
        QuestionLine(
            id=f"{asking}-{number:03}",
            language=asking,
            kind=kind,  # type: ignore[arg-type]
            question="?",
            answer="a",
            golds=(GoldLine(document=f"{answering}/x.md", quote="a", start=None, end=None),),
        )
        for number, (asking, answering, kind) in enumerate(chosen)
    ]


@given(st.composite(_lines)())
def test_new_questions_alternate_within_their_group(lines: list[QuestionLine]) -> None:
    halves = assign_halves(lines)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for line in lines:
        counts[places(line), line.kind][halves[line.id]] += 1
    assert all(abs(count["development"] - count["test"]) <= 1 for count in counts.values())
    settled = [line.model_copy(update={"half": halves[line.id]}) for line in lines]
    assert assign_halves(settled[1:]) == {line.id: halves[line.id] for line in lines[1:]}, "a half that is set stays"


DOCUMENT = "# Цены\n\nХлеб стоит два рубля. Соль стоит рубль. Соль стоит рубль.\n"
GOOD: Mapping[str, object] = {
    "id": "ru-1",
    "language": "ru",
    "half": "test",
    "kind": "figure",
    "question": "Почём хлеб?",
    "answer": "два рубля",
    "golds": [{"document": "ru/prices.md", "quote": "Хлеб стоит два рубля."}],
}


@pytest.fixture
def own_set(tmp_path: Path) -> Iterator[Path]:
    """A set laid out as this project's own, of one document and one question."""
    (tmp_path / "documents" / "ru").mkdir(parents=True)
    (tmp_path / "documents" / "ru" / "prices.md").write_text(DOCUMENT, encoding="utf-8")
    (tmp_path / "questions").mkdir()
    write_questions(tmp_path, GOOD)
    yield tmp_path


def write_questions(folder: Path, *items: Mapping[str, object]) -> None:
    text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
    (folder / "questions" / "ru.jsonl").write_text(text, encoding="utf-8")


def test_offsets_may_be_left_out_where_the_quote_stands_once(own_set: Path) -> None:
    task = read_task("seeds", Selection(own_set, half="test"))
    (gold,) = task.questions[0].golds
    assert gold.span is not None
    assert gold.span.of(parse_document("prices.md", DOCUMENT.encode()).text) == "Хлеб стоит два рубля."
    assert task.questions[0].answers == ("два рубля",)


def test_preparing_fills_in_half_and_offsets(own_set: Path) -> None:
    write_questions(own_set, {key: value for key, value in GOOD.items() if key != "half"})
    with pytest.raises(EvalError, match=r"ru.jsonl:1: question 'ru-1' has no half; run `python -m eval.prepare`"):
        read_task("seeds", Selection(own_set))
    prepare(Folders.of(own_set))
    (located,) = read_questions(own_set / "questions")
    gold = located.line.golds[0]
    assert (located.line.half, gold.start, gold.end) == ("development", 6, 27)
    (own_set / "documents" / "ru" / "prices.md").write_text("Новости\n\n" + DOCUMENT, encoding="utf-8")
    prepare(Folders.of(own_set))
    assert read_questions(own_set / "questions")[0].line.golds[0].start == 15, "a quote that moved is found again"


GOLD = {"document": "ru/prices.md", "quote": "Соль стоит рубль."}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"golds": [GOLD | {"document": "ru/none.md"}]}, "ru.jsonl:2: unknown document 'ru/none.md'"),
        ({"golds": [GOLD | {"quote": "Сахар."}]}, "ru.jsonl:2: quote not found in 'ru/prices.md': 'Сахар.'"),
        ({"golds": [GOLD]}, "stands 2 times in 'ru/prices.md'; give its start and end"),
        ({"golds": [GOLD | {"start": 0, "end": 17}]}, "ru.jsonl:2: quote not found at 0..17 of 'ru/prices.md'"),
        ({"golds": [GOLD | {"start": -1, "end": 17}]}, "golds.0.start should be greater than or equal to 0; it is -1"),
        ({"id": "ru-1"}, "ru.jsonl:2: the id 'ru-1' stands at ru.jsonl:1 already"),
        ({"kind": "riddle"}, "ru.jsonl:2: kind should be 'figure', 'date'"),
        ({"kind": "off_topic"}, "is of kind off_topic and has 1 golds"),
        ({"golds": [], "answer": ""}, "is of kind figure and has 0 golds"),
        ({"kind": "follow_up"}, "is of kind follow_up and has 0 turns of history"),
        ({"note": "?"}, "ru.jsonl:2: note is not known here"),
        ({"half": "third"}, "ru.jsonl:2: half should be 'development' or 'test'"),
    ],
)  # fmt: skip
def test_a_broken_set_is_refused_with_file_line_and_reason(
    own_set: Path, change: Mapping[str, object], expected: str
) -> None:
    write_questions(own_set, GOOD, {**GOOD, "id": "ru-2", **change})
    with pytest.raises(EvalError) as caught:
        read_task("seeds", Selection(own_set, half="test"))
    assert expected in str(caught.value)


def test_a_quote_that_comes_twice_is_found_by_its_offsets(own_set: Path) -> None:
    text = parse_document("prices.md", DOCUMENT.encode()).text
    second = text.rindex("Соль")
    write_questions(own_set, {**GOOD, "golds": [GOLD | {"start": second, "end": second + 17}]})
    (gold,) = read_task("seeds", Selection(own_set, half="test")).questions[0].golds
    assert gold.span is not None
    assert gold.span.start == second


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        ("documents/ru/prices.md", "documents: there are no documents in this folder"),
        ("questions/ru.jsonl", "questions: there are no question files"),
    ],
)
def test_a_set_that_lacks_a_part_is_refused(own_set: Path, absent: str, expected: str) -> None:
    (own_set / absent).unlink()
    with pytest.raises(EvalError, match=expected):
        read_task("seeds", Selection(own_set))


def test_a_document_that_cannot_be_read_is_told_with_the_question(own_set: Path) -> None:
    (own_set / "documents" / "ru" / "prices.md").write_bytes(b"\xff\xfe\x01")
    with pytest.raises(EvalError, match=r"ru.jsonl:1: document 'ru/prices.md' cannot be read: .*UTF-16"):
        read_task("seeds", Selection(own_set, half="test"))


def test_follow_ups_come_with_what_they_follow() -> None:
    assert all(bool(line.history) == (line.kind == "follow_up") for line in LINES)
    assert all(isinstance(turn, Turn) and turn.question for line in LINES for turn in line.history)
    assert all(line.golds or line.kind in UNANSWERABLE for line in LINES)
