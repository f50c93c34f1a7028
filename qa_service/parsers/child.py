"""A parser's process as the service sees it: started without secrets, timed, killed, and its death explained."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

import structlog

from qa_service.errors import ParserFailedError
from qa_service.parsers.frames import MOST_HEAD_BYTES, Answer, FrameTooLongError, Limits, read_frame, write_frame

_log = structlog.get_logger(__name__)

_START_SECONDS = 60
"""Longest wait for a process to have loaded its parsers."""

_HANDED_ON = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG")
"""What of the environment a parser may need to load; keys and other settings are none of its business."""

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Threads that are there before the process is confined would not be."""

_DYING_SECONDS = 5
_LAST_WORDS = 2**16
"""What a pipe holds."""

_LONGEST_LOGGED, _LONGEST_MEANING = 2_000, 200
_MEANINGS = {
    signal.SIGKILL: "by the system or somebody, most often because memory ran out",
    signal.SIGXCPU: "more processor time than QA_PARSER_SECONDS",
    signal.SIGSEGV: "a fault in a library, or memory ran out",
    signal.SIGABRT: "memory ran out, or a fault in a library",
    signal.SIGTRAP: "memory ran out",
    signal.SIGILL: "memory ran out",
    signal.SIGXFSZ: "it tried to write a file",
    signal.SIGSYS: "it tried what is forbidden to it",
}
"""What the signals that end a parser mean; libraries end themselves by some of them where memory ends."""

_FROM_OUTSIDE = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


class ChildDiedError(Exception):
    """The process ended while it had a file; the message says how."""

    def __init__(self, how: str, *, may_be_chance: bool = False) -> None:
        super().__init__(how)
        self.may_be_chance = may_be_chance
        """Whether something else than the file may have ended it."""


class Child:
    """One process, which parses one file at a time and is not to be used again after it died or was too slow."""

    def __init__(self, limits: Limits) -> None:
        """Start it. Raises ParserFailedError where that fails."""
        self._limits = limits
        # -P: the folder that happens to be the current one may hold modules of other people
        command = [sys.executable, "-P", "-m", "qa_service.parsers.worker", limits.to_json()]
        environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ} | _ONE_THREAD
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # a group of its own, to be killed with whatever it started
            )
        except OSError as error:
            message = f"the parser cannot be started: {error}"
            raise ParserFailedError(message) from error
        os.set_blocking(self._stream(self._process.stderr).fileno(), False)
        try:
            with self._at_most(_START_SECONDS, f"the parser was not ready within {_START_SECONDS} s"):
                self.holds: tuple[str, ...] = tuple(json.loads(self._read(MOST_HEAD_BYTES))["holds"])
        except ChildDiedError as error:
            self.end()
            message = f"the parser cannot be started: {error}"
            raise ParserFailedError(message) from error
        except BaseException:
            self.end()
            raise

    @property
    def process_id(self) -> int:
        """The process's number."""
        return self._process.pid

    def exchange(self, name: bytes, content: bytes) -> Answer:
        """Return what the process answers to a file.

        Raises ChildDiedError, or ParserFailedError where it was too slow or answered out of bounds; it is ended then.
        """
        self._last_words()  # of the file before
        too_slow = f"the file took longer than {self._limits.seconds:g} s to parse (QA_PARSER_SECONDS)"
        with self._at_most(self._limits.seconds, too_slow):
            try:
                files = self._stream(self._process.stdin)
                with suppress(BrokenPipeError):  # what ended it is told by reading
                    write_frame(files, name)
                    write_frame(files, content)
                answer = Answer(self._read(MOST_HEAD_BYTES), self._read(self._limits.text_bytes))
            except FrameTooLongError as error:
                self.end()
                message = f"the parser's answer is out of bounds: {error}"
                raise ParserFailedError(message) from error
            except BaseException:  # an interrupted parser is of no more use than a dead one
                self.end()
                raise
        return answer

    def end(self) -> None:
        """Kill the process and all that it started."""
        self._kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):  # the child is gone, and what it had not read with it
                    stream.close()
        self._process.wait()

    def _kill(self) -> None:
        if self._process.poll() is None:  # once it has been waited for, its number may be somebody else's
            with suppress(ProcessLookupError, PermissionError):  # macOS: not permitted where it is just dying
                os.killpg(self._process.pid, signal.SIGKILL)

    @contextmanager
    def _at_most(self, seconds: float, too_slow: str) -> Iterator[None]:
        """Kill the process where the block takes longer, and raise ParserFailedError then."""
        too_late = threading.Event()

        def stop() -> None:
            too_late.set()
            self._kill()

        deadline = threading.Timer(seconds, stop)
        started = time.monotonic()
        deadline.start()
        try:
            yield
        except ChildDiedError:
            if not too_late.is_set():
                raise
        finally:
            deadline.cancel()
            deadline.join()
        is_late = too_late.is_set() or time.monotonic() - started > seconds
        if is_late:  # also where the answer came at the last moment: its process may be gone
            self.end()
            raise ParserFailedError(too_slow)

    def _read(self, most: int) -> bytes:
        frame = read_frame(self._stream(self._process.stdout), most)
        if frame is None:
            raise self._death()
        return frame

    def _death(self) -> ChildDiedError:
        """Return how the process ended, which it has or is about to, and log what it said last."""
        try:
            code = self._process.wait(_DYING_SECONDS)
        except subprocess.TimeoutExpired:
            return ChildDiedError("it closed its answers and went on")
        said = self._last_words().strip()
        if code < 0:
            name, meaning = f"killed by {signal.Signals(-code).name}", _MEANINGS.get(signal.Signals(-code), "")
        else:
            name, meaning = f"exit status {code}", said.rpartition("\n")[2][:_LONGEST_MEANING]
        _log.warning("parser_died", by=name, said=said[-_LONGEST_LOGGED:])
        return ChildDiedError(f"{name} ({meaning})" if meaning else name, may_be_chance=-code in _FROM_OUTSIDE)

    def _last_words(self) -> str:
        """Return what the process has said on standard error since this was asked last."""
        return (self._stream(self._process.stderr).read(_LAST_WORDS) or b"").decode(errors="replace")

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None  # every one is a pipe
        return stream
