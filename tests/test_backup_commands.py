"""`qa-service export` and `import` as people use them: what they say, exit codes, beside a server, with the model."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from embeddings import Encoder
from qa_service.assembly import build_service, open_store
from qa_service.backups.exporting import export_backup
from qa_service.config import load_settings
from tests.conftest import SEEDS, RunCli, running_server
from tests.parts import RecordingEncoder, opened
from tests.test_backup import export, restore

NOTES = {"gauge": "The gauge changes at Brest.", "замак": "Мірскі замак заснавалі ў XVI стагоддзі."}
HELD = "2 documents, 2 passages"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of two documents. Only read from it."""
    folder = tmp_path_factory.mktemp("archive")
    settings = load_settings(data=folder / "data", model="hashing")
    service = build_service(settings)
    for name, text in NOTES.items():
        service.upload(f"{name}.txt", text.encode())
    service.close()
    store = open_store(settings)
    export_backup(store, settings.data, folder / "backup.zip")
    store.close()
    return folder / "backup.zip"


def test_export_into_a_file_that_exists(run_cli: RunCli, archive: Path, tmp_path: Path) -> None:
    data, path = archive.parent / "data", tmp_path / "mine.zip"
    path.write_text("mine")
    refused = run_cli("export", path, "--data", data)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "mine.zip exists, and nothing there was touched" in refused.stderr
    assert path.read_text() == "mine"
    done = run_cli("export", path, "--force", "--data", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{HELD}, generation 2: 0.0 MiB in {path}\n"
    report = json.loads(run_cli("export", path, "--force", "--json", "--data", data).stdout)
    assert (report["bytes"], report["manifest"]["documents"]) == (path.stat().st_size, 2)


def test_import_says_what_it_does(run_cli: RunCli, archive: Path) -> None:
    checked = run_cli("import", archive, "--check")
    assert checked.returncode == 0
    assert f"{HELD}, embedded with hashing\n2 would have been added, 0 there already\n" in checked.stdout
    assert "0 of 0 documents" in run_cli("documents").stdout
    done = run_cli("import", archive)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("2 added, 0 there already\nnothing has to be embedded\n")
    again = run_cli("import", archive)
    assert again.returncode == 1
    assert "holds 2 documents already" in again.stderr
    cut = run_cli("import", archive, "--replace", QA_PASSAGE_CHARACTERS="300").stdout
    assert "2 removed, 2 added, 0 there already\nnothing has to be embedded\n" in cut
    assert "2 documents were cut into passages by another version or with another QA_PASSAGE_CHARACTERS" in cut
    report = json.loads(run_cli("import", archive, "--merge", "--json").stdout)
    assert {name: report[name] for name in ("mode", "is_done", "added", "unchanged", "to_embed")} == {
        "mode": "merge",
        "is_done": True,
        "added": 0,
        "unchanged": 2,
        "to_embed": 0,
    }


def test_import_into_another_model_embeds_anew(run_cli: RunCli, tmp_path: Path) -> None:
    with opened(tmp_path / "old", RecordingEncoder(64)) as parts:
        for name, text in NOTES.items():
            parts.take_in(name, text)
    export(tmp_path / "old", tmp_path / "backup.zip")
    checked = run_cli("import", tmp_path / "backup.zip", "--check")
    assert f"{HELD}, embedded with hashing-64" in checked.stdout
    assert "2 passages would be embedded anew with hashing;" in checked.stdout
    done = run_cli("import", tmp_path / "backup.zip")
    assert "2 passages are embedded anew with hashing;" in done.stdout
    assert "2 replaced; 2 passages embedded in" in done.stdout
    assert "Мірскі замак" in run_cli("ask", "Калі заснавалі Мірскі замак?").stdout


def test_wrong_usage_and_other_files(run_cli: RunCli, archive: Path, tmp_path: Path) -> None:
    both = run_cli("import", archive, "--merge", "--replace")
    assert both.returncode == 2
    assert "exclude each other" in both.stderr
    (tmp_path / "notes.txt").write_text("words")
    for name, words in (("notes.txt", "is cut short, or no backup at all"), ("none.zip", "No such file")):
        done = run_cli("import", tmp_path / name)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_server_goes_on_while_its_folder_is_exported_and_replaced(
    archive: Path, run_cli: RunCli, tmp_path: Path
) -> None:
    data = tmp_path / "served"
    with running_server(data, "--ingest", SEEDS / "en", QA_MODEL="hashing") as address:
        body = {"question": "Where does the railway gauge change?", "languages": ["en"]}
        before = httpx2.post(f"{address}/v1/search", json=body).json()
        done = run_cli("export", tmp_path / "served.zip", "--data", data)
        assert done.returncode == 0, done.stderr
        assert run_cli("import", archive, "--data", data, "--replace").returncode == 0
        found = httpx2.post(f"{address}/v1/search", json=body).json()["passages"]
        assert [passage["text"] for passage in found] == [NOTES["gauge"]]
        assert run_cli("import", tmp_path / "served.zip", "--data", data, "--replace").returncode == 0
        after = httpx2.post(f"{address}/v1/search", json=body).json()
        assert list(map(lasting, after["passages"])) == list(map(lasting, before["passages"]))
        assert len(after["passages"]) == 10


def lasting(passage: dict[str, Any]) -> dict[str, Any]:
    """Return a passage without its id, which is another where a folder held others before."""
    return {name: value for name, value in passage.items() if name not in ("id", "source_url")}


@pytest.mark.model
def test_answers_of_the_model_are_the_same(bundled_encoder: Encoder, tmp_path: Path) -> None:
    with opened(tmp_path / "data", bundled_encoder) as parts:
        for path in (path for language in ("ru", "be", "en") for path in sorted((SEEDS / language).iterdir())[:2]):
            parts.ingester.ingest(f"test:{path.name}", path.name, path.read_bytes())
    export(tmp_path / "data", tmp_path / "backup.zip")
    restore(tmp_path / "backup.zip", tmp_path / "new")
    questions = ("Калі заснавалі Мірскі замак?", "Когда построили вокзал?", "Why does ice float?", "Дзе жыве сям'я?")
    with opened(tmp_path / "data", bundled_encoder) as old, opened(tmp_path / "new", bundled_encoder) as new:
        for question in questions:
            answers = [parts.service().ask(question) for parts in (old, new)]
            assert answers[0].hits
            assert (answers[0].answer, answers[0].hits, answers[0].index, answers[0].confidence) == (
                answers[1].answer,
                answers[1].hits,
                answers[1].index,
                answers[1].confidence,
            )
