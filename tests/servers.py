"""A server process whose end a test decides, gently or not."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

ENDING_SECONDS = 40
ADDRESS = re.compile(r"http://[^/\s\"]+")


class Server:
    """A server process whose log is read all the time: one that nobody reads would block it once the pipe is full."""

    def __init__(self, data: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "qa_service.cli", "serve", "--data", str(data), "--port", "0"]
        variables = os.environ | {"QA_MODEL": "hashing"} | environment
        self.process = subprocess.Popen(
            command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self._lines: list[str] = []
        self._is_told = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self._is_told.wait()
        self.address = httpx2.URL(self._ready_address())

    def log(self) -> str:
        """Wait for the process to end and return everything it said."""
        self.process.wait(ENDING_SECONDS)
        self._reader.join()
        return "".join(self._lines)

    def close(self) -> None:
        """Kill it, as `kill -9` does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self._lines.append(line)
                if "ready" in line:
                    self._is_told.set()
        self._is_told.set()

    def _ready_address(self) -> str:
        for line in self._lines:
            if "ready" in line and (match := ADDRESS.search(line)):
                return match.group()
        pytest.fail(f"the server ended before it was ready: {self._lines}")


@contextmanager
def started(data: Path, **environment: str) -> Iterator[Server]:
    """Give a server that is ready."""
    server = Server(data, **environment)
    try:
        yield server
    finally:
        server.close()
