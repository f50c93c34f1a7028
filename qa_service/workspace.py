"""A folder of one process's own beside what processes share, gone when it is closed.

What a killed process left behind is removed by the next one that makes a workspace in the same place.
"""

import shutil
import tempfile
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK_SECONDS = 60
_OWNER = "owner.lock"


class Workspace:
    """One folder inside `parent`. A lock in it, which ends with the process, says that it is used.

    Not safe to use from several threads at once; any thread may close it.
    """

    def __init__(self, parent: Path, name: str) -> None:
        self._parent = parent
        self._prefix = f"{name}.work-"
        self._gate = parent / f"{name}.lock"
        self._path: Path | None = None
        self._owner: FileLock | None = None

    def renew(self) -> Path:
        """Remove the folder where there is one, and return a new one, empty but for its lock. Raises OSError."""
        self.close()
        self._parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._gate, timeout=_LOCK_SECONDS):  # or another process could take it for left behind
            self._remove_left_behind()
            self._path = Path(tempfile.mkdtemp(prefix=self._prefix, dir=self._parent))
            self._owner = _owner_of(self._path)
            self._owner.acquire()
        return self._path

    def close(self) -> None:
        """Remove the folder."""
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
        if self._owner is not None:
            self._owner.release()
        self._path = self._owner = None

    def _remove_left_behind(self) -> None:
        for path in self._parent.glob(f"{self._prefix}*"):
            try:
                with _owner_of(path):
                    shutil.rmtree(path, ignore_errors=True)
            except (Timeout, OSError):
                continue  # its process lives, or is just removing it


def _owner_of(path: Path) -> FileLock:
    return FileLock(path / _OWNER, timeout=0, thread_local=False)
