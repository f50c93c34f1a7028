"""What every system is given: numbered passages, and questions with the numbers of the passages that answer them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.collection import Collection, taken_in
from eval.judging import Judge
from eval.suites import Selection, read_task
from eval.task import Passages, Question, Task
from qa_service.config import load_settings
from qa_service.types import Language

WARM_UP = 10
_SEED = 20_260


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `right` are the numbers of the passages that answer it, one or more."""

    id: str
    language: Language
    text: str
    right: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """Passages with their languages, the questions that are timed and scored, and some that only warm up."""

    suite: str
    passages: tuple[str, ...]
    languages: tuple[Language, ...]
    questions: tuple[Asked, ...]
    warm_up: tuple[str, ...]


def read_material(suite: str, selection: Selection, passages: int | None, questions: int) -> Material:
    """Return at most `passages` passages (None: all) and `questions` questions that they answer, drawn with a seed.

    Documents are split as the product splits them where quotes are judged, and not at all where documents are. A
    question that follows others is left out: the peers take no history. Raises EvalError.
    """
    task = read_task(suite, selection)
    # splitting needs no model, so the encoder without weights does
    settings = load_settings(model="hashing")
    split: Passages = "default" if task.unit == "quote" else "whole"
    with taken_in(task, settings, split, lambda done, total: None, lambda progress: None) as collection:
        return _drawn(task, collection, passages, questions)


def _drawn(task: Task, collection: Collection, passages: int | None, questions: int) -> Material:
    generator = random.Random(_SEED)
    identifiers = sorted(collection.passages)
    if passages is not None and passages < len(identifiers):
        identifiers = sorted(generator.sample(identifiers, passages))
    numbers = {identifier: number for number, identifier in enumerate(identifiers)}
    answered = list(_answered(task.questions, Judge(task, collection), numbers))
    generator.shuffle(answered)
    kept = [collection.passages[identifier] for identifier in identifiers]
    stated = {source.name: source.language for source in task.documents}
    names = [collection.names[passage.document.id] for passage in kept]
    return Material(
        task.suite,
        tuple(passage.text for passage in kept),
        tuple(stated[name] or collection.languages[name] for name in names),
        tuple(answered[:questions]),
        tuple(asked.text for asked in (answered[questions:] or answered)[:WARM_UP]),
    )


def _answered(questions: Sequence[Question], judge: Judge, numbers: dict[int, int]) -> Iterator[Asked]:
    for question in questions:
        right = [numbers[identifier] for identifier in judge.right_passages(question) if identifier in numbers]
        if right and not question.history:
            yield Asked(question.id, question.language or "und", question.text, tuple(dict.fromkeys(right)))
