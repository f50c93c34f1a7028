"""Questions over HTTP: the shape of what comes back, exact citations, filters, the stream."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa_service.config import MAX_QUESTION_CHARACTERS, MAX_TOP_K, load_settings
from qa_service.errors import StoreBusyError
from qa_service.service import QAService
from qa_service.types import AskResult, SearchResult
from tests.apps import post_json, require_problem, running_app, take_in

DOCUMENTS = {
    "castle.md": "# Мірскі замак\n\nЗамак пачалі будаваць у 1520-я гады.\n\n## Рака\n\nПобач цячэ Міранка.",
    "railway.txt": "The gauge changes at Brest. Trains wait there for two hours while their wheels are changed.",
    "forest.html": "<title>Пуща</title><h1>Пуща</h1><p>В пуще живут зубры. Их больше шестисот.</p>",
    "odd.txt": "\ufeffПерад 🙂 emoji\r\nand combinin\u0301g mark 👩‍🚀.\r\n\r\nПасля\u00ad двух\u00a0радкоў 𝔘𝔫𝔦 адказ.",
}
QUESTIONS = ("Калі пачалі будаваць замак?", "Where does the gauge change?", "Сколько зубров в пуще?", "адказ 🙂 mark")

DOCUMENT = {
    "id": str,
    "title": str,
    "uri": str,
    "media_type": str,
    "language": str,
    "sha256": str,
    "updated_at": str,
    "metadata": dict,
}
SOURCE = {"page": (int, None), "line": (int, None), "part": (str, None), "offset": (int, None)}
LOCATION = {
    "start": int,
    "end": int,
    "page_start": (int, None),
    "page_end": (int, None),
    "headings": [str],
    "source": (SOURCE, None),
}
DUPLICATE = {
    "id": int,
    "document_id": str,
    "title": str,
    "language": str,
    "location": LOCATION,
    "source_url": str,
}
EXPLANATION = {
    "raw_cosine": float,
    "cosine": float,
    "best_sentence": float,
    "words": float,
    "language_shift": float,
    "lexical": float,
    "names": float,
    "prose": float,
    "matches": [{"word": str, "found": (str, None), "cosine": float}],
    "shared_words": [str],
    "shared_names": [str],
}
PASSAGE = {
    "id": int,
    "rank": int,
    "text": str,
    "language": str,
    "score": float,
    "scores": {"dense": (float, None), "lexical": (float, None)},
    "document": DOCUMENT,
    "location": LOCATION,
    "highlights": [{"start": int, "end": int}],
    "source_url": str,
    "duplicates": [DUPLICATE],
    "explanation": (EXPLANATION, None),
}
SEARCH = {
    "id": str,
    "question": {"text": str, "language": str, "rewritten": (str, None)},
    "passages": [PASSAGE],
    "offset_unit": "unicode_code_point",
    "index": {"generation": int, "model": str, "fingerprint": str},
    "timings_ms": {"embed": float, "retrieve": float, "answer": float, "total": float},
}
ANSWER = {
    "text": str,
    "language": str,
    "kind": "extractive",
    "confidence": (float, None),
    "citations": [
        {"marker": int, "passage_id": int, "document_id": str, "start": int, "end": int, "quote": str},
    ],
}
ASK = SEARCH | {
    "status": ("answered", "not_found"),
    "reason": ("no_documents", "low_confidence", None),
    "answer": (ANSWER, None),
    "confidence": (float, None),
}


def require_shape(value: object, shape: object, place: str = "response") -> None:
    """Check JSON against a shape: a type, a constant, a list of one shape, a tuple of possible ones, or exact keys."""
    match shape:
        case tuple():
            assert any(has_shape(value, possible) for possible in shape), f"{place} is {value!r}"
        case dict():
            assert isinstance(value, dict), place
            assert set(value) == set(shape), place
            for key, part in shape.items():
                require_shape(value[key], part, f"{place}.{key}")
        case [part]:
            assert isinstance(value, list), place
            for index, item in enumerate(value):
                require_shape(item, part, f"{place}[{index}]")
        case type():
            assert type(value) is shape, f"{place} is {value!r}"
        case _:
            assert value == shape, f"{place} is {value!r}"


def has_shape(value: object, shape: object) -> bool:
    try:
        require_shape(value, shape)
    except AssertionError:
        return False
    return True


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over four documents. Only read from it."""
    settings = load_settings(data=tmp_path_factory.mktemp("asking") / "data", model="hashing", passage_characters=100)
    with running_app(settings) as running:
        for name, text in DOCUMENTS.items():
            assert take_in(running, name, text)["status"] == "added"
        yield running


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over documents with metadata, one of them without a date. Only read from it."""
    head = "---\n{}\n---\nThe river rose {}."
    with running_app(load_settings(data=tmp_path_factory.mktemp("dated") / "data", model="hashing")) as running:
        for name, lines, where in (
            ("flood.md", "kind: news\nplace: Тураў\ndate: 2021-05-04", "over the meadows"),
            ("fair.md", "kind: news\ndate: 2022-08", "up to the stalls of the fair"),
            ("notes.md", "kind: letter", "behind our house"),
        ):
            assert take_in(running, name, head.format(lines, where))["status"] == "added"
        yield running


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application without documents."""
    with running_app(load_settings(data=tmp_path_factory.mktemp("empty") / "data", model="hashing")) as running:
        yield running


