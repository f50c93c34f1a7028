"""The route for what people say of answers."""

from fastapi import APIRouter, Request

from qa_service.api.access import BodyRoute
from qa_service.api.problems import declared
from qa_service.api.shared import Log
from qa_service.api.visitors import SITE
from qa_service.api.wire import FeedbackRequest, FeedbackResponse

router = APIRouter(
    prefix="/v1", tags=["questions"], route_class=BodyRoute, responses=declared(400, 401, 415, 422, 429, 503, 507)
)


@router.post("/feedback", status_code=201)
def give_feedback(feedback: FeedbackRequest, log: Log, request: Request) -> FeedbackResponse:
    """Keep what someone thinks of an answer, in place of what was said of the same answer before.

    Of the person nothing is kept, of a page of another site its key's name. `qa-service eval from-feedback` makes
    benchmark questions of it.
    """
    is_replaced = log.keep(feedback.to_feedback(getattr(request.state, SITE, None)))
    return FeedbackResponse(answer_id=feedback.answer_id, status="replaced" if is_replaced else "added")
