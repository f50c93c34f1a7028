"""What becomes of files that are taken in, and how far a run over many of them is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from qa_service.sources import FoundFile

OutcomeStatus: TypeAlias = Literal["added", "replaced", "unchanged", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `embedded` counts passages that went through the model."""

    uri: str
    status: OutcomeStatus
    reason: str | None = None
    document_id: str | None = None
    title: str | None = None
    generation: int | None = None
    passages: int = 0
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What became of every file of one run."""

    outcomes: tuple[Outcome, ...]
    seconds: float

    def count(self, status: OutcomeStatus) -> int:
        """Return how many files ended this way."""
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def embedded(self) -> int:
        """How many passages went through the model."""
        return sum(outcome.embedded for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; `done` and `total` measure work (bytes of files, or passages)."""

    done: float
    total: float
    item: str
    passages: int


OnProgress: TypeAlias = Callable[[Progress], None]


def nobody(_progress: Progress) -> None:
    """Stands for whoever does not care how far a run is."""


@dataclass(slots=True)
class Meter:
    """Adds up how far a run over files of `total` bytes is."""

    on_progress: OnProgress
    total: int
    done: int = 0
    passages: int = 0

    def show(self, file: FoundFile, share: float, embedded: int) -> None:
        """Tell that a share of `file` is done, with so many passages embedded."""
        done = self.done + share * file.size
        self.on_progress(Progress(done, self.total, file.uri, self.passages + embedded))

    def add(self, file: FoundFile, embedded: int) -> None:
        """Tell that `file` is done."""
        self.done += file.size
        self.passages += embedded
        self.on_progress(Progress(self.done, self.total, file.uri, self.passages))
