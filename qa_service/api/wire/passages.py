"""Passages that were found, and why."""

from collections.abc import Sequence
from typing import Self, TypeAlias

from pydantic import Field

from qa_service import types
from qa_service.api.wire.base import Sent
from qa_service.api.wire.documents import DocumentBody

Explanations: TypeAlias = Sequence[types.Explanation] | None
"""One a hit, in their order; None where none are wanted."""


class Offsets(Sent):
    """A stretch of a text."""

    start: int
    end: int


class ScoresBody(Sent):
    """The parts of a score; null where a part was not used."""

    dense: float | None
    lexical: float | None


class SourceBody(Sent):
    """A place in the original file, as far as its format tells; the rest is null."""

    page: int | None = Field(description="Counted from 1.")
    line: int | None = Field(description="Counted from 1; of a table file, the row.")
    part: str | None = Field(description="The file inside an archive, such as a chapter of an EPUB.")
    offset: int | None = Field(description="Code points from the start of the decoded file.")


class LocationBody(Sent):
    """Where a passage stands in its document's canonical text."""

    start: int
    end: int
    page_start: int | None
    page_end: int | None
    headings: list[str]
    source: SourceBody | None = Field(description="Where it starts in the original file; null where nothing tells.")

    @classmethod
    def of(cls, passage: types.Passage) -> Self:
        """Make the body of a passage's place."""
        return cls(
            start=passage.span.start,
            end=passage.span.end,
            page_start=passage.page_start,
            page_end=passage.page_end,
            headings=list(passage.headings),
            source=None if passage.source is None else SourceBody.model_validate(passage.source),
        )


class WordMatchBody(Sent):
    """A word of the question and the passage's most similar one; null where that stands in its title or headings."""

    word: str
    found: str | None
    cosine: float


class ExplanationBody(Sent):
    """Where a passage's score came from. Cosines are between vectors with their language taken out, save `raw_cosine`.

    `words` is the mean of `matches`; `language_shift` was added to it so that no language is better off; `lexical` and
    `names` are shares of the best match, by words of the passage's language and by names and numbers across languages;
    `prose` is the share of the passage that says something. `shared_words` and `shared_names` are the passage's own.
    """

    raw_cosine: float
    cosine: float
    best_sentence: float
    words: float
    language_shift: float
    lexical: float
    names: float
    prose: float
    matches: list[WordMatchBody]
    shared_words: list[str]
    shared_names: list[str]

    @classmethod
    def of(cls, explanation: types.Explanation) -> Self:
        """Make the body of an explanation."""
        evidence = explanation.evidence
        return cls(
            raw_cosine=round(evidence.raw_cosine, 4),
            cosine=round(evidence.cosine, 4),
            best_sentence=round(evidence.best_sentence, 4),
            words=round(evidence.words, 4),
            language_shift=round(evidence.language_shift, 4),
            lexical=round(evidence.lexical, 4),
            names=round(evidence.names, 4),
            prose=round(evidence.prose, 4),
            matches=[
                WordMatchBody(word=match.word, found=match.found, cosine=round(match.cosine, 4))
                for match in evidence.matches
            ],
            shared_words=list(explanation.terms),
            shared_names=list(explanation.names),
        )


class DuplicateBody(Sent):
    """A passage that says the same in nearly the same words as the one it stands with."""

    id: int
    document_id: str
    title: str
    language: str
    location: LocationBody
    source_url: str

    @classmethod
    def of(cls, passage: types.Passage) -> Self:
        """Make the body of a passage."""
        return cls(
            id=passage.id,
            document_id=passage.document.id,
            title=passage.document.title,
            language=passage.language,
            location=LocationBody.of(passage),
            source_url=_source_url(passage),
        )


class PassageBody(Sent):
    """A passage that was found. Highlights are offsets inside `text`."""

    id: int
    rank: int
    text: str
    language: str
    score: float
    scores: ScoresBody
    document: DocumentBody
    location: LocationBody
    highlights: list[Offsets]
    source_url: str = Field(description="Where the reader page shows it, relative to the service's address.")
    duplicates: list[DuplicateBody] = Field(description="Other places that say the same in nearly the same words.")
    explanation: ExplanationBody | None = Field(description="Where its score came from; null unless asked for.")

    @classmethod
    def of(cls, hit: types.Hit, explanation: types.Explanation | None = None) -> Self:
        """Make the body of a hit."""
        passage = hit.passage
        return cls(
            id=passage.id,
            rank=hit.rank,
            text=passage.text,
            language=passage.language,
            score=round(hit.score, 6),
            scores=ScoresBody(dense=_rounded(hit.dense), lexical=_rounded(hit.lexical)),
            document=DocumentBody.model_validate(passage.document),
            location=LocationBody.of(passage),
            highlights=[Offsets.model_validate(span) for span in hit.highlights],
            source_url=_source_url(passage),
            duplicates=[DuplicateBody.of(duplicate) for duplicate in hit.duplicates],
            explanation=None if explanation is None else ExplanationBody.of(explanation),
        )


def passage_bodies(hits: Sequence[types.Hit], explanations: Explanations) -> list[PassageBody]:
    """Make the bodies of hits, with their explanations where there are any."""
    if explanations is None:
        return [PassageBody.of(hit) for hit in hits]
    return [PassageBody.of(hit, explanation) for hit, explanation in zip(hits, explanations, strict=True)]


def _source_url(passage: types.Passage) -> str:
    return f"/documents/{passage.document.id}?passage={passage.id}"


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 6)
