"""One sync: what there is to do is done, each change in one transaction with what is known of the file."""

import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_service.errors import UnreadableDocumentError
from qa_service.folders.patterns import Patterns
from qa_service.folders.plan import FreshFile, Plan, content_of, is_current, is_suspicious, match
from qa_service.folders.records import FolderRecords, KnownFile, Move
from qa_service.outcomes import Handled, Outcome, passed_over, state_of
from qa_service.records import FileState
from qa_service.sources import FoundFile, path_of, shown

_AT_A_TIME = 200
"""Files whose states are written, or documents removed, in one transaction."""

_TAKEN_IN_ANEW = "the same content, parsed and split as is done now"


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """How to sync. Without `patterns`, those are used that the folder was last synced with.

    `is_retry` takes files in again that failed before, `may_delete_many` removes documents however many they are, and
    `is_dry_run` changes nothing and tells what would be changed. Where another sync soon follows, `is_saving` is False:
    a large index takes long to write, and whoever searches brings his up from the store.
    """

    patterns: Patterns | None = None
    is_retry: bool = False
    may_delete_many: bool = False
    is_dry_run: bool = False
    is_saving: bool = True


AS_BEFORE = SyncOptions()


@dataclass(frozen=True, slots=True)
class FolderToSync:
    """A real folder with what is known of its files and what is to be done about them."""

    id: int
    root: Path
    patterns: Patterns
    known: dict[str, KnownFile]
    plan: Plan

    @property
    def documents(self) -> int:
        """How many documents its files have given."""
        return sum(known.document_id is not None for known in self.known.values())

    @property
    def found(self) -> int:
        """How many files were found."""
        return len(self.plan.same) + len(self.plan.doubtful)


