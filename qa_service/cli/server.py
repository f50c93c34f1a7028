"""The server: one process, one worker, loading beside answering."""

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import ParamSpec

import structlog
import uvicorn

from qa_service.api.app import create_app
from qa_service.assembly import build_service
from qa_service.cli import console, printing
from qa_service.cli.progress import progress_bars
from qa_service.config import Settings, require_safe_to_serve, unknown_variables
from qa_service.errors import ConfigurationError
from qa_service.service import QAService

_FINISHING_SECONDS = 10
"""How long requests in flight may take after the server was told to stop."""

_log = structlog.get_logger(__name__)
_Parameters = ParamSpec("_Parameters")


def run_server(settings: Settings, paths: Sequence[Path]) -> None:
    """Serve until told to stop, taking in `paths` before the first answer.

    Raises ConfigurationError where serving is unsafe or the address cannot be had, and whatever keeps the service from
    being loaded.
    """
    require_safe_to_serve(settings)
    for name, near in unknown_variables(os.environ).items():
        _log.warning("a variable has no effect", variable=name, did_you_mean=near)
    listener = listen(settings.host, settings.port)
    loading = _Loading(settings, paths, _address(settings.host, listener))
    app = create_app(settings, loading.build, on_ready=loading.on_ready, on_failure=loading.on_failure)
    server = _Server(app, loading)
    loading.on_end = server.end
    loading.announce("starting", f"in {settings.data.resolve()}; stop with Ctrl-C", data=str(settings.data.resolve()))
    server.run([listener])
    if loading.failure is not None:
        raise loading.failure
    _leave_threads()


class _Loading:
    """What happens beside the server at first: the model is loaded, documents are taken in."""

    def __init__(self, settings: Settings, paths: Sequence[Path], address: str) -> None:
        self._settings = settings
        self._paths = paths
        self._address = address
        self.failure: Exception | None = None
        self.on_end: Callable[[], None] = lambda: None
        self.is_stopping = threading.Event()

    def build(self) -> QAService:
        """Return the service with the paths taken in. Raises _StoppedError once it is stopping."""
        with progress_bars() as (on_build, on_ingest):
            service = build_service(self._settings, self._stoppable(on_build))
            report = service.ingest_paths(self._paths, self._stoppable(on_ingest)) if self._paths else None
        if report is not None:
            printing.print_report(report)
        return service

    def on_ready(self, service: QAService) -> None:
        """Say where to ask."""
        totals = service.totals()
        held = f"{totals.documents} documents, {totals.passages} passages"
        hint = held if totals.documents else "no documents yet: `qa-service ingest PATH`, or upload some"
        self.announce("ready", f"({hint})", documents=totals.documents, passages=totals.passages)

    def on_failure(self, error: Exception) -> None:
        """End the server, for the error to be told; an end that was asked for is no failure."""
        if not self.is_stopping.is_set():
            self.failure = error
            self.on_end()

    def announce(self, state: str, remark: str, **facts: object) -> None:
        """Tell the operator, in the form that the log has."""
        if self._settings.log_format == "json":
            _log.info(state, address=self._address, **facts)
        else:
            console.err.print(f"{state}: {self._address} {remark}")

    def _stoppable(self, callback: Callable[_Parameters, None]) -> Callable[_Parameters, None]:
        def checked(*arguments: _Parameters.args, **options: _Parameters.kwargs) -> None:
            if self.is_stopping.is_set():
                raise _StoppedError
            callback(*arguments, **options)

        return checked


class _StoppedError(Exception):
    """The server was told to stop while it was loading."""


class _Server(uvicorn.Server):
    """Ends with success on a signal, and lets loading end with it."""

    def __init__(self, app: Callable[..., object], loading: _Loading) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # whose word counts, QA_TRUSTED_PROXIES says
            ws="none",
            timeout_graceful_shutdown=_FINISHING_SECONDS,
        )
        super().__init__(config)
        self._loading = loading

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal comes. uvicorn raises that signal once more at the end, which would be no success."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.handle_exit)
        super().run(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop; a second Ctrl-C does not wait for requests in flight."""
        self._loading.is_stopping.set()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """Begin to stop without a signal."""
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one. Raises ConfigurationError for one it cannot have."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
        # asyncio sends what it is given at once only where a socket says that it is TCP: else answers take 40 ms more
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, listener.detach())
    except OSError as error:
        advice = {
            errno.EADDRINUSE: "it is already in use; stop what uses it, or set QA_PORT (--port) to another",
            errno.EACCES: "that needs more rights; set QA_PORT (--port) above 1023",
        }
        reason = (error.strerror or "").split(" (")[0]  # socket.create_server repeats the address in brackets
        reason = advice.get(error.errno or 0, f"{reason}; set QA_HOST (--host) to an address of this machine")
        message = f"cannot serve on {host} port {port}: {reason}"
        raise ConfigurationError(message) from error


def _address(host: str, listener: socket.socket) -> str:
    """Return the address to open; one that stands for every address is not one to open."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    name = f"[{name}]" if ":" in name else name
    return f"http://{name}:{listener.getsockname()[1]}/"


def _leave_threads() -> None:
    """End the process although a thread is still at work, as in a long upload; what it has not committed is not kept.

    Left to itself the interpreter would wait for it, and native code does not survive that the interpreter is gone.
    """
    others = [thread for thread in threading.enumerate() if thread is not threading.current_thread()]
    for thread in others:
        thread.join(1)
    if any(thread.is_alive() for thread in others):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
