"""What a sync has to do: files as they are found, held against what is known of them. Nothing is read or changed."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa_service.folders.records import KnownFile, Move
from qa_service.records import FileState
from qa_service.sources import FoundFile, PassedOver, path_of

_FEW = 10
"""Documents whose files may all go at once, as long as other files of the folder are there."""


@dataclass(slots=True)
class Plan:
    """A folder's files, by what is to be done about them.

    `same` look as before; `doubtful` must be read; `gone` are known, and were not found where everything could be
    looked at.
    """

    same: list[FoundFile] = field(default_factory=list)
    doubtful: list[FoundFile] = field(default_factory=list)
    gone: list[KnownFile] = field(default_factory=list)
    passed_over: list[PassedOver] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FreshFile:
    """A file where none was known, with the state it was read in."""

    file: FoundFile
    state: FileState


def compare(
    found: Iterable[FoundFile | PassedOver], known: Mapping[str, KnownFile], recipe: str, *, is_retry: bool
) -> Plan:
    """Sort a folder's files by what is to be done about them.

    `recipe` is how documents are made now; `is_retry` makes files doubtful that failed before.
    """
    plan = Plan()
    seen: set[str] = set()
    for item in found:
        if isinstance(item, PassedOver):
            plan.passed_over.append(item)
            continue
        seen.add(item.origin)
        before = known.get(item.origin)
        is_same = before is not None and before.stamp == str(item.stamp) and is_current(before, recipe, is_retry)
        (plan.same if is_same else plan.doubtful).append(item)
    unreadable = {item.path for item in plan.passed_over if item.is_failure}
    for origin, before in known.items():
        if origin not in seen and not _is_under(path_of(origin), unreadable):
            plan.gone.append(before)
    return plan


def is_current(known: KnownFile, recipe: str, is_retry: bool) -> bool:
    """Return whether the same content would give the same again."""
    if known.recipe != recipe:
        return False
    return known.is_document or (known.status is not None and not (is_retry and known.status == "failed"))


def match(gone: Iterable[KnownFile], fresh: Iterable[FreshFile]) -> list[Move]:
    """Return which new files are gone ones at another place: same content, and best the same inode or name."""
    moves: list[Move] = []
    left, free = list(gone), {each.file.path: each for each in fresh}
    for of_known, of_fresh in _LIKENESSES:
        alike: defaultdict[Hashable, list[FreshFile]] = defaultdict(list)
        for each in reversed(free.values()):
            alike[of_fresh(each)].append(each)
        unmatched = []
        for known in left:
            if candidates := alike.get(of_known(known)):
                each = candidates.pop()
                del free[each.file.path]
                moves.append(Move(known, each.state, each.file.uri))
            else:
                unmatched.append(known)
        left = unmatched
    return moves


def content_of(known: KnownFile) -> str | None:
    """Return the sha256 of what the file held when it was last seen."""
    return known.document_sha256 if known.status is None else known.sha256


def is_suspicious(going: int, documents: int, found: int) -> bool:
    """Return whether so many of a folder's documents would go that a disk may be missing, or a pattern wrong."""
    return going > 0 and (found == 0 or (going >= _FEW and going * 2 > documents))


def _is_under(path: Path, folders: set[Path]) -> bool:
    return bool(folders) and any(each in folders for each in (path, *path.parents))


_LIKENESSES: Sequence[tuple[Callable[[KnownFile], Hashable], Callable[[FreshFile], Hashable]]] = (
    (lambda known: (content_of(known), known.inode), lambda fresh: (fresh.state.sha256, fresh.state.inode)),
    (
        lambda known: (content_of(known), path_of(known.origin).name),
        lambda fresh: (fresh.state.sha256, fresh.file.path.name),
    ),
    (content_of, lambda fresh: fresh.state.sha256),
)
"""What a gone file and a new one must have in common to be the same, the surest first."""
