"""Every error of the service.

    QAError
    ├── ConfigurationError          a setting is missing, wrong or unsafe
    ├── InvalidRequestError         a question, parameter or upload breaks a stated bound
    ├── DocumentNotFoundError       no document has this id
    ├── PassageNotFoundError        the document has no such passage
    ├── JobNotFoundError            no job has this id, or it ended long ago
    ├── QueueFullError              too much is waiting to be taken in already
    ├── UnreadableDocumentError     one file cannot be taken in; the others can
    │   ├── FileUnavailableError    now; another time it may
    │   ├── DocumentTooLargeError
    │   ├── UnsupportedDocumentError
    │   └── ParserFailedError       the parser died, ran too long or used too much memory
    ├── FolderError                 a folder cannot be kept in step
    ├── SiteKeyError                a page of another site asks for what it may not
    │   ├── SiteKeyMissingError     it sends no key
    │   ├── SiteKeyUnknownError     there is no such key
    │   ├── SiteKeyRevokedError     the key was taken back
    │   ├── SiteKeyOriginError      the key, or no key at all, is for pages of this origin
    │   └── SiteKeyScopeError       a page of another site can only ask
    ├── SiteKeyNotFoundError        there is no such key to revoke
    ├── RateLimitedError            asked too often; try again after `retry_seconds`
    ├── BackupError                 a backup cannot be written, or is not what an export wrote
    └── StoreError                  the data folder cannot be used as it is
        ├── StoreBusyError          another process held the write lock too long
        ├── StoreFullError          no space left; nothing of the change was kept
        ├── StoreTooNewError        written by a newer version of the service
        ├── StoreDamagedError       the database is damaged or is something else
        ├── MissingVectorsError     vectors counted on were removed by another process; embed again
        └── FingerprintMismatchError  the documents were embedded with another model

Every message says what was wrong, with which value, and what to do.
"""


class QAError(Exception):
    """Base of every error raised on purpose."""


class ConfigurationError(QAError):
    """A setting is missing, wrong or unsafe."""


class InvalidRequestError(QAError):
    """A question, a parameter or an upload breaks a stated bound."""


class DocumentNotFoundError(QAError):
    """No document has this id."""

    def __init__(self, document_id: str) -> None:
        super().__init__(f"there is no document {document_id!r}; list the documents to see their ids")


class PassageNotFoundError(QAError):
    """The document has no passage of this id."""

    def __init__(self, document_id: str, passage_id: int) -> None:
        super().__init__(
            f"document {document_id!r} has no passage {passage_id}; it may have been replaced since it was cited"
        )


class JobNotFoundError(QAError):
    """No job has this id."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"there is no job {job_id!r}; a job is forgotten some time after it has finished")


class QueueFullError(QAError):
    """Too much is waiting to be taken in; nothing of the upload was kept."""


class UnreadableDocumentError(QAError):
    """One file cannot be taken in."""


class FileUnavailableError(UnreadableDocumentError):
    """The file cannot be read now, or changes while it is being read; nothing is known of its content."""


class DocumentTooLargeError(UnreadableDocumentError):
    """The file is larger than the bound."""

    def __init__(self, size: int | None, bound: int) -> None:
        length = "it" if size is None else f"{size:,} bytes"
        super().__init__(
            f"too large: {length} exceeds the bound of {bound:,} bytes; split the file or raise QA_MAX_DOCUMENT_BYTES"
        )


class UnsupportedDocumentError(UnreadableDocumentError):
    """No parser takes this kind of file."""


class ParserFailedError(UnreadableDocumentError):
    """The parser died, ran too long or used too much memory."""


class FolderError(QAError):
    """A folder cannot be kept in step: it is missing, or overlaps one that is; nothing of it is changed."""


class SiteKeyError(QAError):
    """A page of another site asks for what it may not."""


class SiteKeyMissingError(SiteKeyError):
    """A page of another site sends no key."""


class SiteKeyUnknownError(SiteKeyError):
    """There is no such key."""


class SiteKeyRevokedError(SiteKeyError):
    """The key was taken back."""


class SiteKeyOriginError(SiteKeyError):
    """The key is not for pages of this origin, or none is."""


class SiteKeyScopeError(SiteKeyError):
    """A page of another site can only ask."""


class SiteKeyNotFoundError(QAError):
    """There is no such key to revoke."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no site key {key[:60]!r}; `qa-service keys list` shows them")


class RateLimitedError(QAError):
    """Asked too often. `retry_seconds` is how long it takes until it is possible again, 1 or more."""

    def __init__(self, message: str, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class BackupError(QAError):
    """A backup cannot be written, or is not what an export wrote; nothing was changed."""


class StoreError(QAError):
    """The data folder cannot be used as it is."""


class StoreBusyError(StoreError):
    """Another process held the write lock for longer than the time-out."""


class StoreFullError(StoreError):
    """No space is left for the change; nothing of it was kept."""


class StoreTooNewError(StoreError):
    """The data folder was written by a newer version of the service."""


class StoreDamagedError(StoreError):
    """The database is damaged, or the file is something else."""


class MissingVectorsError(StoreError):
    """Another process removed vectors that this write counted on; embed the document again."""


class FingerprintMismatchError(StoreError):
    """The stored vectors come from another model, or from the same one with other settings."""
