"""A run: read a suite, take its documents in once, ask every system every question, judge and score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from embeddings.bundled import OnProgress as OnBuild
from eval.collection import Collection, taken_in
from eval.judging import Judge, Judged
from eval.metrics import score
from eval.provenance import commit
from eval.summary import Results, SystemResult
from eval.systems import System, find_systems
from eval.task import Passages, Task
from qa_service.config import Settings
from qa_service.language import LanguageDetector
from qa_service.outcomes import OnProgress as OnIngest
from qa_service.outcomes import Progress

OnStep: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Observer:
    """What is told of a run's progress: the model being built, documents taken in, questions asked."""

    on_build: OnBuild = lambda done, total: None
    on_step: OnIngest = lambda progress: None


def evaluate(
    task: Task,
    systems: Sequence[str],
    settings: Settings,
    passages: Passages = "default",
    observer: Observer = Observer(),
) -> Results:
    """Score systems on a task. `settings` give the model and how documents are split; their data folder is left alone.

    Raises EvalError, EncoderError or QAError.
    """
    chosen = find_systems(systems)
    detector = LanguageDetector(settings.languages)
    with taken_in(task, settings, passages, observer.on_build, observer.on_step) as collection:
        judge = Judge(task, collection)
        results = tuple(_ask(system, task, collection, judge, detector, observer) for system in chosen)
        model = collection.encoder.name
    return Results(task.suite, commit(), model, task.half, passages, len(task.documents), results)


def _ask(
    system: System, task: Task, collection: Collection, judge: Judge, detector: LanguageDetector, observer: Observer
) -> SystemResult:
    respond = system.open(collection)
    judged: list[Judged] = []
    for number, question in enumerate(task.questions):
        observer.on_step(Progress(number, len(task.questions), f"asking {system.name}", 0))
        language = question.language or detector.detect(question.text)
        judged.append(judge.judge(question, language, respond(question)))
    return SystemResult(system.name, system.summary, tuple(judged), score(judged))
