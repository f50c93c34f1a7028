"""The regression gate: a fixed sample of the development half must not score lower than it did.

`python -m eval.gate` measures anew and writes `results/gate.json`: after a change that is meant to move the figures.
"""

import sys
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from eval.figures import write_output
from eval.reading import read_json
from eval.run import evaluate
from eval.suites import Selection, read_task
from eval.suites.seeds import language_of
from eval.task import Question, Task
from qa_service.config import Settings, load_settings

PATH = Path(__file__).parent / "results" / "gate.json"
MARGIN = 0.05
"""How far a figure may fall: less than two of the questions going from the first place to none."""

_SIZE = 30
_SYSTEM = "default"
_METRICS = ("ndcg@10", "success@5", "answer_containment")


class Gate(BaseModel):
    """What was measured: the questions' ids, and the mean of each metric over them."""

    model: str
    questions: list[str]
    figures: dict[str, float]


def read_gate() -> Gate:
    """Return the committed figures. Raises EvalError."""
    return read_json(PATH, Gate)


def choose_sample(task: Task) -> list[str]:
    """Return the ids of questions spread evenly over cells and kinds."""

    def place(question: Question) -> tuple[str, str, str, str]:
        return str(language_of(question.golds[0].document)), str(question.language), question.kind, question.id

    ordered = sorted((question for question in task.questions if question.is_answerable), key=place)
    return [ordered[number * len(ordered) // _SIZE].id for number in range(min(_SIZE, len(ordered)))]


def measure(settings: Settings, ids: list[str] | None = None) -> Gate:
    """Score the questions of these ids, or of a fresh sample, on the product's own path. Raises EvalError."""
    task = read_task("seeds", Selection(half="development"))
    chosen = choose_sample(task) if ids is None else ids
    sample = replace(task, questions=tuple(question for question in task.questions if question.id in chosen))
    results = evaluate(sample, (_SYSTEM,), settings)
    (system,) = results.systems
    figures = {metric: round(system.mean(metric) or 0, 4) for metric in _METRICS}
    return Gate(model=results.model, questions=[question.id for question in sample.questions], figures=figures)


def fallen(before: Gate, now: Gate) -> list[str]:
    """Return which figures fell by more than the margin, in words."""
    return [
        f"{metric} fell from {figure:.3f} to {now.figures[metric]:.3f}, by more than {MARGIN}"
        for metric, figure in before.figures.items()
        if now.figures[metric] < figure - MARGIN
    ]


if __name__ == "__main__":
    ids = read_gate().questions if PATH.is_file() else None
    gate = measure(load_settings(), ids)
    write_output(PATH, gate.model_dump_json(indent=1) + "\n")
    sys.stdout.write(f"{len(gate.questions)} questions: {gate.figures}\n")
