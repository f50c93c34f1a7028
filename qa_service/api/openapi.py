"""The OpenAPI document, made true where FastAPI's own is not."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from qa_service.api.problems import MEDIA_TYPE


def install(app: FastAPI, *, needs_key: bool) -> None:
    """Let the document say that errors are problem details, and that writing needs a key only where keys are set."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for operation in _operations(document):
                _state_media_type(operation["responses"])
                if not needs_key:
                    operation.pop("security", None)
            if not needs_key:
                document["components"].pop("securitySchemes", None)
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI's manual gives


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _state_media_type(responses: dict[str, Any]) -> None:
    """FastAPI states the media type that the route's success has."""
    for status, response in responses.items():
        if int(status) >= 400:
            (schema,) = response["content"].values()
            response["content"] = {MEDIA_TYPE: schema}
