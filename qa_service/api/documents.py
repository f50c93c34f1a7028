"""Routes for documents."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from fastapi.responses import PlainTextResponse

from qa_service.api.access import KEY_SCHEMES, WritingRoute
from qa_service.api.problems import declared
from qa_service.api.readiness import Service
from qa_service.api.wire import DeleteResponse, DocumentDetails, DocumentPage, JobBody, SourceResponse
from qa_service.catalogue import Order
from qa_service.config import MAX_PAGE, MAX_UPLOADED_FILES, Settings
from qa_service.errors import DocumentTooLargeError, InvalidRequestError
from qa_service.names import shown_name
from qa_service.parsers.formats import SUPPORTED
from qa_service.uploads.records import NewFile
from qa_service.uploads.runner import problem_word

_MAX_OFFSET = 2**62
_LONGEST_SEARCH = 200
router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=WritingRoute, responses=declared(422, 503))


async def _require_files_only(request: Request) -> None:
    """Refuse a field that would be passed over in silence, and more files than one upload may have."""
    form = await request.form()  # parsed already; this gives what was found
    names = [name for name, _ in form.multi_items()]
    others = sorted({name for name in names if name != "file"})
    if others:
        message = f"the form has the field {others[0][:80]!r}; send files only, each in a field `file`"
        raise InvalidRequestError(message)
    if len(names) > MAX_UPLOADED_FILES:
        message = f"the form has {len(names):,} files; send {MAX_UPLOADED_FILES} at most, and the rest after them"
        raise InvalidRequestError(message)


@router.get("")
def list_documents(
    service: Service,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most documents to return.")] = 50,
    offset: Annotated[int, Query(ge=0, le=_MAX_OFFSET, description="Documents to pass over.")] = 0,
    q: Annotated[
        str,
        Query(
            max_length=_LONGEST_SEARCH,
            description="Words, or parts of them, that title and name hold; case, ё, ў and apostrophes do not matter.",
        ),
    ] = "",
    language: Annotated[str | None, Query(max_length=20, description="Code of the language they are in.")] = None,
    sort: Annotated[
        Order, Query(description="oldest or newest first, by title, or by size, the largest first.")
    ] = "oldest",
) -> DocumentPage:
    """List documents, by default in the order they were first stored. `total` counts those that were looked for."""
    found = service.catalogue.page(limit, offset, words=q, language=language, order=sort)
    return DocumentPage.of(found.documents, found.total, limit, offset)


@router.post(
    "",
    status_code=202,
    dependencies=[*KEY_SCHEMES, Depends(_require_files_only)],
    response_description="Kept, and taken in beside answering; the header Location leads to the job.",
    responses=declared(400, 401, 415, 429, 507),
)
def upload_documents(
    file: Annotated[list[UploadFile], File(description=f"{SUPPORTED}. May be repeated.")],
    service: Service,
    request: Request,
    response: Response,
) -> JobBody:
    """Take in one or several files, as a job. What is answered with 202 is kept, whatever happens to the server.

    Files are told apart by content: the same content is the same document, so sending it again changes nothing. What
    is wrong with a file is told in the job, and the others are taken in.
    """
    settings: Settings = request.app.state.settings
    job = service.jobs.add(_read(file, service.max_document_bytes), settings.max_waiting_bytes)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobBody.model_validate(job)


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
    traced = service.shelf.trace(document_id, start, end)
    return SourceResponse.of(document_id, start, traced.end, traced.places)


@router.delete("/{document_id}", dependencies=KEY_SCHEMES, responses=declared(401, 404, 507))
def delete_document(document_id: str, service: Service) -> DeleteResponse:
    """Delete a document. No answer of the returned generation or a later one shows it."""
    return DeleteResponse(id=document_id, generation=service.delete(document_id))


def _read(files: Sequence[UploadFile], bound: int) -> Iterator[NewFile]:
    """Yield the files with their contents; one over the bound is refused at once."""
    for file in files:
        name = shown_name(file.filename or "")
        content = file.file.read(bound + 1)
        if len(content) > bound:
            error = DocumentTooLargeError(file.size, bound)
            yield NewFile(name, file.size or len(content), None, problem_word(error), str(error))
        else:
            yield NewFile(name, len(content), content)
