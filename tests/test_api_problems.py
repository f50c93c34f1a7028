"""Bad input over HTTP: each gets problem details that say what was wrong and what to do, and nothing is stored."""

import json
import socket
from collections.abc import Iterator

import httpx2
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qa_service.api.wire import AskRequest
from qa_service.config import load_settings
from qa_service.service import QAService
from tests.apps import post_json, require_problem, running_app, take_in, upload
from tests.conftest import running_server

BOUND = 2_000
FORM_OVERHEAD = 65_536
JSON_BOUND = 262_144
UNSUPPORTED, UNREADABLE, TOO_LARGE = "unsupported-document", "unreadable-document", "document-too-large"
ASKING = ("/v1/ask", "/v1/search")
SMALLEST_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=30)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=10), inner), max_leaves=8)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application without documents, with a small bound on them. Every test leaves it without documents."""
    data = tmp_path_factory.mktemp("problems") / "data"
    with running_app(
        load_settings(data=data, model="hashing", max_document_bytes=BOUND, max_upload_bytes=BOUND)
    ) as running:
        yield running
        assert running.get("/readyz").json()["index"]["generation"] == 0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server with a small bound on documents."""
    data = tmp_path_factory.mktemp("problems-server") / "data"
    with running_server(data, QA_MODEL="hashing", QA_MAX_UPLOAD_BYTES=str(BOUND), QA_MAX_DOCUMENT_BYTES="1") as address:
        yield address
        assert httpx2.get(f"{address}/readyz").json()["index"]["generation"] == 0


def large_form(size: int) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of an upload of this many bytes."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    return head + b"a" * size + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


# --- questions ---


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"question": ""}, ["question", "at least 1 character"]),
        ({"question": " \t\n\u00a0"}, ["question is empty", "ask something"]),
        ({"question": "\u0000\u200b"}, ["question is empty"]),
        ({"question": "ў" * 2_001}, ["question", "at most 2000", "2,001 characters"]),
        ({"question": "half \ud83d"}, ["question", "unicode"]),
        ({"question": None}, ["question", "valid string", "it is null"]),
        ({"question": ["x"]}, ["question", "valid string"]),
        ({}, ["question is missing"]),
        ([], ["body", "object"]),
        ("question", ["body", "object"]),
        ({"question": "x", "top_k": 0}, ["top_k", "greater than or equal to 1", "it is 0"]),
        ({"question": "x", "top_k": -1}, ["top_k", "greater than or equal to 1", "it is -1"]),
        ({"question": "x", "top_k": 51}, ["top_k", "less than or equal to 50", "it is 51"]),
        ({"question": "x", "top_k": 10**9}, ["top_k", "less than or equal to 50", "it is 1000000000"]),
        ({"question": "x", "top_k": 10**30}, ["top_k", "less than or equal to 50"]),
        ({"question": "x", "top_k": "x"}, ["top_k", "valid integer", 'it is "x"']),
        ({"question": "x", "top_k": "5"}, ["top_k", "valid integer", 'it is "5"']),
        ({"question": "x", "top_k": 0.0}, ["top_k", "greater than or equal to 1"]),
        ({"question": "x", "top_k": 1.5}, ["top_k", "valid integer", "it is 1.5"]),
        ({"question": "x", "top_k": True}, ["top_k", "valid integer", "it is true"]),
        ({"question": "x", "top_k": None}, ["top_k", "valid integer", "it is null"]),
        ({"question": "x", "languages": []}, ["languages", "at least 1"]),
        ({"question": "x", "languages": ["EN"]}, ["languages.0", 'it is "EN"']),
        ({"question": "x", "languages": "en"}, ["languages", "valid list"]),
        ({"question": "x", "documents": ["a"] * 1_001}, ["documents", "at most 1000"]),
        ({"question": "x", "documents": ["a" * 65]}, ["documents.0", "at most 64", "65 characters"]),
        ({"question": "x", "documents": [1] * 30}, ["documents.9", "and 20 more"]),
        ({"question": "x", "metadata": {}}, ["metadata", "at least 1"]),
        ({"question": "x", "metadata": {"kind": []}}, ["metadata.kind", "at least 1"]),
        ({"question": "x", "metadata": {"kind": "news"}}, ["metadata.kind", "valid list"]),
        ({"question": "x", "metadata": {"\\1\\g<x>": 5}}, ["metadata.\\1\\g<x> should", "valid list"]),
        ({"question": "x", "metadata": {"kind": ["x"] * 101}}, ["metadata.kind", "at most 100"]),
        ({"question": "x", "metadata": {str(key): ["x"] for key in range(21)}}, ["metadata", "at most 20"]),
        ({"question": "x", "dated_from": "yesterday"}, ["dated_from is 'yesterday'", "2024-03-31, 2024-03 or 2024"]),
        ({"question": "x", "dated_to": "2023-02-29"}, ["dated_to is '2023-02-29'", "must be a date"]),
        ({"question": "x", "dated_to": 2024}, ["dated_to", "valid string"]),
        (
            {"question": "x", "dated_from": "2024-02", "dated_to": "2023"},
            ["dated_to is 2023, before dated_from, 2024-02", "swap them"],
        ),
        ({"question": "x", "history": ["before"]}, ["history.0", "object"]),
        ({"question": "x", "history": [{"question": "Where?"}] * 21}, ["history", "at most 20"]),
        ({"question": "x", "history": [{"question": ""}]}, ["history.0.question", "at least 1"]),
        ({"question": "x", "history": [{"question": " "}]}, ["question 1 of the history is empty"]),
        ({"question": "x", "history": [{"question": "x" * 2_001}]}, ["history.0.question", "at most 2000"]),
        (
            {"question": "x", "history": [{"question": "x", "answer": "x" * 2_001}]},
            ["history.0.answer", "at most 2000"],
        ),
        ({"question": "x", "colour": "red"}, ["colour is not known"]),
        ({"question": "x", "half \ud83d": 1}, ["half \\ud83d", "unicode"]),
        ({"question": "x", "top_k": "\ud83d"}, ["top_k", "valid integer", "\\ud83d"]),
        ({"question": "x", "k" * 10_000: 1}, ["kkk… is not known"]),
    ],
)
def test_question_that_breaks_a_bound(client: TestClient, path: str, body: object, words: list[str]) -> None:
    problem = require_problem(post_json(client, path, body), 422, *words)
    assert problem["type"] in ("urn:qa-service:problem:invalid-request", "about:blank")
    assert len(problem["detail"]) < 2_000


