"""The archive of a backup: a ZIP that any program opens, in which no bit can change unnoticed.

    manifest.json         versions, model, counts, and of every table its columns, rows and sha256
    tables/NAME.rows      a table's rows, each a line of JSON; bytes stand in it as their number, and follow the line
    originals/ID.ENDING   the documents as they came; their sha256 stands in the table of documents
    calibration.json      where the data folder has one of its own

The ZIP's comment, its last bytes, is the sha256 of everything before it. No name in it becomes the name of a file.
"""

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO, Any, TypeAlias, cast

from pydantic import ValidationError

from qa_service.backups.manifest import FORMAT, Manifest, TableRecord
from qa_service.errors import BackupError
from qa_service.validation import describe

MANIFEST = "manifest.json"
CALIBRATION = "calibration.json"

OnBytes: TypeAlias = Callable[[int, int], None]
"""Told of (bytes read, bytes in all)."""

Row: TypeAlias = tuple[Any, ...]
"""Values as SQLite has them: int, float, str, bytes or None."""

_SEAL = len(b"sha256 ") + 64
_PIECE = 2**20
_LARGEST_MANIFEST = 2**20
_LONGEST_LINE = 2**28
_LARGEST_BLOB = 2**30
_QUICK = 1
"""Level of compression: others take several times as long to save a tenth more."""

_ORIGINAL = re.compile(r"originals/([0-9A-Za-z_-]{1,64})(\.[0-9a-z]{1,8})?")
_ENDING = re.compile(r"\.[0-9a-z]{1,8}")


class ArchiveWriter:
    """Writes an archive from front to back; `finish` must be called last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._sealing = _Sealing(file)
        self._zip = zipfile.ZipFile(self._sealing, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK)  # type: ignore[call-overload]

    def add_table(self, name: str, columns: Sequence[str], rows: Iterable[Row], *, is_dense: bool) -> TableRecord:
        """Add a table's rows; `is_dense` is for those that compressing would not make smaller."""
        member = _member_of(name)
        info: str | zipfile.ZipInfo = zipfile.ZipInfo(member) if is_dense else member
        count, digest = 0, hashlib.sha256()
        with self._zip.open(info, "w", force_zip64=True) as file:
            for row in rows:
                packed = _packed(row)
                digest.update(packed)
                file.write(packed)
                count += 1
        return TableRecord(name=name, columns=tuple(columns), rows=count, sha256=digest.hexdigest())

    def add_original(self, document_id: str, uri: str, content: bytes) -> None:
        """Add a document as it came."""
        ending = PurePath(uri.replace("\\", "/")).suffix.lower()
        self._add(f"originals/{document_id}{ending if _ENDING.fullmatch(ending) else ''}", content)

    def add_calibration(self, content: bytes) -> str:
        """Add the data folder's own calibration; return its sha256."""
        self._add(CALIBRATION, content)
        return hashlib.sha256(content).hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """Write down what the archive holds, and seal it."""
        self._add(MANIFEST, manifest.model_dump_json(indent=1).encode())
        self._zip.comment = bytes(_SEAL)
        self._zip.close()
        self._sealing.finish()

    def _add(self, name: str, content: bytes) -> None:
        self._zip.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, _QUICK)


