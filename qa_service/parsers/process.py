"""The service's side of the parsers: a few child processes, each with one file at a time."""

import threading

from qa_service.errors import ParserFailedError, UnreadableDocumentError
from qa_service.outline import Parsed
from qa_service.parsers.child import Child, ChildDiedError
from qa_service.parsers.frames import Answer, Limits


class ParserProcess:
    """Parses files in child processes that are started when first needed and again after they died.

    Safe to use from several threads: as many files are parsed at once as there may be processes, the others wait.
    """

    def __init__(self, seconds: float, memory_bytes: int, text_characters: int = 2**25, *, processes: int = 2) -> None:
        self.limits = Limits(seconds, memory_bytes, text_characters)
        self._processes = processes
        self._places = threading.BoundedSemaphore(processes)
        self._closing = threading.Lock()
        self._lock = threading.Lock()
        self._idle: list[Child] = []

    def parse(self, name: str, content: bytes) -> Parsed:
        """Return the canonical text of a file. Raises UnreadableDocumentError or one of its kinds."""
        with self._places:
            child, answer = self._exchange(name.encode("utf-8", "replace"), content)
            is_sound = False
            try:
                parsed = answer.parsed()
                is_sound = True
            except UnreadableDocumentError as error:
                is_sound = not isinstance(error, ParserFailedError)
                raise
            finally:
                if is_sound:
                    self._give_back(child)
                else:
                    child.end()  # the next file gets a child in good order
            return parsed

    def holds(self) -> tuple[str, ...]:
        """Return what bounds and confines a parser on this machine. Raises ParserFailedError where none starts."""
        with self._places:
            child = self._idle_one() or Child(self.limits)
            self._give_back(child)
            return child.holds

    def waiting(self) -> tuple[int, ...]:
        """Return the process ids of the children that wait for a file."""
        with self._lock:
            return tuple(child.process_id for child in self._idle)

    def close(self) -> None:
        """End the children, each after the file it has."""
        with self._closing:
            for _ in range(self._processes):
                self._places.acquire()
            while self._idle:
                self._idle.pop().end()
            self._places.release(self._processes)

    def _exchange(self, name: bytes, content: bytes) -> tuple[Child, Answer]:
        """Return a child and its answer. Raises ParserFailedError."""
        child = self._idle_one()
        if child is not None:
            try:
                return child, child.exchange(name, content)
            except ChildDiedError as error:
                if not error.may_be_chance:  # which may have come before this file, or while it was read
                    raise _failure(error) from error
        child = Child(self.limits)
        try:
            return child, child.exchange(name, content)
        except ChildDiedError as error:
            raise _failure(error) from error

    def _idle_one(self) -> Child | None:
        """Return the child that was used last, so that the others stay where the system put them; None for none."""
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, child: Child) -> None:
        with self._lock:
            self._idle.append(child)


def _failure(error: ChildDiedError) -> ParserFailedError:
    return ParserFailedError(f"the file made the parser die: {error}")
