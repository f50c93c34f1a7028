"""Runs from the command line to the report, on a user's own set of five questions, with the hashing encoder."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embeddings import QuestionVectors
from embeddings.encoder import Span
from eval.collection import RememberingEncoder, taken_in
from eval.errors import EvalError
from eval.figures import Run, compare_with, file_stem, read_run, to_json, write_run
from eval.report import render_html, render_markdown, worst
from eval.run import Observer, evaluate
from eval.suites import Selection, read_task
from eval.summary import Results
from eval.systems import SYSTEMS, find_systems
from eval.task import Question
from qa_service.config import load_settings
from qa_service.outcomes import Progress
from qa_service.types import Turn
from tests.conftest import RunCli
from tests.parts import RecordingEncoder

CORPUS = {
    "ferry": "The last ferry leaves the quay at ten in the evening.",
    "bus": "Автобус до вокзала ходит каждые двадцать минут.",
    "museum": "Музей адчынены штодня, апроч панядзелка.",
    "bread": "Bread | rolls <b>are baked</b> at *night*.",
}
QUERIES = {
    "q1": ("When does the last ferry leave?", "ferry", "at ten"),
    "q2": ("Как часто ходит автобус до вокзала?", "bus", "двадцать минут"),
    "q3": ("Калі музей адчынены?", "museum", "штодня"),
    "q4": ("When are <script>rolls</script> | *baked*?", "bread", "night"),
    "q5": ("zzz qqq", "ferry", "quay"),
}
SYSTEM_NAMES = [system.name for system in SYSTEMS]


@pytest.fixture(scope="module")
def own_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own-set")
    corpus = [{"_id": name, "text": text} for name, text in CORPUS.items()]
    queries = [{"_id": name, "text": text, "answer": answer} for name, (text, _, answer) in QUERIES.items()]
    queries[4]["language"] = "en"  # no language has words like these
    for file, items in (("corpus", corpus), ("queries", queries)):
        lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
        (folder / f"{file}.jsonl").write_text(lines, encoding="utf-8")
    qrels = "".join(f"{name}\t{document}\t1\n" for name, (_, document, _) in QUERIES.items())
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def results(own_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    settings = load_settings(data=tmp_path_factory.mktemp("unused"), model="hashing")
    steps: list[Progress] = []
    found = evaluate(
        read_task("beir", Selection(own_set)), SYSTEM_NAMES, settings, observer=Observer(on_step=steps.append)
    )
    assert {step.item for step in steps} >= {f"asking {name}" for name in SYSTEM_NAMES}
    return found


def test_a_set_of_ones_own_is_scored_with_one_command(run_cli: RunCli, own_set: Path, tmp_path: Path) -> None:
    html, markdown, figures = tmp_path / "out.html", tmp_path / "out.md", tmp_path / "out.json"
    ran = run_cli(
        *("eval", "--suite", "beir", "--data", own_set, "--systems", "default,lexical", "--passages", "whole"),
        *("--json", figures, "--report", html, "--markdown", markdown),
    )
    assert ran.returncode == 0, ran.stderr
    assert "beir: 5 questions, 4 documents, whole passages, hashing" in ran.stdout
    body = json.loads(figures.read_text(encoding="utf-8"))
    assert (body["suite"], body["model"], body["half"]) == ("beir", "hashing", None)
    assert list(body["systems"]) == ["default", "lexical"]
    assert body["systems"]["default"]["recall@1"] == {"all": 0.8, "same": 0.8, "cross": None}
    assert body["systems"]["default"]["citation_exactness"]["all"] == 1
    assert body["systems"]["lexical"]["answer_containment"]["all"] is None
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    ndcg = body["systems"]["default"]["ndcg@10"]["all"]
    assert f"| default | all | {ndcg:.3f} [" in markdown.read_text(encoding="utf-8")
    again = run_cli("eval", "--suite", "beir", "--data", own_set, "--compare", figures, "--markdown", markdown)
    assert again.returncode == 0, again.stderr
    assert re.search(r"\| default − default of \w+ \| nDCG@10 \| \+0.000 \|", markdown.read_text(encoding="utf-8"))


def test_a_broken_set_ends_the_command_with_file_line_and_reason(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text("{", encoding="utf-8")
    ran = run_cli("eval", "--suite", "beir", "--data", tmp_path)
    assert ran.returncode == 1
    assert f"{tmp_path}/corpus.jsonl:1: not JSON" in ran.stderr


def test_every_system_finds_what_shares_words(results: Results) -> None:
    for system in results.systems:
        found = {item.question.id: item.rank for item in system.judged}
        assert [found[name] for name in ("q1", "q2", "q3", "q4")] == [1, 1, 1, 1], system.name
    lexical = next(system for system in results.systems if system.name == "lexical")
    assert lexical.scores["q5"]["ndcg@10"] == 0, "a question without results scores zero"
    assert all(system.mean("citation_exactness") in (1, None) for system in results.systems)


def test_what_nobody_says_is_found_out(results: Results) -> None:
    cells = {item.question.id: item.cell for item in results.systems[0].judged}
    assert [cells[name] for name in ("q1", "q2", "q3")] == [("en", "en"), ("ru", "ru"), ("be", "be")]


def test_json_holds_means_and_details(results: Results) -> None:
    body = to_json(results)
    assert set(body) >= {"suite", "commit", "model", "half", "systems"}
    for name in SYSTEM_NAMES:
        means = body["systems"][name]
        assert {"ndcg@10", "recall@1", "recall@5", "recall@10", "mrr@10"} <= set(means)
        assert all(set(scopes) == {"all", "same", "cross"} for scopes in means.values())
        details = body["details"][name]
        assert set(details["questions"]) == set(QUERIES)
        low, high = details["intervals"]["ndcg@10"]["all"]
        assert low <= means["ndcg@10"]["all"] <= high
        assert details["cells"]["ru>ru"] | {"questions": 1, "ndcg@10": 1} == details["cells"]["ru>ru"]
        assert details["abstention"]["false_refusals"] is None
    assert json.loads(json.dumps(body)) == body


def test_a_run_is_written_under_its_name_and_read_again(results: Results, tmp_path: Path) -> None:
    path = write_run(results, tmp_path)
    assert path == tmp_path / f"{file_stem(results)}.json"
    assert re.fullmatch(r"beir-(\w{12}|no-commit)", file_stem(results))
    comparisons = list(compare_with(read_run(path, results), results))
    assert {comparison.difference for comparison in comparisons} == {0}
    assert {comparison.first for comparison in comparisons} == set(SYSTEM_NAMES)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"suite": "seeds", "half": "test"}, r"is a run of seeds \(test\), and this is one of beir \(whole\)"),
        ({"details": 3}, r"details should be a valid dictionary"),
    ],
)
def test_only_a_run_of_the_same_questions_is_compared(
    results: Results, tmp_path: Path, change: dict[str, Any], expected: str
) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(to_json(results) | change), encoding="utf-8")
    with pytest.raises(EvalError, match=expected):
        read_run(path, results)


def test_where_figures_cannot_be_written_is_told(results: Results, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"run.json: cannot be written: No such file or directory"):
        write_run(results, tmp_path / "absent" / "run.json")


def test_the_page_needs_nothing_beside_itself_and_shows_text_as_text(results: Results) -> None:
    page = render_html(results, list(compare_with(Run.model_validate(to_json(results)), results)))
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?://", page)
    assert "When are &lt;script&gt;rolls&lt;/script&gt; | *baked*?" in page
    assert "Bread | rolls &lt;b&gt;are baked&lt;/b&gt; at *night*." in page
    assert page.count('<table class="matrix">') == len(SYSTEM_NAMES)
    assert page.count("<polyline") == len(SYSTEM_NAMES)


def test_markdown_keeps_its_tables_whole(results: Results) -> None:
    text = render_markdown(results)
    assert r"When are &lt;script>rolls&lt;/script> \| \*baked\*?" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)\|", row)) for row in block.splitlines()}
        assert len(columns) == 1, block


def test_the_worst_come_first(results: Results) -> None:
    lexical = next(system for system in results.systems if system.name == "lexical")
    ordered = [lexical.scores[item.question.id]["ndcg@10"] for item in worst(lexical)]
    assert ordered == sorted(ordered)
    assert worst(lexical, 1)[0].question.id == "q5"


@pytest.mark.parametrize("names", [["bm25"], []])
def test_unknown_systems_are_refused(names: list[str]) -> None:
    with pytest.raises(EvalError, match="there are default, unbridged, centred, dense, lexical, rrf"):
        find_systems(names)
    assert [system.name for system in find_systems(["rrf", "dense", "rrf"])] == ["rrf", "dense"]


def test_whole_passages_hold_a_document_each(tmp_path: Path) -> None:
    task = read_task("seeds", Selection())
    settings = load_settings(data=tmp_path, model="hashing")
    with taken_in(task, settings, "whole", lambda done, total: None, lambda progress: None) as collection:
        assert len(collection.passages) == len(task.documents) == len(collection.names)
        texts = {passage.document.id: passage.text for passage in collection.passages.values()}
        assert texts == {identifier: text.strip() for identifier, text in collection.texts.items()}


def test_a_question_is_embedded_once() -> None:
    asked: list[str] = []

    class CountingEncoder(RecordingEncoder):
        def embed_question(self, text: str, words: Sequence[Span]) -> QuestionVectors:
            asked.append(text)
            return super().embed_question(text, words)

    inner = CountingEncoder()
    remembering = RememberingEncoder(inner)
    first = remembering.embed_question("one two", [(0, 3), (4, 7)])
    assert remembering.embed_question("two", [(0, 3)]).words.shape == (1, inner.dimension)
    again = remembering.embed_question("one two", [(0, 3), (4, 7)])
    assert (again.question == first.question).all()
    assert (again.words == inner.embed_questions(["one", "two"])).all()
    assert asked == ["one two", "two"]
    assert (remembering.embed_questions(["two", "one"]) == first.words[::-1]).all()
    assert remembering.embed_questions([]).shape == (0, inner.dimension)
    assert (remembering.name, remembering.fingerprint) == (inner.name, inner.fingerprint)


def test_a_follow_up_is_asked_with_its_history_by_the_product_alone(own_set: Path, tmp_path: Path) -> None:
    history = (Turn("Where is the last ferry?", "At the quay."),)
    question = Question("f", "en", "And when does it leave?", (), "follow_up", history=history)
    alone = replace(question, history=())
    settings = load_settings(data=tmp_path, model="hashing")
    task = read_task("beir", Selection(own_set))
    with taken_in(task, settings, "default", lambda done, total: None, lambda progress: None) as collection:
        respond = {system.name: system.open(collection) for system in find_systems(["default", "lexical", "rrf"])}
        asked = respond["default"](question).asked
        assert asked is not None
        assert asked.question.rewritten == "last ferry quay And when does it leave?"
        for name in ("lexical", "rrf"):
            assert respond[name](question) == respond[name](alone)
            assert respond[name](question).ranking
