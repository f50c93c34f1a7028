"""Why the reader shows a passage: how it was found for the question that led there, and what else was."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlencode

from qa_service.api.wire import ExplanationBody
from qa_service.config import MAX_TOP_K
from qa_service.service import QAService
from qa_service.types import Document, Hit, Passage, Question, SearchResult, Span

_SHOWN = 5
"""Passages the chat page shows for a question; further ones come by as many."""


@dataclass(frozen=True, slots=True)
class Step:
    """A passage that was found: its address in the reader, and its closest sentence (or all of it)."""

    passage: Passage
    address: str
    quote: str


@dataclass(frozen=True, slots=True)
class Steps:
    """The passages found for a question, as one reads them: document after document, each from top to bottom."""

    found: tuple[Step, ...] = ()
    here: int | None = None
    """Which of them is shown, counted from 1; None where none is."""

    @property
    def previous(self) -> Step | None:
        """The one before."""
        return self.found[self.here - 2] if self.here and self.here > 1 else None

    @property
    def next(self) -> Step | None:
        """The one after, which is the first where none is shown."""
        following = self.here or 0
        return self.found[following] if following < len(self.found) else None

    @property
    def documents(self) -> list[tuple[Document, list[tuple[int, Step]]]]:
        """The documents in turn, each with its passages and which of all they are."""
        by_document = groupby(enumerate(self.found, start=1), lambda numbered: numbered[1].passage.document)
        return [(document, list(steps)) for document, steps in by_document]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a passage was found. `alike` is the passage that stood for it, where it nearly repeats another.

    `explanation` is None, and there are no highlights, where it is not among the first MAX_TOP_K.
    """

    question: Question
    explanation: ExplanationBody | None = None
    alike: Passage | None = None
    highlights: tuple[Span, ...] = ()
    """In the passage's text."""

    steps: Steps = Steps()


def read_for(service: QAService, question: str, passage_id: int | None) -> Reading:
    """Search for a question and return how it finds a passage. Raises InvalidRequestError."""
    found = service.search(question, _SHOWN)
    hit = _hit_of(found, passage_id)
    if hit is None and passage_id is not None:  # a deeper search may order even the first few otherwise
        deeper = service.search(question, MAX_TOP_K)
        hit = _hit_of(deeper, passage_id)
        found = found if hit is None else deeper
    steps = _steps(found.question.text, found.hits, hit)
    if hit is None:
        return Reading(found.question, steps=steps)
    (explanation,) = service.explain(replace(found, hits=(hit,)))
    body = ExplanationBody.of(explanation)
    if hit.passage.id == passage_id:
        return Reading(found.question, body, highlights=hit.highlights, steps=steps)
    return Reading(found.question, body, alike=hit.passage, steps=steps)  # its highlights are offsets in another text


def reader_address(passage: Passage, question: str) -> str:
    """Return where the reader shows a passage that was found for a question."""
    query = urlencode({"passage": passage.id, "question": question})
    return f"/documents/{passage.document.id}?{query}#passage"


def _steps(question: str, hits: Sequence[Hit], shown: Hit | None) -> Steps:
    rank = shown.rank if shown else 1
    within = hits[: -(-rank // _SHOWN) * _SHOWN]
    order = {document_id: place for place, document_id in reversed(list(enumerate(map(_document_id, within))))}
    ordered = sorted(within, key=lambda hit: (order[_document_id(hit)], hit.passage.span.start))
    found = tuple(Step(hit.passage, reader_address(hit.passage, question), _quote(hit)) for hit in ordered)
    return Steps(found, ordered.index(shown) + 1 if shown else None)


def _quote(hit: Hit) -> str:
    return " ".join(span.of(hit.passage.text) for span in hit.highlights) or hit.passage.text


def _document_id(hit: Hit) -> str:
    return hit.passage.document.id


def _hit_of(found: SearchResult, passage_id: int | None) -> Hit | None:
    """Return the hit that is, or stands for, a passage."""
    return next((hit for hit in found.hits if passage_id in {each.id for each in (hit.passage, *hit.duplicates)}), None)