def test_each_wrong_field_is_named(client: TestClient) -> None:
    problem = require_problem(post_json(client, "/v1/ask", {"top_k": 0, "stream": "yes", "x": 1}), 422)
    assert [item["field"] for item in problem["errors"]] == ["question", "top_k", "stream", "x"]
    assert problem["detail"] == "; ".join(item["message"] for item in problem["errors"])


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"", 422, ["body is missing"]),
        (b'{"question": ', 422, ["not valid JSON", "character 13"]),
        (b'{"question": "x"} trailing', 422, ["not valid JSON", "Extra data"]),
        (b"{'question': 'x'}", 422, ["not valid JSON"]),
        (b'{"question": "\xff"}', 400, ["cannot be read", "0xff"]),
        ("{}".encode("utf-16"), 422, ["question is missing"]),
        (b"[" * 100_000, 400, ["cannot be read", "recursion"]),
        (b'{"question": "x", "top_k": ' + b"1" * 5_000 + b"}", 400, ["cannot be read", "digits"]),
        (b'{"question": "' + b"x" * 2**20 + b'"}', 413, ["262,144 bytes", "2,000 characters"]),
    ],
    ids=["empty", "cut off", "trailing", "single quotes", "not UTF-8", "UTF-16", "deep", "long number", "1 MiB"],
)
def test_body_that_is_no_request(client: TestClient, body: bytes, status: int, words: list[str]) -> None:
    for path in ASKING:
        response = client.post(path, content=body, headers={"Content-Type": "application/json"})
        require_problem(response, status, *words)


