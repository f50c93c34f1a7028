"""Routes for documents."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from fastapi.responses import PlainTextResponse

from qa_service.api.access import KEY_SCHEMES, WritingRoute
from qa_service.api.problems import declared
from qa_service.api.readiness import Service
from qa_service.api.wire import DeleteResponse, DocumentDetails, DocumentPage, SourceResponse, UploadResponse
from qa_service.config import MAX_PAGE
from qa_service.errors import DocumentTooLargeError, InvalidRequestError

_MAX_OFFSET = 2**62
router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=WritingRoute, responses=declared(422, 503))


async def _require_one_part(request: Request) -> None:
    """Refuse a second file, which would be passed over in silence."""
    form = await request.form()  # parsed already; this gives what was found
    names = [name for name, _ in form.multi_items()]
    if len(names) > 1:
        message = f"the form has {len(names)} fields; send one, `file`, and each file in a request of its own"
        raise InvalidRequestError(message)


@router.get("")
def list_documents(
    service: Service,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most documents to return.")] = 50,
    offset: Annotated[int, Query(ge=0, le=_MAX_OFFSET, description="Documents to pass over.")] = 0,
) -> DocumentPage:
    """List documents in the order they were first stored."""
    return DocumentPage.of(service.documents(limit, offset), service.totals().documents, limit, offset)


@router.post(
    "",
    status_code=201,
    dependencies=[*KEY_SCHEMES, Depends(_require_one_part)],
    response_description="Taken in.",
    responses={
        200: {"model": UploadResponse, "description": "The same content is stored already."},
        **declared(400, 401, 404, 415, 507),
    },
)
def upload_document(
    file: Annotated[UploadFile, File(description="PDF, DOCX or EPUB; text, Markdown or HTML in UTF-8.")],
    service: Service,
    response: Response,
) -> UploadResponse:
    """Take in a file. The same content is the same document: sending it again changes nothing and answers 200.

    404 is the answer where someone else deletes the document before this request is done.
    """
    bound = service.max_document_bytes
    content = file.file.read(bound + 1)
    if len(content) > bound:
        raise DocumentTooLargeError(file.size, bound)
    outcome = service.upload(file.filename or "", content)
    if outcome.status == "unchanged":
        response.status_code = 200
    document = DocumentDetails.of(service.document(outcome.document_id or ""))
    return UploadResponse.model_validate(
        {"status": outcome.status, "generation": outcome.generation, "document": document}
    )


@router.get("/{document_id}", responses=declared(404))
def get_document(document_id: str, service: Service) -> DocumentDetails:
    """Return one document, without its text."""
    return DocumentDetails.of(service.document(document_id))


@router.get("/{document_id}/text", response_class=PlainTextResponse, responses=declared(404))
def get_text(document_id: str, service: Service) -> PlainTextResponse:
    """Return the canonical text that every offset refers to."""
    return PlainTextResponse(service.text(document_id))


@router.get("/{document_id}/source", responses=declared(404))
def get_source(
    document_id: str,
    service: Service,
    start: Annotated[int, Query(ge=0, le=_MAX_OFFSET, description="Where the stretch begins in the text.")] = 0,
    end: Annotated[
        int | None, Query(ge=1, le=_MAX_OFFSET, description="Where it ends, exclusive; by default where the text does.")
    ] = None,
) -> SourceResponse:
    """Tell where a stretch of the canonical text stood in the original file: page, line, part, offset."""
    traced = service.provenance.trace(document_id, start, end)
    return SourceResponse.of(document_id, start, traced.end, traced.places)


@router.delete("/{document_id}", dependencies=KEY_SCHEMES, responses=declared(401, 404, 507))
def delete_document(document_id: str, service: Service) -> DeleteResponse:
    """Delete a document. No answer of the returned generation or a later one shows it."""
    return DeleteResponse(id=document_id, generation=service.delete(document_id))
