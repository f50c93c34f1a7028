"""A server that is sent the files of `tests/hostile.py`: it answers, says why each is refused, and keeps its bounds."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.apps import take_in as take_in_file
from tests.conftest import running_server
from tests.hostile import HOSTILE, SAMPLES, Hostile

SECONDS, MEMORY_MIB, CHARACTERS = 2, 512, 2_000_000
GROWTH_MIB = 512
"""What the server may grow by: files of 32 MiB, a hundred thousand passages, and never what a file unpacks to."""

PAUSE = 0.25
PATIENCE = httpx2.Timeout(120)


@dataclass(slots=True)
class Siege:
    """What was seen while the hostile files were sent."""

    address: str
    server: int
    there_before: frozenset[str]
    """Names of temporary files that the server makes when it starts."""

    outcomes: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    """By name: the reason, or None and the text."""

    answered: dict[str, int] = field(default_factory=dict)
    """By name: how often the server answered a question while it had the file."""

    parsers: dict[int, float] = field(default_factory=dict)
    """By process: the most memory a parser was seen to hold, in MiB."""

    growth: float = 0
    """By how much the most memory that the server held has grown, in MiB."""

    def send(self, hostile: Hostile) -> None:
        """Send a file, and ask until it is dealt with."""
        with httpx2.Client(base_url=self.address, timeout=PATIENCE) as client, ThreadPoolExecutor(1) as beside:
            sending = beside.submit(take_in, self.address, hostile.name, hostile.build())
            self.answered[hostile.name] = sum(1 for _ in self._questions(client, sending))
            self.outcomes[hostile.name] = sending.result()

    def _questions(self, client: httpx2.Client, sending: Future[tuple[str | None, str]]) -> Iterator[None]:
        is_done = False
        while not is_done:
            assert client.get("/healthz").status_code == 200
            assert client.post("/v1/ask", json={"question": "Што такое Прыпяць?"}).json()["passages"]
            for process in children(self.server):
                self.parsers[process] = max(self.parsers.get(process, 0), memory(process, "VmHWM"))
            yield
            is_done = bool(wait([sending], PAUSE).done)


def take_in(address: str, name: str, content: bytes) -> tuple[str | None, str]:
    """Send a file; return the reason it is refused for and no text, or None and its text."""
    with httpx2.Client(base_url=address, timeout=PATIENCE) as client:
        outcome = take_in_file(client, name, content)
        if outcome["document_id"] is not None:
            return None, client.get(f"/v1/documents/{outcome['document_id']}/text").text
        assert outcome["status"] == "failed"
        assert outcome["problem"] != "fault", outcome["reason"]
        return outcome["reason"], ""


def children(process: int) -> Sequence[int]:
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(each) for path in found for each in path.read_text().split()]


def memory(process: int, what: str) -> float:
    """Return a process's memory in MiB, as Linux names it; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024


def server_on(data: Path) -> int:
    """Return the process that serves a data folder."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        if os.fsencode(data) in command.read_bytes().split(b"\0"):
            return int(command.parent.name)
    pytest.fail(f"nothing serves {data}")


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server puts temporary files."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory, temporary: Path) -> Iterator[Siege]:
    """A server that has been sent every hostile file, two at a time."""
    data = tmp_path_factory.mktemp("siege") / "data"
    limits = {
        "QA_PARSER_SECONDS": str(SECONDS),
        "QA_PARSER_MEMORY_BYTES": str(MEMORY_MIB * 2**20),
        "QA_MAX_TEXT_CHARACTERS": str(CHARACTERS),
    }
    with running_server(data, QA_MODEL="hashing", TMPDIR=str(temporary), **limits) as address:
        siege = Siege(address, server_on(data), frozenset(path.name for path in temporary.iterdir()))
        for ending, build in SAMPLES.items():
            assert take_in(address, f"before.{ending}", build())[0] is None
        before = memory(siege.server, "VmHWM")
        with ThreadPoolExecutor(2) as senders:
            list(senders.map(siege.send, HOSTILE))
        siege.growth = memory(siege.server, "VmHWM") - before
        yield siege


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: ascii(hostile.name))
def test_every_file_has_its_text_or_a_clear_reason(siege: Siege, hostile: Hostile) -> None:
    reason, text = siege.outcomes[hostile.name]
    assert hostile.wrong(reason, text) is None
    assert siege.answered[hostile.name] > 0


def test_memory_stays_within_its_bounds(siege: Siege) -> None:
    assert siege.parsers
    assert max(siege.parsers.values()) < MEMORY_MIB
    assert siege.growth < GROWTH_MIB


def test_good_files_are_taken_in_afterwards_and_nothing_is_left(siege: Siege, temporary: Path) -> None:
    for ending, build in SAMPLES.items():
        reason, text = take_in(siege.address, f"after.{ending}", build() + b"\n")
        assert (reason, "Прыпяць" in text) == (None, True), ending
    assert {path.name for path in temporary.iterdir()} <= siege.there_before
    assert len(children(siege.server)) <= 2
