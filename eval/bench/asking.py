"""Figures of one process: taking documents in, asking, starting."""

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing

import numpy as np

from eval.bench.processes import memory_of, milliseconds, peak_memory, percentiles
from eval.suites import Selection, read_task
from eval.suites.seeds import Folders
from qa_service.assembly import build_service
from qa_service.config import Settings

WARM_UP = 10
_STARTS = 3
_QUESTION = "Где меняется ширина колеи?"


def questions() -> Sequence[str]:
    """Return the development half of the questions about the sample documents."""
    return [question.text for question in read_task("seeds", Selection()).questions]


def measure_ingest(settings: Settings) -> dict[str, float]:
    """Take the sample documents in; the model is loaded before the clock starts."""
    with closing(build_service(settings)) as service:
        report = service.ingest_paths([Folders.of(None).documents])
    return {
        "ingest_passages": report.embedded,
        "ingest_passages_per_second": report.embedded / report.seconds,
        "ingest_mib": peak_memory(),
    }


def measure_questions(settings: Settings) -> dict[str, float]:
    """Ask every question once, after a few that warm the process up."""
    started = time.perf_counter()
    with closing(build_service(settings)) as service:
        service.require_ready()
        loaded = time.perf_counter() - started
        asked = questions()
        for question in asked[:WARM_UP]:
            service.ask(question)
        found = [service.ask(question).timings for question in asked[WARM_UP:]]
    return {
        "load_seconds": loaded,
        **percentiles("question_ms", [timings.total for timings in found]),
        "embed_ms_p50": float(np.median([timings.embed for timings in found])),
        "retrieve_ms_p50": float(np.median([timings.retrieve for timings in found])),
        "ask_mib": memory_of("self"),
        "ask_peak_mib": peak_memory(),
    }


def measure_start(settings: Settings) -> dict[str, float]:
    """Ask one question from the shell, several times."""
    command = [sys.executable, "-m", "qa_service.cli", "ask", _QUESTION, "--data", str(settings.data)]
    starts = [
        milliseconds(lambda: subprocess.run(command, check=False, stdout=subprocess.DEVNULL)) for _ in range(_STARTS)
    ]
    return {"cold_start_seconds": float(np.median(starts)) / 1000}
