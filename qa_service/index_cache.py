"""A derived index on disk: a payload, and beside it a manifest that says what it reflects and vouches for both."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from qa_service.files import write_atomically

_LOCK_SECONDS = 60


class UnusableCacheError(Exception):
    """What is on disk is missing, damaged, or of another state of the documents. The message says which."""


@dataclass(frozen=True, slots=True)
class _Manifest:
    generation: int
    fingerprint: str
    file: str
    sha256: str
    """Over generation, fingerprint and payload, so that a flipped bit in the manifest is noticed too."""


class IndexCache:
    """Keeps one index's bytes in a folder. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, name: str, suffix: str, fingerprint: str) -> None:
        self._folder = folder
        self._name = name
        self._suffix = suffix
        self._fingerprint = fingerprint
        self._manifest_path = folder / f"{name}.json"

    def load(self, newest: Callable[[], int]) -> tuple[bytes, int]:
        """Return the bytes and the generation they reflect, at most `newest()`. Raises UnusableCacheError."""
        try:
            manifest = self._manifest()
            self._require_match(manifest, newest())  # asked after the manifest, which another process may just replace
            content = (self._folder / Path(manifest.file).name).read_bytes()
        except (OSError, ValueError, TypeError) as error:
            raise UnusableCacheError(str(error)) from error
        if self._digest(manifest.generation, content) != manifest.sha256:
            message = f"{manifest.file} and its manifest do not have the sha256 written down for them"
            raise UnusableCacheError(message)
        return content, manifest.generation

    def save(self, content: bytes, generation: int) -> None:
        """Write the payload under a new name, then the manifest, then drop what it does not name. Raises OSError."""
        digest = self._digest(generation, content)
        payload = f"{self._name}-{digest[:12]}{self._suffix}"
        manifest = _Manifest(generation, self._fingerprint, payload, digest)
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / f"{self._name}.lock", timeout=_LOCK_SECONDS):
            try:
                write_atomically(self._folder / payload, content)
                write_atomically(self._manifest_path, json.dumps(asdict(manifest), indent=2).encode())
            finally:
                self._drop_unnamed()

    def _digest(self, generation: int, content: bytes) -> str:
        digest = hashlib.sha256(f"{generation} {self._fingerprint}\n".encode())
        digest.update(content)
        return digest.hexdigest()

    def _manifest(self) -> _Manifest:
        return _Manifest(**json.loads(self._manifest_path.read_text(encoding="utf-8")))

    def _require_match(self, manifest: _Manifest, newest: int) -> None:
        if manifest.fingerprint != self._fingerprint:
            message = f"made with fingerprint {manifest.fingerprint[:12]}, not {self._fingerprint[:12]}"
            raise UnusableCacheError(message)
        if manifest.generation > newest:
            self._manifest_path.unlink()  # or it would look usable once another history has grown as long
            message = f"generation {manifest.generation} is ahead of the store's {newest}"
            raise UnusableCacheError(message)

    def _drop_unnamed(self) -> None:
        """Remove older payloads, and what a process that was killed had not finished. Needs the lock."""
        try:
            named = self._manifest().file
        except (OSError, ValueError, TypeError):
            named = None
        leftovers = [*self._folder.glob(f"{self._name}-*{self._suffix}"), *self._folder.glob(f".{self._name}*.tmp")]
        for path in leftovers:
            if path.name != named:
                path.unlink(missing_ok=True)
