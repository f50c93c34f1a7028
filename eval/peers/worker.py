"""A process that holds one system. `python -m eval.peers.worker MODULE` answers lines of JSON with lines of JSON.

The first line is a set-up: `model`, `folder`, `passages`. The answer: `load_seconds`, `take_in_seconds`, `peak_mib`,
`versions`. Every further line asks: `questions`, `top_k`. The answer: `milliseconds` and `rankings`, one a question,
and `peak_mib`. The process ends when its input does.
"""

import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO, TypeVar, cast

from eval.peers.protocol import Model, Peer, PeerModule

_BENEATH = ("numpy", "torch", "sentence-transformers", "transformers", "faiss-cpu")
"""Packages that speed hangs on, whatever the system."""

T = TypeVar("T")


def set_up(module_name: str, told: Mapping[str, Any]) -> tuple[Peer, dict[str, Any]]:
    """Load a system, its libraries included, and take the passages in; return it with the figures."""

    def load() -> tuple[Peer, tuple[str, ...]]:
        module = cast(PeerModule, import_module(module_name))
        return module.load(Model(**told["model"]), told["folder"]), module.PACKAGES

    (peer, packages), load_seconds = _timed(load)
    _, take_in_seconds = _timed(lambda: peer.take_in(told["passages"]))
    figures = {
        "load_seconds": load_seconds,
        "take_in_seconds": take_in_seconds,
        "peak_mib": peak_memory(),
        "versions": {"python": platform.python_version(), **_versions((*packages, *_BENEATH))},
    }
    return peer, figures


def ask(peer: Peer, told: Mapping[str, Any]) -> dict[str, Any]:
    """Ask questions one after another, each timed by itself."""
    answers = [_timed(partial(peer.search, text, told["top_k"])) for text in told["questions"]]
    return {
        "milliseconds": [seconds * 1000 for _, seconds in answers],
        "rankings": [ranking for ranking, _ in answers],
        "peak_mib": peak_memory(),
    }


def peak_memory() -> float:
    """Return the most memory this process held, in MiB, and on Linux each of its living children."""
    if not Path("/proc/self/status").is_file():
        peak_of_self = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak_of_self / (2**20 if sys.platform == "darwin" else 1024)
    listed = (path.read_text(encoding="ascii") for path in Path("/proc/self/task").glob("*/children"))
    children = [identifier for line in listed for identifier in line.split()]
    return sum(map(_peak_of, ("self", *children)))


def _peak_of(process: str) -> float:
    with suppress(FileNotFoundError, ProcessLookupError, StopIteration):  # a child may have ended since
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024
    return 0.0


def _versions(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for package in dict.fromkeys(packages):
        with suppress(ModuleNotFoundError):  # what importlib.metadata raises is a kind of it
            found[package] = version(package)
    return found


def _timed(run: Callable[[], T]) -> tuple[T, float]:
    """Return what a call returns, and the seconds it takes."""
    started = time.perf_counter()
    returned = run()
    return returned, time.perf_counter() - started


def _only_answers() -> TextIO:
    """Return the standard output, and lead what libraries print to the standard error instead."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def main(arguments: Sequence[str]) -> None:
    """Answer until the input ends."""
    answers = _only_answers()
    peer, figures = set_up(arguments[0], json.loads(sys.stdin.readline()))
    print(json.dumps(figures), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(ask(peer, json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
