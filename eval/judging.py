"""From what a system returned to what of it is right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eval.collection import Collection
from eval.systems import Response
from eval.task import Gold, Question, Task
from qa_service.types import Answer, Language, Passage, Span

_COVERED = 0.9
"""Share of a quote that a passage must hold."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Returned:
    """A passage as it came back."""

    document: str
    language: Language
    score: float
    text: str
    is_relevant: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with what came back. Units are what is found: passages where quotes are judged, else documents.

    `document_language` is "none" for a question that nothing answers. What a system does not do is None: answering,
    quoting, refusing.
    """

    question: Question
    language: Language
    document_language: Language
    relevant: Mapping[str, int]
    ranking: tuple[str, ...]
    returned: tuple[Returned, ...]
    confidence: float
    answer: str | None
    holds_answer: bool | None
    is_exact: bool | None
    is_refused: bool | None

    @property
    def cell(self) -> tuple[Language, Language]:
        """Question language and document language."""
        return self.language, self.document_language

    @property
    def is_same(self) -> bool:
        """Whether the answer stands in the question's own language."""
        return self.language == self.document_language

    @property
    def rank(self) -> int | None:
        """The place of the first right unit, from 1; None where it was not found."""
        return next((rank for rank, unit in enumerate(self.ranking, start=1) if unit in self.relevant), None)


class Judge:
    """Judges responses over one collection."""

    def __init__(self, task: Task, collection: Collection) -> None:
        self._task = task
        self._collection = collection
        stated = {source.name: source.language for source in task.documents}
        self._languages = {name: stated[name] or found for name, found in collection.languages.items()}
        self._held: dict[str, list[Passage]] = {}
        for passage in collection.passages.values():
            self._held.setdefault(collection.names[passage.document.id], []).append(passage)

    def judge(self, question: Question, language: Language, response: Response) -> Judged:
        """Return the judgement of one response."""
        relevant = dict(self._relevant(question))
        asked = response.asked
        answer = asked.answer if asked else None
        return Judged(
            question,
            language,
            self._document_language(question, language),
            relevant,
            self._units(response, relevant),
            tuple(self._returned(passage, score, relevant) for passage, score in response.ranking[:_SHOWN]),
            _confidence(response),
            answer.text if answer else None,
            self._holds_answer(question, answer) if asked and question.has_known_answer else None,
            self._is_exact(answer) if answer else None,
            _is_refused(response),
        )

    def right_passages(self, question: Question) -> list[int]:
        """Return the ids of the passages that answer a question: of all its documents, where those are judged."""
        if self._task.unit == "document":
            golds = {gold.document for gold in question.golds}
            return [passage.id for name in golds for passage in self._held.get(name, ())]
        return [int(unit) for unit, _ in self._relevant(question) if unit.isdigit()]

    def _document_language(self, question: Question, language: Language) -> Language:
        """Where the answer stands in several languages, the question's own counts."""
        found = [self._languages.get(gold.document, "und") for gold in question.golds]
        return "none" if not found else language if language in found else found[0]

    def _relevant(self, question: Question) -> Iterator[tuple[str, int]]:
        """Yield right units and their grades. A quote that no passage covers is a unit that nobody finds."""
        for number, gold in enumerate(question.golds):
            if self._task.unit == "document":
                yield gold.document, gold.grade
                continue
            units = [str(passage.id) for passage in self._held.get(gold.document, ()) if _covers(passage.span, gold)]
            yield from ((unit, gold.grade) for unit in units or [f"nowhere {number}"])

    def _unit(self, passage: Passage) -> str:
        return self._collection.names[passage.document.id] if self._task.unit == "document" else str(passage.id)

    def _units(self, response: Response, relevant: Mapping[str, int]) -> tuple[str, ...]:
        """Return units best first, each once; of equal scores the right one comes last: a tie counts against us."""
        scored = [(self._unit(passage), score) for passage, score in response.ranking]
        ordered = sorted(scored, key=lambda item: (-item[1], item[0] in relevant))
        return tuple(dict.fromkeys(unit for unit, _ in ordered))

    def _returned(self, passage: Passage, score: float, relevant: Mapping[str, int]) -> Returned:
        name = self._collection.names[passage.document.id]
        return Returned(name, passage.language, score, passage.text, self._unit(passage) in relevant)

    def _holds_answer(self, question: Question, answer: Answer | None) -> bool:
        """Whether the answer cites a gold quote, or cites its document and has an answer's words in it."""
        if answer is None:
            return False
        names = self._collection.names
        cited = [(names[citation.document_id], citation.span) for citation in answer.citations]
        golds = [(gold, span) for gold in question.golds for name, span in cited if name == gold.document]
        words = _folded(answer.text)
        return any(_covers(span, gold) for gold, span in golds) or (
            bool(golds) and any(_folded(text) in words for text in question.answers)
        )

    def _is_exact(self, answer: Answer) -> bool:
        texts = self._collection.texts
        return all(citation.span.of(texts[citation.document_id]) == citation.quote for citation in answer.citations)


def _covers(span: Span, gold: Gold) -> bool:
    if gold.span is None:
        return False
    held = min(span.end, gold.span.end) - max(span.start, gold.span.start)
    return held >= _COVERED * (gold.span.end - gold.span.start)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _confidence(response: Response) -> float:
    """Return the calibrated confidence, or where there is none the best passage's score."""
    if response.asked is not None and response.asked.confidence is not None:
        return response.asked.confidence
    return response.ranking[0][1] if response.ranking else float("-inf")


def _is_refused(response: Response) -> bool | None:
    """Whether the question was refused as not answered here; None while there is no threshold to refuse by."""
    asked = response.asked
    if asked is None or asked.confidence is None:
        return None
    return asked.status == "not_found"
