"""Being alive, being ready, and the time before that."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

from qa_service.api.app import create_app
from qa_service.assembly import build_service
from qa_service.config import Settings
from qa_service.errors import ConfigurationError
from qa_service.service import QAService
from tests.apps import LOADING_SECONDS, OWN, post_json, require_problem, running_app, take_in, upload


@contextmanager
def held_back(settings: Settings) -> Iterator[tuple[TestClient, Callable[[], None]]]:
    """Give a client of an application whose service is still being built, and what lets it be built."""
    is_let_go, is_ready = threading.Event(), threading.Event()

    def build() -> QAService:
        assert is_let_go.wait(LOADING_SECONDS)
        return build_service(settings)

    def let_go() -> None:
        is_let_go.set()
        assert is_ready.wait(LOADING_SECONDS)

    app = create_app(settings, build, on_ready=lambda _: is_ready.set())
    with TestClient(app, base_url=OWN) as client:
        try:
            yield client, let_go
        finally:
            is_let_go.set()


def test_what_needs_the_service_says_to_come_back_until_it_is_built(settings: Settings) -> None:
    with held_back(settings) as (client, let_go):
        assert client.get("/healthz").json() == {"status": "ok"}
        for response in (
            client.get("/readyz"),
            post_json(client, "/v1/ask", {"question": "Zubr?"}),
            post_json(client, "/v1/ask", {"question": "Zubr?", "stream": True}),
            post_json(client, "/v1/search", {"question": "Zubr?"}),
            client.get("/v1/documents"),
            client.get("/v1/documents/unknown"),
            client.get("/v1/documents/unknown/text"),
            client.delete("/v1/documents/unknown"),
            upload(client, "a.txt", "Zubr."),
        ):
            problem = require_problem(response, 503, "still being loaded", "try again")
            assert problem["type"] == "urn:qa-service:problem:not-ready"
            assert int(response.headers["retry-after"]) > 0
        assert client.get("/openapi.json").status_code == 200

        let_go()
        assert client.get("/readyz").status_code == 200
        assert post_json(client, "/v1/ask", {"question": "Zubr?"}).json()["status"] == "not_found"
        assert client.get("/v1/documents").json()["total"] == 0


def test_ready_tells_what_is_held(settings: Settings) -> None:
    with running_app(settings) as client:
        for name, text in (("a.txt", "The bison lives in the forest."), ("b.txt", "Зубры живут в лесу, в самой чаще.")):
            take_in(client, name, text)
        body = client.get("/readyz").json()
        fingerprint = body["index"].pop("fingerprint")
        assert int(fingerprint, 16) >= 0
        assert body == {
            "status": "ready",
            "documents": 2,
            "passages": 2,
            "languages": {"en": 1, "ru": 1},
            "index": {"generation": 2, "model": "hashing"},
        }


def test_failure_to_load_is_handed_on_and_the_process_stays_alive(settings: Settings) -> None:
    failures: list[Exception] = []
    has_failed = threading.Event()

    def build() -> QAService:
        message = "no such model"
        raise ConfigurationError(message)

    def on_failure(error: Exception) -> None:
        failures.append(error)
        has_failed.set()

    app = create_app(settings, build, on_failure=on_failure)
    with TestClient(app, base_url=OWN) as client:
        assert has_failed.wait(LOADING_SECONDS)
        assert [str(error) for error in failures] == ["no such model"]
        assert client.get("/healthz").status_code == 200
        require_problem(client.get("/readyz"), 503)


def test_service_is_closed_with_the_application(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[QAService] = []
    close = QAService.close

    def close_and_note(service: QAService) -> None:
        close(service)
        closed.append(service)

    monkeypatch.setattr(QAService, "close", close_and_note)
    with running_app(settings) as client:
        take_in(client, "a.txt", "Zubr.")
        assert not closed
    assert len(closed) == 1
    assert (settings.data / "index" / "vectors.json").exists()
