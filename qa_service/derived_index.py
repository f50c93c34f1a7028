"""What every index is that is derived from the store: it follows the store's generation and is cached on disk."""

import threading
from abc import ABC, abstractmethod

import structlog

from qa_service.index_cache import IndexCache, UnusableCacheError
from qa_service.store import Store

_log = structlog.get_logger(__name__)


class DerivedIndex(ABC):
    """Keeps an index at the store's generation, and its cache. Safe to use from several threads.

    Whatever is missing from the cache, damaged or behind is brought up from the store. What a subclass does to its
    index it does with `_lock` held.
    """

    def __init__(self, store: Store, cache: IndexCache, what: str) -> None:
        """Load the cache, or start empty where it cannot be used. `what` is the index's name in the log."""
        self._store = store
        self._cache = cache
        self._what = what
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._unusable: str | None = None
        self._generation = self._load()
        self._revision = 0
        self._saved: tuple[int, int] | None = self._state

    @property
    def _state(self) -> tuple[int, int]:
        """The generation and, of one generation, the number of times that the index was put in another order."""
        return self._generation, self._revision

    def synchronise(self) -> int:
        """Bring the index to the store's generation and return it."""
        with self._lock:
            self._catch_up()
            return self._generation

    def save(self) -> None:
        """Write the cache. A full disk is logged, not raised: the store holds everything the cache does."""
        with self._saving:
            try:
                with self._lock:
                    self._catch_up()
                    if self._saved == self._state:
                        return
                    content, state = self._content(), self._state
                self._cache.save(content, state[0])
            except OSError as error:
                message = f"{self._what} cache not saved; the next start brings it up from the store"
                _log.warning(message, reason=str(error))
                return
            self._saved = state

    def rebuild(self) -> int:
        """Throw the index away, build it anew from the store and save it. Return the number of passages."""
        with self._saving, self._lock:
            self._start_anew()
            self._generation, self._saved = 0, None
        self.save()
        return len(self)

    @abstractmethod
    def __len__(self) -> int:
        """Return how many passages it holds."""

    @abstractmethod
    def _follow(self) -> None:
        """Apply what the store has since `_generation`, inside a snapshot; all of it, or nothing where that fails."""

    @abstractmethod
    def _content(self) -> bytes:
        """Return the whole index as bytes. Raises OSError."""

    @abstractmethod
    def _restore(self, content: bytes) -> None:
        """Make the index of what `_content` returned. Raises OSError or ValueError."""

    @abstractmethod
    def _start_anew(self) -> None:
        """Make the index an empty one."""

    def _catch_up(self) -> None:
        if self._store.generation() <= self._generation:
            return  # less where the caller holds a snapshot that is older than the index
        if self._unusable is not None:
            _log.warning(f"{self._what} cache not usable; building it anew from the store", reason=self._unusable)
            self._unusable = None
        with self._store.snapshot():
            generation = self._store.generation()
            self._follow()
        self._generation = generation

    def _load(self) -> int:
        """Return the generation of what could be loaded, which is 0 where nothing could."""
        try:
            content, generation = self._cache.load(self._store.generation)
            self._restore(content)
        except (UnusableCacheError, OSError, ValueError) as error:
            self._unusable = str(error) if self._store.generation() > 0 else None
            self._start_anew()
            return 0
        return generation
