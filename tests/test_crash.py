"""Killed at any moment, or writing at once: what was acknowledged is there, once and whole, and every index agrees."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from structlog.testing import capture_logs

from qa_service.store import Store
from tests import victim
from tests.conftest import RunCli
from tests.parts import PASSAGE, Parts, RecordingEncoder, opened
from tests.victim import Step, Trap

Work: TypeAlias = Callable[..., None]

DOCUMENTS = 240
SHARED = 40
"""Paragraphs that several documents have."""

FIRST_SECONDS = 0.05
"""About what a process needs for its first document, start included."""


@pytest.fixture(scope="module")
def server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.victim"])
    return context


def text_of(number: int, edition: int) -> str:
    """A document of three to five paragraphs: own ones that an edition changes or keeps, and one that others share."""
    own = [
        f"Document {number} says this in paragraph {index}, and it never changes at all. " * 2
        for index in range(number % 3)
    ]
    changing = [f"This is what edition {edition} of document {number} says, and no other does. " * 2]
    shared = [f"This is common paragraph {number % SHARED}, which several documents have. " * 2]
    return "\n\n".join(paragraph.strip() for paragraph in [*own, *changing, *shared, f"The end of {number}."])


def write_files(folder: Path, edition: int = 1, count: int = DOCUMENTS) -> dict[Path, str]:
    folder.mkdir(exist_ok=True)
    texts = {folder / f"{number:03}.txt": text_of(number, edition) for number in range(count)}
    for path, text in texts.items():
        path.write_text(text)
    return texts


@dataclass(slots=True)
class Run:
    """What a process told before it ended."""

    is_killed: bool
    in_flight: Path | None = None
    acknowledged: list[Path] = field(default_factory=list)
    embedded: list[str] = field(default_factory=list)
    batches_in_flight: list[list[str]] = field(default_factory=list)

    @property
    def embedded_in_flight(self) -> list[str]:
        return [text for batch in self.batches_in_flight for text in batch]


def run_victim(server: ForkServerContext, work: Work, end: Trap | float | None, *arguments: object) -> Run:
    """Run it until it ends, sets off its trap, or has taken in `end` new documents and is killed."""
    receiving, sending = server.Pipe(duplex=False)
    process = server.Process(target=work, args=(sending, end if isinstance(end, Trap) else None, *arguments))
    process.start()
    sending.close()
    told = list(_told(receiving, process, end if isinstance(end, float) else None))
    receiving.close()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL)
    run = Run(is_killed=process.exitcode != 0)
    for what, content in told:
        if what == "begun":
            run.in_flight = content
        elif what == "embedding":
            run.batches_in_flight.append(content)
        elif what == "done":
            run.acknowledged.append(content)
            run.embedded += run.embedded_in_flight
            run.in_flight, run.batches_in_flight = None, []
    return run


def _told(
    receiving: "Connection[Any, Any]", process: ForkServerProcess, end: float | None
) -> Iterator[tuple[str, Any]]:
    """Yield what a process tells. To end at 3.7 is to be killed on the fourth document, 0.7 of a document's time in."""
    taken, is_new, started = 0, False, time.monotonic()
    clock: threading.Timer | None = None
    while True:
        if end is not None and clock is None and taken == int(end):
            usual = (time.monotonic() - started) / taken if taken else FIRST_SECONDS
            clock = threading.Timer(end % 1 * usual, process.kill)
            clock.start()
        try:
            what, content = receiving.recv()
        except EOFError:
            break
        if what == "embedding" and not is_new:
            is_new, started = True, started if taken else time.monotonic()
        elif what == "done":
            taken, is_new = taken + is_new, False
        yield what, content
    if clock is not None:
        clock.cancel()
        clock.join()