def test_body_over_the_bound_that_does_not_say_its_length(client: TestClient) -> None:
    body = b'{"question": "' + b"x" * JSON_BOUND + b'"}'
    response = client.post("/v1/ask", content=in_chunks(body), headers={"Content-Type": "application/json"})
    require_problem(response, 413, "262,144 bytes")


@pytest.mark.parametrize("path", ASKING)
@pytest.mark.parametrize(
    "media_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_body_of_another_media_type(client: TestClient, path: str, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    response = client.post(path, content=b'{"question": "x"}', headers=headers)
    require_problem(response, 415, media_type or "no stated type", "application/json")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_media_type_may_be_written_in_several_ways(client: TestClient, media_type: str) -> None:
    response = client.post("/v1/ask", content=b'{"question": "x"}', headers={"Content-Type": media_type})
    assert response.status_code == 200


@hypothesis_settings(deadline=None)
@given(body=JSON, fields=st.dictionaries(st.sampled_from([*AskRequest.model_fields]), JSON))
def test_no_json_at_all_is_a_fault(client: TestClient, body: object, fields: dict[str, object]) -> None:
    for sent in (body, fields, fields | {"question": "Where?"}):
        response = post_json(client, "/v1/search", sent)
        if response.status_code != 200:
            require_problem(response, 400 if "cannot be read" in response.text else 422)


# --- paths and methods ---


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/documents/a/b/c", "/assets/../config.py", "/%00"])
def test_unknown_path(client: TestClient, path: str) -> None:
    problem = require_problem(client.get(path), 404, "nothing at", "/openapi.json")
    assert problem["title"] == "Not Found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/ask", "POST"),
        ("PUT", "/v1/documents", "GET, POST"),
        ("DELETE", "/v1/documents", "GET, POST"),
        ("POST", "/v1/documents/0123", "DELETE, GET"),
        ("POST", "/healthz", "GET"),
    ],
)
def test_method_that_a_path_does_not_take(client: TestClient, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    problem = require_problem(response, 405, method, path, allowed)
    assert problem["title"] == "Method Not Allowed"
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=0", ["limit", "greater than or equal to 1", 'it is "0"']),
        ("limit=501", ["limit", "less than or equal to 500"]),
        ("limit=x", ["limit", "valid integer", 'it is "x"']),
        ("limit=", ["limit", "valid integer"]),
        ("offset=-1", ["offset", "greater than or equal to 0", 'it is "-1"']),
        (f"offset={10**30}", ["offset", "less than or equal to"]),
        ("offset=%00", ["offset", "valid integer"]),
    ],
)
def test_page_that_breaks_a_bound(client: TestClient, query: str, words: list[str]) -> None:
    require_problem(client.get(f"/v1/documents?{query}"), 422, *words)


# --- uploads ---


