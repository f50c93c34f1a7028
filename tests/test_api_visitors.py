"""Pages of other sites: what they may do with a key, what browsers may show them, and how often is too often."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from qa_service.api.limiting import Limits, client_address
from qa_service.assembly import open_store
from qa_service.config import Settings, load_settings
from qa_service.errors import ConfigurationError, RateLimitedError
from qa_service.sites.keys import SiteKey, SiteKeys
from qa_service.sites.rates import Rate
from qa_service.store import Store
from tests.apps import OWN, post_json, require_problem, running_app
from tests.conftest import running_server

SITE, WILD, STRANGER = "https://example.org", "https://docs.example.net", "https://evil.example"
ASK = {"question": "Дзе зубр?"}
API_KEY = "some-api-key-of-length"
PROBLEM = "urn:qa-service:problem:"


@pytest.fixture(scope="module")
def store(settings_here: Settings) -> Iterator[Store]:
    """The data folder as another process sees it, such as the command line."""
    opened = open_store(settings_here)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def settings_here(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(data=tmp_path_factory.mktemp("visitors") / "data", model="hashing", api_keys=API_KEY)


@pytest.fixture(scope="module")
def client(settings_here: Settings) -> Iterator[TestClient]:
    with running_app(settings_here) as running:
        yield running


@pytest.fixture(scope="module")
def key(client: TestClient, store: Store) -> SiteKey:
    return SiteKeys(store.database).create("Docs", [SITE, "https://*.example.net"], Rate(1_000, "minute"))


def ask(
    client: TestClient, origin: str | None, key: str | None, path: str = "/v1/ask", body: Any = None
) -> httpx2.Response:
    headers = {"Content-Type": "application/json"}
    headers |= {} if origin is None else {"Origin": origin}
    headers |= {} if key is None else {"X-Site-Key": key}
    return client.post(path, json=body or ASK, headers=headers)


def preflight(client: TestClient, origin: str, path: str = "/v1/ask") -> httpx2.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-site-key",
    }
    return client.options(path, headers=headers)


def readers(response: httpx2.Response) -> str | None:
    """Return the origin whose pages may read a response."""
    assert "origin" in response.headers["vary"].lower()
    assert "access-control-allow-credentials" not in response.headers
    origin = response.headers.get("access-control-allow-origin")
    if origin is not None:
        assert response.headers["access-control-expose-headers"] == "Retry-After"
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    return origin


# --- what a key lets a page do ---


@pytest.mark.parametrize("origin", [SITE, WILD])
def test_page_of_a_listed_origin_asks_and_reads_the_answer(client: TestClient, key: SiteKey, origin: str) -> None:
    response = ask(client, origin, key.key)
    assert response.status_code == 200
    assert response.json()["question"]["text"] == ASK["question"]
    assert readers(response) == origin
    assert response.headers["x-content-type-options"] == "nosniff"
    stream = ask(client, origin, key.key, body=ASK | {"stream": True})
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert readers(stream) == origin


@pytest.mark.parametrize(
    ("origin", "given", "status", "kind", "reader"),
    [
        (SITE, None, 401, "site-key-missing", SITE),
        (SITE, "pk_unknown", 401, "site-key-unknown", SITE),
        (SITE, "", 401, "site-key-unknown", SITE),
        (STRANGER, None, 401, "site-key-missing", None),
        (STRANGER, "pk_unknown", 401, "site-key-unknown", None),
        (STRANGER, "own", 403, "site-key-origin", None),
        ("null", "own", 403, "site-key-origin", None),
        ("file://", "own", 403, "site-key-origin", None),
        ("http://example.org", "own", 403, "site-key-origin", None),
        ("https://example.net", "own", 403, "site-key-origin", None),
        ("", "own", 403, "site-key-origin", None),
    ],
)
def test_page_without_the_right_key_is_told_why_where_it_may_read(
    client: TestClient, key: SiteKey, origin: str, given: str | None, status: int, kind: str, reader: str | None
) -> None:
    response = ask(client, origin, key.key if given == "own" else given)
    assert require_problem(response, status)["type"] == PROBLEM + kind
    assert readers(response) == reader
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "/v1/search"), ("GET", "/v1/ask"), ("GET", "/v1/documents"), ("POST", "/v1/documents")),
        *(("DELETE", "/v1/documents/x"), ("GET", "/v1/documents/x/text"), ("GET", "/readyz"), ("GET", "/healthz")),
        *(("GET", "/openapi.json"), ("GET", "/"), ("GET", "/documents/x"), ("POST", "/v1/ask/"), ("GET", "/nothing")),
    ],
)
def test_key_lets_a_page_do_nothing_but_ask(client: TestClient, key: SiteKey, method: str, path: str) -> None:
    response = client.request(method, path, headers={"Origin": SITE, "X-Site-Key": key.key})
    problem = require_problem(response, 403, "can only ask questions")
    assert problem["type"] == f"{PROBLEM}site-key-scope"


def test_problems_behind_the_key_can_be_read_too(client: TestClient, key: SiteKey) -> None:
    for body, status in (({"question": ""}, 422), ({"question": "x" * 400_000}, 413)):
        response = ask(client, SITE, key.key, body=body)
        require_problem(response, status)
        assert readers(response) == SITE
    response = client.post("/v1/ask", content="x", headers={"Origin": SITE, "X-Site-Key": key.key})
    require_problem(response, 415)
    assert readers(response) == SITE


def test_own_pages_and_programs_ask_without_a_key(client: TestClient, key: SiteKey) -> None:
    for origin in (None, OWN):
        response = ask(client, origin, None)
        assert response.status_code == 200
        assert readers(response) is None
    assert ask(client, None, "pk_unknown").status_code == 200
    behind_proxy = client.post("/v1/ask", json=ASK, headers={"Origin": STRANGER, "Sec-Fetch-Site": "same-origin"})
    assert behind_proxy.status_code == 200, "a browser says that it is the service's own page, under another name"
    program = client.get("/v1/documents", headers={"Origin": STRANGER, "X-API-Key": API_KEY})
    assert program.status_code == 200
    assert readers(program) is None


# --- preflights ---


def test_preflight_is_answered_for_origins_that_a_live_key_lists(client: TestClient, key: SiteKey) -> None:
    response = preflight(client, WILD)
    assert (response.status_code, response.content) == (204, b"")
    assert readers(response) == WILD
    assert response.headers["access-control-allow-methods"] == "POST"
    assert response.headers["access-control-allow-headers"] == "Content-Type, X-Site-Key"
    refused = preflight(client, STRANGER)
    assert require_problem(refused, 403, STRANGER)["type"] == f"{PROBLEM}site-key-origin"
    assert readers(refused) is None


def test_revoked_key_no_longer_opens_in_a_running_server(client: TestClient, store: Store) -> None:
    keys = SiteKeys(store.database)
    new = keys.create("Other", ["https://other.example"])
    assert ask(client, "https://other.example", new.key).status_code == 200
    keys.revoke(new.key)
    response = ask(client, "https://other.example", new.key)
    assert require_problem(response, 401, "revoked")["type"] == f"{PROBLEM}site-key-revoked"
    assert readers(response) is None
    assert preflight(client, "https://other.example").status_code == 403
    keys.create("Again", ["https://other.example"])
    assert readers(ask(client, "https://other.example", new.key)) == "https://other.example"


def test_a_server_and_a_page_of_another_port(tmp_path: Path) -> None:
    """Two ports of one machine are two origins."""
    data = tmp_path / "data"
    store = Store(data / "store.sqlite3")
    with running_server(data, QA_MODEL="hashing") as address:
        key = SiteKeys(store.database).create("Local", ["http://127.0.0.1:1"])
        own = httpx2.post(f"{address}/v1/ask", json=ASK, headers={"Origin": address})
        assert own.status_code == 200
        headers = {"Origin": "http://127.0.0.1:1", "X-Site-Key": key.key}
        other = httpx2.post(f"{address}/v1/ask", json=ASK, headers=headers)
        assert (other.status_code, other.headers["access-control-allow-origin"]) == (200, "http://127.0.0.1:1")
        assert (
            httpx2.post(f"{address}/v1/ask", json=ASK, headers=headers | {"Origin": "http://127.0.0.1:2"}).status_code
            == 403
        )
    store.close()


# --- how often ---


@pytest.fixture
def set_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the clock that rates are counted by."""
    clock = SimpleNamespace(now=1_000_000.0)
    for module in ("limits.storage.memory", "limits.strategies", "qa_service.api.limiting"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=lambda: clock.now), raising=False)

    def set_to(seconds: float) -> None:
        clock.now = 1_000_000.0 + seconds

    return set_to


