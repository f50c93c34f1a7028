"""`qa-service doctor`: each thing that can be wrong is found, told with what to do, and hides none of the others."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest

from embeddings import DEFAULT_MODEL, load_encoder
from qa_service.assembly import build_service
from qa_service.cli.doctor import examine
from qa_service.cli.reports import Finding
from qa_service.config import Settings, load_settings
from qa_service.index_cache import IndexCache
from tests.conftest import RunCli

SUBJECTS = ["settings", "serving", "parsers", "disk", "database", "documents", "model", "calibration", "index"]


@pytest.fixture
def stocked(settings: Settings) -> Iterator[Settings]:
    """Settings on a data folder with one document and a saved index."""
    with closing(build_service(settings)) as service:
        service.upload("a.txt", b"Zubr in the forest.")
    yield settings


def examined(settings: Settings) -> dict[str, Finding]:
    found = examine(settings, lambda done, total: None).findings
    return {finding.subject: finding for finding in found}


def require_wrong(findings: dict[str, Finding], subject: str, *words: str) -> None:
    """Check that this alone is wrong, and that its advice holds these words."""
    assert [name for name, finding in findings.items() if not finding.is_well] == [subject]
    advice = findings[subject].advice
    assert advice is not None
    assert [word for word in words if word not in advice] == []


def test_all_is_well(stocked: Settings) -> None:
    findings = examined(stocked)
    assert list(findings) == SUBJECTS
    assert all(finding.is_well for finding in findings.values())
    advised = [subject for subject, finding in findings.items() if finding.advice]
    assert advised in (["calibration"], ["parsers", "calibration"])  # not every system confines parsers alike
    assert "memory, open files" in findings["parsers"].detail
    assert "1 documents, 1 passages (en 1), generation 1" in findings["documents"].detail


def test_misspelt_variable(stocked: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_APIKEYS", "x")
    require_wrong(examined(stocked), "settings", "QA_APIKEYS is no setting", "did you mean QA_API_KEYS?")


def test_parsers_that_cannot_start(stocked: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trafilatura.py").write_text("raise ImportError('no libxml2')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    findings = examined(stocked)
    require_wrong(findings, "parsers", "install the service anew")
    assert "the parser cannot be started: exit status 1 (ImportError: no libxml2)" in findings["parsers"].detail


def test_unsafe_serving(stocked: Settings) -> None:
    unsafe = stocked.model_copy(update={"host": "0.0.0.0"})
    require_wrong(examined(unsafe), "serving", "QA_API_KEYS")


def test_little_space(stocked: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**20))
    require_wrong(examined(stocked), "disk", "free some space")


def test_vectors_of_another_model(stocked: Settings) -> None:
    with closing(apsw.Connection(str(stocked.data / "store.sqlite3"))) as connection:
        connection.execute("UPDATE models SET name = 'other', fingerprint = 'f00d'")
    require_wrong(examined(stocked), "model", "'other'", "qa-service rebuild", "QA_MODEL")


def test_model_that_is_nowhere(stocked: Settings) -> None:
    missing = stocked.model_copy(update={"model": "./no/such/folder"})
    findings = examined(missing)
    require_wrong(findings, "model", "./no/such/folder")
    assert findings["database"].is_well


def test_model_cache_that_cannot_be_used(stocked: Settings) -> None:
    unusable = stocked.model_copy(update={"model": DEFAULT_MODEL, "model_cache": Path("/dev/null/models")})
    findings = examined(unusable)
    require_wrong(findings, "model", "/dev/null/models", "QA_MODEL_CACHE")


def test_unknown_language(stocked: Settings) -> None:
    require_wrong(examined(stocked.model_copy(update={"languages": ("xx",)})), "model", "QA_LANGUAGES", "xx")


def test_index_that_lacks_a_passage(stocked: Settings) -> None:
    """An index that is whole, of the right generation, and empty: nothing but a comparison can tell."""
    encoder = load_encoder("hashing")
    cache = IndexCache(stocked.data / "index", "vectors", ".faiss", encoder.fingerprint)
    cache.save(b"{}\n", generation=1)
    findings = examined(stocked)
    require_wrong(findings, "index", "qa-service rebuild")
    assert "1 passages missing" in findings["index"].detail


def test_data_folder_of_a_newer_version(stocked: Settings) -> None:
    with closing(apsw.Connection(str(stocked.data / "store.sqlite3"))) as connection:
        connection.pragma("user_version", 99)
    findings = examined(stocked)
    assert findings["data folder"].advice is not None
    assert "99" in findings["data folder"].advice
    assert {"settings", "serving"} <= set(findings)


def test_data_folder_that_is_a_file(settings: Settings) -> None:
    settings.data.write_text("a file")
    findings = examined(settings)
    assert findings["data folder"].advice is not None
    assert str(settings.data) in findings["data folder"].advice


@pytest.mark.parametrize("start", [0, 4096])
def test_damaged_database(stocked: Settings, start: int) -> None:
    with (stocked.data / "store.sqlite3").open("r+b") as file:
        file.seek(start)
        file.write(b"\xa5" * 8_192)
    wrong = [finding for finding in examined(stocked).values() if not finding.is_well]
    assert wrong
    assert any("backup" in (finding.advice or "") for finding in wrong)


def test_exit_code_tells_whether_all_is_well(run_cli: RunCli) -> None:
    well = run_cli("doctor", "--json")
    assert well.returncode == 0, well.stderr
    assert [finding["subject"] for finding in json.loads(well.stdout)["findings"]] == SUBJECTS
    wrong = run_cli("doctor", QA_HOST="0.0.0.0")
    assert wrong.returncode == 1
    assert "WRONG  serving" in wrong.stdout


def test_examined_settings_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("QA_PORT", "81")
    assert "127.0.0.1:81" in examined(load_settings(data=settings.data, model="hashing"))["serving"].detail


def test_a_model_without_calibration_is_told_with_what_to_do(settings: Settings) -> None:
    finding = examined(settings)["calibration"]
    assert finding.is_well, "it answers all the same"
    assert finding.detail == "none for this model"
    assert "qa-service eval calibrate" in (finding.advice or "")


@pytest.mark.model
def test_the_default_model_tells_where_it_refuses(tmp_path: Path) -> None:
    finding = examined(load_settings(data=tmp_path / "data"))["calibration"]
    assert "146 questions with an answer" in finding.detail
    assert "refuses below a confidence of 0." in finding.detail
