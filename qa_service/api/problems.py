"""Errors over HTTP: problem details after RFC 9457.

The service's own errors have a type of their own, `urn:qa-service:problem:…`. What HTTP itself has a status for (an
unknown path, a missing key, a body that is too large) is raised as HTTPException and has the type `about:blank`.
"""

from collections.abc import Mapping
from http import HTTPMethod, HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from qa_service import errors
from qa_service.api.wire import Problem, field_problems
from qa_service.uploads.runner import problem_word

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger(__name__)


class NotReadyError(errors.QAError):
    """Model and index are still being loaded."""


_STATUS: Mapping[type[errors.QAError], int] = {
    errors.InvalidRequestError: 422,
    errors.DocumentNotFoundError: 404,
    errors.PassageNotFoundError: 404,
    errors.JobNotFoundError: 404,
    errors.QueueFullError: 429,
    errors.DocumentTooLargeError: 413,
    errors.UnsupportedDocumentError: 415,
    errors.UnreadableDocumentError: 422,
    errors.SiteKeyMissingError: 401,
    errors.SiteKeyUnknownError: 401,
    errors.SiteKeyRevokedError: 401,
    errors.SiteKeyError: 403,
    errors.RateLimitedError: 429,
    errors.StoreFullError: 507,
    errors.StoreError: 503,
    NotReadyError: 503,
}
_RETRY_SECONDS: Mapping[type[errors.QAError], int] = {
    errors.QueueFullError: 10,
    errors.StoreBusyError: 5,
    NotReadyError: 2,
}


def problem_of(error: Exception) -> Problem:
    """Return the problem details of any error. What was not raised on purpose is logged, and not told."""
    match error:
        case errors.QAError():
            return _own(error)
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            return Problem(
                type="about:blank", title=_phrase(error.status_code), status=error.status_code, detail=error.detail
            )
    _log.error("request failed", exc_info=error)
    detail = "the service failed on this request, which is a fault in it; its log says where"
    return Problem(type="about:blank", title=_phrase(500), status=500, detail=detail)


def problem_response(error: Exception) -> JSONResponse:
    """Return the response that tells of `error`."""
    problem = problem_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, HTTPException):
        headers |= error.headers or {}
    elif isinstance(error, errors.RateLimitedError):
        headers["Retry-After"] = str(error.retry_seconds)
    elif isinstance(error, errors.QAError) and type(error) in _RETRY_SECONDS:
        headers["Retry-After"] = str(_RETRY_SECONDS[type(error)])
    return JSONResponse(problem.model_dump(exclude_none=True), problem.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error that routes raise, and every path and method that no route takes, with problem details."""

    def handle(request: Request, error: Exception) -> JSONResponse:
        return problem_response(_explained(request, error))

    for kind in (errors.QAError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return these statuses as a route declares them."""
    return {status: {"model": Problem, "description": _phrase(status)} for status in statuses}


def _own(error: errors.QAError) -> Problem:
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)
    slug = problem_word(error)
    title = slug.replace("-", " ").capitalize()
    return Problem(type=f"urn:qa-service:problem:{slug}", title=title, status=status, detail=str(error))


def _invalid(error: RequestValidationError) -> Problem:
    problems = error.errors()
    found = field_problems(problems)
    detail = "; ".join(item.message for item in found)
    if len(problems) > len(found):
        detail += f"; and {len(problems) - len(found)} more"
    return Problem(
        type="urn:qa-service:problem:invalid-request", title="Invalid request", status=422, detail=detail, errors=found
    )


def _explained(request: Request, error: Exception) -> Exception:
    """Say what would be possible, where the framework says only a status."""
    if not isinstance(error, HTTPException):
        return error
    if error.status_code == 400:
        return HTTPException(400, f"the body cannot be read: {_first_cause(error)}")
    if error.detail != _phrase(error.status_code):
        return error
    if error.status_code == 404:
        return HTTPException(404, f"there is nothing at {request.url.path}; /openapi.json lists what there is")
    if error.status_code == 405:
        allowed = ", ".join(method for method in HTTPMethod if _is_possible(request, method))
        detail = f"{request.method} is not possible at {request.url.path}; possible: {allowed}"
        return HTTPException(405, detail, {"Allow": allowed})
    return error


def _first_cause(error: BaseException) -> str:
    """Return what the parser of the body said, under whatever the framework made of it."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error.detail if isinstance(error, HTTPException) else str(error)[:200]


def _is_possible(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase
