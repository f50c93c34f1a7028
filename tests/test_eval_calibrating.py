"""Calibrating: weights that are never negative, a threshold that refuses few, and the command on a set of one's own."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.calibrating import ANSWERABLE, Observation, Observations, fit, judge, observe
from eval.errors import EvalError
from eval.reading import read_json
from eval.suites import Selection, read_task
from qa_service.calibration import NAME, Calibration
from qa_service.config import Settings
from qa_service.types import Support
from tests.conftest import RunCli

SUBJECTS = (
    "ferry",
    "lighthouse",
    "harbour",
    "anchor",
    "captain",
    "compass",
    "sail",
    "rope",
    "deck",
    "mast",
    "keel",
    "oar",
)


def observations(**scores: Sequence[float]) -> Observations:
    """Return observations of each kind that differ in their score alone."""
    rows = [Observation(Support(score, 0, 0, 1, 1), kind) for kind, found in scores.items() for score in found]
    return Observations(tuple(rows), "m", "f" * 64, None)


def spread(low: float, high: float, count: int = 20) -> list[float]:
    return [low + (high - low) * number / (count - 1) for number in range(count)]


def test_kinds_that_are_apart_are_told_apart() -> None:
    observed = observations(answerable=spread(0.6, 0.9), off_topic=spread(0.1, 0.4))
    calibration = fit(observed, false_refusals=0)
    answerable, off_topic = judge(observed, calibration)
    assert (answerable.kind, answerable.questions, answerable.refused, answerable.auroc) == (ANSWERABLE, 20, 0, None)
    assert (off_topic.refused, off_topic.auroc) == (1, 1)
    assert (calibration.model, calibration.answerable, calibration.unanswerable) == ("m", 20, 20)


@given(st.lists(st.floats(0, 1), min_size=10, max_size=40), st.lists(st.floats(0, 1), min_size=10, max_size=40))
def test_weights_are_never_negative_and_few_are_refused(answerable: list[float], off_topic: list[float]) -> None:
    observed = observations(answerable=answerable, off_topic=off_topic)
    calibration = fit(observed, false_refusals=0.1)
    assert all(weight >= 0 for _, weight in calibration.weights)
    assert judge(observed, calibration)[0].refused <= 0.1


def test_near_misses_are_judged_and_not_learnt_from() -> None:
    kinds = {"answerable": spread(0.5, 0.9), "off_topic": spread(0.1, 0.5)}
    with_them = fit(observations(**kinds, near_miss=spread(0.8, 1)))
    assert with_them.weights == fit(observations(**kinds)).weights
    assert [row.kind for row in judge(observations(**kinds, near_miss=[1.0]), with_them)] == [
        "answerable",
        "near_miss",
        "off_topic",
    ]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ({"answerable": spread(0, 1)}, "0 questions without an answer"),
        ({"answerable": [0.5] * 9, "off_topic": spread(0, 1)}, "9 questions with an answer"),
        ({"answerable": spread(0, 1), "near_miss": spread(0, 1)}, "0 questions without an answer"),
    ],
)
def test_too_few_questions_are_refused(kinds: dict[str, list[float]], message: str) -> None:
    with pytest.raises(EvalError, match=f"{message} in the documents; calibrating needs 10 or more"):
        fit(observations(**kinds))


@pytest.fixture
def own_set(tmp_path: Path) -> Path:
    """A set in BEIR's layout: a document and a question a subject, which ask for what the document says."""
    folder = tmp_path / "mine"
    folder.mkdir()
    documents = [
        {"_id": name, "title": name, "text": f"The {name} is number {number}."} for number, name in enumerate(SUBJECTS)
    ]
    questions = [{"_id": f"q-{name}", "text": f"What number is the {name}?", "language": "en"} for name in SUBJECTS]
    judged = [f"q-{name}\t{name}\t1" for name in SUBJECTS]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, documents)))
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)))
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]))
    return folder


def test_every_question_is_asked_again_without_what_answers_it(own_set: Path, settings: Settings) -> None:
    task = read_task("beir", Selection(own_set))
    observed = observe(task, settings, task.questions[:3])
    assert observed.kinds == [ANSWERABLE, "removed", "stranger"]
    assert {kind: len(observed.support(kind)) for kind in observed.kinds} == {
        ANSWERABLE: 12,
        "removed": 12,
        "stranger": 3,
    }
    pairs = zip(observed.support(ANSWERABLE), observed.support("removed"), strict=True)
    assert all(answerable.score > removed.score for answerable, removed in pairs)
    assert observed.present is None, "the hashing model comes without"


def test_the_command_writes_what_the_service_then_uses(own_set: Path, tmp_path: Path, run_cli: RunCli) -> None:
    arguments = ("eval", "calibrate", "--suite", "beir", "--data", own_set, "--false-refusals", "0")
    nothing = run_cli(*arguments, "--check")
    assert nothing.returncode == 1
    assert "hashing is not calibrated" in nothing.stderr
    done = run_cli(*arguments)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["answerable", "12", "0.0%", "-"] in rows
    calibration = read_json(tmp_path / "data" / NAME, Calibration)
    assert f"refused below a confidence of {calibration.threshold:.3f}" in done.stdout
    note = tmp_path / "note.txt"
    note.write_text("The ferry leaves at ten. The harbour is closed in winter.")
    run_cli("ingest", note)
    asked = run_cli("ask", "quantum chromodynamics", "--json")
    assert asked.returncode == 3
    answer = json.loads(asked.stdout)
    assert (answer["status"], answer["reason"], answer["answer"]) == ("not_found", "low_confidence", None)
    assert answer["confidence"] < calibration.threshold
    assert answer["passages"]
    found = json.loads(run_cli("doctor", "--json").stdout)
    details = {finding["subject"]: finding["detail"] for finding in found["findings"]}
    assert details["calibration"].startswith("fitted on 12 questions with an answer and 12 without")
