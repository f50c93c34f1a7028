"""The parser's child process: bounded in time and memory, and no loss when it dies."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from qa_service.errors import ParserFailedError, UnreadableDocumentError, UnsupportedDocumentError
from qa_service.parsers.documents import parse_document
from qa_service.parsers.process import ParserProcess
from tests.conftest import SEEDS

GENEROUS_SECONDS = 120.0
GENEROUS_MEMORY = 2 * 2**30


def parser_of(seconds: float = GENEROUS_SECONDS, memory: int = GENEROUS_MEMORY) -> closing[ParserProcess]:
    return closing(ParserProcess(seconds, memory))


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with parser_of() as process:
        yield process


def child_of(parser: ParserProcess) -> int:
    """Return the process id of the running child."""
    child = parser._child
    assert child is not None
    return child.pid


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*/*"))[::5], ids=lambda path: path.name)
def test_a_child_gives_what_parsing_here_gives(parser: ParserProcess, path: Path) -> None:
    assert parser.parse(path.name, path.read_bytes()) == parse_document(path.name, path.read_bytes())


def test_errors_of_a_file_come_back_as_they_are_and_end_nothing(parser: ParserProcess) -> None:
    parser.parse("a.txt", b"text")
    before = child_of(parser)
    with pytest.raises(UnsupportedDocumentError, match="PNG"):
        parser.parse("a.txt", b"\x89PNG")
    with pytest.raises(UnreadableDocumentError, match="the PDF is damaged"):
        parser.parse("a.txt", b"%PDF-1.7")
    with pytest.raises(UnreadableDocumentError, match="0xFF at position 3"):
        parser.parse("a.txt", b"ok \xff")
    assert parser.parse("a.txt", b"text").text == "text"
    assert child_of(parser) == before


def test_names_of_any_kind(parser: ParserProcess) -> None:
    assert parser.parse("я" * 100_000 + ".md", b"# A").title == "A"
    assert parser.parse(os.fsdecode(b"\xff\xfe.md"), b"# A").title == "A"
    assert parser.parse("\ud800.html", b"<h1>A</h1>").title == "A"
    assert parser.parse("../../etc/passwd", b"A").title == "A"


def test_twenty_megabytes(parser: ParserProcess) -> None:
    paragraph = "Прыпяць — рака ў Беларусі і ва Украіне.\n\n"
    content = (paragraph * (20 * 2**20 // len(paragraph.encode()))).encode()
    parsed = parser.parse("big.txt", content)
    assert parsed.text == content.decode().rstrip()


def test_threads_take_turns(parser: ParserProcess) -> None:
    with ThreadPoolExecutor(8) as pool:
        parsed = list(pool.map(lambda number: parser.parse(f"{number}.txt", f"text {number}".encode()), range(40)))
    assert [each.text for each in parsed] == [f"text {number}" for number in range(40)]


def test_a_child_that_was_killed_is_replaced(parser: ParserProcess) -> None:
    parser.parse("a.txt", b"text")
    killed = child_of(parser)
    os.kill(killed, signal.SIGKILL)
    assert parser.parse("a.txt", b"more text").text == "more text"
    assert child_of(parser) != killed


def test_a_file_that_the_child_dies_of_gets_one_more_try() -> None:
    with parser_of() as parser, ThreadPoolExecutor(1) as pool:
        parser.parse("a.txt", b"text")
        pending = pool.submit(parser.parse, "slow.md", b"[" * 100_000)
        for _ in range(2):
            _kill_running_child(parser)
        with pytest.raises(ParserFailedError, match="made the parser die"):
            pending.result()
        assert parser.parse("a.txt", b"text").text == "text"


def _kill_running_child(parser: ParserProcess) -> None:
    child = parser._child
    while child is None or child.poll() is not None:
        child = parser._child
    child.kill()
    child.wait()


def test_a_file_that_takes_too_long_fails_alone() -> None:
    with parser_of(seconds=0.01) as parser:
        with pytest.raises(ParserFailedError, match=r"longer than 0\.01 s to parse \(QA_PARSER_SECONDS\)"):
            parser.parse("a.txt", b"text")
        parser._seconds = GENEROUS_SECONDS
        assert parser.parse("a.txt", b"text").text == "text"


def test_a_parser_that_hangs_is_killed() -> None:
    """Brackets that never close take markdown-it time that grows with their square."""
    with parser_of() as parser:
        parser.parse("a.txt", b"the child is up")
        hanging = child_of(parser)
        parser._seconds = 1.0
        with pytest.raises(ParserFailedError, match="longer than 1 s"):
            parser.parse("slow.md", b"[" * 400_000)
        with pytest.raises(ProcessLookupError):
            os.kill(hanging, 0)
        parser._seconds = GENEROUS_SECONDS
        assert parser.parse("a.txt", b"text").text == "text"


@pytest.mark.parametrize(
    ("name", "content"),
    [("big.html", b"<p><b>x</b>" * 3_000_000), ("big.txt", b"x \r\n" * 5_000_000), ("big.md", b"- x\n" * 2_000_000)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_takes_too_much_memory_fails_alone(name: str, content: bytes) -> None:
    with parser_of(memory=400 * 2**20) as parser:
        with pytest.raises(ParserFailedError, match=r"QA_PARSER_MEMORY_BYTES|made the parser die"):
            parser.parse(name, content)
        assert parser.parse("a.txt", b"text").text == "text"


def test_the_least_memory_that_can_be_configured_is_enough_for_a_small_file() -> None:
    with parser_of(memory=2**28) as parser:
        assert parser.parse("a.html", b"<h1>A</h1><p>text").text == "A\n\ntext"


def test_closing_ends_the_child_and_parsing_starts_another() -> None:
    with parser_of() as parser:
        parser.close()
        parser.parse("a.txt", b"text")
        first = child_of(parser)
        parser.close()
        parser.close()
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        assert parser.parse("a.txt", b"text").text == "text"


def test_modules_in_the_current_folder_are_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("yaml", "lxml", "json", "trafilatura"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    with parser_of() as parser:
        assert parser.parse("a.md", b"# A").title == "A"
