"""Why a passage was found: numbers that are the hit's own, and words as the passage writes them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_service.types import Explanation
from tests.conftest import RunCli
from tests.parts import Parts, opened

TEXTS = {
    "be": "Шырыня каляі ў Брэсце мяняецца. Вагоны пераабуваюць у дэпо, і гэта доўжыцца дзве гадзіны.",
    "ru": "В Бресте меняется ширина колеи. Вагоны стоят в депо два часа, пассажиры не выходят.",
    "en": "The gauge changes at Brest. Coaches stand in the shed for two hours, and nobody gets off.",
}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with opened(tmp_path / "data") as built:
        for language, text in TEXTS.items():
            built.take_in(language, text)
        yield built


def explained(parts: Parts, question: str) -> dict[str, Explanation]:
    service = parts.service()
    found = service.search(question)
    explanations = service.explain(found)
    assert len(explanations) == len(found.hits)
    for hit, explanation in zip(found.hits, explanations, strict=True):
        assert explanation.evidence == hit.evidence
    return {hit.passage.language: each for hit, each in zip(found.hits, explanations, strict=True)}


def test_shared_words_are_given_as_the_passage_writes_them(parts: Parts) -> None:
    found = explained(parts, "Дзе мяняюць шырыню каляі вагонам?")
    assert found["be"].terms == ("Шырыня", "каляі", "мяняецца", "Вагоны")
    assert found["en"].terms == ()


def test_names_meet_across_scripts(parts: Parts) -> None:
    found = explained(parts, "What happens at Brest?")
    assert found["en"].names == ("Brest",)
    assert found["be"].names == found["ru"].names == ()
    assert explained(parts, "Что меняют в Брест")["en"].names == ("Brest",)


def test_every_word_of_the_question_has_its_match(parts: Parts) -> None:
    evidence = explained(parts, "Where does the gauge change?")["en"].evidence
    assert [match.word for match in evidence.matches] == ["gauge", "change"]
    gauge, _ = evidence.matches
    assert gauge.found == "gauge"
    assert gauge.cosine > 0.8
    assert evidence.words == pytest.approx(sum(match.cosine for match in evidence.matches) / 2, abs=1e-5)


def test_a_word_of_the_title_is_no_word_of_the_passage(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as built:
        above = "It was built of stone in 1910, and it still stands there, although nobody has lived in it for long."
        below = "He lit it each evening, year after year, alone, and never once in all that time was he late for it."
        content = f"# Lighthouse\n\n{above}\n\n## Keeper\n\n{below}"
        built.ingester.ingest("test:light", "light.md", content.encode())
        service = built.service()
        found = service.search("Who was the keeper of the lighthouse?")
        second = next(hit for hit in found.hits if below in hit.passage.text)
    matches = {match.word: match.found for match in second.evidence.matches}
    assert matches["lighthouse"] is None


@pytest.fixture
def stocked(tmp_path: Path, run_cli: RunCli) -> RunCli:
    for language, text in TEXTS.items():
        (tmp_path / f"{language}.txt").write_text(text, encoding="utf-8")
        run_cli("ingest", tmp_path / f"{language}.txt")
    return run_cli


def test_the_command_line_explains_when_asked_to(stocked: RunCli) -> None:
    question = "Where does the gauge change?"
    plain, told = (stocked("ask", question, *more) for more in ((), ("--explain",)))
    assert "same words" not in plain.stdout
    assert "gauge → gauge 0." in told.stdout
    assert "same words 1.00 of the best: gauge, changes" in " ".join(told.stdout.split())
    body = json.loads(stocked("search", question, "--explain", "--json").stdout)
    first = body["passages"][0]["explanation"]
    assert first["shared_words"] == ["gauge", "changes"]
    assert {match["word"]: match["found"] for match in first["matches"]}["gauge"] == "gauge"
    silent = json.loads(stocked("search", question, "--json").stdout)
    assert [passage["explanation"] for passage in silent["passages"]] == [None] * 3