class SyncRun:
    """One sync of some folders: first moves, then what is new or changed, at last what is gone."""

    def __init__(self, records: FolderRecords, recipe: str, max_bytes: int, options: SyncOptions) -> None:
        self._records = records
        self._recipe = recipe
        self._max_bytes = max_bytes
        self._options = options
        self.folders: list[FolderToSync] = []
        self.outcomes: list[Outcome] = []
        self._known: dict[str, KnownFile] = {}
        self._moved: dict[str, Move] = {}
        self._followed: set[str] = set()

    def begin(self) -> None:
        """Tell what was passed over and what looks as before, and let documents follow files that have moved."""
        for folder in self.folders:
            self._known |= folder.known
            self.outcomes += map(passed_over, folder.plan.passed_over)
            self.outcomes += [
                self._told(Handled(file, _before(file, folder.known[file.origin]), None)) for file in folder.plan.same
            ]
        gone = [known for folder in self.folders for known in folder.plan.gone if known.document_id is not None]
        moves = match(gone, self._fresh(gone)) if gone else []
        if moves and not self._options.is_dry_run:
            moves = self._records.move(moves)
        for move in moves:
            self._moved[move.state.origin] = move
            self._followed.add(move.known.origin)

    def settle(self) -> list[FoundFile]:
        """Read the doubtful files, tell of those that are as before after all, and return the others.

        Once there is one to be taken in, new ones are not read for that any more: they are read when they are.
        """
        waiting: list[FoundFile] = []
        self.record(self._settled(waiting))
        return waiting

    def record(self, handled: Iterable[Handled]) -> None:
        """Tell what became of files, and write the states of those whose documents have not changed."""
        states: list[Handled] = []
        for each in handled:
            self.outcomes.append(self._told(each))
            if each.state is not None and each.outcome.status in ("unchanged", "skipped", "failed"):
                states.append(each)
            if len(states) == _AT_A_TIME:
                self._remember(states)
                states = []
        self._remember(states)

    def remove_gone(self) -> None:
        """Remove the documents whose files are gone or left out now, unless they are suspiciously many."""
        for folder in self.folders:
            going = list(self._going(folder))
            count = sum(known.document_id is not None for known, _ in going)
            if is_suspicious(count, folder.documents, folder.found) and not self._options.may_delete_many:
                self.outcomes.append(Outcome(shown(folder.root), "failed", _too_many(count, folder.documents)))
                continue
            for start in range(0, len(going), _AT_A_TIME):
                self._remove(going[start : start + _AT_A_TIME])

    def _fresh(self, gone: Sequence[KnownFile]) -> Iterator[FreshFile]:
        """Yield the new files that may be gone ones at another place, as what they hold tells."""
        sizes = {known.size for known in gone}
        is_any_size = any(known.status is not None for known in gone)  # then the size is that of an earlier content
        new = [
            file
            for folder in self.folders
            for file in folder.plan.doubtful
            if file.origin not in self._known and (is_any_size or file.size in sizes)
        ]
        taken = self._records.having_documents([file.origin for file in new])
        for file in new:
            state = None if file.origin in taken else self._state(file)
            if state is not None:
                yield FreshFile(file, state)

    def _state(self, file: FoundFile) -> FileState | None:
        try:
            return state_of(file, file.read(self._max_bytes), self._recipe)
        except UnreadableDocumentError:
            return None  # said when it is its turn to be taken in

    def _settled(self, waiting: list[FoundFile]) -> Iterator[Handled]:
        for folder in self.folders:
            for file in folder.plan.doubtful:
                move = self._moved.get(file.origin)
                if move is not None:
                    yield from self._settle_moved(file, move, waiting)
                elif waiting and file.origin not in self._known and not self._options.is_dry_run:
                    waiting.append(file)
                else:
                    yield from self._settle(file, waiting)

    def _settle_moved(self, file: FoundFile, move: Move, waiting: list[FoundFile]) -> Iterator[Handled]:
        """Leave a document as it is, unless its file's name tells another format now, or what the file holds failed."""
        if (move.tells_another_format or move.known.status is not None) and not self._options.is_dry_run:
            waiting.append(file)
        else:
            yield Handled(file, Outcome(file.uri, "unchanged", document_id=move.known.document_id), None)

    def _settle(self, file: FoundFile, waiting: list[FoundFile]) -> Iterator[Handled]:
        known = self._known.get(file.origin)
        try:
            reading = file.read(self._max_bytes)
        except UnreadableDocumentError as error:
            yield Handled(file, Outcome(file.uri, "failed", str(error)), None)
            return
        state = state_of(file, reading, self._recipe)
        assert state is not None
        if reading.refusal is not None:
            yield Handled(file, Outcome(file.uri, "skipped", reading.refusal), state)
        elif (
            known is not None
            and state.sha256 == content_of(known)
            and is_current(known, self._recipe, self._options.is_retry)
        ):
            yield Handled(file, _before(file, known), state)
        elif self._options.is_dry_run:
            is_new = known is None or known.document_id is None
            yield Handled(file, Outcome(file.uri, "added" if is_new else "replaced"), state)
        else:
            waiting.append(file)

    def _told(self, handled: Handled) -> Outcome:
        """Return an outcome as a sync tells it."""
        outcome, origin = handled.outcome, handled.file.origin
        known, move = self._known.get(origin), self._moved.get(origin)
        if move is not None:
            known = move.known
            if outcome.status in ("unchanged", "replaced"):
                return replace(outcome, status="renamed", previous_uri=known.uri)
        if known is not None and known.document_id is not None and outcome.status in ("failed", "skipped"):
            return _with_document(outcome, known)
        if outcome.status != "replaced":
            return outcome
        is_other = known is None or handled.state is None or handled.state.sha256 != content_of(known)
        return replace(outcome, status="changed", reason=None if is_other else _TAKEN_IN_ANEW)

    def _remember(self, handled: Sequence[Handled]) -> None:
        if handled and not self._options.is_dry_run:
            self._records.remember(handled)

    def _going(self, folder: FolderToSync) -> Iterator[tuple[KnownFile, str]]:
        """Yield the files that are gone or left out, each with which of the two; tell where it is unsure."""
        for known in folder.plan.gone:
            if known.origin in self._followed:
                continue
            path = path_of(known.origin)
            try:
                found = path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                if not known.is_mounted or _is_mounted(path, folder.root):
                    yield known, "its file is gone"
                    continue
                reason = "its file was on a disk that is not mounted now; what was taken in of it stays"
                self.outcomes.append(Outcome(known.uri, "failed", reason, known.document_id))
            except OSError as error:
                reason = f"cannot be looked at: {error.strerror}; what was taken in of it stays"
                self.outcomes.append(Outcome(known.uri, "failed", reason, known.document_id))
            else:
                if not (stat.S_ISREG(found.st_mode) and folder.patterns.want(path.relative_to(folder.root))):
                    yield known, "its file is left out now"

    def _remove(self, going: Sequence[tuple[KnownFile, str]]) -> None:
        if self._options.is_dry_run:
            removed = {known.origin for known, _ in going if known.document_id is not None}
        else:
            removed = self._records.remove([known.origin for known, _ in going])
        self.outcomes += [
            Outcome(known.uri, "removed", reason, known.document_id)
            for known, reason in going
            if known.origin in removed
        ]


def _before(file: FoundFile, known: KnownFile) -> Outcome:
    """Return the outcome of a file that is as it was."""
    if known.status is None:
        return Outcome(file.uri, "unchanged", document_id=known.document_id)
    return Outcome(file.uri, "failed" if known.status == "failed" else "skipped", known.reason)


def _with_document(outcome: Outcome, known: KnownFile) -> Outcome:
    """Return the outcome of a file of which something is stored that it does not hold any more: it is a failure."""
    reason = f"{outcome.reason}; what was taken in of it before stays"
    return replace(outcome, status="failed", reason=reason, document_id=known.document_id)


def _is_mounted(path: Path, root: Path) -> bool:
    """Return whether the nearest folder that there is above a path is on another device than the root."""
    try:
        above = next(each for each in path.parents if each.exists())
        return above.stat().st_dev != root.stat().st_dev
    except OSError:
        return False


def _too_many(going: int, documents: int) -> str:
    return (
        f"the files of {going:,} of its {documents:,} documents are gone or left out, as when a disk is missing or a "
        "pattern is wrong; nothing was removed. If it is meant, sync again with --delete-many"
    )
