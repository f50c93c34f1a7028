"""The bundled model scores what its maker's own engine scores, on the data sets beside the checkout."""

import json
from pathlib import Path

import numpy as np
import pytest

from embeddings import Encoder, Vectors

pytestmark = [pytest.mark.model, pytest.mark.shared]


def ndcg_at_10(questions: Vectors, passages: Vectors, gold: list[int]) -> float:
    """Return the mean nDCG@10 with one relevant passage a question; a tie counts against it."""
    scores = questions @ passages.T
    ranks = (scores >= scores[np.arange(len(gold)), gold][:, None]).sum(axis=1)
    return float(np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0).mean())


@pytest.mark.parametrize(("language", "expected"), [("en", 0.969), ("ru", 0.952)])
def test_xquad(bundled_encoder: Encoder, shared: Path, language: str, expected: float) -> None:
    articles = json.loads((shared / "data" / "xquad" / f"{language}.json").read_text(encoding="utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    texts = [paragraph["context"] for paragraph in paragraphs]
    asked = [(item["question"], row) for row, paragraph in enumerate(paragraphs) for item in paragraph["qas"]]
    passages = bundled_encoder.embed_passages(texts, [[(0, len(text))] for text in texts], [[] for _ in texts]).passages
    questions = bundled_encoder.embed_questions([question for question, _ in asked])
    assert ndcg_at_10(questions, passages, [row for _, row in asked]) == pytest.approx(expected, abs=0.003)
