import json
import subprocess
import sys
from pathlib import Path

import pytest

from eval.bench import table
from eval.provenance import commit, machine, versions


def test_every_figure_is_measured_and_told_with_its_circumstances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_MODEL", "hashing")
    path = tmp_path / "bench.json"
    command = [sys.executable, "-m", "eval.bench", "--json", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    body = json.loads(path.read_text(encoding="utf-8"))
    figures = body.pop("figures")
    assert body == {"machine": machine(), "commit": commit(), "model": "hashing", "versions": versions()}
    assert all(value > 0 for value in figures.values())
    assert figures["question_ms_p50"] <= figures["question_ms_p95"] <= figures["question_ms_p99"]
    assert figures["index_mib"] < figures["data_mib"]
    assert ran.stdout.strip() == table(figures, body)


def test_a_commit_is_only_told_inside_a_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert commit() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit() is None
