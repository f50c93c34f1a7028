"""The parent's side of the parser: starts the child, bounds it in time and memory, kills it when it hangs."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from qa_service import errors
from qa_service.errors import ParserFailedError, UnreadableDocumentError
from qa_service.outline import Heading, Mark, Page, Parsed, Place
from qa_service.parsers.frames import read_frame, write_frame
from qa_service.types import Flaw


class ParserProcess:
    """Parses files one at a time in a child process that is started when first needed and again after it died.

    Safe to use from several threads: they wait for each other.
    """

    def __init__(self, seconds: float, memory_bytes: int) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def parse(self, name: str, content: bytes) -> Parsed:
        """Return the canonical text of a file. Raises UnreadableDocumentError or one of its kinds."""
        with self._lock:
            was_running = self._child is not None
            answer = self._exchange(name.encode("utf-8", "replace"), content)
            if answer is None and was_running:  # something else may have ended it, before or while it took this file
                answer = self._exchange(name.encode("utf-8", "replace"), content)
            if answer is not None and answer.get("error") == ParserFailedError.__name__:
                self._end()  # the next file gets a child in good order
        if answer is None:
            message = "the file made the parser die"
            raise ParserFailedError(message)
        if "error" in answer:
            kind: type[UnreadableDocumentError] = getattr(errors, answer["error"])
            raise kind(answer["message"])
        return _parsed(answer["parsed"])

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _exchange(self, name: bytes, content: bytes) -> dict[str, Any] | None:
        """Return the child's answer; None where it died. Raises ParserFailedError where it took too long."""
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        too_late = threading.Event()

        def stop() -> None:
            too_late.set()
            child.kill()

        deadline = threading.Timer(self._seconds, stop)
        deadline.start()
        frame: bytes | None = None
        try:
            with suppress(BrokenPipeError):
                write_frame(child.stdin, name)
                write_frame(child.stdin, content)
                frame = read_frame(child.stdout)
        finally:
            deadline.cancel()
            deadline.join()
            if frame is None or too_late.is_set():
                self._end()
        if frame is not None:
            answer: dict[str, Any] = json.loads(frame)
            return answer
        if too_late.is_set():
            message = f"the file took longer than {self._seconds:g} s to parse (QA_PARSER_SECONDS)"
            raise ParserFailedError(message)
        return None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            # -P: the folder that happens to be the current one may hold modules of other people
            command = [sys.executable, "-P", "-m", "qa_service.parsers.worker", str(self._memory_bytes)]
            self._child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._child

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # the child is gone, and what it had not read with it
                    stream.close()
        self._child.wait()
        self._child = None


def _parsed(fields: dict[str, Any]) -> Parsed:
    headings = tuple(Heading(**heading) for heading in fields.pop("headings"))
    pages = tuple(Page(**page) for page in fields.pop("pages"))
    places = tuple(Place(**place) for place in fields.pop("places"))
    marks = tuple(Mark(**mark) for mark in fields.pop("marks"))
    flaws = tuple(Flaw(**flaw) for flaw in fields.pop("flaws"))
    return Parsed(headings=headings, pages=pages, places=places, marks=marks, flaws=flaws, **fields)
