"""Which sentence answers: never a question, sooner the one behind, and always whole."""

from collections.abc import Sequence

import pytest

from qa_service.answering import extract_answer
from qa_service.sentences import split_sentences
from qa_service.types import Document, Evidence, Hit, Passage, Span

DOCUMENT = Document("d", "Title", "d.txt", "text/plain", "en", "0" * 64, 1, 1, 1, "then", "then", {})
TEXT = "Why are there no escalators in the metro? The ground is firm there. So nobody had to dig deep. It rains a lot."


def hit_of(text: str, scores: Sequence[float], start: int = 100) -> Hit:
    sentences = tuple(split_sentences(text))
    assert len(sentences) == len(scores)
    passage = Passage(7, DOCUMENT, Span(start, start + len(text)), text, sentences, "en", ())
    evidence = Evidence(0, 0, 0, 0, 0, 0, 0)
    return Hit(passage, 1, 1.0, None, None, tuple(scores), (), evidence)


def answer_of(scores: Sequence[float]) -> str:
    answer = extract_answer([hit_of(TEXT, scores)])
    assert answer is not None
    (citation,) = answer.citations
    assert citation.span.shifted(-100).of(TEXT) == citation.quote == answer.text
    return answer.text


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.9, 0.5, 0.1, 0.1), "The ground is firm there."),
        ((0.9, 0.5, 0.46, 0.1), "The ground is firm there. So nobody had to dig deep."),
        ((0.9, 0.44, 0.1, 0.5), "It rains a lot."),
        ((0.1, 0.46, 0.5, 0.1), "So nobody had to dig deep."),
        ((0.1, 0.48, 0.5, 0.1), "The ground is firm there. So nobody had to dig deep."),
        ((0.1, 0.48, 0.5, 0.49), "So nobody had to dig deep. It rains a lot."),
        ((0.9, 0.5, 0.1, 0.48), "The ground is firm there."),
    ],
    ids=["a question is none", "with the one behind", "not one apart", "not before", "before", "the better", "beside"],
)
def test_the_sentence_that_says_most_or_two_side_by_side(scores: Sequence[float], expected: str) -> None:
    assert answer_of(scores) == expected


def test_confidence_is_passed_on_and_no_hits_are_no_answer() -> None:
    answer = extract_answer([hit_of(TEXT, (0, 0.5, 0, 0))], 0.7)
    assert answer is not None
    assert (answer.confidence, answer.language, answer.kind) == (0.7, "en", "extractive")
    assert extract_answer([]) is None


def test_a_passage_without_sentences_leaves_it_to_the_next() -> None:
    answer = extract_answer([hit_of("", ()), hit_of(TEXT, (0, 0.5, 0, 0), 300)])
    assert answer is not None
    assert answer.citations[0].span.start == 300 + TEXT.index("The ground")
