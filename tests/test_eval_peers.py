"""The comparison with other libraries: the protocol, the figures and the output with a peer that needs no library."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import eval.peers.__main__ as command
from embeddings import find_card
from eval.errors import EvalError
from eval.peers.comparing import Clock, Measured, Step, System, compare, share_in_use
from eval.peers.material import Asked, Material, read_material
from eval.peers.process import serving, working
from eval.peers.protocol import Model
from eval.peers.report import Report, as_json, markdown
from eval.peers.scoring import LABELS, figures_of
from eval.suites import Selection, read_task
from qa_service.config import load_settings
from tests.conftest import ROOT

FAKE = "tests.peers_fake"
PYTHON = Path(sys.executable)
MODEL = Model("hashing", "", "")
PASSAGES = ("the ferry leaves at ten", "cats sleep a lot", "паром уходит в десять", "nothing to see")
MATERIAL = Material(
    suite="squad",
    passages=PASSAGES,
    languages=("en", "en", "ru", "en"),
    questions=(
        Asked("en:1", "en", "when does the ferry leaves", (0, 2)),
        Asked("en:2", "en", "how much do cats sleep", (1,)),
        Asked("ru:1", "ru", "когда уходит паром", (0, 2)),
        Asked("en:3", "en", "what is there to see", (3,)),
        Asked("en:4", "en", "who says nothing", (3,)),
    ),
    warm_up=("the ferry",),
)


def write_squad(folder: Path) -> Path:
    """Write two languages of four paragraphs, translations of each other, with a question each."""
    words = {
        "en": ["ferry leaves at ten", "cats sleep a lot", "the tower is tall", "bread is baked at night"],
        "ru": ["паром уходит в десять", "кошки много спят", "башня высока", "хлеб пекут ночью"],
    }
    folder.mkdir()
    for language, texts in words.items():
        paragraphs = [
            {
                "context": text,
                "qas": [{"id": f"q{number}", "question": f"{text}?", "answers": [{"text": text.split()[0]}]}],
            }
            for number, text in enumerate(texts)
        ]
        (folder / f"{language}.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")
    return folder


def measured(rankings: list[list[int]]) -> Measured:
    return Measured("fake", 0.5, 2.0, 100.0, {"python": "3"}, [10.0, 20.0, 30.0, 40.0, 50.0], rankings)


def test_a_paragraph_in_every_language_is_right(tmp_path: Path) -> None:
    material = read_material("squad", Selection(write_squad(tmp_path / "data"), ("en", "ru")), None, 5)
    assert len(material.passages) == 8
    assert len(material.questions) == 5
    assert len(material.warm_up) == 3
    for asked in material.questions:
        assert {material.languages[number] for number in asked.right} == {"en", "ru"}
        assert asked.text.rstrip("?") in {material.passages[number] for number in asked.right}


def test_the_draw_is_the_same_every_time_and_keeps_what_it_asks_for_answered(tmp_path: Path) -> None:
    selection = Selection(write_squad(tmp_path / "data"), ("en", "ru"))
    first = read_material("squad", selection, 3, 200)
    assert first == read_material("squad", selection, 3, 200)
    assert len(first.passages) == 3
    assert all(asked.right and max(asked.right) < 3 for asked in first.questions)


def test_passages_of_the_sample_documents_hold_the_quotes() -> None:
    material = read_material("seeds", Selection(), None, 20)
    assert len(material.questions) == 20
    assert set(material.languages) == {"be", "en", "ru"}
    golds = {question.id: question.golds for question in read_task("seeds", Selection()).questions}
    for asked in material.questions:
        held = [material.passages[number] for number in asked.right]
        assert any(gold.quote in text for gold in golds[asked.id] for text in held)


def test_systems_are_asked_in_turns_and_what_they_say_is_in_the_order_of_the_questions(tmp_path: Path) -> None:
    systems = [System(name, FAKE, PYTHON) for name in ("one", "two", "three")]
    clock = Clock()
    found = compare(systems, MATERIAL, MODEL, tmp_path, clock)
    steps = clock.steps
    assert [item.system for item in found] == ["one", "two", "three"]
    for item in found:
        assert [ranking[0] for ranking in item.rankings] == [0, 1, 2, 3, 3]
        assert len(item.milliseconds) == 5
        assert item.load_seconds > 0 < item.take_in_seconds
        assert item.peak_mib > 1
        assert set(item.versions) >= {"python", "numpy"}
        assert "no-such-package" not in item.versions
    asked = [step.system for step in steps if step.what.startswith("questions")]
    assert asked == ["one", "two", "three", "two", "three", "one", "three", "one", "two", "one", "two", "three"]
    assert [step.started for step in steps] == sorted(step.started for step in steps)


def test_the_right_ones_of_the_other_languages_are_neither_right_nor_wrong() -> None:
    # the two questions with translations find their own language's passage first and the translation third
    rankings = [[0, 1, 2], [1, 0, 2], [2, 1, 0], [1, 3, 2], [1, 2, 0]]
    figures = figures_of(measured(rankings), MATERIAL)
    third, second = 1 / 2, 1 / 1.5849625007211562
    both = (1 + third) / (1 + second)
    assert figures["ndcg@10"] == pytest.approx((2 * both + 1 + second + 0) / 5)
    assert figures["ndcg@10_same"] == pytest.approx((1 + 1 + 1 + second + 0) / 5)
    assert figures["ndcg@10_other"] == pytest.approx(second)
    assert figures["recall@1"] == pytest.approx((0.5 + 1 + 0.5) / 5)
    assert figures["success@1"] == pytest.approx(3 / 5)
    assert figures["question_ms_p50"] == 30
    assert figures["passages_per_second"] == 2


def test_what_no_question_has_is_no_figure() -> None:
    material = Material("squad", PASSAGES, ("en",) * 4, MATERIAL.questions[1:2], ())
    figures = figures_of(Measured("fake", 1, 1, 1, {}, [1.0], [[1]]), material)
    assert figures["ndcg@10_same"] == 1
    assert figures["ndcg@10_other"] is None


def test_the_output_tells_circumstances_figures_and_doubts() -> None:
    steps = [Step("fake", "load and take in", 0.0, 2.0, 0.6), Step("fake", "questions, round 1", 3.0, 1.0, None)]
    about = {"machine": "a machine", "commit": None, "model": "hashing"}
    report = Report(about, MATERIAL, [measured([[0]] * 5)], steps, {"qa-service": 30.0, "fake": 20.0})
    text = markdown(report)
    assert text.startswith("a machine; commit none; model hashing; suite squad, 4 passages, 5 questions\n")
    assert "- fake: python 3" in text
    assert f"| system | {' | '.join(LABELS.values())} |" in text
    assert "| fake | 0.245 | 0.200 | 0.500 | 0.200 | 0.400 | 30.0 | 48.0 | 2.0 | 0.5 | 100 |" in text
    assert "HTTP, 16 clients at once: qa-service 30.0 questions a second, fake 20.0; ratio 1.50." in text
    assert "Doubt the times: other processes used the machine just before fake (load and take in) 60%." in text
    body = as_json(report)
    assert body["systems"]["fake"]["figures"] == figures_of(report.measured[0], MATERIAL)
    assert body["throughput"]["ratio"] == 1.5
    assert json.loads(json.dumps(body))["steps"][0]["others"] == 0.6


def test_the_command_compares_the_product_and_serves_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_MODEL", "hashing")
    monkeypatch.setattr(command, "PEERS", {"Fake": FAKE})
    monkeypatch.setattr(command, "SERVED", "Fake")
    data, path = write_squad(tmp_path / "data"), tmp_path / "peers.json"
    arguments = ["--data", data, "--languages", "en,ru", "--questions", "6", "--json", path, "--peers-python", PYTHON]
    command.main(list(map(str, arguments)))
    body = json.loads(path.read_text(encoding="utf-8"))
    assert list(body["systems"]) == ["qa-service", "Fake"]
    for name, system in body["systems"].items():
        assert system["figures"]["success@1"] == 1
        assert body["throughput"]["questions_per_second"][name] > 0
    assert (body["suite"], body["passages"], len(body["questions"])) == ("squad", 8, 6)
    served = [step["system"] for step in body["steps"] if "clients" in step["what"]]
    assert served == ["qa-service", "Fake", "Fake", "qa-service"]
    assert capsys.readouterr().out.count("\n| ") == 3


def test_a_missing_environment_is_told_with_the_command_that_makes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_MODEL", "hashing")
    data, nowhere = write_squad(tmp_path / "data"), tmp_path / "python"
    with pytest.raises(SystemExit, match="1"):
        command.main(["--data", str(data), "--peers-python", str(nowhere)])
    assert f"there is no {nowhere}; run `make peers`" in capsys.readouterr().err


def test_a_worker_that_dies_says_why(tmp_path: Path) -> None:
    system = System("absent", "eval.peers.no_such_module", PYTHON)
    with pytest.raises(EvalError, match=r"absent ended without an answer.*\n[^$]*no_such_module"):
        compare([system], MATERIAL, MODEL, tmp_path, Clock())


def test_a_worker_that_ended_long_ago_says_so_too(tmp_path: Path) -> None:
    with (
        working("absent", PYTHON, "eval.peers.no_such_module", tmp_path / "log") as worker,
        pytest.raises(EvalError, match="absent ended"),
    ):
        for _ in range(2):
            worker.exchange({"passages": "x" * 1_000_000})


def test_a_server_that_ends_shows_its_log(tmp_path: Path) -> None:
    arguments = ["-m", "eval.peers.serving", FAKE, str(tmp_path / "absent.json")]
    with pytest.raises(EvalError, match=r"absent\.json"), serving(PYTHON, arguments, tmp_path / "log"):
        pass


def test_the_share_in_use_is_a_share() -> None:
    share = share_in_use()
    assert share is None or 0 <= share <= 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"QA_MODEL": "intfloat/multilingual-e5-base"}, ("intfloat/multilingual-e5-base", "query: ", "passage: ")),
        (
            {"QA_MODEL": "a/folder", "QA_MODEL_QUESTION_PREFIX": "Q ", "QA_MODEL_PASSAGE_PREFIX": "P "},
            ("a/folder", "Q ", "P "),
        ),
    ],
)
def test_the_peers_get_the_products_model_and_its_prefixes(
    environment: dict[str, str], expected: tuple[str, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert command.model_of(load_settings(), tmp_path) == Model(*expected)


def test_the_requirements_are_exact_names_and_versions() -> None:
    lines = (ROOT / "eval" / "peers" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[a-z-]+==[0-9.]+", line) for line in lines)
    torch = re.search(r'"(torch==[^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert torch is not None
    assert lines[0] == torch.group(1)


@pytest.mark.model
@pytest.mark.parametrize("name", command.PEERS)
def test_a_real_peer_takes_in_and_finds(name: str, tmp_path: Path, peers_model: Model) -> None:
    system = System(name, command.PEERS[name], command.PEERS_PYTHON)
    found = compare([system], MATERIAL, peers_model, tmp_path, Clock())
    assert [ranking[0] for ranking in found[0].rankings[:3]] == [0, 1, 2]
    assert all(sorted(ranking) == [0, 1, 2, 3] for ranking in found[0].rankings)


@pytest.fixture(scope="module")
def peers_model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    if not command.PEERS_PYTHON.exists():
        pytest.skip("the peers' environment is absent; `make peers` makes it")
    assert find_card(load_settings().model) is not None
    return command.model_of(load_settings(), tmp_path_factory.mktemp("peers-model"))
