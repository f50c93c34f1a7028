"""What a parser's process gives up before it sees a file, so that a file that takes it over gains little.

Everywhere: memory and processor time, open files, writing, core files, further processes. Above Python: a hook that
refuses network, processes and other files, which code outside of Python does not see. Under Linux the kernel refuses
them as well (`kernel.py`), for libraries in C too.
"""

import contextlib
import math
import os
import resource
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa_service.parsers.kernel import deny_system_calls, restrict_files

_MOST_OPEN_FILES = 32

_REFUSED = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.",
    "os.kill", "os.killpg", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.chown", "os.utime", "os.chflags", "os.setxattr", "os.putenv", "os.startfile", "shutil.",
    "tempfile.", "ctypes.dlopen", "sqlite3.connect", "urllib.", "http.client.", "ftplib.", "smtplib.", "webbrowser.",
    "mmap.", "signal.pthread_kill", "syslog.",
)  # fmt: skip
"""Audit events, by how their names begin, that parsing has no use for."""

_WRITES = frozenset("wax+")
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class ForbiddenError(Exception):
    """A file made its parser try something that parsing has no use for."""


def bound_memory(most: int) -> bool:
    """Bound the process's memory for good; return whether the system does so, which macOS does not."""
    return _lower(resource.RLIMIT_AS, most)


def bound_processor_time(seconds: float) -> None:
    """Let the process use so much processor time from now on; SIGXCPU ends it then.

    It is what ends a parser that hangs when the service that would kill it is gone.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def confine() -> list[str]:
    """Give up all that parsing has no use for; return the names of what holds here.

    Everything that a parser imports should be imported by now: only Python's own folders can be read from here on.
    """
    holds = [
        name
        for name, what, most in (
            ("open files", resource.RLIMIT_NOFILE, _MOST_OPEN_FILES),
            ("written bytes", resource.RLIMIT_FSIZE, 0),
            ("core files", resource.RLIMIT_CORE, 0),
            ("processes", resource.RLIMIT_NPROC, 0),
        )
        if _lower(what, most)
    ]
    folders = list(_readable_folders())
    holds += ["landlock"] if restrict_files(folders) else []
    holds += ["seccomp"] if deny_system_calls() else []
    sys.addaudithook(Hook(folders))
    return [*holds, "audit hook"]


def _lower(what: int, most: int) -> bool:
    """Lower a limit for good. Returns whether it holds: some systems do not know all of them."""
    try:
        resource.setrlimit(what, (most, most))
    except (ValueError, OSError):
        return False
    return True


def _readable_folders() -> Iterator[str]:
    """Yield where Python and its packages are; the folder of a checkout is not among them, nor the data in it."""
    own = Path(__file__).resolve().parent.parent
    found = {*map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")), str(own)}
    for folder in sorted(found):
        with contextlib.suppress(OSError):
            yield str(Path(folder).resolve(strict=True))


class Hook:
    """Refuses what is in `_REFUSED`, writing to files, and reading any outside of `folders`."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = tuple(f"{folder}{os.sep}" for folder in folders)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Let an event pass, or raise ForbiddenError."""
        if event == "open":
            self._opening(*arguments[:3])
        elif event.startswith(_REFUSED):
            message = f"a parser may not do {event}"
            raise ForbiddenError(message)

    def _opening(self, path: object, mode: object, flags: object) -> None:
        if isinstance(path, int):
            return  # a stream that is open already
        is_writing = bool(_WRITES & set(str(mode or ""))) or (isinstance(flags, int) and bool(flags & _WRITE_FLAGS))
        name = os.path.realpath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""
        if is_writing or not name.startswith(self._folders):
            message = f"a parser may not open {Path(name).name!r}{' for writing' if is_writing else ''}"
            raise ForbiddenError(message)
