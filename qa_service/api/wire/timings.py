"""How long a question took."""

from typing import Self

from qa_service import types
from qa_service.api.wire.base import Sent


class TimingsBody(Sent):
    """Milliseconds."""

    embed: float
    retrieve: float
    answer: float
    total: float

    @classmethod
    def of(cls, timings: types.Timings) -> Self:
        """Make the body of timings."""
        return cls(**{name: round(getattr(timings, name), 3) for name in cls.model_fields})
