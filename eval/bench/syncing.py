"""Figures of `qa-service sync`: a folder of small files taken in, and looked at again when nothing has changed."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from eval.bench.processes import milliseconds
from qa_service.config import Settings

_TIMES = 5
_TEXT = "File {number}: the keeper of lighthouse {number} counted {cranes} cranes.\n"


def measure_sync(settings: Settings, files: int, folder: Path) -> dict[str, float]:
    """Sync a folder of so many files by the command, start and end of the process included, then again and again."""
    folder.mkdir(parents=True)
    for number in range(files):
        (folder / f"{number:06}.txt").write_text(_TEXT.format(number=number, cranes=7 * number), encoding="utf-8")
    command = [sys.executable, "-m", "qa_service.cli", "sync", str(folder), "--data", str(settings.data)]

    def run() -> object:
        return subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    first = milliseconds(run)
    again = [milliseconds(run) for _ in range(_TIMES)]
    return {
        "sync_files": files,
        "sync_seconds": first / 1000,
        "sync_again_seconds": float(np.median(again)) / 1000,
    }
