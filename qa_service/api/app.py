"""The application: routes, error answers, and the service they call."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from qa_service import __version__
from qa_service.api import asking, documents, feedback, health, jobs, openapi, originals, pages, problems, widget
from qa_service.api.gate import Gate
from qa_service.api.readiness import Readiness
from qa_service.api.shared import SharedStore
from qa_service.api.visitors import Visitors
from qa_service.assembly import open_store
from qa_service.config import Settings
from qa_service.service import QAService

_DESCRIPTION = """Questions in any language, answered with passages of your documents in whichever language they were
written, with citations exact to the character. Offsets count Unicode code points, end exclusive. Errors are problem
details (RFC 9457)."""


def create_app(
    settings: Settings,
    build: Callable[[], QAService],
    *,
    on_ready: Callable[[QAService], None] = lambda service: None,
    on_failure: Callable[[Exception], None] = lambda error: None,
) -> FastAPI:
    """Return the application; it calls `build` in a thread when it starts, then `on_ready` or `on_failure`."""
    readiness = Readiness(build, on_ready, on_failure)
    shared = SharedStore(lambda: open_store(settings))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        readiness.start()
        yield
        await run_in_threadpool(readiness.close)
        await run_in_threadpool(shared.close)

    app = FastAPI(
        title="qa-service",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        responses=problems.declared(403, 413, 500),  # what `gate.py` can answer to any request
        docs_url=None,  # the interactive pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.readiness = readiness
    app.state.shared = shared
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(Visitors, settings=settings, shared=shared)
    problems.install(app)
    for resource in (asking, feedback, documents, originals, jobs, health, pages, widget):
        app.include_router(resource.router)
    app.mount("/assets", pages.assets, name="assets")
    openapi.install(app, needs_key=bool(settings.api_keys))
    return app
