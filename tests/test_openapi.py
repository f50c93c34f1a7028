"""The OpenAPI document: complete, and true of what the application really answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS

from qa_service.api.app import create_app
from qa_service.api.wire import Problem
from qa_service.assembly import build_service
from qa_service.config import Settings, load_settings
from tests.conftest import running_server

ALWAYS = {403, 413, 500}
"""What `gate.py` can answer to any request."""

ERRORS = {
    ("POST", "/v1/ask"): {400, 401, 415, 422, 429, 503},
    ("POST", "/v1/feedback"): {400, 401, 415, 422, 429, 503, 507},
    ("POST", "/v1/search"): {400, 415, 422, 429, 503},
    ("GET", "/v1/documents"): {422, 503},
    ("POST", "/v1/documents"): {400, 401, 415, 422, 429, 503, 507},
    ("GET", "/v1/documents/{document_id}"): {404, 422, 503},
    ("DELETE", "/v1/documents/{document_id}"): {401, 404, 422, 503, 507},
    ("GET", "/v1/documents/{document_id}/text"): {404, 422, 503},
    ("GET", "/v1/documents/{document_id}/original"): {404, 416, 422, 503},
    ("GET", "/v1/jobs"): {401, 422, 503},
    ("GET", "/v1/jobs/{job_id}"): {401, 404, 422, 503},
    ("DELETE", "/v1/jobs/{job_id}"): {401, 404, 422, 503, 507},
    ("GET", "/v1/jobs/{job_id}/events"): {401, 404, 422, 503},
    ("GET", "/v1/documents/{document_id}/source"): {404, 422, 503},
    ("GET", "/healthz"): set(),
    ("GET", "/readyz"): {503},
}
"""Every route, and every error status it can give beside those."""

SUCCESSES = {
    ("POST", "/v1/ask"): {200: {"application/json", "text/event-stream"}},
    ("POST", "/v1/feedback"): {201: {"application/json"}},
    ("POST", "/v1/documents"): {202: {"application/json"}},
    ("GET", "/v1/jobs/{job_id}/events"): {200: {"text/event-stream"}},
    ("GET", "/v1/documents/{document_id}/text"): {200: {"text/plain"}},
    ("GET", "/v1/documents/{document_id}/original"): {200: {"*/*"}, 206: {"*/*"}, 304: set()},
}
"""What routes answer when all is well; every other one 200 with JSON."""


@pytest.fixture
def document(settings: Settings) -> dict[str, Any]:
    return create_app(settings, lambda: build_service(settings)).openapi()


@pytest.fixture(scope="module")
def openapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The document of a real server that requests may change."""
    with running_server(tmp_path_factory.mktemp("openapi-server") / "data", QA_MODEL="hashing") as address:
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")


REFUSES_WRONG_DATA = [
    ("POST", "/v1/ask"),
    ("POST", "/v1/feedback"),
    ("POST", "/v1/search"),
    ("GET", "/v1/documents"),
    ("GET", "/v1/jobs"),
]
"""Routes with data that can be wrong by the document; in a file any bytes are data, and as an id any text."""


def call(openapi: Any, method: str, path: str, mode: GenerationMode) -> None:
    """Send made-up requests of one kind, right or wrong by the document, and check each answer against the document."""

    @hypothesis_settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(case=openapi[path][method].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        response = case.call()
        # no schema can say what makes a file a text, characters a question, digits a day, or two days a period
        told = ("the question is empty", "of the history is empty", "it must be a date", "swap them")
        is_beyond_schema = path == "/v1/documents" or any(words in response.text for words in told)
        excluded: list[Any] = [CHECKS.get_one("positive_data_acceptance")] if is_beyond_schema else []
        case.validate_response(response, excluded_checks=excluded)

    check()


@pytest.mark.parametrize(("method", "path"), ERRORS)
def test_right_requests_are_answered_as_documented(openapi: Any, method: str, path: str) -> None:
    call(openapi, method, path, GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), REFUSES_WRONG_DATA)
def test_wrong_requests_are_refused_as_documented(openapi: Any, method: str, path: str) -> None:
    call(openapi, method, path, GenerationMode.NEGATIVE)


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_document_holds_every_route_and_every_error_status(document: dict[str, Any]) -> None:
    found = {
        key: {int(status) for status in operation["responses"] if int(status) >= 400}
        for key, operation in operations(document).items()
    }
    assert found == {key: statuses | ALWAYS for key, statuses in ERRORS.items()}


def test_every_error_is_problem_details(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                reference = {"$ref": "#/components/schemas/Problem"}
                assert response["content"] == {"application/problem+json": {"schema": reference}}
                assert response["description"]
    assert set(document["components"]["schemas"]["Problem"]["properties"]) == set(Problem.model_fields)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_document_tells_what_comes_back_when_all_is_well(document: dict[str, Any]) -> None:
    found = {
        key: {
            int(status): set(response.get("content", ()))
            for status, response in operation["responses"].items()
            if int(status) < 400
        }
        for key, operation in operations(document).items()
    }
    assert found == {key: SUCCESSES.get(key, {200: {"application/json"}}) for key in ERRORS}


def test_every_operation_and_every_field_that_comes_in_is_described(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        assert operation["description"]
        assert operation["tags"]
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "path" or parameter["description"]
    for name in ("AskRequest", "SearchRequest"):
        for field in document["components"]["schemas"][name]["properties"].values():
            assert field["description"]


def test_defaults_and_bounds_are_those_of_the_design(document: dict[str, Any]) -> None:
    ask, search = (document["components"]["schemas"][name]["properties"] for name in ("AskRequest", "SearchRequest"))
    filters = {"languages", "documents", "metadata", "dated_from", "dated_to"}
    assert set(ask) == {"question", "top_k", "history", "stream", "explain"} | filters
    assert not filters & set(document["components"]["schemas"]["AskRequest"]["required"])
    assert ask["history"]["maxItems"] == 20
    assert set(search) == set(ask) - {"stream"}
    assert (ask["top_k"]["default"], search["top_k"]["default"]) == (5, 10)
    assert (ask["top_k"]["minimum"], ask["top_k"]["maximum"]) == (1, 50)
    assert (ask["question"]["minLength"], ask["question"]["maxLength"]) == (1, 2_000)
    assert (ask["history"]["default"], ask["stream"]["default"]) == ([], False)


@pytest.mark.parametrize("keys", [None, "a-key-of-some-length"])
def test_document_asks_for_a_key_exactly_where_one_is_needed(tmp_path: Path, keys: str | None) -> None:
    settings = load_settings(data=tmp_path, model="hashing", api_keys=keys)
    document = create_app(settings, lambda: build_service(settings)).openapi()
    guarded = {key for key, operation in operations(document).items() if "security" in operation}
    writing = {("POST", "/v1/documents"), ("DELETE", "/v1/documents/{document_id}")}
    writing |= {(method, path) for method, path in ERRORS if path.startswith("/v1/jobs")}
    assert guarded == (writing if keys else set())
    assert ("securitySchemes" in document["components"]) == bool(keys)
