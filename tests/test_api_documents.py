"""Documents over HTTP: taking in, listing, reading, deleting; file names that would like to be paths."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from qa_service.config import Settings, load_settings
from tests.apps import document_of, finished, post_json, require_problem, running_app, take_in
from tests.pdfs import lines, pdf

MARKDOWN = "---\ntitle: Зубры\nauthor: A. Ranger\n---\n\n# Пуща\n\nВ пуще живут зубры.\n"


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """The application without documents."""
    with running_app(settings) as running:
        yield running


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application with five documents. Only read from it."""
    with running_app(load_settings(data=tmp_path_factory.mktemp("shelf") / "data", model="hashing")) as running:
        for number in range(5):
            take_in(running, f"{number}.txt", f"Document number {number}.")
        yield running


@pytest.fixture(scope="module")
def desk_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the desk's data folder in it."""
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def desk(desk_folder: Path) -> Iterator[TestClient]:
    """The application without documents, for tests that put back what they take."""
    with running_app(load_settings(data=desk_folder / "data", model="hashing")) as running:
        yield running


def titles_of(client: TestClient, query: str = "") -> list[str]:
    return [document["title"] for document in client.get(f"/v1/documents{query}").json()["documents"]]


# --- taking in ---


def test_passages_of_a_pdf_tell_their_pages(client: TestClient) -> None:
    doings = ("grazes", "drinks muddy water", "sleeps standing up")  # pages that say the same would be shown as one
    pages = [
        lines(*[f"Zebu number {number} {does} on page {page}." for number in range(30)])
        for page, does in enumerate(doings, start=1)
    ]
    document = document_of(client, take_in(client, "zebu.pdf", pdf(*pages, info="/Title(Zebu)")))
    assert (document["title"], document["media_type"]) == ("Zebu", "application/pdf")
    text = client.get(f"/v1/documents/{document['id']}/text").text
    found = post_json(client, "/v1/search", {"question": "zebu", "top_k": 50}).json()["passages"]
    assert {passage["location"]["page_end"] for passage in found} == {1, 2, 3}
    for passage in found:
        place = passage["location"]
        assert text[place["start"] : place["end"]] == passage["text"]
        assert f"page {place['page_start']}." in passage["text"].split("Zebu")[1]
        assert passage["text"].endswith(f"page {place['page_end']}.")


def test_a_document_is_made_of_an_upload(client: TestClient) -> None:
    outcome = take_in(client, "пуща.md", MARKDOWN)
    assert (outcome["status"], outcome["title"], outcome["generation"]) == ("added", "Зубры", 1)
    document = document_of(client, outcome)
    created_at = datetime.fromisoformat(document.pop("created_at"))
    assert abs(datetime.now(UTC) - created_at) < timedelta(minutes=5)
    assert created_at == datetime.fromisoformat(document.pop("updated_at"))
    assert len(document.pop("id")) == 16
    assert document == {
        "title": "Зубры",
        "uri": "пуща.md",
        "media_type": "text/markdown",
        "language": "ru",
        "sha256": hashlib.sha256(MARKDOWN.encode()).hexdigest(),
        "metadata": {"author": "A. Ranger"},
        "size": len(MARKDOWN.encode()),
        "characters": len("Пуща\n\nВ пуще живут зубры."),
        "passages": 1,
        "warnings": [],
    }


def test_same_content_again_is_the_same_document_whatever_its_name(client: TestClient) -> None:
    first = take_in(client, "a.txt", "Zubr.")
    again = take_in(client, "another name.txt", "Zubr.")
    assert (first["status"], again["status"]) == ("added", "unchanged")
    assert (first["duplicate_of"], again["duplicate_of"]) == (None, "a.txt")
    assert (again["document_id"], again["generation"]) == (first["document_id"], first["generation"])
    assert client.get("/v1/documents").json()["total"] == 1


def test_other_content_under_the_same_name_is_another_document(client: TestClient) -> None:
    identifiers = {take_in(client, "a.txt", text)["document_id"] for text in ("Zubr.", "Zubrs.")}
    assert len(identifiers) == 2


# --- reading ---


def test_document_and_its_text(client: TestClient) -> None:
    document = document_of(client, take_in(client, "пуща.md", MARKDOWN))
    assert client.get(f"/v1/documents/{document['id']}").json() == document
    text = client.get(f"/v1/documents/{document['id']}/text")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text == "Пуща\n\nВ пуще живут зубры."
    assert len(text.text) == document["characters"]


@pytest.mark.parametrize(
    ("query", "expected", "limit", "offset"),
    [
        ("", [0, 1, 2, 3, 4], 50, 0),
        ("?limit=2", [0, 1], 2, 0),
        ("?limit=2&offset=2", [2, 3], 2, 2),
        ("?limit=2&offset=4", [4], 2, 4),
        ("?offset=5", [], 50, 5),
        ("?limit=500&offset=4611686018427387904", [], 500, 2**62),
    ],
)
def test_pages_in_the_order_of_storing(
    shelf: TestClient, query: str, expected: list[int], limit: int, offset: int
) -> None:
    page = shelf.get(f"/v1/documents{query}").json()
    assert set(page) == {"documents", "total", "limit", "offset"}
    assert [document["uri"] for document in page["documents"]] == [f"{number}.txt" for number in expected]
    assert (page["total"], page["limit"], page["offset"]) == (5, limit, offset)


