"""Each suite reads its shape of data; a broken set is refused with file, line and reason."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvalError
from eval.suites import SUITES, Selection, read_task

Write = Callable[[str, str], None]


def squad(*paragraphs: tuple[str, dict[str, list[str]]]) -> str:
    """Return a SQuAD file; a paragraph is its text and, by question, its answers."""
    return json.dumps(
        {
            "data": [
                {
                    "paragraphs": [
                        {
                            "context": text,
                            "qas": [
                                {
                                    "id": f"q{number}{place}",
                                    "question": question,
                                    "answers": [{"text": answer, "answer_start": 0} for answer in answers],
                                    "is_impossible": not answers,
                                }
                                for place, (question, answers) in enumerate(asked.items())
                            ],
                        }
                        for number, (text, asked) in enumerate(paragraphs)
                    ]
                }
            ]
        },
        ensure_ascii=False,
    )


ENGLISH = squad(
    ("Ice is cold.", {"What is ice?": ["cold"]}), ("Fire is hot.", {"What is fire?": ["hot", "hot"], "Who?": []})
)
RUSSIAN = squad(
    ("Лёд холодный.", {"Какой лёд?": ["холодный"]}), ("Огонь жаркий.", {"Какой огонь?": ["жаркий"], "Кто?": []})
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write_file


def lines(*items: dict[str, Any]) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def test_mosaic_keeps_each_paragraph_in_one_language_and_asks_in_all(tmp_path: Path, write: Write) -> None:
    write("en.json", ENGLISH)
    write("ru.json", RUSSIAN)
    task = read_task("mosaic", Selection(tmp_path, ("ru", "en")))
    assert [(source.language, source.content.decode()) for source in task.documents] == [
        ("ru", "Лёд холодный."),
        ("en", "Fire is hot."),
    ]
    ice, fire = (source.name for source in task.documents)
    assert [
        (question.text, [gold.document for gold in question.golds], question.answers) for question in task.questions
    ] == [
        ("Какой лёд?", [ice], ("холодный",)),
        ("Какой огонь?", [fire], ("hot",)),
        ("Кто?", [], ()),
        ("What is ice?", [ice], ("холодный",)),
        ("What is fire?", [fire], ("hot",)),
        ("Who?", [], ()),
    ]


def test_squad_takes_a_translation_for_a_right_answer(tmp_path: Path, write: Write) -> None:
    write("en.json", ENGLISH)
    write("ru.json", RUSSIAN)
    task = read_task("squad", Selection(tmp_path))
    texts = {source.name: source.content.decode() for source in task.documents}
    assert len(texts) == 4
    found = {question.text: {texts[gold.document] for gold in question.golds} for question in task.questions}
    assert found["What is ice?"] == found["Какой лёд?"] == {"Ice is cold.", "Лёд холодный."}
    assert [question.kind for question in task.questions if not question.is_answerable] == ["impossible", "impossible"]
    alone = read_task("squad", Selection(tmp_path, ("en",)))
    assert [len(question.golds) for question in alone.questions] == [1, 1, 0]


@pytest.mark.parametrize(
    ("languages", "asked", "searched"), [(("be", "en"), "Так.", "Yes."), (("en", "be"), "Yes.", "Так.")]
)
def test_bitext_asks_one_side_for_the_other(
    tmp_path: Path, write: Write, languages: tuple[str, str], asked: str, searched: str
) -> None:
    write("bel-eng.bel", "Так.\nНе.\n")
    write("bel-eng.eng", "Yes.\nNo.\n")
    task = read_task("bitext", Selection(tmp_path, languages))
    first = task.questions[0]
    assert (first.text, first.language) == (asked, languages[0])
    documents = {source.name: source for source in task.documents}
    gold = documents[first.golds[0].document]
    assert (gold.content.decode(), gold.language) == (searched, languages[1])
    assert len(documents) == len(task.questions) == 2


BEIR = {
    "corpus.jsonl": lines(
        {"_id": "../d1", "title": "Ferries", "text": "The last one leaves at ten.", "language": "en"},
        {"_id": "d2", "text": "Апошні аўтобус.", "metadata": {}},
        {"_id": "d3", "text": " "},
    ),
    "queries.jsonl": lines(
        {"_id": "q1", "text": "Когда?", "language": "ru", "answer": "at ten"},
        {"_id": "q2", "text": "Which bus?"},
        {"_id": "q3", "text": "not judged"},
    ),
    "qrels.tsv": "query-id\tcorpus-id\tscore\nq1\t../d1\t2\nq1\td2\t0\nq2\td2\t1\nq2\td3\t1\n",
}


@pytest.mark.parametrize("qrels", ["qrels.tsv", "qrels/test.tsv"])
def test_beir_reads_judged_queries(tmp_path: Path, write: Write, qrels: str) -> None:
    for name, text in BEIR.items():
        write(qrels if name == "qrels.tsv" else name, text)
    task = read_task("beir", Selection(tmp_path))
    assert [(source.name, source.content.decode(), source.language) for source in task.documents] == [
        ("../d1", "Ferries\n\nThe last one leaves at ten.", "en"),
        ("d2", "Апошні аўтобус.", None),
    ]
    assert all("/" not in source.path for source in task.documents), "a name from outside is no path"
    assert [(question.id, question.language, question.answers) for question in task.questions] == [
        ("q1", "ru", ("at ten",)),
        ("q2", None, ()),
    ]
    assert [(gold.document, gold.grade) for gold in task.questions[0].golds] == [("../d1", 2)]
    assert [gold.document for gold in task.questions[1].golds] == ["d2", "d3"], "a document without text stays a gold"
    only_russian = read_task("beir", Selection(tmp_path, ("ru",)))
    assert [question.id for question in only_russian.questions] == ["q1"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("corpus.jsonl", None, "corpus.jsonl: cannot be read: No such file or directory"),
        (
            "corpus.jsonl",
            '{"_id": "d1", "text": "a"}\n\n{"_id": ',
            "corpus.jsonl:3: not JSON: Expecting value at column 9",
        ),
        ("corpus.jsonl", '{"_id": "d1"}', "corpus.jsonl:1: text is missing"),
        ("corpus.jsonl", '"d1"', "corpus.jsonl:1: the line"),
        ("corpus.jsonl", '{"_id": 1, "text": "a"}', "corpus.jsonl:1: _id should be a valid string; it is 1"),
        ("queries.jsonl", '{"_id": "q", "text": "a"}\n' * 2, "queries.jsonl:2: the id 'q' comes twice"),
        ("qrels.tsv", "q1\t../d1\t1\nq1\td9\t1\n", "qrels.tsv:2: unknown document 'd9'"),
        ("qrels.tsv", "q9\td2\t1\n", "qrels.tsv:1: unknown query 'q9'"),
        ("qrels.tsv", "q1\td2\t1\nq1\td2\t1\n", "qrels.tsv:2: query 'q1' and document 'd2' are judged twice"),
        ("qrels.tsv", "q1 d2 1\n", "qrels.tsv:1: a line is query-id, corpus-id and a whole-number score"),
        ("qrels.tsv", "q1\td2\thigh\n", "qrels.tsv:1: a line is query-id"),
        ("qrels.tsv", "query-id\tcorpus-id\tscore\n", "no question of the suite beir is left to score"),
    ],
)
def test_a_broken_beir_set_is_refused(tmp_path: Path, write: Write, name: str, text: str | None, expected: str) -> None:
    for file, content in BEIR.items():
        write(file, content)
    if text is None:
        (tmp_path / name).unlink()
    else:
        write(name, text)
    with pytest.raises(EvalError) as caught:
        read_task("beir", Selection(tmp_path))
    assert expected in str(caught.value)


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path, write: Write) -> None:
    for file, content in BEIR.items():
        write(file, content)
    (tmp_path / "queries.jsonl").write_bytes(b'{"_id": "q", "text": "a"}\n{"_id": "\xff"}')
    with pytest.raises(EvalError, match=r"queries.jsonl:2: not UTF-8: byte 0xFF at position 35"):
        read_task("beir", Selection(tmp_path))


@pytest.mark.parametrize(
    ("suite", "files", "languages", "expected"),
    [
        ("mosaic", {"en.json": ENGLISH}, ("en",), "the mosaic needs two languages or more"),
        ("mosaic", {"en.json": ENGLISH}, ("en", "ru"), "ru.json: cannot be read"),
        ("mosaic", {"en.json": ENGLISH, "ru.json": squad(("Лёд.", {}))}, ("en", "ru"), "ru.json: does not hold"),
        ("squad", {"en.json": '{"data": [{}]}'}, (), "en.json: data.0.paragraphs is missing"),
        ("squad", {"en.json": '{\n"data": ['}, (), "en.json:2: not JSON"),
        ("squad", {}, (), "no question of the suite squad is left"),
        ("bitext", {}, ("be",), "bitext needs two languages"),
        ("bitext", {}, ("be", "en"), "there are no files bel-eng.bel and bel-eng.eng"),
        ("bitext", {"bel-eng.bel": "1\n2", "bel-eng.eng": "1"}, ("be", "en"), "bel-eng.eng: has 1 lines"),
        ("trec", {}, (), "unknown suite 'trec'; there are seeds, mosaic, squad, bitext, beir"),
    ],
)  # fmt: skip
def test_a_broken_set_is_refused(
    tmp_path: Path, write: Write, suite: str, files: dict[str, str], languages: tuple[str, ...], expected: str
) -> None:
    for name, text in files.items():
        write(name, text)
    with pytest.raises(EvalError) as caught:
        read_task(suite, Selection(tmp_path, languages))
    assert expected in str(caught.value)


def test_a_question_id_that_comes_twice_is_refused(tmp_path: Path, write: Write) -> None:
    write("en.json", ENGLISH.replace("q10", "q00"))
    with pytest.raises(EvalError, match=r"en.json: the question id 'q00' comes twice"):
        read_task("squad", Selection(tmp_path))


@pytest.mark.parametrize("suite", sorted(set(SUITES) - {"seeds"}))
def test_other_suites_need_data_and_have_no_halves(suite: str, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="needs --data FOLDER"):
        read_task(suite, Selection())
    with pytest.raises(EvalError, match="there is no such folder"):
        read_task(suite, Selection(tmp_path / "absent", ("en", "ru")))
    with pytest.raises(EvalError, match="only the suite seeds has halves"):
        read_task(suite, Selection(tmp_path, half="test"))


@pytest.mark.shared
def test_the_data_beside_the_checkout_is_read_whole(shared: Path) -> None:
    mosaic = read_task("mosaic", Selection(shared / "data" / "xquad", ("en", "ru", "de", "es")))
    assert (len(mosaic.documents), len(mosaic.questions)) == (240, 4 * 1190)
    bitext = read_task("bitext", Selection(shared / "data" / "tatoeba", ("be", "en")))
    assert (len(bitext.documents), len(bitext.questions)) == (1000, 1000)
    squad_task = read_task("squad", Selection(shared / "data" / "xquad", ("en", "ru")))
    assert {len(question.golds) for question in squad_task.questions} == {2}
