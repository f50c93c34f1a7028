"""How sure it is, and when it refuses: a logistic model by hand, its files, and what the service makes of it."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from embeddings import Encoder
from qa_service.calibration import NAME, Calibration, SupportWeights, find_calibration, save_calibration, shipped_path
from qa_service.errors import StoreError
from qa_service.types import Support
from tests.parts import Parts, opened

WEIGHTS = SupportWeights(score=2, lead=1, names=0.5, words=0)
amounts = st.floats(0, 5)
supports = st.builds(Support, amounts, st.none() | amounts, amounts, amounts, st.integers(1, 10**6))


def calibration(threshold: float = 0.5, fingerprint: str = "f" * 64, bias: float = -1.0) -> Calibration:
    return Calibration(
        model="m",
        fingerprint=fingerprint,
        weights=WEIGHTS,
        bias=bias,
        growth=0.25,
        usual_lead=1,
        threshold=threshold,
        answerable=10,
        unanswerable=10,
    )


def test_hand_computed_confidence() -> None:
    assert calibration().confidence(Support(0.5, 0, 0, 3, 1)) == 0.5
    assert calibration().confidence(Support(1, 1, 2, 0, 1)) == pytest.approx(1 / (1 + math.exp(-3)))
    assert calibration(bias=-2_000).confidence(Support(0, 0, 0, 0, 1)) == 0


def test_a_lead_that_cannot_be_is_the_usual_one_and_many_passages_take_from_the_score() -> None:
    few, usual = (calibration().confidence(Support(0, lead, 0, 0, 1)) for lead in (None, 1))
    assert few == usual
    many, less = (calibration().confidence(Support(score, 0, 0, 0, count)) for score, count in ((1, 8), (0.5, 1)))
    assert many == pytest.approx(calibration().confidence(Support(1 - 0.25 * math.log(8), 0, 0, 0, 1)))
    assert many < less + 0.01


@given(supports, supports)
def test_more_support_never_makes_it_less_sure(one: Support, other: Support) -> None:
    leads = [lead for lead in (one.lead, other.lead) if lead is not None]
    lead = None if one.lead is None else max(leads)
    score, names, words = (max(getattr(one, part), getattr(other, part)) for part in ("score", "names", "words"))
    more = Support(score, lead, names, words, min(one.passages, other.passages))
    assert 0 <= calibration().confidence(one) <= calibration().confidence(more) <= 1


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        SupportWeights(score=-1, lead=1, names=1, words=1)


def test_what_was_saved_is_found_again_for_its_model_alone(tmp_path: Path) -> None:
    save_calibration(tmp_path / NAME, calibration())
    assert find_calibration(tmp_path, "f" * 64) == calibration()
    with capture_logs() as logs:
        assert find_calibration(tmp_path, "0" * 64) is None
    assert "another model" in logs[0]["event"]


@pytest.mark.parametrize("content", ["", "{}", '{"model": 1}'])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(StoreError, match=r"calibration.json cannot be used: .*; delete it"):
        find_calibration(tmp_path, "f" * 64)


@pytest.mark.model
def test_the_default_model_is_calibrated(bundled_encoder: Encoder, tmp_path: Path) -> None:
    assert shipped_path(bundled_encoder.fingerprint).is_file()
    found = find_calibration(tmp_path, bundled_encoder.fingerprint)
    assert found is not None
    assert found.fingerprint == bundled_encoder.fingerprint
    assert 0 < found.threshold < 0.5


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(tmp_path / "data") as built:
        built.take_in("boats", "Boats lie in the harbour. The harbour freezes in winter.")
        yield built


def test_a_model_without_calibration_answers_everything_and_says_so(parts: Parts) -> None:
    result = parts.service().ask("zebra")
    assert (result.status, result.confidence) == ("answered", None)
    assert result.answer is not None
    assert result.answer.confidence is None


def test_an_answer_says_how_sure_it_is(parts: Parts) -> None:
    result = parts.service(calibration(threshold=0)).ask("When does the harbour freeze?")
    assert (result.status, result.reason) == ("answered", None)
    assert result.answer is not None
    assert result.confidence is not None
    assert 0 < result.confidence < 1
    assert result.answer.confidence == result.confidence


def test_below_the_threshold_it_refuses_and_still_shows_the_nearest(parts: Parts) -> None:
    result = parts.service(calibration(threshold=1)).ask("When does the harbour freeze?")
    assert (result.status, result.reason, result.answer) == ("not_found", "low_confidence", None)
    assert result.confidence is not None
    assert [hit.passage.document.uri for hit in result.hits] == ["boats.txt"]


def test_without_documents_the_reason_is_another(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as built:
        result = built.service(calibration()).ask("anything")
    assert (result.status, result.reason, result.confidence) == ("not_found", "no_documents", None)


def test_copies_take_nothing_from_how_sure_it_is(tmp_path: Path) -> None:
    others = [f"Trees of kind {number} stand in the forest, far from any water." for number in range(6)]
    confidence = []
    for copies in (1, 4):
        with opened(tmp_path / str(copies)) as built:
            for number in range(copies):
                built.take_in(f"copy {number}", "Boats lie in the harbour, which freezes in winter.")
            for number, text in enumerate(others):
                built.take_in(str(number), text)
            confidence.append(built.service(calibration()).ask("When does the harbour freeze?").confidence or 0)
    assert confidence[1] == pytest.approx(confidence[0], abs=0.1)


def test_how_sure_it_is_does_not_hang_on_how_many_passages_are_wanted(parts: Parts) -> None:
    for number in range(12):
        parts.take_in(str(number), f"Harbour {number} has boats. They lie there in winter, all {number} of them.")
    service = parts.service(calibration())
    assert len({service.ask("boats in the harbour", top_k).confidence for top_k in (1, 3, 10)}) == 1
