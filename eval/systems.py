"""What is compared. A system is a row of `SYSTEMS`; adding one is adding a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from eval.baselines import Bm25, reciprocal_rank_fusion
from eval.collection import Collection
from eval.errors import EvalError
from eval.task import Question
from qa_service.config import MAX_TOP_K
from qa_service.fusion import SHIPPED, Weights
from qa_service.service import QAService
from qa_service.types import AskResult, Passage, Turn

DEPTH = MAX_TOP_K
"""Passages looked at in each ranking."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a system returns for a question: passages with scores, best first; and the answer, if it gives any."""

    ranking: tuple[tuple[Passage, float], ...]
    asked: AskResult | None = None


Respond: TypeAlias = Callable[[Question], Response]


@dataclass(frozen=True, slots=True)
class System:
    """A way to answer questions from a collection."""

    name: str
    summary: str
    open: Callable[[Collection], Respond]


DENSE = Weights(is_centred=False, sentence=0, words=0, lexical=0, bridge=0)


def _product(weights: Weights = SHIPPED) -> Callable[[Collection], Respond]:
    """Return the product itself, as its users ask it, or with parts of it switched off."""

    def open_product(collection: Collection) -> Respond:
        service = collection.service(weights)
        return lambda question: Response(
            _ranking(service, question.text, question.history), service.ask(question.text, history=question.history)
        )

    return open_product


def _ranking(service: QAService, question: str, history: Sequence[Turn] = ()) -> tuple[tuple[Passage, float], ...]:
    return tuple((hit.passage, hit.score) for hit in service.search(question, DEPTH, history=history).hits)


def _lexical(collection: Collection) -> Respond:
    passages = list(collection.passages.values())
    bm25 = Bm25([passage.text for passage in passages])
    return lambda question: Response(tuple((passages[row], score) for row, score in bm25.best(question.text, DEPTH)))


def _fused(collection: Collection) -> Respond:
    dense, lexical = collection.service(DENSE), _lexical(collection)

    def respond(question: Question) -> Response:
        legs = (_ranking(dense, question.text), lexical(question).ranking)
        fused = reciprocal_rank_fusion(*([passage.id for passage, _ in leg] for leg in legs))
        return Response(tuple((collection.passages[identifier], score) for identifier, score in fused[:DEPTH]))

    return respond


SYSTEMS: tuple[System, ...] = (
    System("default", "the product as it ships", _product()),
    System("unbridged", "the product without names and numbers across languages", _product(replace(SHIPPED, bridge=0))),
    System("centred", "passage vectors with their language taken out", _product(replace(DENSE, is_centred=True))),
    System("dense", "passage vectors alone", _product(DENSE)),
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
