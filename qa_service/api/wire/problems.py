"""Problem details, RFC 9457."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from qa_service.api.wire.base import Sent
from qa_service.validation import describe

_MOST_TOLD = 10
_PLACES = ("body", "query", "path")


class FieldProblem(Sent):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Sent):
    """Problem details, RFC 9457. `detail` says what was wrong, with which value, and what to do."""

    type: str = Field(description="A name that programs can rely on; about:blank where the status says everything.")
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = Field(
        default=None, description=f"What is wrong with each field; the first {_MOST_TOLD} of them."
    )


def field_problems(found: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    """Return what pydantic found wrong with a request, the first ten."""
    return [_field_problem(item) for item in found[:_MOST_TOLD]]


def _field_problem(item: Mapping[str, Any]) -> FieldProblem:
    if item["type"] == "json_invalid":
        reason = f"{item['ctx']['error']} at character {item['loc'][-1]}"
        return FieldProblem(field="body", message=f"the body is not valid JSON: {reason}")
    name = ".".join(str(part) for part in item["loc"] if part not in _PLACES) or "body"
    message = describe(item, name)
    return FieldProblem(field=name[:80].encode("utf-8", "backslashreplace").decode(), message=message)
