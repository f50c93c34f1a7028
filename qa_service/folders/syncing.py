"""Keeping documents in step with folders: new, changed, renamed and removed files are followed.

Every change is one transaction with what is known of the file, so that a sync may be stopped anywhere: the next one
goes on, and ends where an undisturbed one would have ended.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from qa_service.errors import FolderError
from qa_service.folders.patterns import EVERY_FILE
from qa_service.folders.plan import compare
from qa_service.folders.records import FolderRecords, SyncedFolder
from qa_service.folders.run import AS_BEFORE, FolderToSync, SyncOptions, SyncRun
from qa_service.outcomes import OnProgress, Outcome, Report
from qa_service.service import QAService
from qa_service.sources import list_folder, real_folder, shown


class Syncer:
    """Keeps documents in step with folders. Several processes may sync at once, the same folder even."""

    def __init__(
        self,
        records: FolderRecords,
        recipe: str,
        max_bytes: int,
        data: Path,
        service: Callable[[], QAService],
    ) -> None:
        """`recipe` is how documents are made now; `data` is never looked into; `service` is asked for when needed."""
        self._records = records
        self._recipe = recipe
        self._max_bytes = max_bytes
        self._data = data.resolve()
        self._service = service

    def folders(self) -> list[SyncedFolder]:
        """Return the folders that are kept in step."""
        return self._records.folders()

    def forget(self, path: Path) -> SyncedFolder:
        """Keep a folder in step no more; its documents stay. Raises FolderError for one that is not."""
        absolute = Path(os.path.realpath(path))
        for folder in self.folders():
            if folder.path == absolute:
                self._records.forget(folder)
                return folder
        message = f"{shown(path)} is not kept in step; `qa-service sync --list` shows which folders are"
        raise FolderError(message)

    def sync(
        self, paths: Sequence[Path], options: SyncOptions = AS_BEFORE, on_progress: OnProgress | None = None
    ) -> Report:
        """Bring the documents of folders in step. What cannot be read fails by itself; a StoreError ends the run."""
        started = time.perf_counter()
        run = SyncRun(self._records, self._recipe, self._max_bytes, options)
        for path in paths:
            try:
                run.folders.append(self._look_into(path, options))
            except FolderError as error:
                run.outcomes.append(Outcome(shown(path), "failed", str(error)))
        run.begin()
        waiting = run.settle()
        if waiting and not options.is_dry_run:
            with self._service().taking_in(is_saving=options.is_saving) as ingester:
                run.record(ingester.ingest_files(waiting, on_progress))
        run.remove_gone()
        if not options.is_dry_run:
            for folder in run.folders:
                self._records.finish(folder.id)
        return Report(tuple(sorted(run.outcomes, key=lambda outcome: outcome.uri)), time.perf_counter() - started)

    def _look_into(self, path: Path, options: SyncOptions) -> FolderToSync:
        root = real_folder(path)
        if root.is_relative_to(self._data):
            message = f"{shown(path)} is the data folder itself, or in it; sync the folder your files are in"
            raise FolderError(message)
        before = self._records.find(root)
        patterns = options.patterns or (before.patterns if before else EVERY_FILE)
        if not options.is_dry_run and (before is None or before.patterns != patterns):
            self._records.keep(root, patterns)
            before = self._records.find(root)
        identifier = before.id if before else 0  # of a dry run, which writes nothing down
        known = self._records.files(identifier)
        found = list_folder(root, patterns, self._data, identifier)
        return FolderToSync(
            identifier, root, patterns, known, compare(found, known, self._recipe, is_retry=options.is_retry)
        )
