"""The data folder's store for what is answered beside the service: site keys and feedback need no model."""

import threading
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from qa_service.sites.feedback import FeedbackLog
from qa_service.sites.keys import SiteKeys
from qa_service.store import Store


class SharedStore:
    """Opens the store when it is first needed. Safe to use from several threads."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._open = open_store
        self._lock = threading.Lock()
        self._store: Store | None = None

    def store(self) -> Store:
        """Return the store. Raises StoreError."""
        with self._lock:
            if self._store is None:
                self._store = self._open()
            return self._store

    @property
    def site_keys(self) -> SiteKeys:
        """The keys of sites."""
        return SiteKeys(self.store().database)

    def close(self) -> None:
        """Close the store where it is open."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None


def _feedback(request: Request) -> FeedbackLog:
    shared: SharedStore = request.app.state.shared
    return FeedbackLog(shared.store())


Log = Annotated[FeedbackLog, Depends(_feedback)]
