"""Jobs and their files as values: what came in, how far it is, what became of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

FileStatus: TypeAlias = Literal["waiting", "working", "added", "replaced", "unchanged", "failed", "cancelled"]
JobStatus: TypeAlias = Literal["waiting", "working", "finished", "cancelled"]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that came in; one that is refused at once has no content, but a problem and a reason."""

    name: str
    size: int
    content: bytes | None
    problem: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a file. `problem` is a word for programs, `reason` a sentence for people."""

    status: FileStatus
    problem: str | None = None
    reason: str | None = None
    document_id: str | None = None
    title: str | None = None
    generation: int | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of a job, at its place from 0. `passages_total` counts those to embed, once the file is read."""

    position: int
    name: str
    size: int
    status: FileStatus
    passages_done: int
    passages_total: int | None
    problem: str | None
    reason: str | None
    document_id: str | None
    title: str | None
    generation: int | None
    duplicate_of: str | None

    @property
    def is_open(self) -> bool:
        """Whether it has still to be taken in."""
        return self.status in ("waiting", "working")

    @property
    def bytes_done(self) -> int:
        """Bytes that are settled; of a file at work, by the share of its passages."""
        if not self.is_open:
            return self.size
        return self.size * self.passages_done // self.passages_total if self.passages_total else 0


@dataclass(frozen=True, slots=True)
class Job:
    """Files that came in together. Times are ISO 8601 in UTC."""

    id: str
    created_at: str
    finished_at: str | None
    is_cancelled: bool
    files: tuple[JobFile, ...]

    @property
    def status(self) -> JobStatus:
        """How far it is as a whole: at work from when the first of its files is begun, or refused."""
        if self.finished_at is not None:
            return "cancelled" if any(file.status == "cancelled" for file in self.files) else "finished"
        return "waiting" if all(file.status == "waiting" for file in self.files) else "working"

    @property
    def counts(self) -> Mapping[FileStatus, int]:
        """Files by status; a status that none has is left out."""
        return Counter(file.status for file in self.files)

    @property
    def bytes_total(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def bytes_done(self) -> int:
        """Bytes of its files that are settled."""
        return sum(file.bytes_done for file in self.files)


@dataclass(frozen=True, slots=True)
class Claim:
    """A file to take in now. `was_held` tells whether its content was stored before the job began with it."""

    file_id: int
    name: str
    content: bytes
    was_held: bool
