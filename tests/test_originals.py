"""The file a document was made of, over HTTP: whole, in part, and never a page of this site."""

import hashlib
from collections.abc import Iterator
from urllib.parse import unquote

import httpx2
import pytest
from fastapi.testclient import TestClient

from qa_service.api.originals import disposition
from qa_service.config import load_settings
from qa_service.errors import DocumentNotFoundError
from qa_service.service import QAService
from tests.apps import require_problem, running_app, take_in
from tests.conftest import SEEDS
from tests.pdfs import lines, pdf

PDF = pdf(lines("The aurochs died out in 1627 in the forest."), lines("The bison was saved in zoos."))
HTML = b"<!doctype html><html><body><p>The tarpan is gone.</p><script>alert(1)</script></body></html>"
EPUB = (SEEDS / "be" / "09-polack-safija-jeufrasinnia.epub").read_bytes()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over one document a kind. Only read from it."""
    with running_app(load_settings(data=tmp_path_factory.mktemp("originals") / "data", model="hashing")) as running:
        for name, content in (
            ("Зубр 🦬.pdf", PDF),
            ("page.html", HTML),
            ("book.epub", EPUB),
            ("a.txt", b"Text it is."),
        ):
            assert take_in(running, name, content)["status"] == "added"
        yield running


def get(client: TestClient, ending: str, method: str = "GET", **headers: str) -> httpx2.Response:
    documents = client.get("/v1/documents").json()["documents"]
    identifier = next(each["id"] for each in documents if each["uri"].endswith(ending))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, f"/v1/documents/{identifier}/original", headers=named)


@pytest.mark.parametrize(
    ("ending", "content", "media_type", "kind"),
    [
        (".pdf", PDF, "application/pdf", "inline"),
        (".html", HTML, "application/octet-stream", "attachment"),
        (".txt", b"Text it is.", "application/octet-stream", "attachment"),
        (".epub", EPUB, "application/epub+zip", "attachment"),
    ],
)
def test_the_bytes_come_as_they_were(
    client: TestClient, ending: str, content: bytes, media_type: str, kind: str
) -> None:
    response = get(client, ending)
    assert response.status_code == 200
    assert response.content == content
    assert response.headers["content-type"] == media_type
    assert response.headers["content-disposition"].startswith(f"{kind}; ")
    assert response.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert response.headers["x-content-type-options"] == "nosniff"
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert ("sandbox" in policy) == (kind == "attachment")
    head = get(client, ending, "HEAD")
    assert head.content == b""
    assert head.headers == response.headers


def test_a_name_keeps_its_letters(client: TestClient) -> None:
    written = get(client, ".pdf").headers["content-disposition"]
    plain, encoded = written.split("; ")[1:]
    assert plain == 'filename="____ _.pdf"'
    assert unquote(encoded.removeprefix("filename*=UTF-8''")) == "Зубр 🦬.pdf"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("notes.md", 'inline; filename="notes.md"'),
        ("folder/sub/a b.pdf", 'inline; filename="a b.pdf"'),
        ("C:\\docs\\a.pdf", 'inline; filename="a.pdf"'),
        ('a"b\\', "inline; filename=\"a_b\"; filename*=UTF-8''a%22b"),
        ("50%.txt", "inline; filename=\"50_.txt\"; filename*=UTF-8''50%25.txt"),
        ("a\r\nSet-Cookie: x", "inline; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x"),
        ("сям’я.txt", "inline; filename=\"_____.txt\"; filename*=UTF-8''%D1%81%D1%8F%D0%BC%E2%80%99%D1%8F.txt"),
        ("\ud800.txt", 'inline; filename="?.txt"'),
        ("", 'inline; filename="document"'),
    ],
)
def test_no_name_can_break_the_header(uri: str, expected: str) -> None:
    assert disposition("inline", uri) == expected


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(PDF)),
        ("bytes=-10", len(PDF) - 10, len(PDF)),
        ("bytes=5-999999999", 5, len(PDF)),
        ("bytes=-999999999", 0, len(PDF)),
    ],
)
def test_a_part_can_be_asked_for(client: TestClient, asked: str, start: int, end: int) -> None:
    response = get(client, ".pdf", range=asked)
    assert response.status_code == 206
    assert response.content == PDF[start:end]
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{len(PDF)}"
    assert response.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=9-5", "lines=0-5", "bytes=-", "bytes=x-y", ""])
def test_what_is_no_single_range_gives_the_whole(client: TestClient, asked: str) -> None:
    response = get(client, ".pdf", range=asked)
    assert (response.status_code, response.content) == (200, PDF)


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(client: TestClient, asked: str) -> None:
    response = get(client, ".pdf", range=asked)
    require_problem(response, 416, "behind the end", f"{len(PDF):,} bytes")
    assert response.headers["content-range"] == f"bytes */{len(PDF)}"


def test_what_the_client_has_is_not_sent_again(client: TestClient) -> None:
    tag = get(client, ".pdf").headers["etag"]
    for known in (tag, f'W/{tag}, "other"', "*"):
        response = get(client, ".pdf", if_none_match=known)
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag
    assert get(client, ".pdf", if_none_match='"other"').status_code == 200
    assert get(client, ".pdf", range="bytes=0-1", if_range=tag).status_code == 206
    assert get(client, ".pdf", range="bytes=0-1", if_range='"other"').status_code == 200


def test_what_is_not_there_is_a_problem(client: TestClient) -> None:
    require_problem(client.get("/v1/documents/nowhere/original"), 404, "nowhere")
    assert client.head("/v1/documents/nowhere/original").status_code == 404


def test_a_document_is_opened_in_one_state(service: QAService) -> None:
    outcome = service.upload("a.md", b"# Zebra\n\nThe quagga was a zebra.")
    assert outcome.document_id is not None
    (hit,) = service.search("quagga?").hits
    opened = service.shelf.open(outcome.document_id, hit.passage.id)
    assert opened.passage == hit.passage
    assert opened.text == service.text(outcome.document_id)
    assert [heading.title for heading in opened.outline.headings] == ["Zebra"]
    assert service.shelf.original(outcome.document_id)[1].startswith(b"# Zebra")
    with pytest.raises(DocumentNotFoundError):
        service.shelf.open("nowhere")
