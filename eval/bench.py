"""How fast the service is and how much memory it takes, on this machine. Each figure comes from a process of its own.

`python -m eval.bench [--json FILE]`. The documents are the sample collection; the questions are the development half.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from eval.provenance import commit, machine, versions
from eval.suites import Selection, read_task
from eval.suites.seeds import Folders
from qa_service.assembly import build_service
from qa_service.config import Settings, load_settings

_WARM_UP = 10
_STARTS = 3
_LABELS = {
    "question_ms_p50": "question, median (ms)",
    "question_ms_p95": "question, 95th percentile (ms)",
    "question_ms_p99": "question, 99th percentile (ms)",
    "ask_mib": "memory while asking, peak (MiB)",
    "ingest_passages": "passages taken in",
    "ingest_passages_per_second": "passages taken in a second",
    "ingest_mib": "memory while taking in, peak (MiB)",
    "load_seconds": "loading model and index (s)",
    "cold_start_seconds": "`qa-service ask` on a built index, start to end (s)",
    "data_mib": "data folder (MiB)",
    "index_mib": "vector index in it (MiB)",
}


def measure_ingest(settings: Settings) -> dict[str, float]:
    """Take the sample documents in; the model is loaded before the clock starts."""
    with closing(build_service(settings)) as service:
        report = service.ingest_paths([Folders.of(None).documents])
    return {
        "ingest_passages": report.embedded,
        "ingest_passages_per_second": report.embedded / report.seconds,
        "ingest_mib": _peak_memory(),
    }


def measure_questions(settings: Settings) -> dict[str, float]:
    """Ask every question once, after a few that warm the process up."""
    questions = [question.text for question in read_task("seeds", Selection()).questions]
    started = time.perf_counter()
    with closing(build_service(settings)) as service:
        service.require_ready()
        loaded = time.perf_counter() - started
        for question in questions[:_WARM_UP]:
            service.ask(question)
        milliseconds = [_timed(lambda question=question: service.ask(question)) for question in questions]
    p50, p95, p99 = np.percentile(milliseconds, (50, 95, 99))
    return {
        "load_seconds": loaded,
        "question_ms_p50": float(p50),
        "question_ms_p95": float(p95),
        "question_ms_p99": float(p99),
        "ask_mib": _peak_memory(),
    }


def measure_all(data: Path) -> dict[str, float]:
    """Return every figure by its name, taking the sample documents into `data`, which is empty."""
    figures = _in_child("ingest", data) | _in_child("questions", data)
    command = [sys.executable, "-m", "qa_service.cli", "ask", "Где меняется ширина колеи?", "--data", str(data)]
    starts = [_timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)) for _ in range(_STARTS)]
    figures["cold_start_seconds"] = float(np.median(starts)) / 1000
    figures |= {"data_mib": _size(data), "index_mib": _size(data / "index")}
    return {name: round(figures[name], 2) for name in _LABELS}


_MEASURED = {"ingest": measure_ingest, "questions": measure_questions}


def _in_child(what: str, data: Path) -> dict[str, float]:
    """Return the figures that a child process measures."""
    command = [sys.executable, "-m", "eval.bench", "--measure", what, "--data", str(data)]
    figures: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return figures


def _peak_memory() -> float:
    """Return the most memory this process held, in MiB, without that of its children."""
    status = Path("/proc/self/status")
    if status.is_file():  # where it is there, for `ru_maxrss` begins at what the parent held
        peak = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    peak_of_self = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_of_self / (2**20 if sys.platform == "darwin" else 1024)


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def _timed(run: Any) -> float:
    """Return how many milliseconds a call takes."""
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000


def table(figures: Mapping[str, float], about: Mapping[str, Any]) -> str:
    """Return the figures as Markdown, with what they were measured on."""
    versions_used = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    lines = [
        f"{about['machine']}; model {about['model']}; commit {(about['commit'] or 'none')[:12]}; {versions_used}",
        "",
        "| figure | value |",
        "|---|---:|",
        *(f"| {_LABELS[name]} | {value:,g} |" for name, value in figures.items()),
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and print it; in a child process, measure one thing."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--measure", choices=_MEASURED, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.measure:
        sys.stdout.write(json.dumps(_MEASURED[given.measure](load_settings(data=given.data))))
        return
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        figures = measure_all(Path(folder) / "data")
    about = {"machine": machine(), "commit": commit(), "model": load_settings().model, "versions": versions()}
    sys.stdout.write(table(figures, about) + "\n")
    if given.json:
        given.json.write_text(json.dumps(about | {"figures": figures}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
