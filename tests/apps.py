"""The application in this process, and how tests talk to it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from qa_service.api.app import create_app
from qa_service.assembly import build_service
from qa_service.config import Settings
from qa_service.service import QAService

OWN = "http://127.0.0.1:8000"
"""The address that the application takes itself to be at."""

LOADING_SECONDS = 120


@contextmanager
def running_app(settings: Settings, build: Callable[[], QAService] | None = None) -> Iterator[TestClient]:
    """Give a client of the application once it is ready. What the application fails on is an answer, as for anyone."""
    is_loaded = threading.Event()
    failures: list[Exception] = []

    def on_failure(error: Exception) -> None:
        failures.append(error)
        is_loaded.set()

    app = create_app(
        settings, build or (lambda: build_service(settings)), on_ready=lambda _: is_loaded.set(), on_failure=on_failure
    )
    with TestClient(app, base_url=OWN) as client:
        assert is_loaded.wait(LOADING_SECONDS)
        if failures:
            pytest.fail(f"the service could not be loaded: {failures[0]}")
        yield client


def upload(client: TestClient, name: str, content: bytes | str, **headers: str) -> httpx2.Response:
    """Send a file."""
    sent = content if isinstance(content, bytes) else content.encode()
    return client.post("/v1/documents", files={"file": (name, sent)}, headers=headers)


def finished(client: httpx2.Client, response: httpx2.Response, **headers: str) -> list[dict[str, Any]]:
    """Wait until the job of an upload has ended; return what became of its files."""
    assert response.status_code == 202, response.text
    assert response.headers["location"] == f"/v1/jobs/{response.json()['id']}"
    stream = client.get(f"{response.headers['location']}/events", headers=headers).text
    *_, name, data = stream.strip().splitlines()
    assert name == "event: done"
    files: list[dict[str, Any]] = json.loads(data.removeprefix("data: "))["files"]
    return files


def take_in(client: httpx2.Client, name: str, content: bytes | str, **headers: str) -> dict[str, Any]:
    """Send a file, wait, and return what became of it."""
    sent = content if isinstance(content, bytes) else content.encode()
    (outcome,) = finished(
        client, client.post("/v1/documents", files={"file": (name, sent)}, headers=headers), **headers
    )
    return outcome


def document_of(client: httpx2.Client, outcome: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that was made of a file."""
    document: dict[str, Any] = client.get(f"/v1/documents/{outcome['document_id']}").json()
    return document


def post_json(client: TestClient, path: str, body: object) -> httpx2.Response:
    """Send JSON with every other character as an escape, which can say what UTF-8 cannot, such as half a surrogate."""
    return client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})


def require_problem(response: httpx2.Response, status: int, *words: str) -> dict[str, Any]:
    """Check that a response is problem details of this status whose detail holds these words; return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert problem["title"][0].isupper()
    for word in words:
        assert word in problem["detail"]
    return problem