class ArchiveReader:
    """Reads a sealed archive. Every method raises BackupError where what it reads is not as the manifest says."""

    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self.path = path
        self._zip = opened
        self._names = [info.filename for info in opened.infolist()]
        self.manifest = self._read_manifest()
        self._originals = self._find_originals()

    @property
    def unpacked_bytes(self) -> int:
        """Size of everything in it."""
        return sum(info.file_size for info in self._zip.infolist())

    def rows(self, table: TableRecord) -> Iterator[Row]:
        """Yield a table's rows; that they are what was written is known at the end."""
        count, digest = 0, hashlib.sha256()
        with self._zip.open(_member_of(table.name)) as member:
            file = io.BufferedReader(cast(io.RawIOBase, member), _PIECE)  # its own reading of lines is slow
            while line := file.readline(_LONGEST_LINE):
                row, blobs = self._unpacked(table, line, file)
                digest.update(line)
                for blob in blobs:
                    digest.update(blob)
                count += 1
                yield row
        if (count, digest.hexdigest()) != (table.rows, table.sha256):
            raise self._broken(f"table {table.name} is not what the manifest says")

    def original(self, document_id: str, sha256: str) -> bytes:
        """Return a document as it came."""
        name = self._originals.get(document_id)
        content = b"" if name is None else self._zip.read(name)
        if name is None or hashlib.sha256(content).hexdigest() != sha256:
            raise self._broken(f"the original of document {document_id} is missing, or not what the manifest says")
        return content

    def calibration(self) -> bytes | None:
        """Return the calibration that came with the documents; None where there was none of its own."""
        if self.manifest.calibration_sha256 is None:
            return None
        content = self._zip.read(CALIBRATION)
        if hashlib.sha256(content).hexdigest() != self.manifest.calibration_sha256:
            raise self._broken("the calibration is not what the manifest says")
        return content

    def _read_manifest(self) -> Manifest:
        if self._names.count(MANIFEST) != 1 or self._zip.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
            raise self._broken("it has no manifest")
        content = self._zip.read(MANIFEST)
        try:
            version = json.loads(content)["format"]
            if isinstance(version, int) and version > FORMAT:
                message = (
                    f"{self.path} has format {version}, this service reads up to {FORMAT}: it was written by a newer "
                    "version; import it with that version"
                )
                raise BackupError(message)
            return Manifest.model_validate_json(content)
        except ValidationError as error:
            problem = error.errors()[0]
            raise self._broken(describe(problem, ".".join(map(str, problem["loc"])) or "the manifest")) from error
        except (ValueError, KeyError, TypeError) as error:
            raise self._broken("its manifest cannot be read") from error

    def _find_originals(self) -> dict[str, str]:
        """Return the member of every document's original, after a check that there is nothing else in the archive."""
        expected = {MANIFEST, *(_member_of(table.name) for table in self.manifest.tables)}
        if self.manifest.calibration_sha256 is not None:
            expected.add(CALIBRATION)
        originals: dict[str, str] = {}
        for name in self._names:
            found = _ORIGINAL.fullmatch(name)
            if found:
                originals[found[1]] = name
            elif name not in expected:
                raise self._broken(f"it holds {name!r}, which no backup does")
        if len(self._names) != len(expected) + len(originals) or len(originals) != self.manifest.documents:
            raise self._broken("its files are not those that the manifest tells of")
        return originals

    def _unpacked(self, table: TableRecord, line: bytes, file: IO[bytes]) -> tuple[Row, list[bytes]]:
        blobs: list[bytes] = []

        def value(written: Any) -> Any:
            if not isinstance(written, dict):
                return written
            size = written["bytes"]
            if not 0 <= size <= _LARGEST_BLOB:
                raise ValueError(size)
            blobs.append(file.read(size))
            if len(blobs[-1]) != size:
                raise ValueError(size)
            return blobs[-1]

        try:
            row = tuple(value(written) for written in json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._broken(f"table {table.name} has a row that cannot be read") from error
        if len(row) != len(table.columns):
            raise self._broken(f"table {table.name} has a row of {len(row)} values for {len(table.columns)} columns")
        return row, blobs

    def _broken(self, what: str) -> BackupError:
        return BackupError(f"{self.path} is not a whole backup: {what}; use another copy")


@contextmanager
def opened_archive(path: Path, on_bytes: OnBytes) -> Iterator[ArchiveReader]:
    """Give the archive at `path` once its seal holds.

    Raises BackupError, inside the block too, where the file is no archive, is cut short or has changed.
    """
    try:
        with path.open("rb") as file:
            _require_seal(path, file, on_bytes)
            with zipfile.ZipFile(file) as opened:
                yield ArchiveReader(path, opened)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        message = f"{path} is not a whole backup: {error}; use another copy"
        raise BackupError(message) from error
    except OSError as error:
        if error.filename != str(path):
            raise
        message = f"cannot read {path}: {error.strerror}; give the file that `qa-service export` wrote"
        raise BackupError(message) from error


def _require_seal(path: Path, file: IO[bytes], on_bytes: OnBytes) -> None:
    size = os.fstat(file.fileno()).st_size
    digest, left = hashlib.sha256(), max(size - _SEAL, 0)
    while left and (piece := file.read(min(_PIECE, left))):
        digest.update(piece)
        left -= len(piece)
        on_bytes(size - left, size)
    seal = file.read()
    if seal == _seal_of(digest):
        return
    is_sealed = seal.startswith(b"sha256 ")
    what = "has changed since it was written" if is_sealed else "is cut short, or no backup at all"
    message = f"{path} {what}: nothing was imported from it; use another copy, made by `qa-service export`"
    raise BackupError(message)


class _Sealing:
    """Hashes what is written, all but the last bytes, whose place the digest takes. Cannot seek, so nothing changes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._last = b""

    def write(self, content: bytes) -> int:
        whole = self._last + content
        certain = max(len(whole) - _SEAL, 0)
        self._digest.update(whole[:certain])
        self._file.write(whole[:certain])
        self._last = whole[certain:]
        return len(content)

    def flush(self) -> None:
        self._file.flush()

    def finish(self) -> None:
        self._file.write(_seal_of(self._digest))


def _seal_of(digest: "hashlib._Hash") -> bytes:
    return b"sha256 " + digest.hexdigest().encode()


def _member_of(table: str) -> str:
    return f"tables/{table}.rows"


def _packed(row: Row) -> bytes:
    blobs = [value for value in row if isinstance(value, bytes)]
    written = [{"bytes": len(value)} if isinstance(value, bytes) else value for value in row]
    return b"".join([json.dumps(written, ensure_ascii=False).encode(), b"\n", *blobs])
