"""Files and folders as sources of documents. Only regular files under the named paths are opened."""

import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from qa_service.errors import DocumentTooLargeError, FileUnavailableError, FolderError
from qa_service.folders.patterns import EVERY_FILE, Patterns
from qa_service.parsers.formats import HEAD, refusal

_LEADS_OUT = "a link that leads out of the folder"
_UNREADABLE = (OSError, RuntimeError, ValueError)
"""OSError, and what pathlib raises for links in a circle and for names with a NUL in them."""

_ORIGIN = "file:"
_ODD_ORIGIN = "file-bytes:"
"""Begins the origin of a file whose name is not UTF-8; percent signs stand for what is not ASCII in it."""

_COARSEST_CLOCK_NS = 2 * 10**9
"""Between two ticks of a file system's clock, FAT's being the slowest, a file may change and look as before."""

_READINGS = 3
_NOT_WAITING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
"""A pipe that took the file's place must not be waited for."""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """How a file looks without being read; times are nanoseconds since 1970."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, found: os.stat_result) -> "FileStamp":
        """Make the stamp of what `stat` returned."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)

    def __str__(self) -> str:
        """Return what must be equal for a file to count as unchanged; a device's number differs after a restart."""
        return f"{self.size} {self.modified_ns} {self.changed_ns} {self.inode}"

    def is_settled(self, seen_ns: int) -> bool:
        """Return whether a change made after `seen_ns` would show; if not, only the content tells."""
        return max(self.modified_ns, self.changed_ns) + _COARSEST_CLOCK_NS < seen_ns


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's content and how it looked then. Where `refusal` says why a folder's file is not wanted, there is none.

    `is_settled` tells whether a later change is sure to show in the stamp.
    """

    content: bytes
    stamp: FileStamp
    is_settled: bool
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to take in. `uri` is how people see it; `folder_id` is the synced folder it was found in."""

    path: Path
    uri: str
    stamp: FileStamp
    is_named: bool = False
    folder_id: int | None = None
    is_mounted: bool = False
    """Whether it is on another device than the folder."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.stamp.size

    @property
    def origin(self) -> str:
        """What makes it the same document next time: its absolute path."""
        return origin_of(self.path)

    def read(self, bound: int) -> Reading:
        """Read the file as it is at one moment.

        Raises DocumentTooLargeError, or FileUnavailableError where it cannot be read or changes meanwhile.
        """
        for _ in range(_READINGS):
            try:
                reading = self._read_once(bound)
            except OSError as error:
                message = f"cannot be read: {error.strerror}"
                raise FileUnavailableError(message) from error
            if reading is not None:
                return reading
        message = "changes while it is being read; take it in when it is finished"
        raise FileUnavailableError(message)

    def _read_once(self, bound: int) -> Reading | None:
        """Return what is read; None where the file changed meanwhile."""
        now = time.time_ns()
        descriptor = os.open(self.path, _NOT_WAITING)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                message = "cannot be read: not a regular file any more"
                raise FileUnavailableError(message)
            before = FileStamp.of(found)
            content = file.read(HEAD)
            reason = refusal(self.path.name, content) if content and not self.is_named else None
            if reason is not None:
                return Reading(b"", before, before.is_settled(now), reason)
            if before.size > bound:
                raise DocumentTooLargeError(before.size, bound)
            content += file.read(bound + 1 - len(content)) if len(content) == HEAD else b""
            if len(content) > bound:
                raise DocumentTooLargeError(None, bound)
            after = FileStamp.of(os.fstat(descriptor))
        is_whole = str(before) == str(after) and len(content) == before.size
        return Reading(content, before, before.is_settled(now)) if is_whole else None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file or folder that is not read. `is_failure` tells what was to be read from what is left out on purpose."""

    path: Path
    uri: str
    reason: str
    is_failure: bool


def origin_of(path: Path) -> str:
    """Return the origin of the document that an absolute path holds; every path has its own."""
    encoded = os.fsencode(path)
    try:
        return _ORIGIN + encoded.decode("utf-8")
    except UnicodeDecodeError:
        return _ODD_ORIGIN + quote_from_bytes(encoded)


def path_of(origin: str) -> Path:
    """Return the path that `origin_of` was given."""
    if origin.startswith(_ODD_ORIGIN):
        return Path(os.fsdecode(unquote_to_bytes(origin.removeprefix(_ODD_ORIGIN))))
    return Path(os.fsdecode(origin.removeprefix(_ORIGIN).encode("utf-8")))


