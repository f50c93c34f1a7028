"""Compare the product with LangChain and FAISS, Haystack, txtai and LlamaIndex.

`python -m eval.peers [--data FOLDER --languages en,ru] [--json FILE]`; `make peers` installs what it needs.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from embeddings import EncoderError, find_card
from embeddings.bundled import find_data_file, write_model_folder
from eval.peers.comparing import Clock, System, compare
from eval.peers.material import read_material
from eval.peers.process import executable
from eval.peers.protocol import Model
from eval.peers.report import Report, as_json, markdown
from eval.peers.throughput import measure_throughput
from eval.provenance import commit, machine
from eval.suites import Selection
from qa_service.config import Settings, load_settings
from qa_service.errors import QAError

PEERS_PYTHON = Path(__file__).parents[2] / ".venv" / "peers" / "bin" / "python"
PEERS = {
    "LangChain": "eval.peers.langchain_faiss",
    "Haystack": "eval.peers.haystack",
    "txtai": "eval.peers.txtai",
    "LlamaIndex": "eval.peers.llamaindex",
}
SERVED = "Haystack"
"""The peer that is served over HTTP."""


def run(given: argparse.Namespace, folder: Path) -> Report:
    """Run the comparison that the command line asks for, in an empty folder. Raises EvalError."""
    settings = load_settings()
    about = {"machine": machine(), "commit": commit(), "model": settings.model}
    executable(given.peers_python)  # told before minutes of work
    languages = tuple(filter(None, given.languages.split(",")))
    suite = "seeds" if given.data is None else given.suite
    material = read_material(suite, Selection(given.data, languages), given.passages, given.questions)
    model = model_of(settings, folder)
    product = System("qa-service", "eval.peers.product", Path(sys.executable))
    peers = {name: System(name, module, given.peers_python) for name, module in PEERS.items()}
    clock = Clock()
    measured = compare([product, *peers.values()], material, model, folder, clock)
    throughput = measure_throughput(product, peers[SERVED], material, model, folder, clock)
    return Report(about, material, measured, clock.steps, throughput)


def model_of(settings: Settings, folder: Path) -> Model:
    """Return the model of `settings` as the peers load it; the bundled one is written into `folder`."""
    card = find_card(settings.model)
    if card is not None and card.source == "bundled":
        target = folder / "model"
        target.mkdir()
        write_model_folder(find_data_file(), target, card, lambda done, total: None)
        return Model(str(target), card.question_prefix, card.passage_prefix)
    prefixes = (card.question_prefix, card.passage_prefix) if card else ("", "")
    question, passage = settings.model_question_prefix, settings.model_passage_prefix
    return Model(settings.model, *(prefixes if question is None or passage is None else (question, passage)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(prog="python -m eval.peers", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="SQuAD files; the sample documents otherwise")
    parser.add_argument("--languages", default="", help="comma-separated; all of them otherwise")
    parser.add_argument("--suite", choices=["squad", "mosaic"], default="squad", help="how FOLDER is read")
    parser.add_argument("--passages", type=int, metavar="N", help="draw so many passages; all of them otherwise")
    parser.add_argument("--questions", type=int, metavar="N", default=200, help="draw so many questions")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument("--peers-python", type=Path, default=PEERS_PYTHON, metavar="PATH", help="the peers' Python")
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="qa-peers-") as folder:
            report = run(given, Path(folder))
    except (QAError, EncoderError) as error:
        parser.exit(1, f"{error}\n")
    sys.stdout.write(markdown(report) + "\n")
    if given.json:
        given.json.write_text(json.dumps(as_json(report), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
