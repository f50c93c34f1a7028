"""Routes for questions."""

import json
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel
from sse_starlette import EventSourceResponse, ServerSentEvent

from qa_service.api.access import BodyRoute
from qa_service.api.problems import declared, problem_of
from qa_service.api.readiness import Service
from qa_service.api.wire import AskRequest, AskResponse, Explanations, SearchRequest, SearchResponse
from qa_service.service import QAService
from qa_service.types import AskResult, SearchResult

_EVENT = {
    "type": "object",
    "description": "One event of the stream.",
    "properties": {
        "event": {"enum": ["passages", "answer", "done", "error"]},
        "data": {"type": "string", "description": "JSON, with the fields that the event is made of."},
    },
    "required": ["event", "data"],
}
_ANSWER = {"description": "The answer.", "content": {"text/event-stream": {"schema": _EVENT}}}
router = APIRouter(prefix="/v1", tags=["questions"], route_class=BodyRoute, responses=declared(400, 415, 422, 429, 503))


@router.post("/ask", response_model=AskResponse, responses={200: _ANSWER, **declared(401)})
def ask(request: AskRequest, service: Service) -> AskResponse | Response:
    """Answer a question with cited passages.

    With `stream`, the answer comes as server-sent events: `passages` (as in the response, without `answer`, `status`,
    `reason`, `confidence` and `timings_ms`), `answer` (`status`, `reason`, `answer`, `confidence`), `done` (`id`,
    `timings_ms`); or `error` (problem details).
    """
    if request.stream:
        found = service.search(request.question, request.top_k, request.filter, request.turns)
        return EventSourceResponse(_events(service, found, _explained(request, service, found)))
    result = service.ask(request.question, request.top_k, request.filter, request.turns)
    return AskResponse.of(result, _explained(request, service, result))


@router.post("/search")
def search(request: SearchRequest, service: Service) -> SearchResponse:
    """Find passages for a question, without an answer."""
    found = service.search(request.question, request.top_k, request.filter, request.turns)
    return SearchResponse.of(found, _explained(request, service, found))


def _explained(request: SearchRequest, service: QAService, found: SearchResult | AskResult) -> Explanations:
    return service.explain(found) if request.explain else None


def _events(service: QAService, found: SearchResult, explanations: Explanations) -> Iterator[ServerSentEvent]:
    try:
        yield _event("passages", SearchResponse.of(found, explanations), leave_out={"timings_ms"})
        response = AskResponse.of(service.conclude(found))
        yield _event("answer", response, keep={"status", "reason", "answer", "confidence"})
        yield _event("done", response, keep={"id", "timings_ms"})
    except Exception as error:  # the status is sent already, so that only an event can tell
        yield _event("error", problem_of(error))


def _event(
    name: str, body: BaseModel, keep: set[str] | None = None, leave_out: set[str] | None = None
) -> ServerSentEvent:
    content = body.model_dump(include=keep, exclude=leave_out)
    return ServerSentEvent(json.dumps(content, ensure_ascii=False), event=name)
