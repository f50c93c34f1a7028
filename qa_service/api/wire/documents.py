"""Bodies about documents."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal, Self

from pydantic import Field

from qa_service import types
from qa_service.api.wire.base import Sent
from qa_service.flaws import told
from qa_service.outline import Place


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


class WarningBody(Sent):
    """Something wrong with a document's text, which is left as it is: how often, and the first place in the text."""

    kind: Literal["mixed_letters", "mojibake", "misread", "pages_without_text"] = Field(
        description="Words that mix Latin and Cyrillic letters; text that looks read in the wrong encoding; "
        "words of a text that was, and that was put right; pages that are pictures, which have no place in the text."
    )
    count: int
    start: int
    end: int
    message: str

    @classmethod
    def of(cls, flaw: types.Flaw) -> Self:
        """Make the body of a flaw."""
        return cls.model_validate({**asdict(flaw), "message": told(flaw)})


class DocumentDetails(DocumentBody):
    """A document with its sizes."""

    size: int = Field(description="Bytes of the original.")
    characters: int = Field(description="Code points of the canonical text.")
    passages: int
    created_at: str
    warnings: list[WarningBody]

    @classmethod
    def of(cls, document: types.Document) -> Self:
        """Make the body of a document."""
        values = {name: getattr(document, name) for name in cls.model_fields if name != "warnings"}
        return cls(**values, warnings=[WarningBody.of(flaw) for flaw in document.flaws])


class DocumentPage(Sent):
    """A page of documents; `total` counts those of all pages."""

    documents: list[DocumentDetails]
    total: int
    limit: int
    offset: int

    @classmethod
    def of(cls, documents: Sequence[types.Document], total: int, limit: int, offset: int) -> Self:
        """Make a page of stored documents."""
        details = [DocumentDetails.of(document) for document in documents]
        return cls(documents=details, total=total, limit=limit, offset=offset)


class PlaceBody(Sent):
    """Where a stretch of the canonical text stood in the original file, as far as its format tells; the rest is null.

    From there it goes on character by character, save for what clean-up took out or put in.
    """

    start: int = Field(description="Where the stretch begins in the canonical text; it ends where the next begins.")
    part: str | None = Field(description="The file inside an archive, such as a chapter of an EPUB.")
    page: int | None = Field(description="Counted from 1.")
    top: float | None = Field(description="Distance from the page's top, in points.")
    line: int | None = Field(description="Counted from 1; of a table file, the row.")
    offset: int | None = Field(description="Code points from the start of the decoded file.")


class SourceResponse(Sent):
    """Where a stretch of the canonical text stood; no places where the format tells nothing."""

    id: str
    start: int
    end: int = Field(description="How far the places reach: less than was asked for where they are many. Go on there.")
    offset_unit: Literal["unicode_code_point"] = "unicode_code_point"
    places: list[PlaceBody]

    @classmethod
    def of(cls, identifier: str, start: int, end: int, places: Sequence[Place]) -> Self:
        """Make the body of places."""
        return cls(id=identifier, start=start, end=end, places=[PlaceBody.model_validate(place) for place in places])


class DeleteResponse(Sent):
    """From this generation on, no answer shows the document."""

    id: str
    generation: int
