"""What counts as right, on a real collection taken in with the encoder that needs no weights."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from eval.collection import Collection, taken_in
from eval.errors import EvalError
from eval.judging import Judge, Judged
from eval.systems import Response
from eval.task import Gold, Question, Source, Task
from qa_service.config import load_settings
from qa_service.fusion import SHIPPED
from qa_service.service import QAService
from qa_service.types import AskResult, Citation, Passage, Span

ONE = "The ferry leaves at ten. It carries forty cars."
TWO = "Паром уходит в десять часов."
TASK = Task(
    "seeds", "quote", (Source("one", "one.txt", ONE.encode()), Source("two", "two.txt", TWO.encode(), "ru")), ()
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    settings = load_settings(data=tmp_path_factory.mktemp("unused"), model="hashing")
    with taken_in(TASK, settings, "default", lambda done, total: None, lambda progress: None) as taken:
        yield taken


@pytest.fixture(scope="module")
def service(collection: Collection) -> QAService:
    return collection.service(SHIPPED)


def passage(collection: Collection, name: str) -> Passage:
    return next(item for item in collection.passages.values() if collection.names[item.document.id] == name)


def gold(name: str, text: str, quote: str) -> Gold:
    return Gold(name, quote, Span(text.index(quote), text.index(quote) + len(quote)))


FERRY = Question("q", None, "?", (gold("one", ONE, "The ferry leaves at ten."),), answers=("at ten",))


def judge(collection: Collection, question: Question, response: Response, task: Task = TASK) -> Judged:
    return Judge(task, collection).judge(question, "en", response)


def test_a_passage_is_right_when_it_covers_the_quote(collection: Collection) -> None:
    one, two = passage(collection, "one"), passage(collection, "two")
    item = judge(collection, FERRY, Response(((two, 0.9), (one, 0.4))))
    assert item.rank == 2
    assert item.relevant == {str(one.id): 1}
    assert [returned.is_relevant for returned in item.returned] == [False, True]
    assert (item.cell, item.is_same, item.confidence) == (("en", "en"), True, 0.9)


def test_a_tie_counts_against_us(collection: Collection) -> None:
    one, two = passage(collection, "one"), passage(collection, "two")
    assert judge(collection, FERRY, Response(((one, 0.5), (two, 0.5)))).rank == 2
    assert judge(collection, FERRY, Response(())).rank is None


@pytest.mark.parametrize(("held", "is_right"), [(18, True), (17, False)])
def test_nine_tenths_of_a_quote_will_do(collection: Collection, held: int, is_right: bool) -> None:
    one = passage(collection, "one")
    reaching_out = Gold("one", "", Span(one.span.end - held, one.span.end - held + 20))
    item = judge(collection, replace(FERRY, golds=(reaching_out,)), Response(((one, 0.5),)))
    assert (item.rank == 1) is is_right
    assert len(item.relevant) == 1, "a quote that no passage covers stays something to be found"


def test_several_places_of_one_passage_are_found_at_once(collection: Collection) -> None:
    one = passage(collection, "one")
    both = replace(FERRY, golds=(*FERRY.golds, gold("one", ONE, "forty cars"), gold("two", TWO, "в десять")))
    item = judge(collection, both, Response(((one, 0.5),)))
    assert item.relevant == {str(one.id): 1, str(passage(collection, "two").id): 1}
    assert item.document_language == "en", "of several the question's own"
    assert judge(collection, replace(FERRY, golds=(gold("two", TWO, "в десять"),)), Response(())).cell == ("en", "ru")


def test_documents_are_ranked_by_their_best_passage(collection: Collection) -> None:
    one, two = passage(collection, "one"), passage(collection, "two")
    task = replace(TASK, unit="document")
    item = judge(collection, FERRY, Response(((two, 0.9), (two, 0.8), (one, 0.4))), task)
    assert item.ranking == ("two", "one")
    assert item.rank == 2


def asked(service: QAService, place: Passage, text: str, span: Span | None) -> AskResult:
    """Return a real answer, changed so that it cites this stretch of a passage's document, or does not answer."""
    result = service.ask("ferry")
    assert result.answer is not None
    if span is None:
        return replace(result, answer=None, status="not_found")
    citation = Citation(1, place.id, place.document.id, span, text)
    return replace(result, answer=replace(result.answer, text=text, citations=(citation,)))


@pytest.mark.parametrize(
    ("document", "text", "span", "holds", "is_exact"),
    [
        ("one", "The ferry leaves at ten.", Span(0, 24), True, True),
        ("one", "It carries forty cars.", Span(25, 47), False, True),
        ("one", "… leaves  AT TEN", Span(10, 23), True, False),
        ("two", "at ten", Span(0, 5), False, False),
        ("one", "", None, False, None),
    ],
)
def test_an_answer_holds_what_was_asked_for(
    collection: Collection,
    service: QAService,
    document: str,
    text: str,
    span: Span | None,
    holds: bool,
    is_exact: bool | None,
) -> None:
    one = passage(collection, "one")
    response = Response(((one, 0.5),), asked(service, passage(collection, document), text, span))
    item = judge(collection, FERRY, response)
    assert item.holds_answer is holds
    assert item.is_exact is is_exact
    nothing_to_tell_by = (replace(FERRY, golds=()), replace(FERRY, golds=(Gold("one"),), answers=()))
    assert [judge(collection, question, response).holds_answer for question in nothing_to_tell_by] == [None, None]


def test_confidence_and_refusal_follow_the_threshold(collection: Collection, service: QAService) -> None:
    one = passage(collection, "one")
    plain = asked(service, one, ONE[:24], Span(0, 24))
    assert plain.answer is not None
    item = judge(collection, FERRY, Response(((one, 0.5),), plain))
    assert (item.confidence, item.is_refused) == (0.5, None), "nothing is calibrated"
    sure = replace(plain, confidence=0.7, answer=replace(plain.answer, confidence=0.7))
    item = judge(collection, FERRY, Response(((one, 0.5),), sure))
    assert (item.confidence, item.is_refused) == (0.7, False)
    refused = replace(asked(service, one, "", None), confidence=0.1)
    assert judge(collection, FERRY, Response(((one, 0.5),), refused)).is_refused is True


def test_a_document_that_cannot_be_taken_in_ends_the_run(tmp_path: Path) -> None:
    task = replace(TASK, documents=(Source("binary", "a.txt", bytes(range(256))),))
    settings = load_settings(data=tmp_path, model="hashing")
    with (
        pytest.raises(EvalError, match="document 'binary' cannot be taken in"),
        taken_in(task, settings, "default", lambda done, total: None, lambda progress: None),
    ):
        pass
    assert not list(tmp_path.iterdir()), "the operator's data folder is left alone"
