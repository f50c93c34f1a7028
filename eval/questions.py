"""The hand-written questions: one JSON object a line, each gold a document and an exact quote from it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from eval.errors import EvalError
from eval.reading import read_json_lines
from eval.task import UNANSWERABLE, Gold, Half, Question
from qa_service import types
from qa_service.errors import UnreadableDocumentError
from qa_service.parsers.documents import parse_document
from qa_service.types import Span

Kind = Literal[
    "figure", "date", "person", "place", "reason", "definition", "list", "comparison", "yes_no",
    "paraphrase", "misspelt", "keyword", "follow_up", "near_miss", "off_topic", "feedback",
]  # fmt: skip


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GoldLine(_Line):
    """A place that answers the question; the offsets may be left out where the quote stands once in the document."""

    document: str
    quote: str = Field(min_length=1)
    start: int | None = Field(None, ge=0)
    end: int | None = Field(None, ge=0)


class Turn(_Line):
    """An earlier question of the same conversation."""

    question: str
    answer: str


class QuestionLine(_Line):
    """A question as it stands in the file."""

    id: str = Field(min_length=1)
    language: str = Field(pattern=r"^([a-z]{2}|und)$")
    half: Half | None = None
    kind: Kind
    question: str = Field(min_length=1)
    answer: str
    golds: tuple[GoldLine, ...]
    history: tuple[Turn, ...] = ()

    @model_validator(mode="after")
    def _agrees_with_its_kind(self) -> Self:
        if (self.kind in UNANSWERABLE) == bool(self.golds or self.answer):
            message = f"is of kind {self.kind} and has {len(self.golds)} golds; only an unanswerable one has none"
            raise ValueError(message)
        if (self.kind == "follow_up") != bool(self.history):
            message = f"is of kind {self.kind} and has {len(self.history)} turns of history; only a follow_up has some"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class Located:
    """A line of a question file."""

    path: Path
    number: int
    line: QuestionLine


def read_questions(folder: Path) -> list[Located]:
    """Return the lines of every `*.jsonl` in a folder. Raises EvalError, for an id that comes twice among others."""
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        reason = "there are no question files (*.jsonl) in this folder"
        raise EvalError(reason, folder)
    seen: dict[str, str] = {}
    found: list[Located] = []
    for path in paths:
        for number, line in read_json_lines(path, QuestionLine):
            if line.id in seen:
                reason = f"the id {line.id!r} stands at {seen[line.id]} already"
                raise EvalError(reason, path, number)
            seen[line.id] = f"{path.name}:{number}"
            found.append(Located(path, number, line))
    return found


def texts_of(documents: Mapping[str, bytes]) -> Callable[[str], str | None]:
    """Return a function from a document's name to its canonical text; None for a name that is not there."""

    @cache
    def text(name: str) -> str | None:
        return parse_document(Path(name).name, documents[name]).text if name in documents else None

    return text


def to_question(located: Located, text_of: Callable[[str], str | None]) -> Question:
    """Return the question with every quote found in its document. Raises EvalError."""
    line = located.line
    golds = tuple(_gold(gold, located, text_of) for gold in line.golds)
    answers = (line.answer,) if line.answer else ()
    history = tuple(types.Turn(turn.question, turn.answer) for turn in line.history)
    return Question(line.id, line.language, line.question, golds, line.kind, answers, history)


def _gold(gold: GoldLine, located: Located, text_of: Callable[[str], str | None]) -> Gold:
    try:
        text = text_of(gold.document)
    except UnreadableDocumentError as error:
        reason = f"document {gold.document!r} cannot be read: {error}"
        raise EvalError(reason, located.path, located.number) from error
    if text is None:
        reason = f"unknown document {gold.document!r}"
        raise EvalError(reason, located.path, located.number)
    places = list(_places(gold, text))
    if len(places) == 1:
        return Gold(gold.document, gold.quote, places[0])
    shown = f"{gold.quote[:60]!r}{'…' if len(gold.quote) > 60 else ''}"
    if places:
        reason = f"the quote {shown} stands {len(places)} times in {gold.document!r}; give its start and end"
    elif gold.start is None:
        reason = f"quote not found in {gold.document!r}: {shown}"
    else:
        reason = f"quote not found at {gold.start}..{gold.end} of {gold.document!r}: {shown}"
    raise EvalError(reason, located.path, located.number)


def _places(gold: GoldLine, text: str) -> Iterator[Span]:
    """Yield where the quote stands: at the given offsets, or wherever it is found."""
    if gold.start is not None and gold.end is not None:
        if text[gold.start : gold.end] == gold.quote:
            yield Span(gold.start, gold.end)
        return
    start = text.find(gold.quote)
    while start >= 0:
        yield Span(start, start + len(gold.quote))
        start = text.find(gold.quote, start + 1)


def choose(lines: Sequence[Located], half: Half, languages: Sequence[str]) -> list[Located]:
    """Return the questions of a half, in these languages; none given stands for all. Raises EvalError."""
    without = next((located for located in lines if located.line.half is None), None)
    if without is not None:
        reason = f"question {without.line.id!r} has no half; run `python -m eval.prepare`"
        raise EvalError(reason, without.path, without.number)
    return [
        located
        for located in lines
        if located.line.half == half and (not languages or located.line.language in languages)
    ]
