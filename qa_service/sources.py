"""Files and folders as sources of documents. Only regular files under the named paths are read."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_service.errors import DocumentTooLargeError, UnreadableDocumentError
from qa_service.parsers.formats import SUPPORTED, is_supported

_LEADS_OUT = "a link that leads out of the folder"
_UNREADABLE = (OSError, RuntimeError, ValueError)
"""OSError, and what pathlib raises for links in a circle and for names with a NUL in them."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to take in. `uri` is how people see it, `size` is in bytes."""

    path: Path
    uri: str
    size: int

    @property
    def origin(self) -> str:
        """What makes it the same document next time: its absolute path."""
        return "file:" + os.fsencode(self.path).decode("utf-8", "backslashreplace")

    def read(self, bound: int) -> bytes:
        """Return its content. Raises DocumentTooLargeError or UnreadableDocumentError."""
        if self.size > bound:
            raise DocumentTooLargeError(self.size, bound)
        try:
            with self.path.open("rb") as file:
                content = file.read(bound + 1)
        except OSError as error:
            message = f"cannot be read: {error.strerror}"
            raise UnreadableDocumentError(message) from error
        if len(content) > bound:
            raise DocumentTooLargeError(None, bound)
        return content


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file or folder that is not read. `is_failure` tells what was to be read from what is left out on purpose."""

    uri: str
    reason: str
    is_failure: bool


def find_files(paths: Sequence[Path]) -> list[FoundFile | PassedOver]:
    """Return every file named or lying under a named folder, each once, in order.

    In folders, hidden files are left out, and links that lead out of the folder and files of unsupported kinds are
    passed over.
    """
    found: list[FoundFile | PassedOver] = []
    seen: set[Path] = set()
    for path in paths:
        for item in _look_at(path):
            if isinstance(item, PassedOver):
                found.append(item)
            elif item.path not in seen:
                seen.add(item.path)
                found.append(item)
    return found


def _look_at(path: Path) -> Iterator[FoundFile | PassedOver]:
    try:
        real = path.resolve(strict=True)
        if real.is_dir():
            yield from _walk(real)
        else:
            yield _regular_file(real, _shown(Path(real.name)), is_wanted=True)
    except _UNREADABLE as error:
        yield _unreadable(_shown(path), error)


def _walk(root: Path) -> Iterator[FoundFile | PassedOver]:
    """Yield what lies under `root`, links to folders not followed."""
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield _under(root, Path(folder) / name)
        for name in folders:
            link = Path(folder) / name
            if link.is_symlink() and not _is_inside(root, link):
                yield PassedOver(_uri(root, link), _LEADS_OUT, is_failure=False)
    for error in unreadable:
        yield _unreadable(_uri(root, Path(os.fsdecode(error.filename))), error)


def _under(root: Path, path: Path) -> FoundFile | PassedOver:
    uri = _uri(root, path)
    try:
        if path.is_symlink() and not _is_inside(root, path):
            return PassedOver(uri, _LEADS_OUT, is_failure=False)
        if not is_supported(path.name):
            return PassedOver(uri, f"not a supported kind of file ({SUPPORTED})", is_failure=False)
        return _regular_file(path.resolve(strict=True), uri, is_wanted=False)
    except _UNREADABLE as error:
        return _unreadable(uri, error)


def _regular_file(real: Path, uri: str, *, is_wanted: bool) -> FoundFile | PassedOver:
    if not real.is_file():
        return PassedOver(uri, "not a regular file", is_failure=is_wanted)
    return FoundFile(real, uri, real.stat().st_size)


def _unreadable(uri: str, error: Exception) -> PassedOver:
    return PassedOver(uri, f"cannot be read: {getattr(error, 'strerror', None) or error}", is_failure=True)


def _is_inside(root: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(root)


def _uri(root: Path, path: Path) -> str:
    return _shown(path.relative_to(root.parent))


def _shown(path: Path) -> str:
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")
