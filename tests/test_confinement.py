"""What a parser's process can no longer do once it is confined: by Python, and past Python by the kernel."""

import json
import platform
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from qa_service.errors import UnreadableDocumentError
from qa_service.parsers.confinement import ForbiddenError, Hook
from qa_service.parsers.documents import parse_document
from qa_service.parsers.kernel import _MACHINES, _program
from tests import hostile
from tests.hostile import SAMPLES, damaged
from tests.hostile_archives import docx_reaching_out, epub_reaching_out, html_reaching_out
from tests.parts import shared_parser

ATTEMPTS: Mapping[str, str] = {
    "a socket": "socket.socket()",
    "a look-up of a name": "socket.getaddrinfo('localhost', 80)",
    "a program": "subprocess.run(['true'])",
    "a shell": "os.system('true')",
    "another process": "os.fork()",
    "a signal": "os.kill(os.getppid(), 0)",
    "a file of the system": "open('/etc/passwd')",
    "a file of the checkout": "open('README.md')",
    "what it is itself": "open('/proc/self/environ')",
    "a new file": "open('/tmp/new', 'w')",
    "a new file by its number": "os.open('/tmp/new', os.O_CREAT | os.O_WRONLY)",
    "a temporary file": "tempfile.TemporaryFile()",
    "removing a file": "os.remove('/tmp/new')",
    "a library": "ctypes.CDLL('libm.so.6')",
}
"""What is tried in Python, and refused by the hook."""

CALLS: Mapping[str, str] = {
    "a socket": "libc.socket(2, 1, 0)",
    "a socket for datagrams": "libc.socket(2, 2, 0)",
    "a socket of this machine": "libc.socket(1, 1, 0)",
    "a pair of sockets": "libc.socketpair(1, 1, 0, (ctypes.c_int * 2)())",
    "another process": "libc.fork()",
    "a program": "libc.execv(b'/bin/true', (ctypes.c_char_p * 2)(b'/bin/true', None))",
    "a signal": "libc.kill(os.getppid(), 0)",
    "reading another process": "libc.ptrace(16, os.getppid(), 0, 0)",
    "a ring of system calls": "libc.syscall(425, 8, 0)",
    "a file of the system": "libc.open(b'/etc/passwd', 0)",
    "a file of the checkout": "libc.open(b'README.md', 0)",
    "a new file": "libc.open(b'/tmp/new', 65, 0o600)",
    "removing a file": "libc.unlink(b'/tmp/new')",
    "a folder": "libc.mkdir(b'/tmp/new-folder', 0o700)",
}
"""What is tried as a library in C would, past the hook."""

SCRIPT = """
import ctypes, json, os, socket, subprocess, sys, tempfile
libc = ctypes.CDLL(None, use_errno=True)
from qa_service.parsers.confinement import bound_memory, confine
bound_memory(2**29)
holds = confine()
attempts, calls = json.loads(sys.argv[1])
seen = {}
for name, attempt in attempts.items():
    try:
        seen[name] = repr(eval(attempt))
    except Exception as error:
        seen[name] = type(error).__name__
called = {name: eval(call) for name, call in calls.items()}
try:
    bytearray(2**30)
    memory = "unbounded"
except MemoryError:
    memory = "bounded"
import colorsys  # a module that was not loaded before
print(json.dumps([holds, seen, called, memory]))
"""


@pytest.fixture(scope="module")
def confined() -> tuple[list[str], dict[str, str], dict[str, int], str]:
    """What a confined process says holds, and what came of trying."""
    command = [sys.executable, "-c", SCRIPT, json.dumps([ATTEMPTS, CALLS])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    holds, seen, called, memory = json.loads(done.stdout)
    return holds, seen, called, memory


Confined = tuple[list[str], dict[str, str], dict[str, int], str]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_hook_refuses(confined: Confined, attempt: str) -> None:
    assert confined[1][attempt] == "ForbiddenError"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines what is not Python")
@pytest.mark.parametrize("call", CALLS)
def test_the_kernel_refuses(confined: Confined, call: str) -> None:
    needed = "landlock" if call in ("a new file", "removing a file", "a folder") or "file" in call else "seccomp"
    if needed not in confined[0]:
        pytest.skip(f"this kernel has no {needed}")
    assert confined[2][call] == -1


def test_memory_is_bounded_and_what_holds_is_told(confined: Confined) -> None:
    assert confined[3] == "bounded" or sys.platform == "darwin"
    assert {"open files", "written bytes", "core files", "audit hook"} <= set(confined[0])


def test_the_hook_lets_python_read_its_own_files_and_open_streams(tmp_path: Path) -> None:
    hook = Hook([str(tmp_path)])
    hook("open", (str(tmp_path / "module.py"), "r", 0))
    hook("open", (1, "wb", 0))
    hook("import", ("anything",))
    for outside in (f"{tmp_path}-beside/a", str(tmp_path / ".." / "a"), b"/etc/passwd", None):
        with pytest.raises(ForbiddenError, match="may not open"):
            hook("open", (outside, "r", 0))
    with pytest.raises(ForbiddenError, match=r"may not open 'a\.pyc' for writing"):
        hook("open", (str(tmp_path / "a.pyc"), None, 1))


def test_a_link_out_of_pythons_folders_is_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(ForbiddenError, match="may not open 'passwd'"):
        Hook([str(tmp_path)])("open", (str(tmp_path / "link"), "r", 0))


@pytest.mark.parametrize("name", _MACHINES)
def test_filters_are_whole(name: str) -> None:
    """Load and check the machine, check the second numbering, two steps a call, allow."""
    machine = _MACHINES[name]
    assert len(_program(machine)) == 8 * (3 + 3 + 2 * len(machine.refused) + 2 + 1)
    assert len(set(machine.refused)) == len(machine.refused)


def test_this_machine_is_known() -> None:
    assert platform.machine() in (*_MACHINES, "arm64")


# --- nothing outside is asked for ---


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.mark.parametrize(
    ("name", "build"), [("a.docx", docx_reaching_out), ("a.html", html_reaching_out), ("a.epub", epub_reaching_out)]
)
def test_what_a_file_names_elsewhere_is_not_fetched(
    listener: socket.socket, name: str, build: Callable[[str], bytes]
) -> None:
    """Neither where the parser could, in this process, nor in its own."""
    content = build(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    assert parse_document(name, content).text == shared_parser().parse(name, content).text == "Words of its own."
    with pytest.raises(BlockingIOError):
        listener.accept()


# --- broken files of every format ---


@pytest.mark.parametrize("ending", SAMPLES)
def test_a_broken_file_is_read_or_refused_and_the_next_is_read(ending: str) -> None:
    parser, whole = shared_parser(), SAMPLES[ending]()
    for content in damaged(whole, 40):
        try:
            assert parser.parse(f"a.{ending}", content).text
        except UnreadableDocumentError as error:
            assert len(str(error)) > 10
    assert "Прыпяць" in parser.parse(f"a.{ending}", whole).text


def test_the_script_writes_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(
        hostile, "HOSTILE", [each for each in hostile.HOSTILE if each.name.startswith(("own", "macros"))]
    )
    hostile.main([str(tmp_path / "corpus")])
    written = {path.name for path in (tmp_path / "corpus").iterdir()}
    assert written == {"own-pages.pdf", "own-table.pdf", "macros.docx", *(f"damaged-{ending}" for ending in SAMPLES)}
    assert len(list((tmp_path / "corpus" / "damaged-docx").iterdir())) == 80
