"""Uploads over HTTP as jobs: what is acknowledged, how it is followed, what becomes of each file, who may see it."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from qa_service.assembly import build_service
from qa_service.config import Settings, load_settings
from qa_service.uploads.records import Job
from qa_service.uploads.table import JobTable
from tests.apps import document_of, finished, require_problem, running_app, take_in
from tests.parts import RecordingEncoder

SECONDS = 60
KEY = "a-key-of-some-length"
FILE_FIELDS = {
    *("position", "name", "size", "status", "passages_done", "passages_total", "problem", "reason"),
    *("document_id", "title", "generation", "duplicate_of"),
}


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The application without documents."""
    with running_app(settings) as running:
        yield running


def send(client: httpx2.Client, files: dict[str, str], **headers: str) -> httpx2.Response:
    fields = [("file", (name, text.encode())) for name, text in files.items()]
    return client.post("/v1/documents", files=fields, headers=headers)


def events_of(stream: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a stream with their bodies, comments left out."""
    lines = [line for line in stream.splitlines() if line and not line.startswith(":")]
    names, bodies = lines[::2], lines[1::2]
    return [
        (name.removeprefix("event: "), json.loads(body.removeprefix("data: ")))
        for name, body in zip(names, bodies, strict=True)
    ]


@contextmanager
def held(settings: Settings) -> Iterator[tuple[TestClient, threading.Event, threading.Event]]:
    """Give the application whose first passage is not embedded before it is let go: (client, is held, let go)."""
    is_held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        is_held.set()
        assert let_go.wait(SECONDS)

    encoder = RecordingEncoder(before=hold)
    with running_app(settings, lambda: build_service(settings, encoder=encoder)) as client:
        try:
            yield client, is_held, let_go
        finally:
            let_go.set()


# --- outcomes ---


def test_every_file_of_an_upload_has_an_outcome(client: TestClient) -> None:
    text = "# Пушча\n\nУ пушчы жывуць зубры.".encode()
    contents = {"пушча.md": text, "photo.txt": b"\x89PNG", "empty.txt": b"", "copy.txt": text}
    response = client.post("/v1/documents", files=[("file", file) for file in contents.items()])
    sent = response.json()
    assert [file["name"] for file in sent["files"]] == list(contents)
    assert all(set(file) == FILE_FIELDS for file in sent["files"])
    added, picture, empty, copy = finished(client, response)
    assert (added["status"], added["title"], added["generation"]) == ("added", "Пушча", 1)
    assert (picture["status"], picture["problem"]) == ("failed", "unsupported-document")
    assert (empty["status"], empty["reason"]) == ("failed", "the file is empty")
    assert (copy["status"], copy["duplicate_of"]) == ("unchanged", "пушча.md")
    assert copy["document_id"] == added["document_id"]

    job = client.get(response.headers["location"]).json()
    assert (job["status"], job["bytes_done"]) == ("finished", job["bytes_total"])
    assert job["counts"] == {"added": 1, "failed": 2, "unchanged": 1}
    assert client.get("/v1/jobs").json() == {
        "jobs": [{name: value for name, value in job.items() if name != "files"}],
        "total": 1,
        "limit": 20,
        "offset": 0,
    }


def test_the_same_files_again_change_nothing(client: TestClient) -> None:
    files = {"a.txt": "The heron stands in the reeds.", "b.txt": "The boat lies on the bank."}
    first = finished(client, send(client, files))
    again = finished(client, send(client, files))
    assert [file["status"] for file in again] == ["unchanged", "unchanged"]
    assert [file["duplicate_of"] for file in again] == [None, None]
    assert [file["document_id"] for file in again] == [file["document_id"] for file in first]
    assert client.get("/readyz").json()["index"]["generation"] == 2


def test_a_hundred_files_are_one_job(client: TestClient) -> None:
    outcomes = finished(client, send(client, {f"{number}.txt": f"Note number {number}." for number in range(100)}))
    assert [file["status"] for file in outcomes] == ["added"] * 100
    assert [file["name"] for file in outcomes] == [f"{number}.txt" for number in range(100)]
    assert client.get("/v1/documents").json()["total"] == 100


def test_content_of_an_ingested_file_is_recognised(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "heron.txt").write_text("The heron stands in the reeds.")
    service = build_service(settings)
    service.ingest_paths([folder])
    service.close()
    with running_app(settings) as client:
        (document,) = client.get("/v1/documents").json()["documents"]
        outcome = take_in(client, "bird.txt", "The heron stands in the reeds.")
        assert (outcome["status"], outcome["duplicate_of"]) == ("unchanged", "papers/heron.txt")
        assert outcome["document_id"] == document["id"]
        assert client.get("/v1/documents").json()["total"] == 1
        assert client.delete(f"/v1/documents/{document['id']}").status_code == 200
        assert take_in(client, "bird.txt", "The heron stands in the reeds.")["status"] == "added"


def test_a_file_over_the_bound_fails_by_itself(tmp_path: Path) -> None:
    with running_app(load_settings(data=tmp_path / "data", model="hashing", max_document_bytes=40)) as client:
        large, small = finished(client, send(client, {"large.txt": "a" * 41, "small.txt": "The heron stands."}))
        assert (large["status"], large["problem"], large["size"]) == ("failed", "document-too-large", 41)
        assert "QA_MAX_DOCUMENT_BYTES" in large["reason"]
        assert document_of(client, small)["title"] == "The heron stands."


# --- while it waits ---


def test_what_does_not_fit_in_the_queue_is_refused_until_there_is_room(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path / "data", model="hashing", max_waiting_bytes=50)
    with held(settings) as (client, is_held, let_go):
        first = send(client, {"a.txt": "The heron stands in the reeds."})
        assert is_held.wait(SECONDS)
        refused = send(client, {"b.txt": "The boat lies on the bank."})
        problem = require_problem(refused, 429, "56 bytes", "50", "QA_MAX_WAITING_BYTES")
        assert problem["type"] == "urn:qa-service:problem:queue-full"
        assert refused.headers["retry-after"] == "10"
        assert client.get("/v1/jobs").json()["total"] == 1
        let_go.set()
        finished(client, first)
        assert take_in(client, "b.txt", "The boat lies on the bank.")["status"] == "added"


def test_cancelling_leaves_out_what_is_not_taken_in(settings: Settings) -> None:
    with held(settings) as (client, is_held, let_go):
        response = send(client, {"a.txt": "The heron stands.", "b.txt": "The boat lies."})
        path = response.headers["location"]
        assert is_held.wait(SECONDS)
        cancelled = client.delete(path).json()
        assert [file["status"] for file in cancelled["files"]] == ["working", "cancelled"]
        let_go.set()
        assert [file["status"] for file in finished(client, response)] == ["cancelled", "cancelled"]
        ended = client.get(path).json()
        assert ended["status"] == "cancelled"
        assert client.delete(path).json() == ended
        assert client.get("/v1/documents").json()["total"] == 0
        assert take_in(client, "a.txt", "The heron stands.")["status"] == "added"


def test_a_stream_tells_the_state_then_what_changes_then_the_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_looked_at, job_of = threading.Event(), JobTable.job

    def look(table: JobTable, identifier: str) -> Job:
        found = job_of(table, identifier)
        is_looked_at.set()
        return found

    monkeypatch.setattr(JobTable, "job", look)
    with held(settings) as (client, is_held, let_go), ThreadPoolExecutor(1) as beside:
        response = send(client, {"a.txt": "The heron stands.", "b.txt": "\ufeff", "c.txt": "The boat lies."})
        assert is_held.wait(SECONDS)
        following = beside.submit(client.get, f"{response.headers['location']}/events")
        assert is_looked_at.wait(SECONDS)
        let_go.set()
        told = events_of(following.result(SECONDS).text)
    assert told[0][0] == "progress"
    assert [name for name, _ in told if name != "progress"] == ["file", "file", "file", "done"]
    files = [body for name, body in told if name == "file"]
    assert [(file["position"], file["status"]) for file in files] == [(0, "added"), (1, "failed"), (2, "added")]
    assert told[-1][1]["status"] == "finished"
    assert told[-1][1]["files"] == files
    done = [body["bytes_done"] for name, body in told if name == "progress"]
    assert done == sorted(done)


def test_the_stream_of_a_finished_job_is_its_end(client: TestClient) -> None:
    response = send(client, {"a.txt": "The heron stands."})
    finished(client, response)
    answer = client.get(f"{response.headers['location']}/events")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    job = client.get(response.headers["location"]).json()
    assert events_of(answer.text) == [("progress", job), ("done", job)]


# --- who and what ---


@pytest.mark.parametrize("identifier", ["0" * 32, "..", "%00", "зубр", "' OR 1=1 --", "a" * 5_000])
def test_unknown_job(client: TestClient, identifier: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/events")):
        require_problem(client.request(method, f"/v1/jobs/{identifier}{path}"), 404)


def test_unknown_job_is_named(client: TestClient) -> None:
    problem = require_problem(client.get("/v1/jobs/0123"), 404, "'0123'", "forgotten")
    assert problem["type"] == "urn:qa-service:problem:job-not-found"


def test_jobs_are_for_those_who_may_write(tmp_path: Path) -> None:
    with running_app(load_settings(data=tmp_path / "data", model="hashing", api_keys=KEY)) as client:
        path = send(client, {"secret plans.txt": "The heron stands."}, **{"X-API-Key": KEY}).headers["location"]
        for method, address in (("GET", "/v1/jobs"), ("GET", path), ("DELETE", path), ("GET", f"{path}/events")):
            answer = client.request(method, address)
            require_problem(answer, 401, "needs an API key")
            assert "secret plans" not in answer.text
            assert client.request(method, address, headers={"X-API-Key": KEY}).status_code == 200


def test_jobs_are_hidden_from_pages_of_other_sites(client: TestClient) -> None:
    path = send(client, {"secret plans.txt": "The heron stands."}).headers["location"]
    for address in ("/v1/jobs", path, f"{path}/events"):
        require_problem(client.get(address, headers={"Sec-Fetch-Site": "cross-site"}), 403, "pages of other sites")


def test_jobs_are_listed_a_page_at_a_time_latest_first(client: TestClient) -> None:
    paths = []
    for number in range(3):
        response = send(client, {f"{number}.txt": f"Note {number}."})
        finished(client, response)
        paths.append(response.headers["location"].removeprefix("/v1/jobs/"))
    page = client.get("/v1/jobs?limit=2&offset=1").json()
    assert [job["id"] for job in page["jobs"]] == [paths[1], paths[0]]
    assert (page["total"], page["limit"], page["offset"]) == (3, 2, 1)
    require_problem(client.get("/v1/jobs?limit=51"), 422, "limit")
