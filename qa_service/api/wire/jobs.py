"""Bodies about jobs."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from qa_service.api.wire.base import Sent
from qa_service.uploads import records
from qa_service.uploads.records import FileStatus, JobStatus


class JobFileBody(Sent):
    """A file of a job. `waiting` and `working` come before an outcome; every other status is one."""

    position: int = Field(description="Its place among the files, from 0.")
    name: str = Field(description="For showing. Never a path to open.")
    size: int = Field(description="Bytes.")
    status: FileStatus
    passages_done: int
    passages_total: int | None = Field(description="Passages to embed; null until the file is read.")
    problem: str | None = Field(description="What failed, as a word that programs can rely on.")
    reason: str | None = Field(description="In words: what failed, what is wrong with its text, or why it still waits.")
    document_id: str | None
    title: str | None
    generation: int | None = Field(description="From this generation on, answers take the document into account.")
    duplicate_of: str | None = Field(description="The name under which the same content was stored before.")


class JobSummary(Sent):
    """How far a job is as a whole."""

    id: str
    status: JobStatus
    created_at: str
    finished_at: str | None
    bytes_done: int
    bytes_total: int
    counts: dict[FileStatus, int] = Field(description="Files by status; a status that none has is left out.")


class JobBody(JobSummary):
    """A job with its files, in the order they were sent."""

    files: list[JobFileBody]


class JobPage(Sent):
    """A page of the jobs, the latest first."""

    jobs: list[JobSummary]
    total: int
    limit: int
    offset: int

    @classmethod
    def of(cls, jobs: Sequence[records.Job], total: int, limit: int, offset: int) -> Self:
        """Make a page of stored jobs."""
        return cls(jobs=[JobSummary.model_validate(job) for job in jobs], total=total, limit=limit, offset=offset)
