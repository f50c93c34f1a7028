"""What goes over the wire, by resource. Offsets count Unicode code points, end exclusive."""

from qa_service.api.wire.asking import AskRequest, AskResponse, SearchRequest, SearchResponse
from qa_service.api.wire.documents import (
    DeleteResponse,
    DocumentBody,
    DocumentDetails,
    DocumentPage,
    SourceResponse,
)
from qa_service.api.wire.feedback import FeedbackRequest, FeedbackResponse
from qa_service.api.wire.health import Health, IndexBody, Ready
from qa_service.api.wire.jobs import JobBody, JobFileBody, JobPage, JobSummary
from qa_service.api.wire.passages import ExplanationBody, Explanations, PassageBody
from qa_service.api.wire.problems import FieldProblem, Problem, field_problems

__all__ = [
    "AskRequest",
    "AskResponse",
    "DeleteResponse",
    "DocumentBody",
    "DocumentDetails",
    "DocumentPage",
    "ExplanationBody",
    "Explanations",
    "FeedbackRequest",
    "FeedbackResponse",
    "FieldProblem",
    "Health",
    "IndexBody",
    "JobBody",
    "JobFileBody",
    "JobPage",
    "JobSummary",
    "PassageBody",
    "Problem",
    "Ready",
    "SearchRequest",
    "SearchResponse",
    "SourceResponse",
    "field_problems",
]
