"""The pages for people: front page, documents, reader, API reference. All that comes from a document is text."""

from collections.abc import Callable, Coroutine
from os import PathLike, stat_result
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.types import Scope

from qa_service.api import reference
from qa_service.api.problems import problem_of, problem_response
from qa_service.api.readiness import Service
from qa_service.api.reading import read_for
from qa_service.api.typesetting import set_text
from qa_service.config import MAX_UPLOADED_FILES, Settings
from qa_service.errors import QAError
from qa_service.parsers.formats import DOCX, ENDINGS, EPUB, HTML, MARKDOWN, PDF, PLAIN

_FOLDER = Path(__file__).parent.parent / "pages"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"  # no string can become markup or a script
)
_HEADERS = {
    "Cache-Control": "no-cache",  # a page of one version must not meet a script of another
    "Content-Security-Policy": _CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_KINDS = {PDF: "PDF", DOCX: "DOCX", EPUB: "EPUB", HTML: "HTML", MARKDOWN: "Markdown", PLAIN: "TXT"}
_PAGE_WORDS = frozenset({404, 422, 503})
TEMPLATES = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)


class _Assets(StaticFiles):
    def file_response(
        self, full_path: "str | PathLike[str]", stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update({name: _HEADERS[name] for name in ("Cache-Control", "X-Content-Type-Options")})
        return response


class _PageRoute(APIRoute):
    """Tells people of a problem on a page; programs get problem details, as everywhere."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            if "text/html" not in request.headers.get("accept", ""):
                return await handle(request)
            try:
                return await handle(request)
            except (QAError, RequestValidationError) as error:
                return _problem_page(error)

        return handle_for_people


router = APIRouter(include_in_schema=False, route_class=_PageRoute)
assets = _Assets(directory=_FOLDER / "assets")


@router.get("/")
def front_page() -> HTMLResponse:
    """Return the front page, where questions are asked."""
    return HTMLResponse(TEMPLATES.get_template("chat.html").render(), headers=_HEADERS)


@router.get("/api")
def api_page(request: Request) -> HTMLResponse:
    """Return the API reference, made of the OpenAPI document: no script comes from elsewhere."""
    page = TEMPLATES.get_template("api.html").render(reference=reference.read(request.app.openapi()))
    return HTMLResponse(page, headers=_HEADERS)


@router.get("/documents")
def documents_page(request: Request) -> HTMLResponse:
    """Return the page where documents are added, looked through and deleted."""
    settings: Settings = request.app.state.settings
    page = TEMPLATES.get_template("documents.html").render(
        endings=[ending for ending in ENDINGS if ending],
        max_bytes=settings.max_document_bytes,
        max_files=MAX_UPLOADED_FILES,
        upload_bytes=settings.max_upload_bytes,
        needs_key=bool(settings.api_keys),
    )
    return HTMLResponse(page, headers=_HEADERS)


@router.get("/documents/{document_id}")
def reader_page(
    document_id: str,
    service: Service,
    passage: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    question: str | None = None,
) -> HTMLResponse:
    """Show a document with the passage marked and scrolled to; with a question, also why the passage was found."""
    opened = service.shelf.open(document_id, passage)
    reading = None if question is None else read_for(service, question, passage)
    cited = None if opened.passage is None else opened.passage.span
    best = [each.shifted(cited.start) for each in reading.highlights] if reading and cited else []
    page = TEMPLATES.get_template("reader.html").render(
        document=opened.document,
        kind=_KINDS.get(opened.document.media_type, opened.document.media_type),
        passage=opened.passage,
        reading=reading,
        set_text=set_text(opened.text, opened.document.title, opened.outline, cited, best),
    )
    return HTMLResponse(page, headers=_HEADERS)


def _problem_page(error: Exception) -> HTMLResponse:
    problem = problem_of(error)
    retry_after = problem_response(error).headers.get("Retry-After")
    page = TEMPLATES.get_template("problem.html").render(
        problem=problem,
        word=f"page_{problem.status}" if problem.status in _PAGE_WORDS else "page_failed",
        retry_after=retry_after,
    )
    return HTMLResponse(page, problem.status, headers=_HEADERS)
