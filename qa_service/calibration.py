"""How sure it is that the documents answer a question, and from where on they are said to.

A model is calibrated on questions whose answers are known to be in the documents, or known not to be: `qa-service eval
calibrate` does it. What it finds belongs to that model's vectors alone, and says which by their fingerprint.
"""

import math
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_service.errors import StoreError
from qa_service.files import write_atomically
from qa_service.types import Support
from qa_service.validation import describe

NAME = "calibration.json"
"""The file in the data folder that comes before what is shipped."""

_SHIPPED = Path(__file__).parent / "calibrations"
_LARGEST = 500.0
_log = structlog.get_logger(__name__)
_Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SupportWeights(BaseModel):
    """What a unit of each part of the support adds to the log-odds; none is negative."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: _Weight
    lead: _Weight
    names: _Weight
    words: _Weight


class Calibration(BaseModel):
    """A logistic model of whether the documents answer, and the probability from which they are said to.

    `answerable` and `unanswerable` count the questions it was fitted on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    fingerprint: str
    weights: SupportWeights
    bias: float = Field(allow_inf_nan=False)
    growth: float = Field(ge=0, allow_inf_nan=False)
    """By how much the best score of an unrelated question rises, each time e times as many passages are searched."""

    usual_lead: float = Field(allow_inf_nan=False)
    """What stands for the lead where there are too few passages for one."""

    threshold: float = Field(ge=0, le=1)
    answerable: int = Field(ge=1)
    unanswerable: int = Field(ge=1)

    def confidence(self, support: Support) -> float:
        """Return the probability, in 0..1, that the documents answer a question with this support."""
        parts = parts_of(support, self.growth, self.usual_lead)
        odds = self.bias + sum(weight * part for (_, weight), part in zip(self.weights, parts, strict=True))
        return 1 / (1 + math.exp(-odds)) if odds > -_LARGEST else 0.0


def parts_of(support: Support, growth: float, usual_lead: float) -> tuple[float, float, float, float]:
    """Return what `SupportWeights` weigh, in their order: the score less what many passages add to it, and the rest."""
    score = support.score - growth * math.log(max(support.passages, 1))
    lead = usual_lead if support.lead is None else support.lead
    return score, lead, support.names, support.words


def find_calibration(data: Path, fingerprint: str) -> Calibration | None:
    """Return the calibration of a model: the data folder's own, or the shipped one; None where it has none.

    One of another model is passed over. Raises StoreError where the data folder's cannot be read.
    """
    path = data / NAME
    if path.is_file():
        own = _read(path)
        if own.fingerprint == fingerprint:
            return own
        _log.warning("calibration of another model is not used; run `qa-service eval calibrate` again", model=own.model)
    shipped = shipped_path(fingerprint)
    return _read(shipped) if shipped.is_file() else None


def save_calibration(path: Path, calibration: Calibration) -> None:
    """Write a calibration, replacing what was there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (calibration.model_dump_json(indent=1) + "\n").encode())


def shipped_path(fingerprint: str) -> Path:
    """Return where the calibration of a model that comes with the service is kept."""
    return _SHIPPED / f"{fingerprint[:16]}.json"


def _read(path: Path) -> Calibration:
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = str(error)
    except ValidationError as error:
        problem = error.errors()[0]
        reason = describe(problem, ".".join(map(str, problem["loc"])) or "the file")
    message = f"{path} cannot be used: {reason}; delete it, or run `qa-service eval calibrate` again"
    raise StoreError(message)
