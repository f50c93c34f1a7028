"""What a question and its history must be: their bounds, and the form they are searched in."""

from collections.abc import Sequence

from qa_service.config import MAX_HISTORY, MAX_PAGE, MAX_QUESTION_CHARACTERS, MAX_TOP_K
from qa_service.errors import InvalidRequestError
from qa_service.text import canonicalise
from qa_service.types import Turn

_MAX_OFFSET = 2**62


def require_page(limit: int, offset: int) -> None:
    """Raise InvalidRequestError for a limit outside 1..500 or an offset outside 0..2**62."""
    if not (1 <= limit <= MAX_PAGE and 0 <= offset <= _MAX_OFFSET):
        message = f"limit is {limit} and offset {offset}; limit must be in 1..{MAX_PAGE}, offset in 0..{_MAX_OFFSET}"
        raise InvalidRequestError(message)


def require_bounds(question: str, top_k: int) -> None:
    """Raise InvalidRequestError for a question that is too long or a number of passages out of bounds."""
    _require_length("the question", question)
    if not 1 <= top_k <= MAX_TOP_K:
        message = f"top_k is {top_k}; it must be in 1..{MAX_TOP_K}"
        raise InvalidRequestError(message)


def _require_length(name: str, text: str) -> None:
    if len(text) > MAX_QUESTION_CHARACTERS:
        message = f"{name} has {len(text):,} characters; the bound is {MAX_QUESTION_CHARACTERS:,}"
        raise InvalidRequestError(message)


def words_of(question: str, name: str = "the question") -> str:
    """Return the question in canonical form on one line. Raises InvalidRequestError where nothing is left."""
    words = " ".join(canonicalise(question).text.split())
    if not words:
        message = f"{name} is empty; ask something in words"
        raise InvalidRequestError(message)
    return words


def turns_of(history: Sequence[Turn]) -> list[Turn]:
    """Return the history as questions are read. Raises InvalidRequestError."""
    if len(history) > MAX_HISTORY:
        message = f"the history has {len(history):,} turns; the bound is {MAX_HISTORY}, so give the latest"
        raise InvalidRequestError(message)
    turns = []
    for number, turn in enumerate(history, start=1):
        name = f"question {number} of the history"
        _require_length(name, turn.question)
        _require_length(f"answer {number} of the history", turn.answer or "")
        turns.append(Turn(words_of(turn.question, name), canonicalise(turn.answer or "").text or None))
    return turns
