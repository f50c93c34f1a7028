"""Exported models: the same vectors as sentence-transformers gives, nearly, and no torch."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from sentence_transformers.sentence_transformer.modules import Dense

from embeddings import (
    CARDS,
    DEFAULT_MODEL,
    Encoder,
    EncoderError,
    NotExportableError,
    Vectors,
    export_model,
    load_encoder,
)
from embeddings.bert_graph import float_graph
from embeddings.bert_weights import read_bert_weights
from embeddings.folders import read_plain_model
from embeddings.onnx import OnnxEncoder
from embeddings.probes import probe_languages, read_probes
from embeddings.transformer import TransformerEncoder
from tests.conftest import RunCli
from tests.models import write_tiny_model

TEXTS = ["one two . three four", "four", "two three two three one one . four passage"]
PREFIXES: dict[str, Any] = {"question_prefix": "query : ", "passage_prefix": "passage : "}


def export_tiny(folder: Path, cache: Path) -> Path:
    return export_model(str(folder), cache_folder=cache, **PREFIXES)


def load(folder: Path, cache: Path, **more: Any) -> Encoder:
    return load_encoder(str(folder), cache_folder=cache, **PREFIXES, **more)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    write_tiny_model(tmp_path / "tiny", "mean")
    return tmp_path / "tiny"


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
def test_an_exported_model_gives_nearly_the_same_vectors(tmp_path: Path, kind: str, pooling: str) -> None:
    write_tiny_model(tmp_path / "tiny", pooling, kind=kind)
    reference = load(tmp_path / "tiny", tmp_path)
    export_tiny(tmp_path / "tiny", tmp_path)
    exported = load(tmp_path / "tiny", tmp_path)
    assert isinstance(reference, TransformerEncoder)
    assert isinstance(exported, OnnxEncoder)
    assert exported.dimension == reference.dimension
    spans = [[(0, len(text) // 2)] for text in TEXTS]
    wanted, found = (encoder.embed_passages(TEXTS, spans, spans) for encoder in (reference, exported))
    for one, other in ((wanted.passages, found.passages), *zip(wanted.sentences, found.sentences, strict=True)):
        assert (one * other).sum(axis=1).min() > 0.95, "ranges come from texts of which it knows no word"
    assert cosine(np.concatenate(found.words), np.concatenate(wanted.words)) > 0.95


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
def test_the_graph_in_floats_gives_the_same_tokens(tmp_path: Path, kind: str) -> None:
    write_tiny_model(tmp_path / "tiny", "mean", kind=kind)
    reference = load(tmp_path / "tiny", tmp_path)
    assert isinstance(reference, TransformerEncoder)
    graph = float_graph(read_bert_weights(read_plain_model(tmp_path / "tiny")))
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    for read in reference._tokenize(TEXTS):
        tokens, _ = reference._forward([read])
        (found,) = session.run(["tokens"], {"input_ids": [read.ids]})
        assert cosine(found, tokens) > 0.9999, "only the words' own vectors are in 8 bits"


def cosine(one: Vectors, other: Vectors) -> float:
    return float((one * other).sum() / np.linalg.norm(one) / np.linalg.norm(other))


def test_vectors_of_two_runtimes_are_never_taken_for_each_other(tiny: Path, tmp_path: Path) -> None:
    export_tiny(tiny, tmp_path)
    encoders = [load(tiny, tmp_path), load(tiny, tmp_path, runtime="sentence-transformers")]
    encoders.append(load_encoder(str(tiny), cache_folder=tmp_path, question_prefix="", passage_prefix=""))
    assert len({encoder.fingerprint for encoder in encoders}) == 3
    assert load(tiny, tmp_path).fingerprint == encoders[0].fingerprint


def test_a_model_that_has_changed_is_not_run_as_it_was(tiny: Path, tmp_path: Path) -> None:
    export_tiny(tiny, tmp_path)
    shutil.rmtree(tiny)
    write_tiny_model(tiny, "mean")
    assert isinstance(load(tiny, tmp_path), TransformerEncoder)


def test_a_text_past_the_longest_input_is_cut(tiny: Path, tmp_path: Path) -> None:
    export_tiny(tiny, tmp_path)
    text = "one two three four " * 20
    vectors = load(tiny, tmp_path).embed_passages([text], [[(0, 7), (340, 347)]], [[(0, 3), (340, 343)]])
    assert vectors.sentences[0].any(axis=1).all(), "a sentence that is cut off is embedded by itself"
    assert vectors.words[0].any(axis=1).tolist() == [True, False]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"pooling": "max"}, "it pools by max"),
        ({"hidden_act": "relu"}, "it is bert with relu"),
        ({"dense": True}, "it is made of Transformer, Pooling, Dense, Normalize"),
    ],
)
def test_other_makes_of_model_say_why_they_cannot_be_exported(
    tmp_path: Path, settings: dict[str, Any], reason: str
) -> None:
    more = [Dense(16, 16)] if settings.pop("dense", False) else []
    write_tiny_model(tmp_path / "tiny", settings.pop("pooling", "mean"), *more, **settings)
    with pytest.raises(NotExportableError, match=f"cannot be exported: {reason}.*runs through sentence-transformers"):
        export_tiny(tmp_path / "tiny", tmp_path)
    assert isinstance(load(tmp_path / "tiny", tmp_path), TransformerEncoder)


@pytest.mark.parametrize("missing", ["modules.json", "config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_is_named(tiny: Path, tmp_path: Path, missing: str) -> None:
    (tiny / missing).unlink()
    with pytest.raises(NotExportableError, match=missing):
        export_tiny(tiny, tmp_path)


def test_the_hashing_model_needs_no_export(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="no weights to export"):
        export_model("hashing", cache_folder=tmp_path)


@pytest.mark.parametrize("name", ["encoder.onnx", "words.bin", "tokenizer.json"])
def test_a_damaged_export_is_noticed(tiny: Path, tmp_path: Path, name: str) -> None:
    folder = export_tiny(tiny, tmp_path)
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(EncoderError, match=f"{name} in .* is damaged; delete the folder"):
        load(tiny, tmp_path)


def test_an_export_without_its_description_is_noticed(tiny: Path, tmp_path: Path) -> None:
    (export_tiny(tiny, tmp_path) / "encoder.json").write_text("{}")
    with pytest.raises(EncoderError, match=r"cannot be read .* delete the folder"):
        load(tiny, tmp_path)


@pytest.mark.model
def test_the_default_model_keeps_its_meaning(bundled_encoder: Encoder, reference_encoder: Encoder) -> None:
    for language in ("be", "ru", "en", "ja", "ar"):
        texts = read_probes(language)
        questions = [encoder.embed_questions(texts.questions) for encoder in (bundled_encoder, reference_encoder)]
        passages = [
            encoder.embed_passages(texts.passages, [[]] * 12, [[]] * 12).passages
            for encoder in (bundled_encoder, reference_encoder)
        ]
        for one, other in (questions, passages):
            assert (one * other).sum(axis=1).mean() > 0.995, language


@pytest.mark.model
def test_the_default_model_runs_without_torch() -> None:
    script = (
        "import sys; from embeddings import load_encoder\n"
        "encoder = load_encoder(); encoder.embed_passages(['a b'], [[(0, 3)]], [[(0, 1)]])\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules)\n"
        "print(*heavy, type(encoder).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["OnnxEncoder"]


def test_probe_texts_are_read_by_language() -> None:
    assert {"be", "ru", "en"} <= set(probe_languages())
    assert len(read_probes("be").questions) == 40


def test_the_command_exports_a_model_that_then_runs_so(tiny: Path, tmp_path: Path, run_cli: RunCli) -> None:
    environment = {
        "QA_MODEL_CACHE": str(tmp_path / "cache"),
        "QA_MODEL_QUESTION_PREFIX": PREFIXES["question_prefix"],
        "QA_MODEL_PASSAGE_PREFIX": PREFIXES["passage_prefix"],
    }
    done = run_cli("models", "export", tiny, **environment)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.removeprefix("exported to ").strip()).is_dir()
    assert isinstance(load(tiny, tmp_path / "cache"), OnnxEncoder)


def test_the_command_says_why_a_model_is_not_exported(run_cli: RunCli) -> None:
    done = run_cli("models", "export")
    assert done.returncode == 1
    assert "'hashing' has no weights to export" in " ".join(done.stderr.split())


def test_the_command_shows_the_known_models(run_cli: RunCli) -> None:
    shown = run_cli("models", "list").stdout
    assert f"{DEFAULT_MODEL} (default)" in shown
    assert all(card.name in shown for card in CARDS)
