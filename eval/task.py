"""What a benchmark is made of: documents, questions, and where the answers stand."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from qa_service.types import Language, Span, Turn

Half: TypeAlias = Literal["development", "test"]
HALVES: tuple[Half, ...] = ("development", "test")
Unit: TypeAlias = Literal["quote", "document"]
"""What has to be found: a passage that covers the quote, or any passage of the document."""

Passages: TypeAlias = Literal["default", "whole"]
"""How documents are split: as the settings say, or not at all."""

UNANSWERABLE: tuple[str, ...] = ("near_miss", "off_topic", "impossible")
"""Kinds of questions that the documents do not answer."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document to take in. Golds call it `name`; `path` is where its file goes, and its ending tells the format.

    `language` is None where nobody says it; then the product's own finding counts.
    """

    name: str
    path: str
    content: bytes
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Gold:
    """Where an answer stands. `span` is the quote's place in the document's canonical text, where quotes are judged."""

    document: str
    quote: str = ""
    span: Span | None = None
    grade: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """A question; one that the documents do not answer has no golds. `answers` are strings that an answer holds."""

    id: str
    language: Language | None
    text: str
    golds: tuple[Gold, ...]
    kind: str = "question"
    answers: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    """The conversation it follows; only what takes one is given it."""

    @property
    def is_answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.golds)

    @property
    def has_known_answer(self) -> bool:
        """Whether an answer can be told from a wrong one: a set may say which documents answer, and not how."""
        return self.is_answerable and (bool(self.answers) or any(gold.span is not None for gold in self.golds))


@dataclass(frozen=True, slots=True)
class Task:
    """A collection and the questions about it. `half` is None where a suite has no halves."""

    suite: str
    unit: Unit
    documents: tuple[Source, ...]
    questions: tuple[Question, ...]
    half: Half | None = None