def find_files(paths: Sequence[Path]) -> list[FoundFile | PassedOver]:
    """Return every file named or lying under a named folder, each once, in order.

    In folders, hidden files are left out, and links that lead out of the folder are passed over.
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


def real_folder(path: Path) -> Path:
    """Return the absolute path of a folder, links followed. Raises FolderError where there is none."""
    try:
        real = path.resolve(strict=True)
    except _UNREADABLE as error:
        message = f"the folder {shown(path)} cannot be found: {_words_of(error)}; nothing of it is changed"
        raise FolderError(message) from error
    if not real.is_dir():
        message = f"{shown(path)} is not a folder; `qa-service ingest` takes single files in"
        raise FolderError(message)
    return real


def list_folder(root: Path, patterns: Patterns, leave_out: Path, folder_id: int) -> Iterator[FoundFile | PassedOver]:
    """Yield each wanted file under a real folder once, and what could not be looked at.

    Hidden files, unwanted ones, and those under `leave_out` are not among them.
    """
    try:
        device = root.stat().st_dev
    except OSError as error:
        yield _unreadable(root, shown(root), error)
        return
    seen: set[Path] = set()
    for item in _walk(root, patterns, leave_out):
        if item.path in seen:
            continue
        seen.add(item.path)
        if isinstance(item, FoundFile):
            yield replace(item, folder_id=folder_id, is_mounted=item.stamp.device != device)
        else:
            yield item


def shown(path: Path) -> str:
    """Return a path as people see it; what is not UTF-8 in it has a mark in its place."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


def _look_at(path: Path) -> Iterator[FoundFile | PassedOver]:
    try:
        real = path.resolve(strict=True)
        if real.is_dir():
            yield from _walk(real)
            return
        found = real.stat()
        if stat.S_ISREG(found.st_mode):
            yield FoundFile(real, shown(Path(real.name)), FileStamp.of(found), is_named=True)
        else:
            yield PassedOver(real, shown(Path(real.name)), "not a regular file", is_failure=True)
    except _UNREADABLE as error:
        yield _unreadable(path, shown(path), error)


def _walk(
    root: Path, patterns: Patterns = EVERY_FILE, leave_out: Path | None = None
) -> Iterator[FoundFile | PassedOver]:
    """Yield what lies under `root`; links come last, so that a file has its own name where it is seen under both."""
    links: list[Path] = []
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listed:
                entries = sorted((entry for entry in listed if not entry.name.startswith(".")), key=_name)
        except OSError as error:
            yield _unreadable(folder, _uri(root, folder), error)
            continue
        inside = []
        for entry in entries:
            path = folder / entry.name
            below_root = str(path.relative_to(root))
            if entry.is_symlink():
                if patterns.want_file(below_root):
                    links.append(path)
            elif entry.is_dir(follow_symlinks=False):
                if path != leave_out and patterns.want_folder(below_root):
                    inside.append(path)
            elif patterns.want_file(below_root):
                yield _entry(root, path, path)
        folders += reversed(inside)
    for link in links:
        yield from _follow(root, link)


def _name(entry: "os.DirEntry[str]") -> str:
    return entry.name


def _follow(root: Path, link: Path) -> Iterator[FoundFile | PassedOver]:
    """Yield what a link leads to; a folder inside is read anyway."""
    try:
        if not link.resolve().is_relative_to(root):
            yield PassedOver(link, _uri(root, link), _LEADS_OUT, is_failure=False)
            return
        real = link.resolve(strict=True)
    except _UNREADABLE as error:
        yield _unreadable(link, _uri(root, link), error)
        return
    if not real.is_dir():
        yield _entry(root, link, real)


def _entry(root: Path, path: Path, real: Path) -> FoundFile | PassedOver:
    uri = _uri(root, path)
    try:
        found = real.lstat()
    except OSError as error:
        return _unreadable(path, uri, error)
    if not stat.S_ISREG(found.st_mode):
        return PassedOver(path, uri, "not a regular file", is_failure=False)
    return FoundFile(real, uri, FileStamp.of(found))


def _unreadable(path: Path, uri: str, error: Exception) -> PassedOver:
    return PassedOver(path, uri, f"cannot be read: {_words_of(error)}", is_failure=True)


def _words_of(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _uri(root: Path, path: Path) -> str:
    return shown(path.relative_to(root.parent))
