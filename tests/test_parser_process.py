"""The parsers' child processes: bounded in time, memory and answers, and no loss when they die."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from qa_service.errors import ParserFailedError, UnreadableDocumentError, UnsupportedDocumentError
from qa_service.outline import Page, Parsed
from qa_service.parsers import frames
from qa_service.parsers.child import Child
from qa_service.parsers.documents import parse_document
from qa_service.parsers.frames import Answer, FrameTooLongError, Limits, read_frame
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
    return parser.waiting()[-1]


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


@pytest.mark.parametrize(("by", "tries"), [(signal.SIGKILL, 2), (signal.SIGABRT, 1)])
def test_a_file_gets_one_more_try_where_something_else_may_have_ended_the_child(
    monkeypatch: pytest.MonkeyPatch, by: signal.Signals, tries: int
) -> None:
    tried: list[int] = []

    class Doomed(Child):
        """Dies of one file."""

        def exchange(self, name: bytes, content: bytes) -> Answer:
            if name == b"deadly.txt":
                tried.append(self.process_id)
                os.kill(self.process_id, by)
            return super().exchange(name, content)

    monkeypatch.setattr("qa_service.parsers.process.Child", Doomed)
    with parser_of() as parser:
        parser.parse("a.txt", b"text")
        with pytest.raises(ParserFailedError, match=rf"made the parser die: killed by {by.name} \(.*memory ran out"):
            parser.parse("deadly.txt", b"text")
        assert len(set(tried)) == len(tried) == tries
        assert parser.parse("a.txt", b"text").text == "text"


def children() -> set[int]:
    """Return the parsers that this process has started."""
    found = (int(each) for path in Path("/proc/self/task").glob("*/children") for each in path.read_text().split())
    return {each for each in found if b"qa_service.parsers.worker" in Path(f"/proc/{each}/cmdline").read_bytes()}


def test_a_file_that_takes_too_long_fails_alone() -> None:
    with parser_of(seconds=0.01) as parser:
        with pytest.raises(ParserFailedError, match=r"longer than 0\.01 s to parse \(QA_PARSER_SECONDS\)"):
            parser.parse("a.md", b"[" * 100_000)
        parser.limits = replace(parser.limits, seconds=GENEROUS_SECONDS)
        assert parser.parse("a.txt", b"text").text == "text"


def test_a_parser_that_hangs_is_killed() -> None:
    """Brackets that never close take markdown-it time that grows with their square."""
    with parser_of(seconds=1) as parser:
        parser.parse("a.txt", b"the child is up")
        hanging = child_of(parser)
        with pytest.raises(ParserFailedError, match="longer than 1 s"):
            parser.parse("slow.md", b"[" * 400_000)
        with pytest.raises(ProcessLookupError):
            os.kill(hanging, 0)
        assert parser.parse("a.txt", b"text").text == "text"


def test_a_file_that_takes_long_does_not_keep_others_waiting() -> None:
    others = children()
    with parser_of() as parser, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(parser.parse, "slow.md", b"[" * 400_000)
        while children() <= others:
            pass
        assert [parser.parse(f"{number}.txt", b"text").text for number in range(20)] == ["text"] * 20
        assert not slow.done()
        for process in children() - others - set(parser.waiting()):
            os.kill(process, signal.SIGKILL)
        with pytest.raises(ParserFailedError, match="killed by SIGKILL"):
            slow.result()


def test_no_more_files_at_once_than_there_may_be_processes() -> None:
    with (
        closing(ParserProcess(GENEROUS_SECONDS, GENEROUS_MEMORY, processes=3)) as parser,
        ThreadPoolExecutor(8) as pool,
    ):
        list(pool.map(lambda number: parser.parse(f"{number}.md", b"[" * 1_000), range(12)))
        assert 1 <= len(parser.waiting()) <= 3


def test_a_hang_ends_though_nobody_is_there_to_kill_it(tmp_path: Path) -> None:
    """The service is killed while a parser hangs: the processor time that it may use is its end."""
    script = tmp_path / "service.py"
    script.write_text(
        "import os, signal, sys, threading\n"
        "from qa_service.parsers.child import Child\n"
        "from qa_service.parsers.frames import Limits, write_frame\n"
        f"child = Child(Limits(1, {GENEROUS_MEMORY}, 1000))\n"
        "write_frame(child._process.stdin, b'slow.md')\n"
        "write_frame(child._process.stdin, b'[' * 400_000)\n"
        "print(child.process_id, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, check=False)
    assert killed.returncode == -signal.SIGKILL
    status = Path(f"/proc/{int(killed.stdout)}/status")
    deadline = time.monotonic() + 60
    while is_running(status) and time.monotonic() < deadline:
        pass
    assert not is_running(status)


def is_running(status: Path) -> bool:
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_more_text_than_is_taken_in_is_refused() -> None:
    with closing(ParserProcess(GENEROUS_SECONDS, GENEROUS_MEMORY, 10)) as parser:
        assert parser.parse("a.txt", "ў".encode() * 10).text == "ў" * 10
        before = child_of(parser)
        with pytest.raises(UnreadableDocumentError, match=r"11 characters, more than the 10 .* QA_MAX_TEXT_CHARACTERS"):
            parser.parse("a.txt", b"x" * 11)
        assert child_of(parser) == before


def test_what_the_child_says_before_it_dies_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trafilatura.py").write_text("raise ImportError('libxml2 is too old')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with (
        parser_of() as parser,
        pytest.raises(ParserFailedError, match=r"cannot be started: exit .* libxml2 is too old"),
    ):
        parser.parse("a.txt", b"text")


def test_an_interrupt_ends_the_child_that_has_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(stream: object, most: int) -> bytes:
        raise KeyboardInterrupt

    with parser_of() as parser:
        parser.parse("a.txt", b"text")
        running = child_of(parser)
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr("qa_service.parsers.child.read_frame", interrupted)
            parser.parse("a.txt", b"text")
        with pytest.raises(ProcessLookupError):
            os.kill(running, 0)
        assert parser.parse("a.txt", b"text").text == "text"


def test_a_system_that_starts_no_process_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with parser_of() as parser, pytest.raises(ParserFailedError, match=r"cannot be started: .*No such file"):
        parser.parse("a.txt", b"text")


def test_a_parser_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_API_KEYS", "a key that nobody else may know")
    with parser_of() as parser:
        parser.parse("a.txt", b"text")
        environment = Path(f"/proc/{child_of(parser)}/environ").read_bytes()
    assert b"PYTHON" in environment or b"OPENBLAS" in environment
    assert b"QA_" not in environment
    assert b"a key" not in environment


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (b"not JSON", "makes no sense: JSONDecodeError"),
        (b"[]", "makes no sense: KeyError|makes no sense: TypeError"),
        (b'{"error": "SystemExit", "message": "x"}', "makes no sense: KeyError"),
        (b'{"media_type": "text/plain"}', "makes no sense: KeyError"),
        (b"[" * 100_000, "makes no sense: RecursionError"),
    ],
)
def test_an_answer_that_nothing_packed_is_a_failure(head: bytes, message: str) -> None:
    with pytest.raises(ParserFailedError, match=message):
        Answer(head).parsed()


def test_an_answer_longer_than_any_is_not_read() -> None:
    with pytest.raises(FrameTooLongError, match="a frame of 2,147,483,648 bytes, more than 100"):
        read_frame(io.BytesIO(b"\x80\0\0\0"), 100)
    assert read_frame(io.BytesIO(b"\0\0\0\x05ab"), 100) is None


def test_more_beside_the_text_than_a_document_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(1, 1, 10_000_000)
    monkeypatch.setattr(frames, "MOST_MARKS", 3)
    monkeypatch.setattr(frames, "MOST_HEAD_BYTES", 1_000)
    pages = tuple(Page(number, number + 1) for number in range(4))
    with pytest.raises(UnreadableDocumentError, match="it has 4 headings, pages and places, more than 3"):
        Answer.of(Parsed("x" * 10, "text/plain", pages=pages), limits)
    with pytest.raises(UnreadableDocumentError, match=r"metadata and places take 1,\d{3} bytes, more than the 1,000"):
        Answer.of(Parsed("x", "text/plain", metadata={"a": "x" * 1_000}), limits)
    assert Answer.of(Parsed("x", "text/plain", pages=pages[:3]), limits).parsed().pages == pages[:3]


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
