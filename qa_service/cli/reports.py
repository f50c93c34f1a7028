"""JSON that only the command line prints."""

from collections.abc import Sequence
from typing import Self

from pydantic import BaseModel

from qa_service.api.wire import DeleteResponse
from qa_service.backups.manifest import Manifest
from qa_service.backups.restoring import Mode
from qa_service.folders.records import SyncedFolder
from qa_service.folders.run import SyncOptions
from qa_service.outcomes import Outcome, OutcomeStatus, Report
from qa_service.sites.feedback import Feedback
from qa_service.sites.keys import SiteKey
from qa_service.sources import shown

SYNC_STATUSES: Sequence[OutcomeStatus] = (
    "added",
    "changed",
    "renamed",
    "removed",
    "unchanged",
    "skipped",
    "failed",
)


class FileReport(BaseModel):
    """What became of one file."""

    uri: str
    status: OutcomeStatus
    reason: str | None
    document_id: str | None
    title: str | None
    generation: int | None
    passages: int
    embedded: int
    previous_uri: str | None

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        """Make the report of an outcome."""
        return cls(**{name: getattr(outcome, name) for name in cls.model_fields})


class IngestReport(BaseModel):
    """What became of every file of a run."""

    files: list[FileReport]
    counts: dict[str, int]
    passages_embedded: int
    seconds: float

    @classmethod
    def of(cls, report: Report) -> Self:
        """Make the JSON of a report."""
        statuses = {outcome.status for outcome in report.outcomes}
        return cls(
            files=[FileReport.of(outcome) for outcome in report.outcomes],
            counts={status: report.count(status) for status in sorted(statuses)},
            passages_embedded=report.embedded,
            seconds=round(report.seconds, 3),
        )


class SyncReport(IngestReport):
    """What became of every file of a sync; files that are unchanged are only counted."""

    dry_run: bool

    @classmethod
    def of_sync(cls, report: Report, options: SyncOptions) -> Self:
        """Make the JSON of a sync's report, with every way a file may end counted."""
        return cls(
            files=[FileReport.of(outcome) for outcome in report.outcomes if outcome.status != "unchanged"],
            counts={status: report.count(status) for status in SYNC_STATUSES},
            passages_embedded=report.embedded,
            seconds=round(report.seconds, 3),
            dry_run=options.is_dry_run,
        )


class SyncedFolderReport(BaseModel):
    """A folder that is kept in step."""

    path: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    documents: int
    synced_at: str | None

    @classmethod
    def of(cls, folder: SyncedFolder) -> Self:
        """Make the report of a folder."""
        return cls(
            path=shown(folder.path),
            include=folder.patterns.include,
            exclude=folder.patterns.exclude,
            documents=folder.documents,
            synced_at=folder.synced_at,
        )


class SyncedFolders(BaseModel):
    """The folders that are kept in step."""

    folders: list[SyncedFolderReport]

    @classmethod
    def of(cls, folders: Sequence[SyncedFolder]) -> Self:
        """Make the JSON of a list of folders."""
        return cls(folders=[SyncedFolderReport.of(folder) for folder in folders])


class ExportReport(BaseModel):
    """What a backup holds, and the size of its file in bytes."""

    file: str
    bytes: int
    manifest: Manifest


class ImportReport(BaseModel):
    """What an import did, or would do.

    `added`, `unchanged` and `removed` count documents; `kept` names those that are others in the data folder and
    stayed as they were there. `recut` counts the backup's documents that another version or other settings cut into
    passages, `to_embed` the passages that `model` has to embed anew.
    """

    mode: Mode
    is_done: bool
    added: int
    unchanged: int
    kept: list[str]
    removed: int
    recut: int
    to_embed: int
    model: str | None
    backup: Manifest


class KeyBody(BaseModel):
    """A site key, what it is for, and how often each visitor may ask with it."""

    key: str
    name: str
    origins: list[str]
    rate: str
    created_at: str
    revoked_at: str | None

    @classmethod
    def of(cls, key: SiteKey) -> Self:
        """Make the JSON of a key."""
        return cls(
            key=key.key,
            name=key.name,
            origins=list(key.origins),
            rate=str(key.rate),
            created_at=key.created_at,
            revoked_at=key.revoked_at,
        )


class KeyList(BaseModel):
    """Every site key, oldest first."""

    keys: list[KeyBody]


class FeedbackList(BaseModel):
    """What was said of answers, the latest first, and of how many in all."""

    feedback: list[Feedback]
    total: int


class DeleteReport(BaseModel):
    """Which documents were deleted, and which ids no document has."""

    deleted: list[DeleteResponse]
    unknown: list[str]


class Finding(BaseModel):
    """One thing that was examined. `advice` says what to do where it is not well."""

    subject: str
    is_well: bool
    detail: str
    advice: str | None = None


class Findings(BaseModel):
    """Everything that was examined."""

    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return all(finding.is_well for finding in self.findings)
