"""`qa-service` as people and scripts use it: what it prints, where, in which form, and with which exit code."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from embeddings import DEFAULT_MODEL
from qa_service import __version__
from qa_service.cli.app import app
from qa_service.config import load_settings
from tests.apps import post_json, running_app
from tests.conftest import SEEDS, RunCli
from tests.pdfs import lines, pdf

COMMANDS = (
    "serve",
    "ingest",
    "sync",
    "ask",
    "search",
    "documents",
    "delete",
    "rebuild",
    "doctor",
    "export",
    "import",
    "feedback",
)
ESCAPE = "\x1b"
HEAVY = ("torch", "sentence_transformers", "transformers")
QUESTION = "Where does the railway gauge change?"


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the English sample documents. Only read from it."""
    data = tmp_path_factory.mktemp("stocked") / "data"
    command = [sys.executable, "-m", "qa_service.cli", "ingest", str(SEEDS / "en"), "--data", str(data)]
    subprocess.run(command, env=os.environ | {"QA_MODEL": "hashing"}, check=True, capture_output=True, timeout=300)
    return data


def write_note(folder: Path, name: str = "note.txt", text: str = "The gauge changes at Brest.") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def only_ids(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [document["id"] for document in json.loads(done.stdout)["documents"]]


def on_a_terminal(*arguments: str | Path, **environment: str) -> str:
    """Run a command with a terminal for its output; return what the terminal was sent."""
    ours, theirs = pty.openpty()
    variables = os.environ | {"QA_MODEL": "hashing", "TERM": "xterm-256color", "COLUMNS": "120"} | environment
    command = [sys.executable, "-m", "qa_service.cli", *map(str, arguments)]
    process = subprocess.Popen(command, env=variables, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    pieces = []
    try:
        while piece := os.read(ours, 65_536):
            pieces.append(piece)
    except OSError:
        pass  # how Linux says that the other side has closed a terminal
    finally:
        os.close(ours)
        process.wait(60)
    return b"".join(pieces).decode()


# --- help ---


@pytest.mark.parametrize("name", COMMANDS)
def test_help_tells_every_option(name: str) -> None:
    group = typer.main.get_command(app)
    command: Any = group.commands[name]  # type: ignore[attr-defined]
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    assert command.help
    for parameter in command.params:
        assert parameter.help, parameter.name
        for option in parameter.opts if parameter.param_type_name == "option" else ():
            assert option in shown.output


def test_main_help_lists_every_command_and_exit_code() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [name for name in COMMANDS if name not in shown] == []
    assert all(word in shown for word in ("0 done", "1 something failed", "2 wrong", "3 nothing found"))


def test_version(run_cli: RunCli) -> None:
    done = run_cli("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


# --- JSON is what the HTTP side would send ---


def without_what_changes(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in ("id", "timings_ms")}


@pytest.mark.parametrize("name", ["ask", "search"])
def test_asking_as_json_is_what_http_answers(run_cli: RunCli, stocked: Path, name: str) -> None:
    done = run_cli(name, QUESTION, "--top-k", "3", "-l", "en", "--json", "--data", stocked)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    with running_app(load_settings(data=stocked, model="hashing")) as client:
        sent = post_json(client, f"/v1/{name}", {"question": QUESTION, "top_k": 3, "languages": ["en"]}).json()
    assert set(printed) == set(sent)
    assert without_what_changes(printed) == without_what_changes(sent)


def test_filters_and_earlier_questions_are_those_of_http(run_cli: RunCli, stocked: Path) -> None:
    narrowed = ("--metadata", "kind=news", "--metadata", "kind=interview", "--from", "2022-10", "--to", "2025")
    done = run_cli(
        *("search", "And where is it?", "--after", "Which park is that?", "--after", "Which bird is on the sign?"),
        *(*narrowed, "--top-k", "50", "--json", "--data", stocked),
    )
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    body = {
        "question": "And where is it?",
        "history": [{"question": "Which park is that?"}, {"question": "Which bird is on the sign?"}],
        "metadata": {"kind": ["news", "interview"]},
        "dated_from": "2022-10",
        "dated_to": "2025",
        "top_k": 50,
    }
    with running_app(load_settings(data=stocked, model="hashing")) as client:
        sent = post_json(client, "/v1/search", body).json()
    assert without_what_changes(printed) == without_what_changes(sent)
    found = [passage["document"]["metadata"] for passage in printed["passages"]]
    assert {metadata["kind"] for metadata in found} == {"news", "interview"}
    assert all("2022-10" <= metadata["date"] < "2026" for metadata in found)
    assert printed["question"]["rewritten"] == "bird sign And where is it?"


def test_what_was_searched_is_shown_where_it_is_not_the_question(run_cli: RunCli, stocked: Path) -> None:
    for name in ("ask", "search"):
        shown = run_cli(name, "And where is it?", "--after", "Which bird is on the sign?", "--data", stocked).stdout
        assert shown.startswith("searched for: bird sign And where is it?\n")
        assert "searched for" not in run_cli(name, QUESTION, "--after", "Which bird?", "--data", stocked).stdout


def test_filter_that_nothing_passes_says_so(run_cli: RunCli, stocked: Path) -> None:
    done = run_cli("ask", QUESTION, "--from", "2100", "--json", "--data", stocked)
    assert done.returncode == 3
    body = json.loads(done.stdout)
    assert (body["status"], body["reason"], body["passages"]) == ("not_found", "no_documents", [])


def test_documents_as_json_are_what_http_lists(run_cli: RunCli, stocked: Path) -> None:
    done = run_cli("documents", "--limit", "2", "--offset", "1", "--json", "--data", stocked)
    with running_app(load_settings(data=stocked, model="hashing")) as client:
        assert json.loads(done.stdout) == client.get("/v1/documents?limit=2&offset=1").json()


# --- documents ---


def test_ingest_reports_each_file_and_does_not_stop_at_a_bad_one(run_cli: RunCli, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write_note(folder, "good.txt")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    first = run_cli("ingest", folder, "--json")
    assert first.returncode == 1
    report = json.loads(first.stdout)
    assert report["counts"] == {"added": 1, "failed": 1, "skipped": 1}
    assert {Path(file["uri"]).name: file["status"] for file in report["files"]} == {
        "good.txt": "added",
        "bad.pdf": "failed",
        "picture.png": "skipped",
    }
    again = json.loads(run_cli("ingest", folder / "good.txt", "--json").stdout)
    assert (again["counts"], again["passages_embedded"]) == ({"unchanged": 1}, 0)


def test_delete_reports_unknown_ids_and_deletes_the_others(run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("ingest", write_note(tmp_path))
    (identifier,) = only_ids(run_cli("documents", "--json"))
    done = run_cli("delete", "unknown", identifier, "--json")
    assert done.returncode == 1
    assert "'unknown'" in done.stderr
    assert json.loads(done.stdout) == {"deleted": [{"id": identifier, "generation": 2}], "unknown": ["unknown"]}
    assert only_ids(run_cli("documents", "--json")) == []
    assert run_cli("ask", QUESTION).returncode == 3


# --- exit codes ---


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ask", "anything"], 3, ["Not in these documents", "qa-service ingest"]),
        (["search", "anything"], 3, ["qa-service ingest"]),
        (["documents"], 0, ["0 of 0 documents"]),
        (["delete", "unknown"], 1, ["'unknown'", "list the documents"]),
        (["ingest", "no-such-folder"], 1, ["no-such-folder", "cannot be read"]),
        (["ask", ""], 2, ["question", "at least 1 character"]),
        (["ask", "x" * 2_001], 2, ["at most 2000", "2,001 characters"]),
        (["ask", "x", "--top-k", "0"], 2, ["--top-k"]),
        (["ask", "x", "--top-k", "51"], 2, ["--top-k"]),
        (["ask", "x", "-l", "EN"], 2, ["languages.0", "EN"]),
        (["ask", "x", "--metadata", "kind"], 2, ["--metadata is 'kind'", "KEY=VALUE"]),
        (["ask", "x", "--from", "31.03.2024"], 2, ["dated_from is '31.03.2024'", "2024-03-31"]),
        (["search", "x", "--from", "2024", "--to", "2023-12"], 2, ["dated_to is 2023-12", "swap them"]),
        (["ask", "x", "--after", ""], 2, ["history.0.question", "at least 1 character"]),
        (["documents", "--limit", "501"], 2, ["--limit"]),
        (["documents", "--offset", "-1"], 2, ["--offset"]),
        (["documents", "--colour"], 2, ["--colour"]),
        (["ingest"], 2, ["Missing argument"]),
        (["nonsense"], 2, ["nonsense"]),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else "",
)
def test_exit_code_and_message(run_cli: RunCli, arguments: list[str], code: int, words: list[str]) -> None:
    done = run_cli(*arguments)
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert [word for word in words if word not in said] == []
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("variable", "value"), [("QA_PORT", "eight"), ("QA_LOG_FORMAT", "xml"), ("QA_LANGUAGES", "xx"), ("QA_DATA", "")]
)
def test_wrong_setting_is_named(run_cli: RunCli, variable: str, value: str) -> None:
    done = run_cli("ask", "anything", **{variable: value})
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert variable in done.stderr
    assert "Traceback" not in done.stderr


def test_folder_that_cannot_be_used_is_told_without_a_traceback(run_cli: RunCli) -> None:
    done = run_cli("ask", "anything", QA_MODEL=DEFAULT_MODEL, QA_MODEL_CACHE="/dev/null/models")
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot use /dev/null/models")
    assert "Traceback" not in done.stderr


# --- terminals and pipes ---


def test_pages_of_a_pdf_are_shown(run_cli: RunCli, tmp_path: Path) -> None:
    path = tmp_path / "zebu.pdf"
    path.write_bytes(
        pdf(lines("A zebu grazes here, and that is"), lines("the end of the sentence."), lines("An ox rests."))
    )
    assert run_cli("ingest", path).returncode == 0
    assert "zebu.pdf:0-70, pp. 1–3" in " ".join(run_cli("search", "zebu").stdout.split())


def test_no_colours_or_bars_in_a_pipe(run_cli: RunCli, tmp_path: Path) -> None:
    note = write_note(tmp_path)
    for arguments in (["ingest", note], ["ask", "gauge Brest"], ["documents"], ["doctor"], ["delete", "unknown"]):
        done = run_cli(*arguments)
        assert ESCAPE not in done.stdout + done.stderr
        assert "passages/s" not in done.stderr


def test_colours_and_bars_on_a_terminal(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shown = on_a_terminal("ingest", SEEDS / "en", "--data", data)
    assert ESCAPE in shown
    assert "━" in shown
    assert f"{ESCAPE}[1m" in on_a_terminal("ask", QUESTION, "--data", data)
    assert f"{ESCAPE}[1;3" not in on_a_terminal("doctor", "--data", data, NO_COLOR="1")


def test_reader_that_goes_away_is_no_fault(stocked: Path) -> None:
    command = [sys.executable, "-m", "qa_service.cli", "search", QUESTION, "--top-k", "50", "--data", str(stocked)]
    process = subprocess.Popen(
        command, env=os.environ | {"QA_MODEL": "hashing"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(60) == 1
    assert said == ""


def test_name_that_would_steer_a_terminal_is_shown_without_that(run_cli: RunCli, tmp_path: Path) -> None:
    run_cli("ingest", write_note(tmp_path, f"{ESCAPE}[31mred.txt", "Some words. " * 20))
    for arguments in (["documents"], ["search", "words"]):
        done = run_cli(*arguments)
        assert "red.txt" in done.stdout
        assert ESCAPE not in done.stdout


# --- what is imported ---


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["documents"], ["delete", "unknown"], ["ask", "gauge"], ["ingest", str(SEEDS / "en")], ["doctor"]],
    ids=lambda value: value[0],
)
def test_no_model_library_is_imported_without_need(tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "import sys\nfrom qa_service.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('IMPORTED', sorted({set(HEAVY)!r} & set(sys.modules)))\n"
    )
    variables = os.environ | {"QA_MODEL": "hashing", "QA_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.splitlines()[-1] == "IMPORTED []"
