"""Figures of processes: time, memory, and what a child process measured."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def measured_in_child(what: str, *options: str) -> Any:
    """Return what `python -m eval.bench --measure WHAT` found, which it writes as JSON."""
    command = [sys.executable, "-m", "eval.bench", "--measure", what, *options]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def milliseconds(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def percentiles(name: str, values: Sequence[float]) -> dict[str, float]:
    """Return `NAME_p50`, `NAME_p95` and `NAME_p99`."""
    found = np.percentile(values, (50, 95, 99))
    return {f"{name}_p{rank}": float(value) for rank, value in zip((50, 95, 99), found, strict=True)}


def peak_memory() -> float:
    """Return the most memory this process held, in MiB, without that of its children."""
    if Path("/proc/self/status").is_file():  # where it is there, for `ru_maxrss` begins at what the parent held
        return memory_of("self", "VmHWM")
    peak_of_self = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_of_self / (2**20 if sys.platform == "darwin" else 1024)


def memory_of(process: int | str, what: str = "VmRSS") -> float:
    """Return what Linux says a process holds now (`VmRSS`) or held at most (`VmHWM`), in MiB; NaN elsewhere."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return float("nan")
    line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith(f"{what}:"))
    return int(line.split()[1]) / 1024


def size_of(folder: Path) -> float:
    """Return what the files under a folder take, in MiB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