def test_within_any_minute_there_are_no_more_than_allowed(set_time: Callable[[float], None]) -> None:
    limits, rate = Limits(), Rate(2, "minute")
    limits.require(rate, "a")
    set_time(50)
    limits.require(rate, "a")
    limits.require(rate, "b")
    set_time(50.5)
    with pytest.raises(RateLimitedError, match=r"2 times a minute are allowed; try again in 10 s") as refused:
        limits.require(rate, "a")
    assert refused.value.retry_seconds == 10, "the first was at 0, so one more is possible from 60 on; rounded up"
    set_time(60.1)
    limits.require(rate, "a")
    with pytest.raises(RateLimitedError) as refused:
        limits.require(rate, "a")
    assert refused.value.retry_seconds == 50


def test_page_that_asks_too_often_is_told_how_long_to_wait(
    client: TestClient, store: Store, set_time: Callable[[float], None]
) -> None:
    key = SiteKeys(store.database).create("Busy", ["https://busy.example"], Rate(2, "minute"))
    assert [ask(client, "https://busy.example", key.key).status_code for _ in range(2)] == [200, 200]
    set_time(12)
    response = ask(client, "https://busy.example", key.key)
    assert require_problem(response, 429, "2 times a minute", "48 s")["type"] == f"{PROBLEM}rate-limited"
    assert response.headers["retry-after"] == "48"
    assert readers(response) == "https://busy.example"
    assert ask(client, OWN, None).status_code == 200
    assert ask(client, SITE, None).status_code == 401


