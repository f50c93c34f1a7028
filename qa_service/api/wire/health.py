"""Bodies about the process and its index."""

from typing import Literal

from pydantic import Field

from qa_service.api.wire.base import Sent


class IndexBody(Sent):
    """Which state of the documents was searched, with which vectors."""

    generation: int
    model: str
    fingerprint: str


class Health(Sent):
    """The process is alive."""

    status: Literal["ok"] = "ok"


class Ready(Sent):
    """Model and index are loaded."""

    status: Literal["ready"] = "ready"
    documents: int
    passages: int
    languages: dict[str, int] = Field(description="Passages a language.")
    index: IndexBody
