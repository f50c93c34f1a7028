"""Why the reader shows a passage: how it was found for the question that led there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from qa_service.api.wire import ExplanationBody
from qa_service.config import MAX_TOP_K
from qa_service.service import QAService
from qa_service.types import Hit, Passage, Question, Span

Pieces: TypeAlias = list[tuple[str, bool]]
"""A text cut in pieces that join back to it, and which of them answer best."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a passage was found. `alike` is the passage that stood for it, where it nearly repeats another.

    `explanation` is None, and there are no highlights, where it is not among the first MAX_TOP_K.
    """

    question: Question
    explanation: ExplanationBody | None = None
    alike: Passage | None = None
    highlights: tuple[Span, ...] = ()


def read_for(service: QAService, question: str, passage_id: int | None) -> Reading:
    """Search for a question and return how it finds a passage. Raises InvalidRequestError."""
    found = service.search(question, MAX_TOP_K)
    hit = next((hit for hit in found.hits if passage_id in _ids(hit)), None)
    if hit is None:
        return Reading(found.question)
    (explanation,) = service.explain(replace(found, hits=(hit,)))
    body = ExplanationBody.of(explanation)
    if hit.passage.id == passage_id:
        return Reading(found.question, body, highlights=hit.highlights)
    return Reading(found.question, body, alike=hit.passage)  # its highlights are offsets in another text


def cut(text: str, spans: Sequence[Span]) -> Pieces:
    """Cut a text at spans, which are ascending and apart."""
    pieces = []
    read = 0
    for span in spans:
        pieces += [(text[read : span.start], False), (span.of(text), True)]
        read = span.end
    return [(piece, is_best) for piece, is_best in [*pieces, (text[read:], False)] if piece]


def _ids(hit: Hit) -> set[int]:
    return {hit.passage.id, *(duplicate.id for duplicate in hit.duplicates)}
