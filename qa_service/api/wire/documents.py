"""Bodies about documents."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from qa_service import types
from qa_service.api.wire.base import Sent


class DocumentBody(Sent):
    """A document without its text."""

    id: str
    title: str
    uri: str = Field(description="The name it came under. It is for showing, and never a path to open.")
    media_type: str
    language: str
    sha256: str
    updated_at: str
    metadata: dict[str, str]


class DocumentDetails(DocumentBody):
    """A document with its sizes."""

    size: int = Field(description="Bytes of the original.")
    characters: int = Field(description="Code points of the canonical text.")
    passages: int
    created_at: str


class DocumentPage(Sent):
    """A page of documents; `total` counts those of all pages."""

    documents: list[DocumentDetails]
    total: int
    limit: int
    offset: int

    @classmethod
    def of(cls, documents: Sequence[types.Document], total: int, limit: int, offset: int) -> Self:
        """Make a page of stored documents."""
        details = [DocumentDetails.model_validate(document) for document in documents]
        return cls(documents=details, total=total, limit=limit, offset=offset)


class DeleteResponse(Sent):
    """From this generation on, no answer shows the document."""

    id: str
    generation: int
