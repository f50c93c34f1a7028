"""Bodies of what people say of answers."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from qa_service.api.wire.base import Received, Sent, whole
from qa_service.config import MAX_QUESTION_CHARACTERS
from qa_service.sites.feedback import Complaint, NewFeedback, Place, Verdict

_MOST_CITATIONS = 50
_LONGEST_COMMENT = 2_000
_Number = Annotated[int, Field(ge=0, lt=2**53), BeforeValidator(whole)]


class PlaceBody(Received):
    """A place that the answer cited. Its words are read from the document."""

    document_id: str = Field(min_length=1, max_length=64, examples=["0123456789abcdef"])
    passage_id: _Number
    start: _Number = Field(description="Where it starts in the document's text.")
    end: _Number = Field(description="Where it ends there, exclusive.")


class FeedbackRequest(Received):
    """What someone thinks of an answer."""

    answer_id: str = Field(pattern="^[0-9a-f]{32}$", description="The `id` of the answer.", examples=["0" * 32])
    verdict: Verdict
    reason: Complaint | None = Field(None, description="What is wrong with it.")
    comment: str | None = Field(None, max_length=_LONGEST_COMMENT)
    question: str = Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS, description="As it was asked.")
    answered: bool = Field(description="Whether there was an answer, not only passages.")
    citations: list[PlaceBody] = Field([], max_length=_MOST_CITATIONS)
    language: str = Field(pattern="^[a-z]{2,3}$", description="The question's, as the answer told it.", examples=["be"])

    def to_feedback(self, site: str | None) -> NewFeedback:
        """Return it as it is kept."""
        places = tuple(Place(**place.model_dump()) for place in self.citations)
        fields = self.model_dump(exclude={"citations"})
        return NewFeedback(**fields, places=places, site=site)


class FeedbackResponse(Sent):
    """That it is kept, and whether it took the place of what was said of the same answer."""

    answer_id: str
    status: Literal["added", "replaced"]
