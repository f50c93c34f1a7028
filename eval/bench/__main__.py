"""The command: measure everything, print a table, write it as JSON, Markdown and a picture."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from eval.bench.asking import measure_ingest, measure_questions, measure_start
from eval.bench.growth import measure_index, measure_search, sizes_up_to
from eval.bench.parsing import measure_parsing
from eval.bench.processes import measured_in_child, size_of
from eval.bench.report import picture, table
from eval.bench.serving import measure_serving
from eval.bench.syncing import measure_sync
from eval.provenance import commit, machine, versions
from qa_service.config import Settings, load_settings

_CLIENTS = (1, 4, 16, 64)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything; in a child process, measure one thing and write it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench"), help="folder for bench.md, bench.json and bench.svg")
    parser.add_argument("--vectors", type=int, default=1_000_000, help="largest vector index, in passages")
    parser.add_argument("--passages", type=int, default=100_000, help="largest collection that is asked as a whole")
    parser.add_argument("--uploaded", type=int, default=1_000, help="passages taken in while questions are asked")
    parser.add_argument("--characters", type=int, default=1_000_000, help="length of the documents that are parsed")
    parser.add_argument("--files", type=int, default=10_000, help="small files in a folder that is kept in step")
    parser.add_argument("--measure", choices=_MEASURED, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.measure:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # standard output is the figures'
        sys.stdout.write(json.dumps(_MEASURED[given.measure](load_settings(data=given.data), given)))
        return
    with tempfile.TemporaryDirectory(prefix="qa-bench-") as folder:
        found = _measure_all(Path(folder), given)
    about = {"machine": machine(), "commit": commit(), "model": load_settings().model, "versions": versions()}
    written = table(found, about)
    sys.stdout.write(written + "\n")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "bench.md").write_text(written + "\n", encoding="utf-8")
    (given.out / "bench.json").write_text(json.dumps(about | found, indent=1) + "\n", encoding="utf-8")
    (given.out / "bench.svg").write_text(picture(found), encoding="utf-8")


_MEASURED: Mapping[str, Callable[[Settings, argparse.Namespace], Any]] = {
    "ingest": lambda settings, given: measure_ingest(settings),
    "questions": lambda settings, given: measure_questions(settings),
    "start": lambda settings, given: measure_start(settings),
    "serving": lambda settings, given: measure_serving(settings, _CLIENTS, given.uploaded),
    "index": lambda settings, given: measure_index(settings, given.vectors),
    "parsing": lambda settings, given: measure_parsing(settings, given.characters),
    "sync": lambda settings, given: measure_sync(settings, given.files, given.folder),
    "search": lambda settings, given: measure_search(settings, given.passages, given.folder),
}


def _measure_all(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Return `figures` by name, `parsing`, one row a format, and `crowds`, `indexes` and `searches`, one row a size."""
    data = folder / "data"
    figures: dict[str, float] = {}
    for what in ("ingest", "questions", "start"):
        figures |= _measured(what, data)
    figures |= {"data_mib": size_of(data), "index_mib": size_of(data / "index")}
    indexes = [_measured("index", data, "--vectors", str(size)) for size in sizes_up_to(given.vectors)]
    searches = [
        _measured("search", data, "--passages", str(size), "--folder", str(folder / f"of-{size}"))
        for size in sizes_up_to(given.passages)
    ]
    synced = ("--files", str(given.files), "--folder", str(folder / "synced"))
    figures |= _measured("sync", folder / "of-synced", *synced)
    figures |= _measured("serving", data, "--uploaded", str(given.uploaded))  # last: it takes a document in
    crowds = figures.pop("crowds")
    parsing = _measured("parsing", data, "--characters", str(given.characters))
    return {"figures": figures, "parsing": parsing, "crowds": crowds, "indexes": indexes, "searches": searches}


def _measured(what: str, data: Path, *options: str) -> Any:
    sys.stderr.write(f"measuring {what} {' '.join(options[:2])}\n")
    return measured_in_child(what, "--data", str(data), *options)


if __name__ == "__main__":
    main()
