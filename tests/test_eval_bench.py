"""The benchmark of speed: everything is measured and told with its circumstances."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from eval.bench.growth import measure_index, sizes_up_to
from eval.bench.report import picture, table
from eval.provenance import commit, machine, versions
from eval.recombined import with_noise, write_recombined
from qa_service.assembly import build_service
from qa_service.config import load_settings
from qa_service.words import content_words
from tests.parts import opened

SIZES = ["--vectors", "300", "--passages", "300", "--uploaded", "20", "--characters", "20000", "--files", "20"]


def test_every_figure_is_measured_and_told_with_its_circumstances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_MODEL", "hashing")
    command = [sys.executable, "-m", "eval.bench", "--out", str(tmp_path), *SIZES]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    body = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    found = {name: body.pop(name) for name in ("figures", "parsing", "crowds", "indexes", "searches")}
    assert body == {"machine": machine(), "commit": commit(), "model": "hashing", "versions": versions()}
    figures = found["figures"]
    assert all(value > 0 for value in figures.values())
    for what in ("question_ms", "http_ms"):
        assert figures[f"{what}_p50"] <= figures[f"{what}_p95"] <= figures[f"{what}_p99"]
    assert figures["sync_files"] == 20
    assert figures["index_mib"] < figures["data_mib"]
    rows = {row["format"]: row for row in found["parsing"]}
    assert set(rows) == {"txt", "md", "html", "csv", "pdf", "docx", "epub"}
    for row in rows.values():
        assert 0.01 < row["text_mib"] < 0.5
        assert row["text_mib_per_second"] == pytest.approx(row["text_mib"] / row["seconds"])
        assert 0 < row["peak_mib"] < 512
    assert [row["clients"] for row in found["crowds"]] == [1, 4, 16, 64]
    assert [(row["passages"], row["recall"]) for row in found["indexes"]] == [(300, 1)]
    assert [row["passages"] for row in found["searches"]] == [300]
    assert ran.stdout.strip() == (tmp_path / "bench.md").read_text(encoding="utf-8").strip() == table(found, body)
    drawn = (tmp_path / "bench.svg").read_text(encoding="utf-8")
    assert drawn == picture(found)
    assert len(ElementTree.fromstring(drawn).findall(".//{*}polyline")) == 5


def test_sizes_grow_by_ten() -> None:
    assert list(sizes_up_to(100_000)) == [1_000, 10_000, 100_000]
    assert list(sizes_up_to(300)) == [300]


def test_a_large_index_finds_nearly_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.bench.growth.FaissIndex.is_outgrown", lambda index, limit=0: index.is_exact)
    settings = load_settings(model="hashing", data=tmp_path / "data")
    with closing(build_service(settings)) as service:
        for number in range(20):
            service.upload(f"{number}.txt", f"Boats lie in the harbour of town number {number}. It is cold.".encode())
    figures = measure_index(settings, 500)
    assert figures["passages"] == 500
    assert figures["recall"] > 0.9


def test_recombined_passages_are_made_of_real_sentences_with_their_vectors(tmp_path: Path) -> None:
    with opened(tmp_path / "source") as parts, opened(tmp_path / "made-up") as target:
        parts.take_in("en", "Boats lie in the harbour. The harbour freezes in winter. Lamps are lit at dusk.")
        parts.take_in("ru", "Лодки стоят в гавани. Зимой гавань замерзает. Вечером зажигают фонари.")
        real = {
            span.of(passage.text)
            for passage in parts.store.passages(parts.store.passage_ids()).values()
            for span in passage.sentences
        }
        assert list(write_recombined(parts.store, target.store, parts.encoder, 250)) == [100, 200, 250]
        made_up = target.store.passages(target.store.passage_ids())
        assert len(made_up) == 250
        for passage in made_up.values():
            assert {span.of(passage.text) for span in passage.sentences} <= real
        assert {passage.language for passage in made_up.values()} == {"en", "ru"}
        vectors, words = target.store.passage_vectors(list(made_up)), target.store.word_vectors(list(made_up))
        np.testing.assert_allclose(np.linalg.norm(vectors.passages, axis=1), 1, atol=1e-2)
        assert words.counts.tolist() == [len(content_words(passage.text)) for passage in made_up.values()]
        assert target.dense.problems() == target.lexical.problems() == []


def test_noise_is_a_share_of_a_vectors_length() -> None:
    vectors = np.random.default_rng(1).standard_normal((200, 64)).astype(np.float32)
    noisy = with_noise(vectors, np.random.default_rng(2))
    shares = np.linalg.norm(noisy - vectors, axis=1) / np.linalg.norm(vectors, axis=1)
    assert shares.mean() == pytest.approx(0.3, abs=0.02)
