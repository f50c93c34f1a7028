"""Taking uploads in beside answering: one thread of the server that works off the job table.

Of several servers on one data folder, one works at a time, and another goes on at once when it ends, killed or not.
"""

import re
import threading
from contextlib import suppress

import structlog
from filelock import FileLock, Timeout

from qa_service.errors import DocumentNotFoundError, InvalidRequestError, QAError, StoreError, UnreadableDocumentError
from qa_service.outcomes import Outcome
from qa_service.service import QAService
from qa_service.uploads.records import Claim, Ending

_log = structlog.get_logger(__name__)

_LOOKING_SECONDS = 1.0
"""How often to look for jobs that another process was sent, and for work that one left."""

_RECOVERING_SECONDS = 5.0
_CLOSING_SECONDS = 8.0


class _StoppedError(Exception):
    """The server is ending; what is at work is put back."""


class _CancelledError(Exception):
    """Whoever sent the file no longer wants it."""


class JobRunner:
    """Takes the files of jobs in, one after the other, until it is closed."""

    def __init__(self, service: QAService) -> None:
        self._service = service
        self._jobs = service.jobs
        self._lock = FileLock(self._jobs.lock_path, timeout=0, thread_local=False)
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left first."""
        self._thread.start()

    def close(self) -> bool:
        """Stop at the next batch of passages; return whether that was within seconds.

        A thread that goes on loses nothing: its file is taken in again by the next process.
        """
        self._is_stopping.set()
        self._jobs.news.set()
        self._thread.join(_CLOSING_SECONDS)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            self._jobs.news.clear()
            try:
                self._work_off()
            except StoreError as error:
                _log.warning("uploads wait", reason=str(error))
                self._is_stopping.wait(_RECOVERING_SECONDS)
            except Exception as error:  # a thread has nobody above it, and uploads must not wait for ever
                _log.error("taking uploads in failed", exc_info=error)
                self._is_stopping.wait(_RECOVERING_SECONDS)
            self._jobs.news.wait(_LOOKING_SECONDS)

    def _work_off(self) -> None:
        """Take in what waits, unless another process does; the lock is free again when nothing is left."""
        if not self._jobs.has_work():
            return
        with suppress(Timeout), self._lock:
            self._jobs.recover()
            while not self._is_stopping.is_set() and (claim := self._jobs.claim()):
                self._take_in(claim)

    def _take_in(self, claim: Claim) -> None:
        def on_batch(share: float, embedded: int) -> None:
            if self._is_stopping.is_set():
                raise _StoppedError
            if not self._jobs.advance(claim.file_id, embedded, round(embedded / share)):
                raise _CancelledError

        try:
            ending = self._ending(claim, self._service.upload(claim.name, claim.content, on_batch))
        except _StoppedError:
            self._jobs.put_back(claim.file_id)
            return
        except _CancelledError:
            ending = Ending("cancelled")
        except (UnreadableDocumentError, InvalidRequestError) as error:
            ending = Ending("failed", problem_word(error), str(error))
        except StoreError as error:
            self._put_back(claim, error)
            raise
        except Exception as error:  # a fault met with one file must not keep the others waiting
            _log.error("taking a file in failed", exc_info=error)
            reason = "the service failed on this file, which is a fault in it; its log says where"
            ending = Ending("failed", "fault", reason)
        self._jobs.finish(claim.file_id, ending)

    def _ending(self, claim: Claim, outcome: Outcome) -> Ending:
        """Return what became of a file, as seen from before its job began with it."""
        status = outcome.status
        if status == "unchanged" and not claim.was_held:
            status = "added"  # by a process that was killed before it could note it
        assert status == "added" or status == "replaced" or status == "unchanged"
        duplicate_of = self._other_name(outcome) if status == "unchanged" else None
        return Ending(
            status, None, outcome.reason, outcome.document_id, outcome.title, outcome.generation, duplicate_of
        )

    def _other_name(self, outcome: Outcome) -> str | None:
        """Return the name that the same content is stored under, where it is another."""
        with suppress(DocumentNotFoundError):  # someone else has just deleted it
            name = self._service.document(outcome.document_id or "").uri
            return name if name != outcome.uri else None
        return None

    def _put_back(self, claim: Claim, error: StoreError) -> None:
        with suppress(StoreError):  # where there is no room even for that, the next attempt finds it at work
            self._jobs.put_back(claim.file_id, str(error))


def problem_word(error: QAError) -> str:
    """Return an error's name as programs read it: `UnsupportedDocumentError` is `unsupported-document`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__.removesuffix("Error")).lower()
