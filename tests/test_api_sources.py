"""The way back to the original over HTTP, and what is told of a text's flaws."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.apps import document_of, take_in
from tests.conftest import RunCli, running_server

TEXT = """ПАМЯЦЬ ПРА МЛЫН

Млын стаяў на правым беразе ручая, і зімой яго кола абрастала лёдам, які¹ даводзілася збіваць ломам

1 Лом захаваўся ў музеі.

17

кожную раніцу, перш чым пусціць ваду. Яго збудавалі ў Полацку ў 1911 годзе, у Мiнску пра яго не ведалi.
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("sources") / "data", QA_MODEL="hashing") as address:
        yield address


@pytest.fixture(scope="module")
def document(server: str) -> dict[str, object]:
    with httpx2.Client(base_url=server) as client:
        return document_of(client, take_in(client, "млын.txt", TEXT))


def test_a_passage_tells_where_it_starts_in_the_file(server: str, document: dict[str, object]) -> None:
    answer = httpx2.post(f"{server}/v1/search", json={"question": "Калі збудавалі млын?"}).json()
    location = answer["passages"][0]["location"]
    source = location["source"]
    text = httpx2.get(f"{server}/v1/documents/{document['id']}/text").text
    assert (source["page"], source["part"]) == (None, None)
    assert TEXT[source["offset"] :][:10] == text[location["start"] :][:10]
    assert TEXT.split("\n")[source["line"] - 1].startswith(text[location["start"] :][:10])


def test_the_reader_shows_where_the_passage_stands_in_the_file(server: str, document: dict[str, object]) -> None:
    passage = httpx2.post(f"{server}/v1/search", json={"question": "Калі збудавалі млын?"}).json()["passages"][0]
    page = httpx2.get(server + passage["source_url"]).text
    assert f'data-value="{passage["location"]["source"]["line"]}">line 1</span>' in page
    assert "The passage in the original" not in httpx2.get(f"{server}/documents/{document['id']}").text


def test_a_stretch_leads_back_to_the_lines_it_was_joined_of(server: str, document: dict[str, object]) -> None:
    text = httpx2.get(f"{server}/v1/documents/{document['id']}/text").text
    start = text.index("збіваць ломам кожную")
    address = f"{server}/v1/documents/{document['id']}/source"
    answer = httpx2.get(address, params={"start": start, "end": start + 20}).json()
    assert answer["end"] == start + 20
    assert [(place["line"], place["offset"]) for place in answer["places"]] == [
        (3, TEXT.index("збіваць")),
        (9, TEXT.index("кожную")),
    ]
    assert [place["start"] - start for place in answer["places"]] == [0, 14]
    whole = httpx2.get(address).json()
    assert whole["end"] == len(text)
    assert [place["line"] for place in whole["places"]] == [1, 3, 9, 5]  # the note follows its paragraph


@pytest.mark.parametrize(("start", "end"), [(5, 5), (9, 3), (0, 10**6), (10**6, None)])
def test_a_stretch_outside_the_text_is_refused(
    server: str, document: dict[str, object], start: int, end: int | None
) -> None:
    parameters = {"start": start} | ({} if end is None else {"end": end})
    answer = httpx2.get(f"{server}/v1/documents/{document['id']}/source", params=parameters)
    assert answer.status_code == 422
    assert f"start is {start}" in answer.json()["detail"]


def test_an_unknown_document_has_no_source(server: str) -> None:
    assert httpx2.get(f"{server}/v1/documents/0000/source").status_code == 404


def test_warnings_tell_what_is_wrong_and_where(server: str, document: dict[str, object]) -> None:
    details = httpx2.get(f"{server}/v1/documents/{document['id']}").json()
    assert details["warnings"] == document["warnings"]
    (warning,) = details["warnings"]
    assert (warning["kind"], warning["count"]) == ("mixed_letters", 2)
    assert warning["message"] == "2 words mix Latin and Cyrillic letters"
    text = httpx2.get(f"{server}/v1/documents/{document['id']}/text").text
    assert text[warning["start"] : warning["end"]] == "Мiнску"


def test_the_command_line_tells_it_too(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "млын.txt").write_text(TEXT, encoding="utf-8")
    ended = run_cli("ingest", tmp_path / "млын.txt")
    assert ended.returncode == 0
    line = " ".join(ended.stdout.split())
    assert "2 words mix Latin and Cyrillic letters" in line
    assert "passages" in line