@dataclass(slots=True)
class Ledger:
    """What must be in the store, by what the processes told, and what they embedded for it."""

    kept: dict[Path, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    kills: int = 0
    cut_short: int = 0
    left_behind: int = 0
    lost_in_flight: int = 0
    embedded: int = 0

    def add(self, run: Run, texts: dict[Path, str], parts: Parts) -> None:
        """Hold a run against the store: nothing acknowledged is missing, and at most one document more is there."""
        self.kills += run.is_killed
        self.embedded += len(run.embedded) + len(run.embedded_in_flight)
        assert self.known.isdisjoint(run.embedded + run.embedded_in_flight), "embedded again for nothing"
        stored = stored_texts(parts)
        for path in run.acknowledged:
            self.kept[path] = texts[path]
        if run.in_flight is not None and stored.get(run.in_flight) != self.kept.get(run.in_flight):
            self.kept[run.in_flight] = texts[run.in_flight]
            self.known.update(run.embedded_in_flight)
        else:
            self.lost_in_flight += len(run.embedded_in_flight)
        self.known.update(run.embedded)
        assert stored == self.kept


def stored_texts(parts: Parts) -> dict[Path, str]:
    origins = parts.store.origins()
    texts = {Path(origin.removeprefix("file:")): parts.store.text(identifier) for identifier, origin in origins}
    assert len(texts) == len(origins) == parts.store.totals().documents
    return texts


def require_whole(parts: Parts) -> None:
    """Every document has exactly its own passages, the database is sound, and the indexes agree without embedding."""
    assert isinstance(parts.encoder, RecordingEncoder)
    assert parts.store.database.problems() == []
    assert parts.dense.problems() == parts.lexical.problems() == []
    assert parts.encoder.embedded == []
    with parts.store.snapshot():
        found: dict[str, list[str]] = {identifier: [] for identifier, _ in parts.store.origins()}
        passages = parts.store.passages(parts.store.passage_ids()).values()
        for passage in sorted(passages, key=lambda passage: passage.span.start):
            assert passage.text == passage.span.of(parts.store.text(passage.document.id))
            found[passage.document.id].append(passage.text)
        for identifier, texts in found.items():
            assert "\n\n".join(texts) == parts.store.text(identifier)


@contextmanager
def examined(data: Path) -> Iterator[Parts]:
    """Open the data folder as the next start would, saving nothing."""
    with capture_logs(), opened(data, RecordingEncoder(victim.MODEL), passage_characters=PASSAGE) as parts:
        yield parts


def planned_ends(seed: int) -> list[Trap | float]:
    """Ends at random moments, and at random steps inside transactions, inside SQLite's writes, and of the cache."""
    chance = random.Random(seed)
    moments: list[Trap | float] = [chance.uniform(0, 8) for _ in range(14)]
    latest_steps: dict[Step, int] = {"statement": 300, "database": 150, "cache": 60}
    traps: list[Trap | float] = [
        Trap(at, chance.randrange(latest)) for at, latest in latest_steps.items() for _ in range(6)
    ]
    return chance.sample(moments + traps, len(moments + traps))


def test_killed_anywhere_nothing_acknowledged_is_lost(
    server: ForkServerContext, tmp_path: Path, run_cli: RunCli
) -> None:
    """First every document is new, then every document is edited; the command line finishes what is left."""
    data, ledger = tmp_path / "data", Ledger()
    for edition in (1, 2):
        texts = write_files(tmp_path / "documents", edition)
        for end in planned_ends(seed=edition):
            run = run_victim(server, victim.take_in, end, data, list(texts))
            ledger.cut_short += any((data / "index").glob(".*.tmp"))
            ledger.left_behind += any((data / "index").glob("*.work-*"))
            with examined(data) as parts:
                require_whole(parts)
                ledger.add(run, texts, parts)
            assert list((data / "index").glob("*.work-*")) == []
        taken = sum(ledger.kept.get(path) == text for path, text in texts.items())
        assert 0 < taken < DOCUMENTS

        finished = run_cli("ingest", tmp_path / "documents", "--json", QA_PASSAGE_CHARACTERS=str(PASSAGE))
        report = json.loads(finished.stdout)
        assert report["counts"]["unchanged"] == taken
        assert sum(report["counts"].values()) == DOCUMENTS
        ledger.embedded += report["passages_embedded"]
        ledger.kept = texts
        with examined(data) as parts:
            require_whole(parts)
            assert stored_texts(parts) == texts
            ledger.known.update(passage.text for passage in parts.store.passages(parts.store.passage_ids()).values())
        assert ledger.embedded == len(ledger.known) + ledger.lost_in_flight
    assert ledger.kills >= 50
    assert ledger.lost_in_flight > 0, "no kill fell between embedding and commit"
    assert ledger.cut_short > 0, "no kill fell into a write of the cache"
    assert ledger.left_behind > 0, "no killed process had files of its own"


def test_the_command_itself_may_be_killed(tmp_path: Path, run_cli: RunCli) -> None:
    generation, texts = 3, write_files(tmp_path / "documents")
    data = tmp_path / "data"
    settings = {"QA_DATA": str(data), "QA_MODEL": "hashing", "QA_PASSAGE_CHARACTERS": str(PASSAGE)}
    command = [sys.executable, "-m", "qa_service.cli", "ingest", str(tmp_path / "documents")]
    process = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    store = Store(data / "store.sqlite3")
    while store.generation() < generation and process.poll() is None:
        pass
    process.kill()
    assert process.wait() == -signal.SIGKILL
    store.close()
    with examined(data) as parts:
        require_whole(parts)
        taken = stored_texts(parts)
        assert len(taken) >= generation
        assert taken.items() <= texts.items()
    report = json.loads(run_cli("ingest", tmp_path / "documents", "--json", **settings).stdout)
    assert report["counts"] == {"added": DOCUMENTS - len(taken), "unchanged": len(taken)}
    with examined(data) as parts:
        require_whole(parts)
        assert stored_texts(parts) == texts


def test_rebuild_goes_on_after_being_killed(server: ForkServerContext, tmp_path: Path) -> None:
    """Until the switch the old model's index is whole; what was embedded for the new one is not embedded again."""
    data, texts = tmp_path / "data", write_files(tmp_path / "documents", count=80)
    assert not run_victim(server, victim.take_in, None, data, list(texts)).is_killed
    with examined(data) as parts:
        passages = {passage.text for passage in parts.store.passages(parts.store.passage_ids()).values()}
        before = parts.store.state()
    chance = random.Random(3)
    ends = [Trap(at, chance.randrange(400)) for at in ("statement", "database", "statement", "database")]
    ends += [Trap("statement", chance.randrange(700, 1400)) for _ in range(3)]  # about where the switch is
    kept: set[str] = set()
    begun: set[str] = set()
    kills = 0
    for end in ends:
        run = run_victim(server, victim.rebuild, end, data)
        kills += run.is_killed
        assert kept.isdisjoint(run.embedded_in_flight)
        kept.update(*run.batches_in_flight[:-1])
        begun.update(*run.batches_in_flight[-1:])
        with examined(data) as parts:
            if parts.store.state() != before:
                break
            require_whole(parts)
            assert stored_texts(parts) == texts
    assert kills >= 4
    run = run_victim(server, victim.rebuild, None, data)
    assert not run.is_killed
    assert kept | begun | set(run.embedded_in_flight) == passages
    assert kept.isdisjoint(run.embedded_in_flight)
    with opened(data, RecordingEncoder(victim.OTHER_MODEL), passage_characters=PASSAGE) as parts:
        require_whole(parts)
        assert stored_texts(parts) == texts


def test_processes_write_at_once_while_another_reads(server: ForkServerContext, tmp_path: Path) -> None:
    """Both take in all documents, from the two ends, and some are deleted under them; the reader sees all of it."""
    data, texts = tmp_path / "data", write_files(tmp_path / "documents", count=100)
    files = list(texts)
    pipes = [server.Pipe(duplex=False) for _ in range(2)]
    writers = [
        server.Process(target=victim.take_in, args=(sending, None, data, order))
        for (_, sending), order in zip(pipes, (files, files[::-1]), strict=True)
    ]
    with examined(data) as reader:
        for writer, (_, sending) in zip(writers, pipes, strict=True):
            writer.start()
            sending.close()
        generations, deleted = [reader.dense.synchronise()], 0
        while any(writer.is_alive() for writer in writers):
            for receiving, _ in pipes:
                _drain(receiving)
            require_whole(reader)
            generations.append(reader.dense.synchronise())
            if deleted < 5 and (documents := reader.store.documents(1)):
                gone_from = reader.store.delete_document(documents[0].id)
                deleted += 1
                assert reader.dense.synchronise() >= gone_from
        assert [writer.exitcode for writer in writers] == [0, 0]
        assert generations == sorted(generations)
        assert len(set(generations)) > 5
        require_whole(reader)
        assert stored_texts(reader).items() <= texts.items()
        assert reader.store.totals().documents >= len(texts) - deleted
    for receiving, _ in pipes:
        receiving.close()


def _drain(receiving: "Connection[Any, Any]") -> None:
    try:
        while receiving.poll():
            receiving.recv()
    except EOFError:
        return
