"""Processes of systems under comparison: started in the environment they need, and ended again."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import httpx2

from eval.errors import EvalError
from eval.peers.protocol import environment

_ROOT = Path(__file__).parents[2]
_STARTING_SECONDS = 900
_ENDING_SECONDS = 30
_SHOWN = 2_000
"""Characters of a log that an error shows."""


class Worker:
    """A system in a process of its own, which answers a line of JSON with a line of JSON."""

    def __init__(self, name: str, process: subprocess.Popen[str], log: Path) -> None:
        self.name = name
        self._process = process
        self._log = log

    def exchange(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer. Raises EvalError, with the end of what the process said, where it died."""
        sent, received = _pipes(self._process)
        try:
            sent.write(json.dumps(told) + "\n")
            sent.flush()
            line = received.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            reason = f"{self.name} ended without an answer (`make peers` installs the peers):\n{_end_of(self._log)}"
            raise EvalError(reason)
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def working(name: str, python: Path, module: str, log: Path) -> Iterator[Worker]:
    """Give a worker that holds the system of `module`; end it afterwards. Raises EvalError for a missing `python`."""
    command = [executable(python), "-m", "eval.peers.worker", module]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command,
            cwd=_ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        try:
            yield Worker(name, process, log)
        finally:
            _pipes(process)[0].close()
            _end(process)


@contextmanager
def serving(
    python: Path, arguments: Sequence[str], log: Path, variables: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """Start a server, `arguments` and then a free port; give its address once `/readyz` says so; end it afterwards.

    `variables` are added to its environment. Raises EvalError where it ends or does not become ready.
    """
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [executable(python), *arguments, "--port", str(port)]
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=_ROOT, env={**environment(), **variables}, stdout=said, stderr=said)
    try:
        _wait_until_ready(address, process, log)
        yield address
    finally:
        process.terminate()
        _end(process)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _STARTING_SECONDS
    with httpx2.Client(trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(f"{address}/readyz").status_code == httpx2.codes.OK:
                    return
            except httpx2.TransportError:
                pass  # not listening yet
            time.sleep(0.1)
    reason = f"the server did not become ready; its log ends:\n{_end_of(log)}"
    raise EvalError(reason)


def _end(process: subprocess.Popen[Any]) -> None:
    try:
        process.wait(_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def executable(python: Path) -> str:
    """Return the absolute path; a link is not followed, since it is what an environment is known by.

    Raises EvalError where there is none.
    """
    if not python.exists():
        reason = f"there is no {python}; run `make peers`, or name the peers' Python with --peers-python"
        raise EvalError(reason)
    return str(python.absolute())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_SHOWN:].strip()
