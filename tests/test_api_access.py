"""Who may change documents, which host names are answered, and that keys stay secret."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from qa_service.api.app import create_app
from qa_service.assembly import build_service
from qa_service.config import Settings, load_settings
from tests.apps import OWN, post_json, require_problem, running_app, take_in
from tests.conftest import running_server

FIRST, SECOND = "first-key-of-some-length", "ключ-даўжэйшы-за-шаснаццаць"
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.fixture(scope="module")
def settings_with_keys(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    data = tmp_path_factory.mktemp("access") / "data"
    return load_settings(data=data, model="hashing", api_keys=f"{FIRST}, {SECOND}", max_document_bytes=1_000)


@pytest.fixture(scope="module")
def guarded(settings_with_keys: Settings) -> Iterator[TestClient]:
    """The application with two keys and one document."""
    with running_app(settings_with_keys) as running:
        assert take_in(running, "a.txt", "Zubr.", Authorization=f"Bearer {FIRST}")["status"] == "added"
        yield running


@pytest.fixture(scope="module")
def open_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application on loopback without keys."""
    with running_app(load_settings(data=tmp_path_factory.mktemp("open") / "data", model="hashing")) as running:
        yield running


def write(client: TestClient, headers: dict[str, str] | list[tuple[bytes, bytes]]) -> list[httpx2.Response]:
    """Try every writing route; nothing is changed by those that get through."""
    return [
        client.post("/v1/documents", files={"file": ("a.txt", b"Zubr.")}, headers=headers),
        client.delete("/v1/documents/unknown", headers=headers),
    ]


# --- keys ---


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", f"Bearer {FIRST}".encode())],
        [(b"authorization", f"bearer   {FIRST} ".encode())],
        [(b"authorization", f"Bearer {SECOND}".encode())],
        [(b"x-api-key", FIRST.encode())],
        [(b"x-api-key", SECOND.encode())],
        [(b"authorization", b"Basic dXNlcjpwYXNz"), (b"x-api-key", FIRST.encode())],
        [(b"authorization", f"Bearer {FIRST}".encode()), (b"origin", b"https://other.example")],
    ],
)
def test_every_key_opens_by_either_header(guarded: TestClient, headers: list[tuple[bytes, bytes]]) -> None:
    posted, deleted = write(guarded, headers)
    assert posted.status_code == 202
    require_problem(deleted, 404)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", f"Basic {FIRST}".encode())],
        [(b"authorization", FIRST.encode())],
        [(b"cookie", f"X-API-Key={FIRST}".encode())],
    ],
)
def test_no_key(guarded: TestClient, headers: list[tuple[bytes, bytes]]) -> None:
    for response in write(guarded, headers):
        require_problem(response, 401, "needs an API key", "Authorization: Bearer")
        assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "key", [FIRST[:-1], FIRST + "x", FIRST.upper(), "x", SECOND[:-1], f"{FIRST},{SECOND}", FIRST.replace("f", "ў")]
)
def test_wrong_key(guarded: TestClient, key: str) -> None:
    for name, value in (("authorization", f"Bearer {key}"), ("x-api-key", key)):
        for response in write(guarded, [(name.encode(), value.encode())]):
            require_problem(response, 401, "not one of QA_API_KEYS")
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert key not in response.text or len(key) == 1


@pytest.mark.parametrize("value", [b"\xff\xfe", b"\x80" * 40, "ключ".encode("cp1251"), b"\xf0\x9f\x98"])
def test_key_of_odd_bytes_is_a_wrong_key(guarded: TestClient, value: bytes) -> None:
    for headers in ([(b"x-api-key", value)], [(b"authorization", b"Bearer " + value)]):
        for response in write(guarded, headers):
            require_problem(response, 401, "not one of QA_API_KEYS")


def test_key_is_asked_for_before_the_body_is_looked_at(guarded: TestClient) -> None:
    headers = {"Content-Type": "text/plain"}
    require_problem(guarded.post("/v1/documents", content=b"x", headers=headers), 401)
    require_problem(guarded.post("/v1/documents", content=b"x", headers=headers | {"X-API-Key": FIRST}), 415)


def test_reading_and_asking_need_no_key(guarded: TestClient) -> None:
    assert guarded.get("/v1/documents").json()["total"] == 1
    assert post_json(guarded, "/v1/ask", {"question": "Zubr?"}).status_code == 200


