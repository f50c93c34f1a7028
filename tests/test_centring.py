"""Centres of questions and passages: what they are the mean of, when they are measured, and where they are kept."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from embeddings import Encoder, PassageVectors, QuestionVectors, Vectors
from embeddings.encoder import Span
from qa_service.centring import Centre, Probes, centred
from qa_service.sums import LanguageSums
from qa_service.words import content_words
from tests.conftest import ROOT
from tests.parts import RecordingEncoder, events

_NOT_KEPT = "measured centres not kept; the next start measures them again"


class CountingEncoder(RecordingEncoder):
    """Writes down the questions too."""

    def __init__(self, dimension: int = 32) -> None:
        super().__init__(dimension)
        self.asked: list[str] = []

    def embed_question(self, text: str, words: Sequence[Span]) -> QuestionVectors:
        self.asked.append(text)
        return super().embed_question(text, words)


@pytest.fixture
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def probes(encoder: CountingEncoder, tmp_path: Path) -> Probes:
    return Probes(encoder, tmp_path / "cache")


def texts_of(language: str) -> dict[str, list[str]]:
    content = (ROOT / "embeddings" / "probe_texts" / f"{language}.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(content)
    return found


def words_of(text: str) -> list[Span]:
    return [(span.start, span.end) for span in content_words(text)]


def mean_of(texts: Sequence[str], encoder: RecordingEncoder) -> tuple[Vectors, Vectors]:
    """Return the mean of texts' vectors and of all their words'; to this encoder questions and passages are alike."""
    found = [encoder.embed_question(text, words_of(text)) for text in texts]
    words = np.concatenate([each.words for each in found])
    return np.mean([each.question for each in found], axis=0), words.mean(axis=0)


def sums_of(passages: int, passage_sum: Sequence[float], words: int, word_sum: Sequence[float]) -> LanguageSums:
    return LanguageSums(passages, np.array(passage_sum, np.float64), words, np.array(word_sum, np.float64))


def no_sums(dimension: int = 32) -> LanguageSums:
    return sums_of(0, [0] * dimension, 0, [0] * dimension)


def require_equal(found: Centre, text: Vectors, words: Vectors) -> None:
    assert found.text.dtype == found.words.dtype == np.float32
    np.testing.assert_allclose(found.text, text, atol=1e-6)
    np.testing.assert_allclose(found.words, words, atol=1e-6)


# --- what they are ---


@pytest.mark.parametrize("language", ["en", "be", "zh"])
def test_a_centre_of_questions_is_the_mean_of_the_probes(probes: Probes, language: str) -> None:
    require_equal(probes.questions({language: 1}), *mean_of(texts_of(language)["questions"], RecordingEncoder(32)))


def test_a_mixture_has_the_mixed_centre(probes: Probes) -> None:
    """0.6 and 0.2 are three quarters and one quarter of what counts; 0.04 is too unlikely to."""
    ru, be = probes.questions({"ru": 1}), probes.questions({"be": 1})
    mixed = probes.questions({"ru": 0.6, "be": 0.2, "en": 0.04})
    require_equal(mixed, 0.75 * ru.text + 0.25 * be.text, 0.75 * ru.words + 0.25 * be.words)


@pytest.mark.parametrize(
    "probabilities", [{}, {"xx": 1.0}, {"ru": 0.04, "be": 0.01}], ids=["none", "unknown", "unlikely"]
)
def test_english_stands_for_what_has_no_probes(probes: Probes, probabilities: dict[str, float]) -> None:
    english = probes.questions({"en": 1})
    require_equal(probes.questions(probabilities), english.text, english.words)


def test_english_stands_for_passages_in_a_language_without_probes(probes: Probes) -> None:
    """One passage with one word, both zero: a fifth of the mean, the probes being the other four."""
    text, words = mean_of(texts_of("en")["passages"], RecordingEncoder(32))
    for language in ("und", "en"):
        require_equal(probes.passages(language, no_sums()), text, np.zeros(32, np.float32))
        one = sums_of(1, [0] * 32, 1, [0] * 32)
        require_equal(probes.passages(language, one), 0.8 * text, 0.8 * words)


class FlatEncoder:
    """Gives every probe question the vector 1 and its words 2, every probe passage -1 and its words -2."""

    name, dimension, fingerprint = "flat", 1, "0" * 64

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        return np.ones((len(texts), 1), np.float32)

    def embed_question(self, text: str, words: Sequence[Span]) -> QuestionVectors:
        return QuestionVectors(np.ones(1, np.float32), np.full((len(words), 1), 2, np.float32))

    def embed_passages(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], words: Sequence[Sequence[Span]]
    ) -> PassageVectors:
        return PassageVectors(
            np.full((len(texts), 1), -1, np.float32),
            tuple(np.zeros((len(spans), 1), np.float32) for spans in sentences),
            tuple(np.full((len(spans), 1), -2, np.float32) for spans in words),
        )


@pytest.mark.parametrize(
    ("sums", "text", "words"),
    [
        (sums_of(1, [4], 3, [9]), (4 - 4) / 5, (9 - 12 * 2) / 15),
        (sums_of(4, [4], 8, [8]), (4 - 4) / 8, (8 - 8 * 2) / 16),
        (sums_of(996, [996], 1992, [1992]), 992 / 1000, (1992 - 8 * 2) / 2000),
        (sums_of(0, [0], 0, [0]), -1, 0),
    ],
    ids=["one", "as many as the probes count for", "many", "none"],
)
def test_hand_computed_shrinkage(tmp_path: Path, sums: LanguageSums, text: float, words: float) -> None:
    """The probes' means, -1 and -2, count for four passages of as many words as the collection's own have."""
    found = Probes(FlatEncoder(), tmp_path).passages("en", sums)
    require_equal(found, np.array([text]), np.array([words]))


def test_questions_and_passages_have_centres_of_their_own(tmp_path: Path) -> None:
    probes = Probes(FlatEncoder(), tmp_path)
    require_equal(probes.questions({"ru": 1}), np.array([1]), np.array([2]))
    require_equal(probes.passages("ru", sums_of(4, [-4], 4, [-8])), np.array([-1]), np.array([-2]))


def test_hand_computed_centring() -> None:
    vectors = np.array([[4, 5], [1, 1], [1, 0]], np.float32)
    expected = np.array([[0.6, 0.8], [0, 0], [0, -1]], np.float32)
    np.testing.assert_allclose(centred(vectors, np.array([1, 1], np.float32)), expected, atol=1e-7)
    assert centred(vectors[:0], np.array([1, 1], np.float32)).shape == (0, 2)


# --- when they are measured, and where they are kept ---


def kept_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("probes-*.bin"))


def test_a_language_is_measured_once_and_only_when_it_is_needed(encoder: CountingEncoder, tmp_path: Path) -> None:
    probes = Probes(encoder, tmp_path)
    assert (encoder.asked, encoder.embedded) == ([], [])
    for _ in range(2):
        probes.questions({"ru": 1})
        probes.passages("ru", no_sums())
    assert encoder.asked == texts_of("ru")["questions"]
    assert encoder.embedded == texts_of("ru")["passages"]


def test_what_was_measured_is_kept_for_the_next_process(encoder: CountingEncoder, tmp_path: Path) -> None:
    measured = Probes(encoder, tmp_path)
    questions, passages = measured.questions({"be": 1}), measured.passages("be", no_sums())
    assert len(kept_files(tmp_path)) == 1
    second = CountingEncoder()
    kept = Probes(second, tmp_path)
    np.testing.assert_array_equal(kept.questions({"be": 1}).text, questions.text)
    np.testing.assert_array_equal(kept.questions({"be": 1}).words, questions.words)
    np.testing.assert_array_equal(kept.passages("be", no_sums()).text, passages.text)
    assert (second.asked, second.embedded) == ([], [])


def test_a_language_without_probes_shares_the_file_of_english(encoder: CountingEncoder, tmp_path: Path) -> None:
    probes = Probes(encoder, tmp_path)
    probes.questions({"en": 1})
    probes.questions({"xx": 1})
    assert len(kept_files(tmp_path)) == 1
    assert encoder.asked == texts_of("en")["questions"]


def test_another_model_is_measured_by_itself(encoder: CountingEncoder, tmp_path: Path) -> None:
    Probes(encoder, tmp_path).questions({"en": 1})
    other = CountingEncoder(16)
    assert Probes(other, tmp_path).questions({"en": 1}).text.shape == (16,)
    assert len(other.asked) == 40
    assert len(kept_files(tmp_path)) == 2


def _truncated(content: bytes) -> bytes:
    return content[:-1]


def _flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def _bad_digest(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


def _empty(_content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [_truncated, _flipped, _bad_digest, _empty])
def test_a_damaged_file_is_measured_again_and_made_whole(
    encoder: CountingEncoder, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    measured = Probes(encoder, tmp_path).questions({"en": 1})
    (file,) = kept_files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    second = CountingEncoder()
    found = Probes(second, tmp_path).questions({"en": 1})
    np.testing.assert_array_equal(found.text, measured.text)
    np.testing.assert_array_equal(found.words, measured.words)
    assert len(second.asked) == 40
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_only_warns(encoder: CountingEncoder, tmp_path: Path) -> None:
    """A file stands where the folder would be, which keeps out the superuser too."""
    (tmp_path / "cache").write_bytes(b"")
    probes = Probes(encoder, tmp_path / "cache")
    with capture_logs() as logs:
        found = probes.questions({"ru": 1})
        probes.questions({"ru": 1})
    assert events(logs) == [_NOT_KEPT]
    assert len(encoder.asked) == 40, "it is held in memory"
    require_equal(found, *mean_of(texts_of("ru")["questions"], RecordingEncoder(32)))


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser writes where nobody may")
def test_a_read_only_folder_only_warns(encoder: CountingEncoder, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with capture_logs() as logs:
        Probes(encoder, tmp_path).questions({"ru": 1})
    tmp_path.chmod(0o755)
    assert events(logs) == [_NOT_KEPT]
    assert kept_files(tmp_path) == []


def test_threads_measure_a_language_once(encoder: CountingEncoder, tmp_path: Path) -> None:
    probes = Probes(encoder, tmp_path)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: probes.questions({"en": 1}).text, range(8)))
    assert len(encoder.asked) == 40
    assert all((text == found[0]).all() for text in found)


# --- what it is for ---


@pytest.mark.model
def test_centring_brings_translations_together(bundled_encoder: Encoder, tmp_path: Path) -> None:
    """The probes say the same in every language: what a question says decides, where the language did."""
    probes = Probes(bundled_encoder, tmp_path)
    languages = ("en", "ru", "be")
    asked = {key: bundled_encoder.embed_questions(texts_of(key)["questions"]) for key in languages}
    moved = {key: centred(vectors, probes.questions({key: 1}).text) for key, vectors in asked.items()}
    assert lead_of_language(asked) > 0.02
    assert abs(lead_of_language(moved)) < 0.01


def lead_of_language(vectors: Mapping[str, Vectors]) -> float:
    """Return by how much cosines of different meanings are higher inside a language than between two."""
    different = ~np.eye(40, dtype=bool)
    inside = [(own @ own.T)[different].mean() for own in vectors.values()]
    between = [(own @ other.T)[different].mean() for own, other in permutations(vectors.values(), 2)]
    return float(np.mean(inside) - np.mean(between))