def test_asks_without_a_key_are_counted_where_a_rate_is_set(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path, model="hashing", ask_rate="2 / hours", api_keys=API_KEY)
    with running_app(settings) as client:
        assert [ask(client, OWN, None).status_code for _ in range(3)] == [200, 200, 429]
        assert post_json(client, "/v1/search", ASK).status_code == 200
        assert client.post("/v1/ask", json=ASK, headers={"X-API-Key": API_KEY}).status_code == 200
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("192.0.2.7", [], [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], [], "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], ["10.0.0.0/8"], "192.0.2.7"),
        ("10.1.2.3", ["198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.1.2.3", ["203.0.113.9, 198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.1.2.3", ["203.0.113.9", "198.51.100.1, 10.9.9.9"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.1.2.3", ["made up, 198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.1.2.3", ["unknown"], ["10.0.0.0/8"], "10.1.2.3"),
        ("10.1.2.3", ["10.0.0.1"], ["10.0.0.0/8"], "10.0.0.1"),
        ("::ffff:10.1.2.3", ["198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1"], ["127.0.0.1", "::1"], "198.51.100.1"),
        ("::1", ["2001:db8:1:2:3:4:5:6"], ["127.0.0.1", "::1"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", [], [], "2001:db8:1:2::/64"),
        (None, ["198.51.100.1"], ["10.0.0.0/8"], "unknown"),
        ("/run/socket", [], [], "unknown"),
    ],
)
def test_whose_address_counts(peer: str | None, forwarded: list[str], proxies: list[str], expected: str) -> None:
    assert client_address(peer, forwarded, proxies) == expected


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("ask_rate", "often", r"QA_ASK_RATE is 'often'; .* 30/minute"),
        ("ask_rate", "", "QA_ASK_RATE is empty"),
        ("trusted_proxies", "10.0.0.0/8, proxy.example", r"QA_TRUSTED_PROXIES has 'proxy\.example'"),
    ],
)
def test_wrong_settings_are_named(setting: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load_settings(**{setting: value})