def test_keys_are_shown_nowhere(
    settings_with_keys: Settings, guarded: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [response.text for key in (FIRST, "wrong") for response in write(guarded, {"X-API-Key": key})]
    told = [repr(settings_with_keys), str(settings_with_keys), settings_with_keys.model_dump_json()]
    told += [guarded.get("/openapi.json").text, caplog.text, *answers]
    assert not [text for text in told for key in (FIRST, SECOND) if key in text]


def test_keys_stay_out_of_a_servers_output(tmp_path: Path) -> None:
    with running_server(tmp_path / "data", QA_MODEL="hashing", QA_API_KEYS=FIRST, QA_LOG_FORMAT="json") as address:
        for key in (FIRST, "wrong"):
            httpx2.post(f"{address}/v1/documents", headers={"X-API-Key": key}, files={"file": ("a.txt", b"Zubr.")})
    (log,) = tmp_path.glob("*.log")
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [event["event"] for event in events] == ["starting", "ready"]
    assert events[1]["address"] == f"{address}/"
    assert FIRST not in log.read_text()


# --- without keys ---


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": OWN},
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "localhost:8000", "Origin": "http://localhost:8000"},
    ],
)
def test_own_pages_and_programs_may_write_without_keys(open_app: TestClient, headers: dict[str, str]) -> None:
    posted, deleted = write(open_app, headers)
    assert posted.status_code == 202
    require_problem(deleted, 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://other.example"},
        {"Origin": "http://127.0.0.1:9000"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://[::1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_pages_of_other_sites_may_not_write(open_app: TestClient, headers: dict[str, str]) -> None:
    for response in write(open_app, headers):
        require_problem(response, 403, "pages of other sites", "QA_API_KEYS")


# --- host names ---


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:8000", "127.8.9.10", "[::1]", "[::1]:8000"]
)
def test_loopback_names_are_answered(open_app: TestClient, host: str) -> None:
    assert open_app.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "192.168.0.1"],
)
@pytest.mark.parametrize("path", ["/healthz", "/", "/v1/documents", "/nothing", "/openapi.json"])
def test_foreign_names_are_refused(open_app: TestClient, host: str, path: str) -> None:
    require_problem(open_app.get(path, headers={"Host": host}), 403, "host name", "QA_ALLOWED_HOSTS")


@pytest.mark.parametrize(
    ("host", "allowed_hosts", "asked", "status"),
    [
        ("127.0.0.1", "qa.example, Docs.Example", "qa.example", 200),
        ("127.0.0.1", "qa.example, Docs.Example", "docs.example:443", 200),
        ("127.0.0.1", "qa.example", "localhost", 200),
        ("127.0.0.1", "qa.example", "other.example", 403),
        ("127.0.0.1", "*", "other.example", 200),
        ("0.0.0.0", "", "any.example", 200),
        ("0.0.0.0", "qa.example", "other.example", 403),
        ("0.0.0.0", "qa.example", "127.0.0.1", 200),
    ],
)
def test_allowed_hosts(tmp_path: Path, host: str, allowed_hosts: str, asked: str, status: int) -> None:
    settings = load_settings(data=tmp_path, model="hashing", host=host, api_keys=FIRST, allowed_hosts=allowed_hosts)
    client = TestClient(create_app(settings, lambda: build_service(settings)))
    assert client.get("/healthz", headers={"Host": asked}).status_code == status


# --- headers of responses ---


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/documents"),
        ("GET", "/v1/documents/unknown"),
        ("GET", "/nothing"),
        ("POST", "/v1/ask"),
        ("PUT", "/v1/ask"),
    ],
)
def test_security_headers_are_everywhere(open_app: TestClient, method: str, path: str) -> None:
    headers = open_app.request(method, path).headers
    assert {name: headers.get_list(name) for name in SECURITY_HEADERS} == {
        name: [value] for name, value in SECURITY_HEADERS.items()
    }


def test_refusals_have_security_headers_too(open_app: TestClient) -> None:
    for headers in ({"Host": "evil.example"}, {"Content-Length": "1000000000"}):
        response = open_app.request("POST", "/v1/ask", headers=headers)
        assert response.status_code in (403, 413)
        assert {name: response.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize("path", ["/", "/documents/unknown"])
def test_pages_are_protected_as_well(open_app: TestClient, path: str) -> None:
    headers = open_app.get(path, headers={"Accept": "text/html"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_stream_has_security_headers(open_app: TestClient) -> None:
    headers = post_json(open_app, "/v1/ask", {"question": "Zubr?", "stream": True}).headers
    assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