def ask(client: TestClient, question: str, path: str = "/v1/ask", **fields: object) -> dict[str, Any]:
    response = post_json(client, path, {"question": question} | fields)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Read a stream of server-sent events."""
    blocks = [block.splitlines() for block in text.replace("\r\n", "\n").strip().split("\n\n")]
    fields = [dict(line.split(": ", 1) for line in block if not line.startswith(":")) for block in blocks]
    return [(field["event"], json.loads(field["data"])) for field in fields]


@pytest.mark.parametrize("question", QUESTIONS)
def test_answer_has_the_documented_shape(client: TestClient, question: str) -> None:
    body = ask(client, question)
    require_shape(body, ASK)
    assert (body["status"], body["reason"]) == ("answered", None)
    assert [passage["rank"] for passage in body["passages"]] == list(range(1, len(body["passages"]) + 1))


@pytest.mark.parametrize("question", QUESTIONS)
def test_search_has_the_documented_shape_without_an_answer(client: TestClient, question: str) -> None:
    body = ask(client, question, "/v1/search")
    require_shape(body, SEARCH)
    assert body["passages"]


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/search"])
def test_passages_are_explained_where_that_is_wanted(client: TestClient, path: str) -> None:
    question = QUESTIONS[1]
    plain, explained = (ask(client, question, path, explain=wanted)["passages"] for wanted in (False, True))
    assert {passage["explanation"] for passage in plain} == {None}
    for passage in explained:
        require_shape(passage["explanation"], EXPLANATION)
    assert [match["word"] for match in explained[0]["explanation"]["matches"]] == ["gauge", "change"]
    assert [passage | {"explanation": None} for passage in explained] == plain
    if path == "/v1/ask":
        streamed = post_json(client, path, {"question": question, "stream": True, "explain": True})
        assert events_of(streamed.text)[0][1]["passages"] == explained


def test_nothing_found_is_an_answer_of_the_same_shape(empty: TestClient) -> None:
    body = ask(empty, "Where does the gauge change?")
    require_shape(body, ASK)
    assert (body["status"], body["reason"], body["answer"]) == ("not_found", "no_documents", None)
    assert body["passages"] == []
    assert ask(empty, "Where does the gauge change?", "/v1/search")["passages"] == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_offset_is_exact_in_the_text_that_the_service_gives(client: TestClient, question: str) -> None:
    body = ask(client, question, top_k=MAX_TOP_K)
    texts = {
        passage["document"]["id"]: client.get(f"/v1/documents/{passage['document']['id']}/text").text
        for passage in body["passages"]
    }
    assert len(texts) == len(DOCUMENTS)
    for passage in body["passages"]:
        place = passage["location"]
        assert texts[passage["document"]["id"]][place["start"] : place["end"]] == passage["text"]
        assert all(0 <= mark["start"] < mark["end"] <= len(passage["text"]) for mark in passage["highlights"])
        assert passage["source_url"] == f"/documents/{passage['document']['id']}?passage={passage['id']}"
    passages = {passage["id"]: passage for passage in body["passages"]}
    for number, citation in enumerate(body["answer"]["citations"], start=1):
        assert citation["marker"] == number
        assert texts[citation["document_id"]][citation["start"] : citation["end"]] == citation["quote"]
        assert citation["quote"] in passages[citation["passage_id"]]["text"]
        assert citation["quote"] in body["answer"]["text"]


def test_passage_tells_the_headings_it_stands_under(client: TestClient) -> None:
    found = ask(client, "Побач цячэ Міранка", "/v1/search")["passages"][0]
    assert found["text"].endswith("Побач цячэ Міранка.")
    assert found["location"]["headings"] == ["Мірскі замак", "Рака"]


@pytest.mark.parametrize("top_k", [1, 2, MAX_TOP_K])
def test_no_more_passages_than_asked_for(client: TestClient, top_k: int) -> None:
    everything = sum(document["passages"] for document in client.get("/v1/documents").json()["documents"])
    for path in ("/v1/ask", "/v1/search"):
        assert len(ask(client, "замак", path, top_k=top_k)["passages"]) == min(top_k, everything)


@pytest.mark.parametrize(("languages", "titles"), [(["ru"], {"Пуща"}), (["be", "ru"], {"Мірскі замак", "Пуща"})])
def test_filter_by_language(client: TestClient, languages: list[str], titles: set[str]) -> None:
    chosen = {"castle.md", "forest.html", "railway.txt"}
    documents = [item["id"] for item in client.get("/v1/documents").json()["documents"] if item["uri"] in chosen]
    found = ask(client, "gauge", languages=languages, documents=documents, top_k=MAX_TOP_K)["passages"]
    assert {passage["language"] for passage in found} == set(languages)
    assert {passage["document"]["title"] for passage in found} == titles


def test_filter_by_document(client: TestClient) -> None:
    listed = client.get("/v1/documents").json()["documents"]
    chosen = sorted(document["id"] for document in listed[:2])
    found = ask(client, "gauge", "/v1/search", documents=chosen, top_k=MAX_TOP_K)["passages"]
    assert sorted({passage["document"]["id"] for passage in found}) == chosen


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"metadata": {"kind": ["news"]}}, {"fair.md", "flood.md"}),
        ({"metadata": {"kind": ["news", "letter"], "place": ["Тураў"]}}, {"flood.md"}),
        ({"dated_from": "2021"}, {"fair.md", "flood.md"}),
        ({"dated_from": "2021-05", "dated_to": "2021-05"}, {"flood.md"}),
        ({"dated_from": "2021-05-04", "dated_to": "2021-05-09"}, {"flood.md"}),
        ({"dated_from": "2021-05-10", "dated_to": "2022-08-31"}, {"fair.md"}),
        ({"dated_to": "2021-05-03"}, set()),
        ({"metadata": {"kind": ["news"]}, "dated_to": "2021", "languages": ["en"]}, {"flood.md"}),
        ({"metadata": {"kind": ["news"]}, "dated_to": "2021", "languages": ["be"]}, set()),
        ({"metadata": {"kind": ["NEWS"]}}, set()),
    ],
)
def test_filter_by_metadata_and_date(dated: TestClient, filters: dict[str, object], expected: set[str]) -> None:
    for path in ("/v1/ask", "/v1/search"):
        body = ask(dated, "Where did the river rise?", path, top_k=MAX_TOP_K, **filters)
        assert {passage["document"]["uri"] for passage in body["passages"]} == expected
    streamed = post_json(dated, "/v1/ask", {"question": "river", "stream": True, "top_k": MAX_TOP_K} | filters)
    assert {one["document"]["uri"] for one in events_of(streamed.text)[0][1]["passages"]} == expected


def test_follow_up_tells_what_was_searched(client: TestClient) -> None:
    history = [
        {"question": "Where does the gauge change?", "answer": None},
        {"question": "How wide is the gauge there?"},
    ]
    body = ask(client, "And in Brest?", history=history)
    require_shape(body, ASK)
    assert body["question"]["rewritten"] == "change wide gauge And in Brest?"
    assert body["passages"][0]["document"]["uri"] == "railway.txt"
    events = events_of(
        post_json(client, "/v1/ask", {"question": "And in Brest?", "history": history, "stream": True}).text
    )
    assert events[0][1]["question"] == body["question"]
    assert ask(client, "Сколько зубров в пуще?", history=history)["question"]["rewritten"] is None


@pytest.mark.parametrize(
    "filters", [{"languages": ["ja"]}, {"documents": ["0" * 16]}, {"metadata": {"a": ["b"]}}, {"dated_to": "1900"}]
)
def test_filter_that_nothing_passes_finds_nothing(client: TestClient, filters: dict[str, object]) -> None:
    body = post_json(client, "/v1/ask", {"question": "Where does the gauge change?"} | filters).json()
    assert (body["status"], body["reason"], body["passages"]) == ("not_found", "no_documents", [])


def test_question_is_given_back_without_what_cannot_be_seen(client: TestClient) -> None:
    body = ask(client, " \ufeffWhere does\r\n the\u00a0gau\u00adge \x00change? ", history=[])
    assert body["question"] == {"text": "Where does the gauge change?", "language": "en", "rewritten": None}
    assert body["passages"][0]["document"]["uri"] == "railway.txt"


def test_longest_question_is_answered(client: TestClient) -> None:
    assert ask(client, "зубры? " * (MAX_QUESTION_CHARACTERS // 7))["status"] == "answered"


@pytest.mark.parametrize("question", QUESTIONS)
def test_stream_tells_in_parts_what_the_response_tells_at_once(client: TestClient, question: str) -> None:
    response = post_json(client, "/v1/ask", {"question": question, "stream": True})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "\\u" not in response.text
    events = events_of(response.text)
    assert [name for name, _ in events] == ["passages", "answer", "done"]
    (_, passages), (_, answer), (_, done) = events
    assert set(answer) == {"status", "reason", "answer", "confidence"}
    assert set(done) == {"id", "timings_ms"}
    assert passages["id"] == done["id"]
    assert set(passages) == set(SEARCH) - {"timings_ms"}
    whole = ask(client, question)
    require_shape(passages | answer | done, ASK)
    changing = {"id", "timings_ms"}
    assert {key: value for key, value in (passages | answer).items() if key not in changing} == {
        key: value for key, value in whole.items() if key not in changing
    }


def test_stream_of_a_question_without_an_answer(empty: TestClient) -> None:
    events = events_of(post_json(empty, "/v1/ask", {"question": "Where?", "stream": True}).text)
    assert [name for name, _ in events] == ["passages", "answer", "done"]
    assert events[1][1] == {"status": "not_found", "reason": "no_documents", "answer": None, "confidence": None}


def test_error_before_the_stream_is_a_problem(client: TestClient) -> None:
    require_problem(post_json(client, "/v1/ask", {"question": "  ", "stream": True}), 422, "question is empty")


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        (StoreBusyError("another process has been writing"), 503, "another process has been writing"),
        (ZeroDivisionError("secret"), 500, "a fault in it"),
    ],
)
def test_error_inside_the_stream_is_its_last_event(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, told: str
) -> None:
    def fail(_service: QAService, _found: SearchResult) -> AskResult:
        raise failure

    monkeypatch.setattr(QAService, "conclude", fail)
    response = post_json(client, "/v1/ask", {"question": "gauge", "stream": True})
    events = events_of(response.text)
    assert [name for name, _ in events] == ["passages", "error"]
    problem = events[1][1]
    assert problem["status"] == status
    assert told in problem["detail"]
    assert "secret" not in response.text


def test_answers_name_the_state_they_were_found_in(tmp_path: Path) -> None:
    with running_app(load_settings(data=tmp_path / "data", model="hashing")) as client:
        generations = [take_in(client, "a.txt", text)["generation"] for text in ("Zubr one.", "Zubr two.")]
        assert generations == [1, 2]
        assert ask(client, "zubr")["index"] == client.get("/readyz").json()["index"]
        assert ask(client, "zubr")["index"]["generation"] == 2
