"""What becomes of files that are taken in, and how far a run over many of them is."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from qa_service.records import FileState
from qa_service.sources import FoundFile, PassedOver, Reading

OutcomeStatus: TypeAlias = Literal[
    "added", "replaced", "changed", "renamed", "removed", "unchanged", "skipped", "failed"
]


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
    previous_uri: str | None = None
    """Where it was before it was moved."""


@dataclass(frozen=True, slots=True)
class Handled:
    """A file with what became of it, and the state it was read in where it lies in a synced folder."""

    file: FoundFile
    outcome: Outcome
    state: FileState | None


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


def state_of(file: FoundFile, reading: Reading, recipe: str) -> FileState | None:
    """Return the state that a file was read in; None for one that no synced folder holds."""
    if file.folder_id is None:
        return None
    return FileState(
        file.origin,
        file.folder_id,
        str(reading.stamp) if reading.is_settled else None,
        str(reading.stamp.inode),
        file.is_mounted,
        None if reading.refusal is not None else hashlib.sha256(reading.content).hexdigest(),
        recipe,
    )


def passed_over(item: PassedOver) -> Outcome:
    """Return the outcome of what was not read."""
    return Outcome(item.uri, "failed" if item.is_failure else "skipped", item.reason)


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
