"""What is compared. A system is a row of `SYSTEMS`; adding one is adding a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from eval.baselines import Bm25, reciprocal_rank_fusion
from eval.collection import Collection
from eval.errors import EvalError
from qa_service.config import MAX_TOP_K
from qa_service.retrieval import SENTENCE_WEIGHT
from qa_service.service import QAService
from qa_service.types import AskResult, Passage

DEPTH = MAX_TOP_K
"""Passages looked at in each ranking."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a system returns for a question: passages with scores, best first; and the answer, if it gives any."""

    ranking: tuple[tuple[Passage, float], ...]
    asked: AskResult | None = None


Respond: TypeAlias = Callable[[str], Response]


@dataclass(frozen=True, slots=True)
class System:
    """A way to answer questions from a collection."""

    name: str
    summary: str
    open: Callable[[Collection], Respond]


def _product(sentence_weight: float = SENTENCE_WEIGHT) -> Callable[[Collection], Respond]:
    """Return the product itself, as its users ask it, or with parts of it switched off."""

    def open_product(collection: Collection) -> Respond:
        service = collection.service(sentence_weight)
        return lambda question: Response(_ranking(service, question), service.ask(question))

    return open_product


def _ranking(service: QAService, question: str) -> tuple[tuple[Passage, float], ...]:
    return tuple((hit.passage, hit.score) for hit in service.search(question, DEPTH).hits)


def _lexical(collection: Collection) -> Respond:
    passages = list(collection.passages.values())
    bm25 = Bm25([passage.text for passage in passages])
    return lambda question: Response(tuple((passages[row], score) for row, score in bm25.best(question, DEPTH)))


def _fused(collection: Collection) -> Respond:
    dense, lexical = collection.service(sentence_weight=0), _lexical(collection)

    def respond(question: str) -> Response:
        legs = (_ranking(dense, question), lexical(question).ranking)
        fused = reciprocal_rank_fusion(*([passage.id for passage, _ in leg] for leg in legs))
        return Response(tuple((collection.passages[identifier], score) for identifier, score in fused[:DEPTH]))

    return respond


SYSTEMS: tuple[System, ...] = (
    System("default", "the product as it ships", _product()),
    System("dense", "passage vectors alone", _product(sentence_weight=0)),
    System("lexical", "BM25 alone", _lexical),
    System("rrf", "passage vectors and BM25 by reciprocal rank fusion", _fused),
)


def find_systems(names: Sequence[str]) -> list[System]:
    """Return the systems called so, each once, in the order named. Raises EvalError."""
    known = {system.name: system for system in SYSTEMS}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        reason = f"unknown system {', '.join(map(repr, unknown)) or '(none given)'}; there are {', '.join(known)}"
        raise EvalError(reason)
    return [known[name] for name in dict.fromkeys(names)]
