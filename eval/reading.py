"""Reading question sets, so that whatever is wrong is told with file, line and reason."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from eval.errors import EvalError
from qa_service.validation import describe

Model = TypeVar("Model", bound=BaseModel)


def read_text(path: Path) -> str:
    """Return a file's text. Raises EvalError where it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise EvalError(reason, path) from error
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: byte 0x{error.object[error.start]:02X} at position {error.start:,}"
        raise EvalError(reason, path, error.object.count(b"\n", 0, error.start) + 1) from error


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers from 1. Raises EvalError."""
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            yield number, line.removesuffix("\r")


def read_json_lines(path: Path, kind: type[Model]) -> Iterator[tuple[int, Model]]:
    """Yield one checked object a line, with its line's number. Raises EvalError."""
    for number, line in read_lines(path):
        yield number, _checked(kind, _parsed(line, path, number), path, number)


def read_json(path: Path, kind: type[Model]) -> Model:
    """Return the checked object a whole file holds. Raises EvalError."""
    return _checked(kind, _parsed(read_text(path), path, None), path, None)


def _parsed(text: str, path: Path, line: int | None) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        reason = f"not JSON: {error.msg} at column {error.colno}"
        raise EvalError(reason, path, line or error.lineno) from error


def _checked(kind: type[Model], value: Any, path: Path, line: int | None) -> Model:
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(map(str, problem["loc"])) or "the line"
        raise EvalError(describe(problem, name), path, line) from error
