"""Following folders as they change: what the operating system tells of them starts a sync, and so does time.

Events only say that it is time to look: a sync looks at every file, so nothing is missed for long when one is lost.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from watchfiles import watch

_BURST_MS, _QUIET_MS = 1_000, 200
"""Changes with less than the second between them are one burst; the first is the longest it may last."""

_TICK_MS = 1_000
"""How often to see whether the folders themselves are there."""

_LOOK_SECONDS = 60
"""Longest time between two syncs: not every file system tells of changes, and what failed may work by then."""

_POLL_SECONDS = 5
"""The same where the operating system tells nothing."""

_Identities: TypeAlias = dict[Path, tuple[int, int]]


def follow(
    folders: Sequence[Path], leave_out: Path, sync: Callable[[], object], notice: Callable[[str], object]
) -> None:
    """Call `sync` once and whenever something under the folders may have changed; a KeyboardInterrupt ends it.

    A folder may vanish and come back. Hidden files and what is under `leave_out` do not count. `notice` is told where
    the operating system does not tell of changes.
    """
    while True:
        present = _present(folders)
        looked = -float(_LOOK_SECONDS)  # what changed before this watch began is no event
        for is_changed in _ticks(present, leave_out, notice):
            if is_changed or time.monotonic() - looked >= _LOOK_SECONDS:
                sync()
                looked = time.monotonic()
            if _present(folders) != present:
                break


def _present(folders: Sequence[Path]) -> _Identities:
    """Return the folders that are there; one that was replaced by another of its name is not the same."""
    identities: _Identities = {}
    for folder in folders:
        try:
            found = folder.stat()
        except OSError:
            continue
        identities[folder] = (found.st_dev, found.st_ino)
    return identities


def _ticks(folders: _Identities, leave_out: Path, notice: Callable[[str], object]) -> Iterator[bool]:
    """Yield after every burst of changes and every second, with whether there was a change; end with a folder."""
    if not folders:
        time.sleep(_TICK_MS / 1000)
        yield False
        return
    bursts = watch(
        *folders,
        watch_filter=None,
        debounce=_BURST_MS,
        step=_QUIET_MS,
        rust_timeout=_TICK_MS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        for changes in bursts:
            paths = [Path(path) for _, path in changes]
            yield any(_counts(path, folders, leave_out) for path in paths)
            if any(path in folders for path in paths):
                return  # the folder itself was removed or moved, and its watch with it
    except (OSError, RuntimeError) as error:
        if len(_present(list(folders))) < len(folders):
            return
        notice(f"the system does not tell of changes here ({error}): looking every {_POLL_SECONDS} s instead")
    while True:
        time.sleep(_POLL_SECONDS)
        yield True


def _counts(path: Path, folders: _Identities, leave_out: Path) -> bool:
    if path.is_relative_to(leave_out):
        return False
    below = next((path.relative_to(folder) for folder in folders if path.is_relative_to(folder)), path)
    return not any(part.startswith(".") for part in below.parts)
