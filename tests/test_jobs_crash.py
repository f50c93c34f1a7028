"""Servers that are killed, told to stop, or share a data folder: what was acknowledged becomes a document, once."""

import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2

from tests.apps import finished
from tests.servers import ENDING_SECONDS, Server, started

PARAGRAPHS = 200
SECONDS = 120


def book(number: int) -> bytes:
    """A text that takes a good while to take in."""
    return "\n\n".join(
        f"Chapter {number} tells in paragraph {index} of river {number * PARAGRAPHS + index} and of its boats. " * 8
        for index in range(PARAGRAPHS)
    ).encode()


def client_of(server: Server) -> httpx2.Client:
    return httpx2.Client(base_url=server.address, timeout=SECONDS)


def send(client: httpx2.Client, numbers: range) -> httpx2.Response:
    response = client.post("/v1/documents", files=[("file", (f"{number}.txt", book(number))) for number in numbers])
    assert response.status_code == 202
    return response


def wait_until(client: httpx2.Client, response: httpx2.Response, is_so: Callable[[dict[str, Any]], bool]) -> None:
    """Ask for a job until it is as wanted."""
    while not is_so(job := client.get(response.headers["location"]).json()):
        assert job["finished_at"] is None, job


def is_read(job: dict[str, Any]) -> bool:
    (first, *_) = job["files"]
    return isinstance(first["passages_total"], int)


def is_first_in(job: dict[str, Any]) -> bool:
    (first, second, *_) = job["files"]
    return (first["status"], second["status"]) == ("added", "working")


def require_books(client: httpx2.Client, count: int) -> None:
    """Check that every book is there once, whole, and in the index."""
    listed = client.get("/v1/documents?limit=500&sort=title").json()
    assert listed["total"] == count
    assert client.get("/readyz").json()["index"]["generation"] == count
    for document in listed["documents"]:
        text = book(int(document["uri"].removesuffix(".txt"))).decode().replace(" \n", "\n").strip()
        assert client.get(f"/v1/documents/{document['id']}/text").text == text
    last = f"What tells of river {PARAGRAPHS * count - 1}?"
    assert client.post("/v1/search", json={"question": last}).json()["passages"]


def test_killed_or_told_to_stop_a_server_goes_on_with_what_it_acknowledged(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started(data) as server, client_of(server) as client:
        response = send(client, range(3))
        # killed with the answer on its way
    with started(data) as server, client_of(server) as client:
        wait_until(client, response, is_read)
        with client.stream("GET", f"{response.headers['location']}/events") as stream:
            assert next(stream.iter_lines()) == "event: progress"
            server.process.send_signal(signal.SIGTERM)  # neither the job nor the stream keeps it from stopping
            assert server.process.wait(ENDING_SECONDS) == 0
    with started(data) as server, client_of(server) as client:
        wait_until(client, response, is_first_in)
        # killed in the midst of the second
    with started(data) as server, client_of(server) as client:
        assert [file["status"] for file in finished(client, response)] == ["added"] * 3
        require_books(client, 3)


def test_two_servers_on_one_folder_take_everything_in_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with ExitStack() as stack:
        servers = [stack.enter_context(started(data)) for _ in range(2)]
        clients = [stack.enter_context(client_of(server)) for server in servers]
        responses = [send(clients[0], range(2)), send(clients[1], range(1, 4))]
        wait_until(clients[1], responses[0], lambda job: job["status"] == "working")
        servers[0].close()  # it may be the one at work; the other takes over
        first, second = (finished(clients[1], response) for response in responses)
        assert [file["status"] for file in first] == ["added", "added"]
        assert [file["status"] for file in second] == ["unchanged", "added", "added"]
        require_books(clients[1], 4)
