"""`qa-service serve` at its two ends: what keeps it from starting, and what it still finishes when told to stop."""

import json
import signal
import socket
from pathlib import Path

import httpx2
import pytest

from tests.apps import take_in
from tests.conftest import RunCli
from tests.servers import ENDING_SECONDS, started

KEY = "a-key-that-must-not-be-logged"
BODY = b'{"question": "Where does the gauge change?"}'


def connect(address: httpx2.URL) -> socket.socket:
    return socket.create_connection((address.host, address.port or 0), timeout=ENDING_SECONDS)


def receive_all(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def wait_until_closed_to_others(address: httpx2.URL) -> None:
    while True:
        try:
            connect(address).close()
        except ConnectionError:
            return


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_request_in_flight_is_finished(tmp_path: Path, stop: signal.Signals) -> None:
    """The server has read the head and waits for the body when it is told to stop; the body comes after that."""
    head = (
        b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Expect: 100-continue\r\nContent-Length: " + str(len(BODY)).encode() + b"\r\n\r\n"
    )
    with started(tmp_path / "data") as server, connect(server.address) as connection:
        connection.sendall(head)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        server.process.send_signal(stop)
        wait_until_closed_to_others(server.address)
        connection.sendall(BODY)
        answer = receive_all(connection)
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["reason"] == "no_documents"
        assert "Traceback" not in server.log()
        assert server.process.returncode == 0


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_client_that_never_finishes_is_cut_off_and_its_key_is_not_logged(tmp_path: Path, log_format: str) -> None:
    """What is cut off is logged with a traceback, whose frames hold the request's headers."""
    head = (
        "POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        f"Content-Length: 100\r\nAuthorization: Bearer {KEY}\r\nX-API-Key: {KEY}\r\n\r\n"
    )
    with started(tmp_path / "data", QA_LOG_FORMAT=log_format, QA_API_KEYS=KEY) as server:
        with connect(server.address) as connection:
            connection.sendall(head.encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
            server.process.terminate()
            log = server.log()
        assert server.process.returncode == 0
        assert "CancelledError" in log
        assert KEY not in log


def test_saved_index_is_of_the_last_generation(tmp_path: Path) -> None:
    with started(tmp_path / "data") as server:
        with httpx2.Client(base_url=server.address) as client:
            for text in ("One.", "Two."):
                assert take_in(client, "a.txt", text)["status"] == "added"
        server.process.terminate()
        assert server.process.wait(ENDING_SECONDS) == 0
    assert json.loads((tmp_path / "data" / "index" / "vectors.json").read_text())["generation"] == 2


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"QA_PORT": "eight"}, ["QA_PORT", '"eight"']),
        ({"QA_HOST": "10.255.255.254", "QA_API_KEYS": "a-key-of-some-length"}, ["10.255.255.254", "QA_HOST"]),
        ({"QA_ALLOWED_HOSTS": "qa.example"}, ["qa.example", "QA_API_KEYS"]),
        ({"QA_LANGUAGES": "xx"}, ["QA_LANGUAGES", "xx"]),
        ({"QA_MODEL": "./no/such/folder"}, ["./no/such/folder"]),
        ({"QA_DATA": "/dev/null/data"}, ["/dev/null/data", "QA_DATA"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_keeps_it_from_starting_is_told(run_cli: RunCli, environment: dict[str, str], words: list[str]) -> None:
    arguments = [] if "QA_PORT" in environment else ["--port", "0"]
    done = run_cli("serve", *arguments, **environment)
    assert done.returncode == 1
    assert [word for word in words if word not in done.stderr] == []
    assert "Traceback" not in done.stderr
