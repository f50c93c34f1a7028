"""What a failed validation says to people: which value, what is wrong with it, and which bound it breaks."""

import json
import re
from collections.abc import Mapping
from typing import Any

_SUBJECT = re.compile(r"^(?:Input|String|List|Value|Dictionary|Tuple) should")
_LONGEST_VALUE = 60
_LONGEST_NAME = 80


def describe(problem: Mapping[str, Any], name: str) -> str:
    """Return one clause on the value called `name`, given pydantic's error details about it.

    A scalar value is shown where it is short; the caller leaves `input` out of `problem` where it is secret.
    """
    shown = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    message = str(problem["msg"])
    match problem["type"]:
        case "missing":
            clause = f"{shown} is missing"
        case "extra_forbidden":
            clause = f"{shown} is not known here"
        case "value_error":
            clause = f"{shown} {message.removeprefix('Value error, ')}"
        case _ if _SUBJECT.match(message):
            clause = _SUBJECT.sub(lambda _: f"{shown} should", message) + _value(problem)
        case _:
            clause = f"{shown}: {message}{_value(problem)}"
    return clause.encode("utf-8", "backslashreplace").decode()


def _value(problem: Mapping[str, Any]) -> str:
    value = problem.get("input")
    if "input" not in problem or not isinstance(value, str | int | float | bool | None):
        return ""
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"; it has {len(value):,} characters"
    return f"; it is {json.dumps(value, ensure_ascii=False)}"
