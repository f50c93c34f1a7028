"""The service while it is being loaded, and after."""

import threading
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from qa_service.api.problems import NotReadyError
from qa_service.service import QAService
from qa_service.uploads.runner import JobRunner

_CLOSING_SECONDS = 5


class Readiness:
    """Loads the service in a thread, so that the process can answer that it is alive while it does; then runs its jobs.

    `build` runs once; then `on_ready` gets the service, or `on_failure` the error.
    """

    def __init__(
        self,
        build: Callable[[], QAService],
        on_ready: Callable[[QAService], None],
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._build = build
        self._on_ready = on_ready
        self._on_failure = on_failure
        self._service: QAService | None = None
        self._runner: JobRunner | None = None
        self._thread = threading.Thread(target=self._load, name="loading", daemon=True)

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def service(self) -> QAService:
        """Return the service. Raises NotReadyError while there is none."""
        if self._service is None:
            message = "the model and the index are still being loaded; try again in a few seconds"
            raise NotReadyError(message)
        return self._service

    def close(self) -> None:
        """Close the service. Loading that does not end within seconds is left to die with the process.

        That loses nothing: a document is either written whole or not at all.
        """
        self._thread.join(_CLOSING_SECONDS)
        is_still = self._runner is None or self._runner.close()
        if self._service is not None and is_still:
            self._service.close()

    def _load(self) -> None:
        try:
            service = self._build()
            service.require_ready()
        except Exception as error:  # handed on to whoever runs the process; a thread has nobody above it
            self._on_failure(error)
            return
        self._runner = JobRunner(service)
        self._runner.start()
        self._service = service
        self._on_ready(service)


def _service(request: Request) -> QAService:
    readiness: Readiness = request.app.state.readiness
    return readiness.service()


Service = Annotated[QAService, Depends(_service)]
