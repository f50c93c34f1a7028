"""`qa-service serve` as a process: starting, refusing to start, and ending."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.apps import take_in
from tests.conftest import RunCli, free_port, running_server

KEY = "correct-horse-battery-staple"
ENDING_SECONDS = 30
ADDRESS = re.compile(r"(http://[^\s/]+)/")


@contextmanager
def serving(tmp_path: Path, *arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a server on a free port; give the process and the address it says it is ready on."""
    variables = os.environ | {"QA_MODEL": "hashing"} | environment
    command = [sys.executable, "-m", "qa_service.cli", "serve", "--data", str(tmp_path / "data"), "--port", "0"]
    process = subprocess.Popen(
        [*command, *arguments], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        said = ""
        for line in process.stderr:
            said += line
            if "ready" in line and (match := ADDRESS.search(line)):
                yield process, match.group(1)
                break
        else:
            pytest.fail(f"the server ended before it was ready: {said}")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_the_index_saved(tmp_path: Path, stop: signal.Signals) -> None:
    with serving(tmp_path) as (process, address):
        with httpx2.Client(base_url=address) as client:
            assert take_in(client, "notes.txt", "The tower is tall.")["status"] == "added"
        process.send_signal(stop)
        assert process.wait(ENDING_SECONDS) == 0
    assert list((tmp_path / "data" / "index").glob("vectors-*.faiss"))


def test_it_can_be_ended_while_it_takes_documents_in(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3_000):
        (folder / f"{number}.txt").write_text(f"Document number {number} says something of its own.")
    port = free_port()
    command = [sys.executable, "-m", "qa_service.cli", "serve", "--data", str(tmp_path / "data"), "--port", str(port)]
    process = subprocess.Popen([*command, "--ingest", str(folder)], env=os.environ | {"QA_MODEL": "hashing"})
    try:
        wait_until_alive(f"http://127.0.0.1:{port}", process)
        not_ready = httpx2.get(f"http://127.0.0.1:{port}/readyz")
        assert not_ready.status_code == 503
        assert not_ready.headers["Retry-After"]
        process.terminate()
        assert process.wait(ENDING_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


def wait_until_alive(address: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            if httpx2.get(f"{address}/healthz").status_code == 200:
                return
        except httpx2.TransportError:
            continue
    pytest.fail("the server ended before it was alive")


def test_it_listens_on_ipv6_loopback(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "::1") as (_, address):
        assert address.startswith("http://[::1]:")
        assert httpx2.get(f"{address}/healthz").json() == {"status": "ok"}


def test_it_reports_as_json_where_asked(tmp_path: Path) -> None:
    with serving(tmp_path, QA_LOG_FORMAT="json") as (_, address):
        assert httpx2.get(f"{address}/readyz").json()["documents"] == 0


def test_documents_are_taken_in_before_the_first_answer(tmp_path: Path) -> None:
    (tmp_path / "tower.md").write_text("# Tower\n\nThe tower of Kamianets is thirty metres tall.", encoding="utf-8")
    arguments = ("--ingest", tmp_path / "tower.md")
    with running_server(tmp_path / "data", *arguments, QA_MODEL="hashing") as address:
        answer = httpx2.post(f"{address}/v1/ask", json={"question": "How tall is the tower of Kamianets?"}).json()
    assert answer["answer"]["text"] == "The tower of Kamianets is thirty metres tall."


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_refuses_to_serve_elsewhere_without_keys(run_cli: RunCli, host: str) -> None:
    done = run_cli("serve", "--host", host)
    assert done.returncode == 1
    assert "refusing to serve" in done.stderr
    assert "QA_API_KEYS" in done.stderr


def test_with_keys_it_serves_elsewhere_and_asks_writers_for_one(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0", QA_API_KEYS=KEY) as (_, address):
        files = {"file": ("a.txt", b"text of some kind")}
        assert httpx2.post(f"{address}/v1/documents", files=files).status_code == 401
        headers = {"Authorization": f"Bearer {KEY}"}
        assert httpx2.post(f"{address}/v1/documents", files=files, headers=headers).status_code == 202


def test_a_taken_port_is_told(run_cli: RunCli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run_cli("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "already in use" in done.stderr
    assert "QA_PORT" in done.stderr


def test_vectors_of_another_model_keep_it_from_starting(tmp_path: Path, run_cli: RunCli) -> None:
    (tmp_path / "a.txt").write_text("A text to be embedded.")
    assert run_cli("ingest", tmp_path / "a.txt").returncode == 0
    done = run_cli("serve", "--port", "0", QA_MODEL=tiny_model(tmp_path), **PREFIXES)
    assert done.returncode == 1
    assert "qa-service rebuild" in done.stderr
    rebuilt = run_cli("rebuild", QA_MODEL=tiny_model(tmp_path), **PREFIXES)
    assert rebuilt.returncode == 0, rebuilt.stderr
    asked = run_cli("ask", "one two", QA_MODEL=tiny_model(tmp_path), **PREFIXES)
    assert asked.returncode == 0, asked.stderr


PREFIXES = {"QA_MODEL_QUESTION_PREFIX": "", "QA_MODEL_PASSAGE_PREFIX": ""}


def tiny_model(tmp_path: Path) -> str:
    from tests.models import write_tiny_model

    folder = tmp_path / "tiny"
    if not folder.exists():
        write_tiny_model(folder, "mean")
    return str(folder)