@given(limit=st.integers(1, 7))
@hypothesis_settings(deadline=None)
def test_pages_together_are_everything_once(shelf: TestClient, limit: int) -> None:
    pages = [titles_of(shelf, f"?limit={limit}&offset={offset}") for offset in range(0, 5, limit)]
    assert [title for page in pages for title in page] == titles_of(shelf)


@pytest.mark.parametrize("identifier", ["0" * 16, "x", "..", "%2e%2e", "%00", "зубр", "a" * 5_000, "' OR 1=1 --"])
def test_unknown_document(shelf: TestClient, identifier: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/text")):
        response = shelf.request(method, f"/v1/documents/{identifier}{path}")
        require_problem(response, 404)


def test_unknown_document_is_named(shelf: TestClient) -> None:
    problem = require_problem(shelf.get("/v1/documents/0123"), 404, "'0123'", "list the documents")
    assert problem["type"] == "urn:qa-service:problem:document-not-found"
    assert problem["title"] == "Document not found"


# --- deleting ---


def test_deleted_document_is_in_no_later_answer(client: TestClient) -> None:
    kept = take_in(client, "kept.txt", "The bison lives in the forest.")["document_id"]
    gone = take_in(client, "gone.txt", "The bison lives in the zoo.")["document_id"]
    response = client.delete(f"/v1/documents/{gone}")
    assert response.status_code == 200
    assert response.json() == {"id": gone, "generation": 3}
    for path in ("", "/text"):
        require_problem(client.get(f"/v1/documents/{gone}{path}"), 404)
    require_problem(client.delete(f"/v1/documents/{gone}"), 404)
    for path, extra in (("/v1/ask", {}), ("/v1/search", {}), ("/v1/search", {"documents": [gone, kept]})):
        body = post_json(client, path, {"question": "Where does the bison live?", "top_k": 50} | extra).json()
        assert {passage["document"]["id"] for passage in body["passages"]} == {kept}
        assert body["index"]["generation"] >= response.json()["generation"]
    stream = post_json(client, "/v1/ask", {"question": "Where does the bison live?", "stream": True}).text
    assert gone not in stream
    assert [document["id"] for document in client.get("/v1/documents").json()["documents"]] == [kept]


def test_deleted_document_can_be_taken_in_again(client: TestClient) -> None:
    first = take_in(client, "a.txt", "Zubr.")
    client.delete(f"/v1/documents/{first['document_id']}")
    again = take_in(client, "b.txt", "Zubr.")
    assert (again["status"], again["document_id"]) == ("added", first["document_id"])
    assert document_of(client, again)["uri"] == "b.txt"


# --- names ---


def files_in(folder: Path) -> set[Path]:
    """Return what lies in a folder, without what only says who works there now."""
    return {path for path in folder.rglob("*") if path.name != "jobs.lock"}


def upload_under(client: TestClient, name: bytes, content: str) -> httpx2.Response:
    """Send a file under a name of any bytes; HTTP clients write some of them in other ways."""
    quoted = name.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n\r\n'
    body = head + content.encode() + b"\r\n--edge--\r\n"
    return client.post("/v1/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=edge"})


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\x\\y.txt", "y.txt"),
        ("..\\..\\boot.md", "boot.md"),
        ("https://example.org/a/b.html", "b.html"),
        ("nul\0l.txt", "null.txt"),
        ("пуща 🙂.txt", "пуща 🙂.txt"),
        ("a" * 3_000 + ".txt", "a" * 251 + ".txt"),
        ("<b>&amp;'\".txt", "<b>&amp;'\".txt"),
        (".txt", ".txt"),
        ("..", ".."),
        ("\u202etxt.exe.md", "txt.exe.md"),
        ("\x1b[31mred.txt", "[31mred.txt"),
    ],
    ids=lambda value: value[:20].replace("\0", "?"),
)
def test_name_is_shown_and_never_a_path(desk: TestClient, desk_folder: Path, name: str, shown: str) -> None:
    before = files_in(desk_folder)
    (outcome,) = finished(desk, upload_under(desk, name.encode(), "Zubr in the forest."))
    assert outcome["name"] == shown
    document = document_of(desk, outcome)
    assert document["uri"] == shown
    assert document["title"]
    assert desk.get(f"/v1/documents/{document['id']}/text").text == "Zubr in the forest."
    assert files_in(desk_folder) == before
    assert desk.delete(f"/v1/documents/{document['id']}").status_code == 200


def test_name_of_thousands_of_characters_is_refused_in_words(desk: TestClient) -> None:
    require_problem(upload_under(desk, b"a" * 5_000 + b".txt", "Zubr."), 400, "header size")
    assert desk.get("/v1/documents").json()["total"] == 0


@hypothesis_settings(deadline=None, max_examples=40)
@given(name=st.binary(max_size=40), ending=st.sampled_from([b".txt", b".md", b".HTM", b""]))
def test_any_name_is_shown_without_its_folders_or_refused(desk: TestClient, name: bytes, ending: bytes) -> None:
    response = upload_under(desk, name + ending, "Zubr.")
    if response.status_code != 202:
        require_problem(response, response.status_code)
        assert response.status_code in (400, 422)
        return
    (outcome,) = finished(desk, response)
    if outcome["status"] == "failed":
        assert outcome["problem"] in ("unsupported-document", "invalid-request")
        return
    document = document_of(desk, outcome)
    assert not set(document["uri"]) & set("/\\\0")
    assert document["uri"].strip()
    assert len(document["uri"]) <= 255
    assert desk.delete(f"/v1/documents/{document['id']}").status_code == 200
