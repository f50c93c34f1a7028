"""Benchmark questions out of what people said of answers.

Feedback on one question is put together, however often and in whichever spelling of spaces and capitals it was asked.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePath
from typing import Any

from qa_service.files import write_atomically
from qa_service.sites.feedback import Cited, Feedback
from qa_service.store import Store

_KIND = "feedback"
_REFUSED_RIGHTLY = "near_miss"
_LONGEST_ENDING = 10


@dataclass(frozen=True, slots=True)
class Questions:
    """Lines of JSON: questions as `eval.questions` reads them, and what has to be looked through first."""

    questions: tuple[str, ...]
    candidates: tuple[str, ...]


def from_feedback(feedback: Iterable[Feedback], documents: Mapping[str, str]) -> Questions:
    """Put feedback together by question. `documents` gives each document's file name in the benchmark by its id.

    A question goes to the candidates where more found its answers bad than good, or as many; where some found good an
    answer and others that there was none; and where no cited place is left.
    """
    questions, candidates = [], []
    for (language, _), group in groupby(sorted(feedback, key=_order), key=_subject):
        said = list(group)
        line, is_certain = _line(language, said, documents)
        if is_certain:
            questions.append(json.dumps(line, ensure_ascii=False))
        else:
            candidates.append(json.dumps(line | {"review": _review(said)}, ensure_ascii=False))
    return Questions(tuple(questions), tuple(candidates))


def write_documents(store: Store, folder: Path) -> int:
    """Write every document's original under its name in the benchmark; return how many. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with store.snapshot():
        names = document_names(store)
        for identifier, name in names.items():
            write_atomically(folder / name, store.original(identifier))
    return len(names)


def document_names(store: Store) -> dict[str, str]:
    """Return each document's file name in the benchmark: its id, with the ending that its own name has."""
    with store.snapshot():
        found = [store.document(identifier) for identifier, _ in store.origins()]
    return {document.id: f"{document.id}{_ending(document.uri)}" for document in found}


def _ending(uri: str) -> str:
    ending = PurePath(uri).suffix.lower()
    return ending if ending[1:].isalnum() and len(ending) <= _LONGEST_ENDING else ""


def _line(language: str, said: Sequence[Feedback], documents: Mapping[str, str]) -> tuple[dict[str, Any], bool]:
    good = [each for each in said if each.verdict == "up"]
    cited = _distinct(place for each in good if each.answered for place in each.citations if place.quote)
    golds = [
        {"document": documents[place.document_id], "quote": place.quote, "start": place.start, "end": place.end}
        for place in cited
        if place.document_id in documents
    ]
    answered = {each.answered for each in good}
    is_certain = 2 * len(good) > len(said) and len(answered) == 1 and answered == {bool(golds)}
    question = said[0].question
    digest = hashlib.sha256(f"{language} {_words(question)}".encode()).hexdigest()[:12]
    line = {
        "id": f"feedback-{digest}",
        "language": language,
        "kind": _KIND if golds or not is_certain else _REFUSED_RIGHTLY,
        "question": question,
        "answer": golds[0]["quote"] if golds else "",
        "golds": golds,
        "history": [],
    }
    return line, is_certain


def _review(said: Sequence[Feedback]) -> list[dict[str, Any]]:
    """Return what was said, and what had been shown, for whoever looks it through."""
    return [
        {
            "verdict": each.verdict,
            "reason": each.reason,
            "comment": each.comment,
            "answered": each.answered,
            "shown": [place.quote for place in each.citations if place.quote],
        }
        for each in said
    ]


def _distinct(places: Iterable[Cited]) -> list[Cited]:
    return list(dict.fromkeys(places))


def _subject(feedback: Feedback) -> tuple[str, str]:
    return feedback.language, _words(feedback.question)


def _order(feedback: Feedback) -> tuple[tuple[str, str], str, str]:
    return _subject(feedback), feedback.created_at, feedback.answer_id


def _words(question: str) -> str:
    return " ".join(question.casefold().split())
