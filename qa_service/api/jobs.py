"""Routes for jobs: how far an upload is, live and on request."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from qa_service.api.access import KEY_SCHEMES, WriterRoute
from qa_service.api.problems import declared, problem_of
from qa_service.api.readiness import Service
from qa_service.api.wire import JobBody, JobFileBody, JobPage
from qa_service.api.wire.base import Sent
from qa_service.uploads.records import Job
from qa_service.uploads.table import JobTable

_MAX_JOBS = 50
_MAX_OFFSET = 2**62
_LOOKING_SECONDS = 0.1
_EVENT = {
    "type": "object",
    "description": "One event of the stream.",
    "properties": {
        "event": {"enum": ["progress", "file", "done", "error"]},
        "data": {"type": "string", "description": "JSON: a job, a file of it, or problem details."},
    },
    "required": ["event", "data"],
}
_STREAM = {"description": "The job as it goes on.", "content": {"text/event-stream": {"schema": _EVENT}}}
router = APIRouter(
    prefix="/v1/jobs",
    tags=["jobs"],
    route_class=WriterRoute,
    dependencies=KEY_SCHEMES,
    responses=declared(401, 422, 503),
)


@router.get("")
def list_jobs(
    service: Service,
    limit: Annotated[int, Query(ge=1, le=_MAX_JOBS, description="Most jobs to return.")] = 20,
    offset: Annotated[int, Query(ge=0, le=_MAX_OFFSET, description="Jobs to pass over.")] = 0,
) -> JobPage:
    """List uploads, the latest first. Finished ones are forgotten after a month, or when 500 newer ones are finished.

    Jobs show names of files, so they are for those who may change documents.
    """
    jobs, total = service.jobs.jobs(limit, offset)
    return JobPage.of(jobs, total, limit, offset)


@router.get("/{job_id}", responses=declared(404))
def get_job(job_id: str, service: Service) -> JobBody:
    """Return a job: how far it is, and what became of each of its files."""
    return JobBody.model_validate(service.jobs.job(job_id))


@router.get(
    "/{job_id}/events",
    response_class=EventSourceResponse,
    responses={200: _STREAM, **declared(404)},
)
def follow_job(job_id: str, service: Service) -> EventSourceResponse:
    """Follow a job by server-sent events.

    `progress` (the job as it is now) comes first and whenever it has changed, `file` (one of its files) when that has
    an outcome, `done` (the job) at the end; or `error` (problem details). The stream can be left and begun anew at any
    time.
    """
    job = service.jobs.job(job_id)
    return EventSourceResponse(_events(service.jobs, job))


@router.delete("/{job_id}", responses=declared(404, 507))
def cancel_job(job_id: str, service: Service) -> JobBody:
    """Take in no more of a job's files. What is taken in already stays; of a finished job nothing changes."""
    return JobBody.model_validate(service.jobs.cancel(job_id))


async def _events(jobs: JobTable, job: Job) -> AsyncIterator[ServerSentEvent]:
    """Yield what changes. A stream holds no thread while it waits, and no part of the job hangs on it."""
    yield _event("progress", JobBody.model_validate(job))
    try:
        while job.finished_at is None:
            await asyncio.sleep(_LOOKING_SECONDS)
            before, job = job, await run_in_threadpool(jobs.job, job.id)
            for old, new in zip(before.files, job.files, strict=True):
                if old.is_open and not new.is_open:
                    yield _event("file", JobFileBody.model_validate(new))
            if job != before and job.finished_at is None:
                yield _event("progress", JobBody.model_validate(job))
    except Exception as error:  # the status is sent already, so that only an event can tell
        yield _event("error", problem_of(error))
        return
    yield _event("done", JobBody.model_validate(job))


def _event(name: str, body: Sent) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(body.model_dump(), ensure_ascii=False), event=name)
