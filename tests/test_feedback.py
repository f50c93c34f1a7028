"""What people say of answers: kept once an answer, in the documents' words, and made into benchmark questions."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from eval.errors import EvalError
from eval.feedback import document_names, from_feedback
from eval.questions import read_questions
from eval.suites import Selection, read_task
from qa_service.assembly import build_service, open_store
from qa_service.config import Settings
from qa_service.sites.feedback import FeedbackLog, NewFeedback, Place
from qa_service.sites.keys import SiteKeys
from qa_service.store import Store
from tests.apps import post_json, require_problem, running_app
from tests.conftest import ROOT, RunCli
from tests.parts import opened

TEXT = "Зубр жыве ў Белавежскай пушчы. Сям'я зубраў — статак."
QUESTION = "Дзе жыве зубр?"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    service = build_service(settings)
    service.upload("зубр.txt", TEXT.encode())
    with running_app(settings, lambda: service) as running:
        yield running


@pytest.fixture
def log(settings: Settings) -> Iterator[FeedbackLog]:
    store = open_store(settings)
    yield FeedbackLog(store)
    store.close()


def answered(client: TestClient) -> dict[str, Any]:
    """Ask, and return what a page sends of the answer."""
    response = post_json(client, "/v1/ask", {"question": QUESTION}).json()
    return {
        "answer_id": response["id"],
        "question": response["question"]["text"],
        "language": response["question"]["language"],
        "answered": response["answer"] is not None,
        "citations": [
            {name: citation[name] for name in ("document_id", "passage_id", "start", "end")}
            for citation in response["answer"]["citations"]
        ],
    }


# --- over HTTP ---


def test_feedback_is_kept_with_the_words_of_the_documents(client: TestClient, log: FeedbackLog) -> None:
    body = answered(client) | {"verdict": "up", "reason": None, "comment": None}
    response = post_json(client, "/v1/feedback", body)
    assert (response.status_code, response.json()) == (201, {"answer_id": body["answer_id"], "status": "added"})
    (kept,) = log.latest()
    assert (kept.verdict, kept.question, kept.language, kept.site, kept.generation) == ("up", QUESTION, "be", None, 1)
    (place,) = kept.citations
    assert place.quote == TEXT[place.start : place.end]
    assert place.quote


def test_changed_mind_takes_the_place_of_what_was_said(client: TestClient, log: FeedbackLog) -> None:
    body = answered(client)
    post_json(client, "/v1/feedback", body | {"verdict": "up"})
    before = log.latest()[0]
    changed = body | {"verdict": "down", "reason": "incomplete", "comment": "  А сям'я?\u0000 "}
    response = post_json(client, "/v1/feedback", changed)
    assert (response.status_code, response.json()["status"]) == (201, "replaced")
    (kept,) = log.latest()
    assert (kept.verdict, kept.reason, kept.comment) == ("down", "incomplete", "А сям'я?")
    assert kept.created_at == before.created_at
    assert log.count() == 1


def test_key_of_the_site_is_told_and_only_asking_pages_may(
    client: TestClient, log: FeedbackLog, settings: Settings
) -> None:
    store = open_store(settings)
    key = SiteKeys(store.database).create("Дакументы", ["https://example.org"])
    store.close()
    body = answered(client) | {"verdict": "up"}
    headers = {"Origin": "https://example.org"}
    refused = client.post("/v1/feedback", json=body, headers=headers)
    require_problem(refused, 401, "site key")
    assert log.count() == 0
    response = client.post("/v1/feedback", json=body, headers=headers | {"X-Site-Key": key.key})
    assert response.status_code == 201
    assert response.headers["access-control-allow-origin"] == "https://example.org"
    assert log.latest()[0].site == "Дакументы"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"verdict": "sideways"}, "verdict"),
    ({"reason": "ugly"}, "reason"),
    ({"answer_id": "x"}, "answer_id"),
    ({"comment": "x" * 2_001}, "at most 2000"),
    ({"question": ""}, "question"),
    ({"language": "Belarusian"}, "language"),
    ({"answered": "yes"}, "answered"),
    ({"citations": [{"document_id": "x", "passage_id": 1, "start": -1, "end": 2}]}, "citations.0.start"),
    ({"citations": [{"document_id": "x", "passage_id": 1, "start": 0, "end": 1}] * 51}, "citations"),
    ({"quote": "made up"}, "quote is not known here"),
    ({"question": "\ud800"}, "question"),
]


def test_wrong_feedback_is_refused(client: TestClient, log: FeedbackLog) -> None:
    right = {"answer_id": "0" * 32, "verdict": "up", "question": "x", "answered": False, "language": "en"}
    for fields, words in WRONG:
        require_problem(post_json(client, "/v1/feedback", right | fields), 422, words)
    assert log.count() == 0


# --- in the store ---


def said(
    number: int, verdict: Any = "up", question: str = "Where?", places: tuple[Place, ...] = (), **fields: Any
) -> NewFeedback:
    known = {"reason": None, "comment": None, "language": "en", "answered": bool(places), "site": None} | fields
    return NewFeedback(f"{number:032x}", verdict, question=question, places=places, **known)


@pytest.fixture
def stocked(tmp_path: Path) -> Iterator[tuple[Store, FeedbackLog, str]]:
    with opened(tmp_path / "data") as parts:
        identifier = parts.take_in("zubr", TEXT)
        yield parts.store, FeedbackLog(parts.store, max_rows=3), identifier


def test_places_that_are_gone_or_never_were_have_no_words(stocked: tuple[Store, FeedbackLog, str]) -> None:
    _, log, identifier = stocked
    places = [
        (identifier, 1, 0, 4),
        (identifier, 1, 0, 9_999),
        (identifier, 1, 4, 4),
        (identifier, 2, 0, 4),
        ("x", 1, 0, 4),
    ]
    log.keep(said(1, places=tuple(Place(*place) for place in places)))
    assert [place.quote for place in log.latest()[0].citations] == ["Зубр", None, None, None, None]


def test_of_too_many_the_oldest_go(stocked: tuple[Store, FeedbackLog, str]) -> None:
    store, log, _ = stocked
    for number in range(3):
        log.keep(said(number))
        with store.database.writing() as connection:  # as if it had come in years that follow each other
            values = f"200{number}", f"{number:032x}"
            connection.execute("UPDATE feedback SET updated_at = ? WHERE answer_id = ?", values)
    log.keep(said(0, "down"))
    log.keep(said(9))
    assert {int(each.answer_id, 16): each.verdict for each in log.latest()} == {0: "down", 2: "up", 9: "up"}


# --- into benchmark questions ---


def lines_of(log: FeedbackLog, store: Store) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    made = from_feedback(log.latest(), document_names(store))
    return [json.loads(line) for line in made.questions], [json.loads(line) for line in made.candidates]


def test_good_answers_become_questions_and_duplicates_one(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        identifier = parts.take_in("zubr", TEXT)
        log = FeedbackLog(parts.store)
        first, second = Place(identifier, 1, 0, 30), Place(identifier, 1, 31, 53)
        log.keep(said(1, question="Дзе жыве зубр?", places=(first,), language="be"))
        log.keep(said(2, question="  дзе  ЖЫВЕ зубр?", places=(first, second), language="be"))
        log.keep(said(3, "down", question="дзе жыве зубр?", places=(first,), language="be"))
        log.keep(said(4, question="Чаму неба сіняе?", language="be"))
        questions, candidates = lines_of(log, parts.store)
        assert candidates == []
        assert [line["question"] for line in questions] == ["Дзе жыве зубр?", "Чаму неба сіняе?"]
        name = f"{identifier}.txt"
        assert questions[0]["golds"] == [
            {"document": name, "quote": TEXT[0:30], "start": 0, "end": 30},
            {"document": name, "quote": TEXT[31:53], "start": 31, "end": 53},
        ]
        assert (questions[0]["kind"], questions[0]["answer"]) == ("feedback", TEXT[0:30])
        assert (questions[1]["kind"], questions[1]["answer"], questions[1]["golds"]) == ("near_miss", "", [])


@pytest.mark.parametrize(
    "log_of",
    [
        [("down", True)],
        [("up", True), ("down", True)],
        [("up", True), ("up", False)],
        [("down", False)],
        [("up", "gone")],
    ],
    ids=str,
)
def test_what_is_not_certain_has_to_be_looked_through(tmp_path: Path, log_of: list[tuple[str, Any]]) -> None:
    with opened(tmp_path / "data") as parts:
        identifier = parts.take_in("zubr", TEXT)
        log = FeedbackLog(parts.store)
        for number, (verdict, state) in enumerate(log_of):
            place = Place(identifier, 99 if state == "gone" else 1, 0, 30)
            log.keep(said(number, verdict, "Where?", (place,) if state else (), comment="No", reason="wrong"))
        questions, (candidate,) = lines_of(log, parts.store)
    assert questions == []
    assert [each["verdict"] for each in candidate["review"]] == [verdict for verdict, _ in log_of]
    assert candidate["review"][0]["comment"] == "No"
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "x.jsonl").write_text(json.dumps(candidate))
    with pytest.raises(EvalError, match="review"):
        read_questions(folder)


def test_deleted_document_makes_no_gold(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as parts:
        identifier = parts.take_in("zubr", TEXT)
        log = FeedbackLog(parts.store)
        log.keep(said(1, places=(Place(identifier, 1, 0, 30),)))
        parts.ingester.delete(identifier)
        questions, (candidate,) = lines_of(log, parts.store)
    assert (questions, candidate["golds"], candidate["review"][0]["shown"]) == ([], [], [TEXT[0:30]])


def test_file_is_taken_by_the_benchmark(tmp_path: Path, run_cli: RunCli) -> None:
    with opened(tmp_path / "data") as parts:
        identifier = parts.take_in("zubr", TEXT)
        log = FeedbackLog(parts.store)
        log.keep(said(1, question=QUESTION, places=(Place(identifier, 1, 0, 30),), language="be"))
        log.keep(said(2, question="Чаму?", language="und"))
        log.keep(said(3, "down", question="А сям'я?", language="be", site="Дакументы", comment="Дзе?"))
    mine = tmp_path / "mine"
    (mine / "questions").mkdir(parents=True)
    done = run_cli(
        *("eval", "from-feedback", "--out", mine / "questions" / "feedback.jsonl"),
        *("--candidates", tmp_path / "candidates.jsonl", "--documents", mine / "documents"),
    )
    assert done.returncode == 0, done.stderr
    assert [words in done.stderr for words in ("1 documents in", "2 questions in", "1 candidates in")] == [True] * 3
    subprocess.run([sys.executable, "-m", "eval.prepare", mine], check=True, cwd=ROOT, capture_output=True)
    task = read_task("seeds", Selection(data=mine, half="development"))
    assert sorted(question.text for question in task.questions) == [QUESTION, "Чаму?"]
    shown = run_cli("feedback")
    assert [line.split()[0] for line in shown.stdout.splitlines()] == ["down", "Дзе?", "up", "up", "3"]
    assert "Дакументы" in shown.stdout
    printed = run_cli("eval", "from-feedback")
    assert [json.loads(line)["question"] for line in printed.stdout.splitlines()] == [QUESTION, "Чаму?"]
    assert "1 more have to be looked through" in printed.stderr
    assert json.loads(run_cli("feedback", "--limit", "1", "--json").stdout)["total"] == 3


# --- keys on the command line ---


def test_keys_are_made_listed_and_revoked(run_cli: RunCli) -> None:
    made = run_cli(
        "keys", "create", "--origin", "https://example.org", "--origin", "http://localhost:3000", "--name", "Дом"
    )
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert key.startswith("pk_")
    assert "for https://example.org, http://localhost:3000, 30/minute" in made.stderr
    listed = json.loads(run_cli("keys", "list", "--json").stdout)["keys"]
    assert [(each["key"], each["name"], each["rate"], each["revoked_at"]) for each in listed] == [
        (key, "Дом", "30/minute", None)
    ]
    assert run_cli("keys", "revoke", key).stdout == f"revoked {key}, Дом\n"
    table = run_cli("keys", "list").stdout
    assert key in table
    assert table.count("20") >= 2
    unknown = run_cli("keys", "revoke", "pk_other")
    assert (unknown.returncode, "'pk_other'" in unknown.stderr) == (1, True)
    for arguments, words in (
        (("--origin", "null", "--name", "x"), "'null' is no origin"),
        (("--origin", "https://a.org", "--name", "x", "--rate", "fast"), "--rate is 'fast'"),
    ):
        wrong = run_cli("keys", "create", *arguments)
        assert (wrong.returncode, words in wrong.stderr) == (2, True)
