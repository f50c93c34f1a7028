"""Bodies of questions and what comes back."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from qa_service import types
from qa_service.api.wire.base import Received, Sent, whole
from qa_service.api.wire.health import IndexBody
from qa_service.api.wire.passages import Explanations, PassageBody, passage_bodies
from qa_service.api.wire.timings import TimingsBody
from qa_service.config import MAX_HISTORY, MAX_QUESTION_CHARACTERS, MAX_TOP_K
from qa_service.filters import (
    MAX_FILTER_DOCUMENTS,
    MAX_FILTER_KEYS,
    MAX_FILTER_LANGUAGES,
    MAX_FILTER_VALUES,
    Filter,
    are_in_order,
    is_date,
)

_TOP_K = "Most passages to return."
_Count = Annotated[int, Field(ge=1, le=MAX_TOP_K), BeforeValidator(whole)]
_LanguageCode = Annotated[
    str, Field(pattern=r"^[a-z]{2,3}$", description="ISO 639-1 code, or und.", examples=["be", "ru", "en"])
]
_DocumentId = Annotated[str, Field(min_length=1, max_length=64)]
_MetadataKey = Annotated[str, Field(min_length=1, max_length=200)]
_MetadataValues = Annotated[
    list[Annotated[str, Field(max_length=1_000)]], Field(min_length=1, max_length=MAX_FILTER_VALUES)
]
_DATE_PATTERN = "^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$"
_Date = Annotated[str, Field(json_schema_extra={"pattern": _DATE_PATTERN}, examples=["2024-03-31", "2024-03", "2024"])]


class TurnBody(Received):
    """An earlier question of the conversation, and the text of its answer where there was one."""

    question: str = Field(
        min_length=1,
        max_length=MAX_QUESTION_CHARACTERS,
        description="As it was asked.",
        examples=["When was the Belarusian satellite launched?"],
    )
    answer: str | None = Field(
        None,
        max_length=MAX_QUESTION_CHARACTERS,
        description="The text of the answer; null where there was none.",
        examples=["BelKA was launched on 26 July 2006."],
    )


class SearchRequest(Received):
    """A question to find passages for."""

    question: str = Field(
        min_length=1,
        max_length=MAX_QUESTION_CHARACTERS,
        description="In any language.",
        examples=["Where does the railway gauge change?"],
    )
    top_k: _Count = Field(default=10, description=_TOP_K)
    languages: list[_LanguageCode] | None = Field(
        None,
        min_length=1,
        max_length=MAX_FILTER_LANGUAGES,
        description="Look only at passages in these languages.",
        examples=[["be", "ru"]],
    )
    documents: list[_DocumentId] | None = Field(
        None,
        min_length=1,
        max_length=MAX_FILTER_DOCUMENTS,
        description="Look only at documents with these ids.",
        examples=[["0123456789abcdef"]],
    )
    metadata: dict[_MetadataKey, _MetadataValues] | None = Field(
        None,
        min_length=1,
        max_length=MAX_FILTER_KEYS,
        description="Look only at documents whose metadata has, for every key, one of its values letter for letter.",
        examples=[{"kind": ["news", "interview"]}],
    )
    dated_from: _Date | None = Field(
        None,
        description="Look only at documents whose own metadata has a `date` on this day, month or year, or later. "
        "Dates are compared as far as both are written: a document of 2024 is in from 2024-06.",
    )
    dated_to: _Date | None = Field(
        None,
        description="Look only at documents whose own metadata has a `date` on this day, month or year, or earlier.",
    )
    history: list[TurnBody] = Field(
        [],
        max_length=MAX_HISTORY,
        description="The earlier turns of the conversation, oldest first. A question that leans on them is searched "
        "with what it leaves out; `question.rewritten` in the response tells what was searched.",
    )

    explain: bool = Field(False, description="Tell of every passage where its score came from.")

    @field_validator("dated_from", "dated_to")
    @classmethod
    def _is_date(cls, date: str | None, info: ValidationInfo) -> str | None:
        if date is not None and not is_date(date):
            message = f"is {date[:20]!r}; it must be a date such as 2024-03-31, 2024-03 or 2024"
            raise ValueError(message)
        if info.field_name == "dated_to" and not are_in_order(info.data.get("dated_from"), date):
            message = f"is {date}, before dated_from, {info.data['dated_from']}; swap them"
            raise ValueError(message)
        return date

    @property
    def filter(self) -> Filter:
        """Where to look."""
        return Filter(self.languages, self.documents, self.metadata, self.dated_from, self.dated_to)

    @property
    def turns(self) -> tuple[types.Turn, ...]:
        """What was asked before."""
        return tuple(types.Turn(turn.question, turn.answer) for turn in self.history)


class AskRequest(SearchRequest):
    """A question to answer."""

    top_k: _Count = Field(default=5, description=_TOP_K)
    stream: bool = Field(False, description="Answer with server-sent events: passages, answer, done or error.")


class QuestionBody(Sent):
    """The question as understood. `rewritten` is what was searched for where that differs."""

    text: str
    language: str
    rewritten: str | None


class CitationBody(Sent):
    """A numbered quote: `quote` is the document's text from `start` to `end`."""

    marker: int
    passage_id: int
    document_id: str
    start: int
    end: int
    quote: str

    @classmethod
    def of(cls, citation: types.Citation) -> Self:
        """Make the body of a citation."""
        return cls(
            marker=citation.marker,
            passage_id=citation.passage_id,
            document_id=citation.document_id,
            start=citation.span.start,
            end=citation.span.end,
            quote=citation.quote,
        )


