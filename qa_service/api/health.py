"""Routes for those who watch over the process."""

from fastapi import APIRouter

from qa_service.api.problems import declared
from qa_service.api.readiness import Service
from qa_service.api.wire import Health, IndexBody, Ready

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> Health:
    """Tell that the process is alive."""
    return Health()


@router.get("/readyz", responses=declared(503))
def readyz(service: Service) -> Ready:
    """Tell that model and index are loaded, and what they hold; 503 before that."""
    totals = service.totals()
    return Ready(
        documents=totals.documents,
        passages=totals.passages,
        languages=dict(totals.languages),
        index=IndexBody.model_validate(service.index()),
    )