@pytest.mark.parametrize(
    ("name", "content", "problem", "words"),
    [
        ("empty.txt", b"", UNREADABLE, ["empty"]),
        ("blank.txt", b" \n\t\r\n", UNREADABLE, ["empty"]),
        ("blank.html", b"<html><body><script>x</script></body></html>", UNREADABLE, ["no text"]),
        ("binary.txt", bytes(range(256)) * 4, UNSUPPORTED, ["binary"]),
        ("picture.txt", SMALLEST_PNG, UNSUPPORTED, ["PNG picture"]),
        ("book.txt", b"%PDF-1.7 and more", UNREADABLE, ["PDF is damaged"]),
        ("sheet.txt", b"PK\x03\x04 and more", UNSUPPORTED, ["ZIP archive", "Markdown"]),
        ("utf16.txt", "Text.".encode("utf-16") + b"x", UNREADABLE, ["UTF-16", "damaged"]),
        ("   ", b"Text.", "invalid-request", ["file name"]),
        (
            "large.txt",
            b"a" * (BOUND + 1),
            "document-too-large",
            ["2,001 bytes", "2,000 bytes", "QA_MAX_DOCUMENT_BYTES"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_that_cannot_be_taken_in(
    client: TestClient, name: str, content: bytes, problem: str, words: list[str]
) -> None:
    outcome = take_in(client, name, content)
    assert (outcome["status"], outcome["problem"], outcome["document_id"]) == ("failed", problem, None)
    assert [word for word in words if word not in outcome["reason"]] == []
    assert client.get("/v1/documents").json()["total"] == 0


def test_upload_of_a_file_without_a_name(client: TestClient) -> None:
    require_problem(upload(client, "", "Text."), 422, "file")


def test_upload_over_the_bound_is_refused_as_a_whole(client: TestClient) -> None:
    response = upload(client, "larger.txt", b"a" * (BOUND + FORM_OVERHEAD))
    require_problem(response, 413, "67,536 bytes", "QA_MAX_UPLOAD_BYTES")


def test_upload_over_the_bound_that_does_not_say_its_length(client: TestClient) -> None:
    body, headers = large_form(BOUND + FORM_OVERHEAD)
    response = client.post("/v1/documents", content=in_chunks(body), headers=headers)
    require_problem(response, 413, "67,536 bytes", "QA_MAX_UPLOAD_BYTES")


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"Text.", {"Content-Type": "text/plain"}, 415, ["text/plain", "multipart/form-data"]),
        (b"Text.", {}, 415, ["no stated type", "multipart/form-data"]),
        (b"Text.", {"Content-Type": "multipart/form-data"}, 400, ["boundary"]),
        (b"Text.", {"Content-Type": "multipart/form-data; boundary=edge"}, 400, ["cannot be read", "boundary"]),
        (b"--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}, 422, ["file is missing"]),
        (b"", {"Content-Type": "multipart/form-data; boundary=edge"}, 422, ["file is missing"]),
    ],
)
def test_upload_that_is_no_form(
    client: TestClient, body: bytes, headers: dict[str, str], status: int, words: list[str]
) -> None:
    require_problem(client.post("/v1/documents", content=body, headers=headers), status, *words)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("document", ("a.txt", b"Text."))], ["'document'", "`file`"]),
        ([("file", (None, b"Text."))], ["file"]),
        ([("file", ("a.txt", b"One.")), ("note", (None, b"Two."))], ["'note'", "`file`"]),
        ([("file", ("a.txt", b"One.")), ("note", ("b.txt", b"Two."))], ["'note'", "`file`"]),
        ([("file", ("a.txt", b"One."))] * 101, ["101 files", "100"]),
    ],
)
def test_form_with_other_fields_than_files_or_too_many(
    client: TestClient, files: list[tuple[str, tuple[str | None, bytes]]], words: list[str]
) -> None:
    require_problem(client.post("/v1/documents", files=files), 422, *words)


# --- a real server ---


@pytest.mark.parametrize("size", [BOUND + FORM_OVERHEAD, 5_000_000])
@pytest.mark.parametrize("says_its_length", [True, False])
def test_server_refuses_a_large_upload(server: str, size: int, says_its_length: bool) -> None:
    body, headers = large_form(size)
    sent = body if says_its_length else in_chunks(body)
    require_problem(httpx2.post(f"{server}/v1/documents", content=sent, headers=headers, timeout=60), 413, "bytes")


def test_server_refuses_a_large_upload_before_it_is_sent(server: str) -> None:
    address = httpx2.URL(server)
    with socket.create_connection((address.host, address.port or 0), timeout=30) as connection:
        connection.sendall(
            b"POST /v1/documents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000000\r\n"
            b"Content-Type: multipart/form-data; boundary=edge\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", [b"x", b"-1", b"\xb2"])
def test_server_refuses_a_length_that_is_no_number(server: str, length: bytes) -> None:
    address = httpx2.URL(server)
    with socket.create_connection((address.host, address.port or 0), timeout=30) as connection:
        connection.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


# --- faults ---


def test_fault_is_told_without_its_reason(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_service: QAService) -> None:
        message = "secret"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(QAService, "totals", fail)
    response = client.get("/readyz")
    require_problem(response, 500, "a fault in it", "log")
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_json_of_a_problem_is_not_escaped(client: TestClient) -> None:
    response = client.get("/Брэст")
    assert json.loads(response.text)["detail"].startswith("there is nothing at /Брэст")
    assert "Брэст" in response.text