class AnswerBody(Sent):
    """Sentences taken word for word from the documents. `confidence` is null where the model is not calibrated."""

    text: str
    language: str
    kind: Literal["extractive"]
    confidence: float | None = Field(ge=0, le=1)
    citations: list[CitationBody]

    @classmethod
    def of(cls, answer: types.Answer) -> Self:
        """Make the body of an answer."""
        return cls(
            text=answer.text,
            language=answer.language,
            kind=answer.kind,
            confidence=answer.confidence,
            citations=[CitationBody.of(citation) for citation in answer.citations],
        )


class SearchResponse(Sent):
    """The passages found, best first."""

    id: str
    question: QuestionBody
    passages: list[PassageBody]
    offset_unit: Literal["unicode_code_point"] = "unicode_code_point"
    index: IndexBody
    timings_ms: TimingsBody

    @classmethod
    def of(cls, result: types.SearchResult, explanations: Explanations = None) -> Self:
        """Make the body of a search."""
        return cls(
            id=result.id,
            question=QuestionBody.model_validate(result.question),
            passages=passage_bodies(result.hits, explanations),
            index=IndexBody.model_validate(result.index),
            timings_ms=TimingsBody.of(result.timings),
        )


class AskResponse(Sent):
    """The answer with the passages it rests on; or "not_found" with the reason, and the nearest passages."""

    id: str
    status: types.Status
    reason: types.Reason | None
    question: QuestionBody
    answer: AnswerBody | None
    confidence: float | None = Field(
        ge=0, le=1, description="Probability that the documents answer this; null where the model is not calibrated."
    )
    passages: list[PassageBody]
    offset_unit: Literal["unicode_code_point"] = "unicode_code_point"
    index: IndexBody
    timings_ms: TimingsBody

    @classmethod
    def of(cls, result: types.AskResult, explanations: Explanations = None) -> Self:
        """Make the body of an answer."""
        return cls(
            id=result.id,
            status=result.status,
            reason=result.reason,
            question=QuestionBody.model_validate(result.question),
            answer=None if result.answer is None else AnswerBody.of(result.answer),
            confidence=result.confidence,
            passages=passage_bodies(result.hits, explanations),
            index=IndexBody.model_validate(result.index),
            timings_ms=TimingsBody.of(result.timings),
        )
