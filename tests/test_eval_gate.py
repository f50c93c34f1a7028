"""The regression gate over the sample collection, with the real model."""

import os
from collections import Counter
from pathlib import Path

import pytest

from eval.gate import MARGIN, Gate, choose_sample, fallen, measure, read_gate
from eval.suites import Selection, read_task
from eval.suites.seeds import language_of
from qa_service.config import load_settings


@pytest.mark.model
@pytest.mark.timeout(1800)  # takes in the whole collection
def test_the_product_scores_no_lower_than_it_did(tmp_path: Path) -> None:
    before = read_gate()
    cache = os.environ.get("QA_MODEL_CACHE")
    now = measure(load_settings(data=tmp_path, model_cache=cache), before.questions)
    assert now.model == before.model
    assert sorted(now.questions) == sorted(before.questions), (
        "a question of the gate is gone; run `python -m eval.gate`"
    )
    assert not fallen(before, now)


def test_the_sample_is_spread_over_all_cells() -> None:
    task = read_task("seeds", Selection(half="development"))
    questions = {question.id: question for question in task.questions}
    chosen = [questions[identifier] for identifier in choose_sample(task)]
    assert len(chosen) == len(set(chosen)) == 30
    cells = Counter((question.language, language_of(question.golds[0].document)) for question in chosen)
    assert len(cells) == 9
    assert set(cells.values()) == {3, 4}
    assert len({question.kind for question in chosen}) >= 10


def test_only_a_fall_beyond_the_margin_is_told() -> None:
    before = Gate(model="m", questions=[], figures={"ndcg@10": 0.8, "success@5": 0.9})
    slightly = Gate(model="m", questions=[], figures={"ndcg@10": 0.8 - MARGIN + 0.001, "success@5": 1.0})
    assert fallen(before, slightly) == []
    far = Gate(model="m", questions=[], figures={"ndcg@10": 0.7, "success@5": 0.9})
    assert fallen(before, far) == ["ndcg@10 fell from 0.800 to 0.700, by more than 0.05"]
