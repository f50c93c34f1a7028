"""Putting the same passages and questions to every system, in turns."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from eval.peers.material import Material
from eval.peers.process import Worker, working
from eval.peers.protocol import Model

TOP_K = 10
ROUNDS = 4
SETTING_UP = "load and take in"
_SAMPLED_SECONDS = 0.3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class System:
    """A system under comparison: the module that holds it, and the Python that has what the module needs."""

    name: str
    module: str
    python: Path


@dataclass(frozen=True, slots=True)
class Step:
    """What was run when. `others` is the share of the machine, 0..1, that was in use just before; None if unknown."""

    system: str
    what: str
    started: float
    """Seconds since the comparison began."""
    seconds: float
    others: float | None


@dataclass(slots=True)
class Measured:
    """A system's figures. `milliseconds` and `rankings` have one entry a question, in the material's order."""

    system: str
    load_seconds: float
    take_in_seconds: float
    peak_mib: float
    versions: Mapping[str, str]
    milliseconds: list[float] = field(default_factory=list)
    rankings: list[list[int]] = field(default_factory=list)


class Clock:
    """Keeps what was run when."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.steps: list[Step] = []

    def timed(self, system: str, what: str, run: Callable[[], T]) -> T:
        """Return what a call returns, and keep when it was made and for how long."""
        others = share_in_use()
        started = time.perf_counter()
        returned = run()
        seconds = time.perf_counter() - started
        self.steps.append(Step(system, what, started - self._began, seconds, others))
        return returned


def compare(systems: Sequence[System], material: Material, model: Model, folder: Path, clock: Clock) -> list[Measured]:
    """Measure systems, each in a process that lives through the comparison, one of them at work at a time.

    They take the passages in one after another. The questions are asked in rounds, each of which begins with another
    system, so that a slow minute of the machine falls on all. `folder` gets a folder for each system. Raises EvalError.
    """
    with ExitStack() as stack:
        workers: list[Worker] = []
        measured: dict[str, Measured] = {}
        for system in systems:
            started = working(system.name, system.python, system.module, folder / f"{system.name}.log")
            worker = stack.enter_context(started)
            workers.append(worker)
            measured[worker.name] = _set_up(worker, material, model, folder, clock)
        for number in range(ROUNDS):
            part = material.questions[number::ROUNDS]
            for worker in (*workers[number % len(workers) :], *workers[: number % len(workers)]):
                _ask(worker, [asked.text for asked in part], material, number, measured[worker.name], clock)
    for figures in measured.values():
        figures.milliseconds = _in_order(figures.milliseconds, len(material.questions))
        figures.rankings = _in_order(figures.rankings, len(material.questions))
    return list(measured.values())


def set_up_message(material: Material, model: Model, folder: Path) -> dict[str, Any]:
    """Return what a system is told first."""
    return {"model": asdict(model), "folder": str(folder), "passages": material.passages}


def _set_up(worker: Worker, material: Material, model: Model, folder: Path, clock: Clock) -> Measured:
    own = folder / worker.name
    own.mkdir()
    told = set_up_message(material, model, own)
    answer = clock.timed(worker.name, SETTING_UP, lambda: worker.exchange(told))
    return Measured(worker.name, **answer)


def _ask(
    worker: Worker, questions: Sequence[str], material: Material, number: int, figures: Measured, clock: Clock
) -> None:
    worker.exchange({"questions": material.warm_up, "top_k": TOP_K})
    told = {"questions": questions, "top_k": TOP_K}
    answer = clock.timed(worker.name, f"questions, round {number + 1}", lambda: worker.exchange(told))
    figures.milliseconds += answer["milliseconds"]
    figures.rankings += answer["rankings"]
    figures.peak_mib = max(figures.peak_mib, answer["peak_mib"])


def _in_order(values: Sequence[Any], count: int) -> list[Any]:
    """Return values that come round by round in the order of the questions."""
    places = [place for number in range(ROUNDS) for place in range(number, count, ROUNDS)]
    return [value for _, value in sorted(zip(places, values, strict=True), key=lambda pair: pair[0])]


def share_in_use() -> float | None:
    """Return the share of the processors' time in use, 0..1, over a moment in which this comparison rests.

    None where the system does not tell (Linux does).
    """
    if not Path("/proc/stat").is_file():
        return None
    before = _ticks()
    time.sleep(_SAMPLED_SECONDS)
    idle, total = (now - then for now, then in zip(_ticks(), before, strict=True))
    return 1 - idle / total if total else None


def _ticks() -> tuple[int, int]:
    """Return the processors' ticks so far: those idle or waiting for a disk, and all."""
    ticks = [int(value) for value in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
