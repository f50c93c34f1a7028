"""One contract over every encoder, and what is particular to each."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from embeddings import Encoder, EncoderError, PassageVectors, Vectors, load_encoder
from embeddings.contextual import ContextualEncoder
from qa_service.words import content_words
from tests.models import write_tiny_model

TEXT = "Мінск — сталіца Беларусі. Minsk is its capital! Население — около двух миллионов."
SENTENCES = [(0, 25), (26, 47), (48, 81)]
WORDS = [(0, 5), (8, 15), (16, 24), (26, 31), (39, 46), (48, 57)]


@pytest.fixture(params=["hashing", *(pytest.param(name, marks=pytest.mark.model) for name in ("bundled", "reference"))])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    found: Encoder = request.getfixturevalue(f"{request.param}_encoder")
    return found


def test_vectors_have_the_stated_shapes_and_unit_length(encoder: Encoder) -> None:
    questions = encoder.embed_questions(["Where is Minsk?", "Дзе Мінск?"])
    vectors = encoder.embed_passages([TEXT, "one"], [SENTENCES, []], [WORDS, [(0, 3)]])
    asked = encoder.embed_question(TEXT, WORDS)
    assert questions.shape == (2, encoder.dimension)
    assert vectors.passages.shape == (2, encoder.dimension)
    assert [group.shape for group in vectors.sentences] == [(3, encoder.dimension), (0, encoder.dimension)]
    assert [group.shape for group in vectors.words] == [(6, encoder.dimension), (1, encoder.dimension)]
    assert (asked.question.shape, asked.words.shape) == ((encoder.dimension,), (6, encoder.dimension))
    for rows in (*vectors.words, asked.words):
        assert rows.dtype == np.float32
        assert rows.any(axis=1).all()
    for rows in (questions, vectors.passages, vectors.sentences[0], asked.question[None]):
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.embed_questions([]).shape == (0, encoder.dimension)
    empty = encoder.embed_passages([], [], [])
    assert empty.passages.shape == (0, encoder.dimension)
    assert empty.sentences == empty.words == ()


def test_no_words_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.embed_question(TEXT, []).words.shape == (0, encoder.dimension)
    (words,) = encoder.embed_passages([TEXT], [SENTENCES], [[]]).words
    assert words.shape == (0, encoder.dimension)


def test_a_question_is_the_same_with_its_words_and_without(encoder: Encoder) -> None:
    np.testing.assert_allclose(
        encoder.embed_question(TEXT, WORDS).question, encoder.embed_questions([TEXT])[0], atol=2e-4
    )


def test_a_word_has_the_same_vector_whichever_others_are_wanted(encoder: Encoder) -> None:
    every, some = encoder.embed_question(TEXT, WORDS), encoder.embed_question(TEXT, WORDS[::-2])
    np.testing.assert_allclose(some.words, every.words[::-2], atol=2e-4)


def test_a_text_has_the_same_vector_in_any_company(encoder: Encoder) -> None:
    alone = encoder.embed_passages([TEXT], [SENTENCES], [WORDS])
    among = encoder.embed_passages(["short", TEXT, "слова " * 200], [[], SENTENCES, [(0, 5)]], [[], WORDS, [(6, 11)]])
    np.testing.assert_allclose(among.passages[1], alone.passages[0], atol=2e-4)
    np.testing.assert_allclose(among.sentences[1], alone.sentences[0], atol=2e-4)
    np.testing.assert_allclose(among.words[1], alone.words[0], atol=2e-3)  # of greater length than the others


def test_spans_are_needed_for_every_passage(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="1 groups of sentence spans for 2 passages"):
        encoder.embed_passages(["one", "two"], [[]], [[], []])
    with pytest.raises(ValueError, match="3 groups of word spans for 2 passages"):
        encoder.embed_passages(["one", "two"], [[], []], [[], [], []])


def test_groups_of_vectors_must_fit_the_passages() -> None:
    passages, group = np.zeros((2, 4), np.float32), np.zeros((1, 4), np.float32)
    with pytest.raises(ValueError, match="0 groups of sentence vectors for 2 passages"):
        PassageVectors(passages, (), (group, group))
    with pytest.raises(ValueError, match="1 groups of word vectors for 2 passages"):
        PassageVectors(passages, (group, group), (group,))


def test_hashing_vectors_never_change(hashing_encoder: Encoder) -> None:
    vector = hashing_encoder.embed_questions(["Мінск"])[0]
    assert np.flatnonzero(vector).tolist() == [132, 285, 305, 401, 440]
    assert hashing_encoder.fingerprint == load_encoder("hashing").fingerprint


def test_hashing_gives_a_text_without_words_the_zero_vector(hashing_encoder: Encoder) -> None:
    assert not hashing_encoder.embed_questions(["…!?"]).any()


def test_hashing_embeds_a_word_as_if_it_stood_alone(hashing_encoder: Encoder) -> None:
    expected = hashing_encoder.embed_questions([TEXT[start:end] for start, end in WORDS])
    np.testing.assert_array_equal(hashing_encoder.embed_question(TEXT, WORDS).words, expected)
    np.testing.assert_array_equal(hashing_encoder.embed_passages([TEXT], [[]], [WORDS]).words[0], expected)


@pytest.mark.model
def test_bundled_vectors_begin_as_pinned(bundled_encoder: Encoder) -> None:
    question = bundled_encoder.embed_questions(["Where is Minsk?"])[0]
    passage = bundled_encoder.embed_passages(["Мінск — сталіца Беларусі."], [[(0, 25)]], [[]])
    np.testing.assert_allclose(question[:4], [0.052197, -0.005455, -0.024102, -0.03768], atol=1e-4)
    np.testing.assert_allclose(passage.passages[0, :4], [0.025774, -0.025762, -0.02642, -0.043434], atol=1e-4)


@pytest.mark.model
def test_reference_vectors_begin_as_pinned(reference_encoder: Encoder) -> None:
    question = reference_encoder.embed_questions(["Where is Minsk?"])[0]
    passage = reference_encoder.embed_passages(["Мінск — сталіца Беларусі."], [[(0, 25)]], [[]])
    np.testing.assert_allclose(question[:4], [0.05293554, -0.00697704, -0.02332686, -0.03280162], atol=1e-4)
    np.testing.assert_allclose(passage.passages[0, :4], [0.02541567, -0.02759254, -0.02354925, -0.04473231], atol=1e-4)


@pytest.mark.model
def test_bundled_model_finds_meaning_across_languages(bundled_encoder: Encoder) -> None:
    texts = ["Самая высокая гора Беларуси — Дзержинская.", "У возеры жывуць шчупакі.", "The metro opened in 1984."]
    passages = bundled_encoder.embed_passages(texts, [[] for _ in texts], [[] for _ in texts]).passages
    questions = bundled_encoder.embed_questions(
        ["What is the highest hill in Belarus?", "Какая рыба водится в озере?", "Калі адкрылі метро?"]
    )
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.model
def test_sentence_past_the_longest_input_still_has_a_vector(bundled_encoder: Encoder) -> None:
    text = "слово " * 700 + "Минск — столица."
    span = (len(text) - 16, len(text))
    vectors = bundled_encoder.embed_passages([text], [[span]], [[(0, 5), (len(text) - 8, len(text) - 1)]])
    alone = bundled_encoder.embed_passages([text[slice(*span)]], [[]], [[]])
    np.testing.assert_allclose(vectors.sentences[0][0], alone.passages[0], atol=2e-4)
    first, last = vectors.words[0]
    assert first.any()
    assert not last.any(), "a word is nothing without the text around it"


def tokens_inside(encoder: Encoder, prefix: str, text: str, span: tuple[int, int]) -> tuple[Vectors, str]:
    """Return the model's own token vectors inside a span of a text, shape (tokens, dimension), and what they cover."""
    assert isinstance(encoder, ContextualEncoder)
    (read,) = encoder._tokenize([prefix + text])
    start, end = (place + len(prefix) for place in span)
    rows = [row for row, (left, right) in enumerate(read.offsets) if max(left, start) < min(right, end)]
    covered = "".join((prefix + text)[slice(*read.offsets[row])] for row in rows)
    return encoder._forward([read])[0][0][rows], covered.strip()


@pytest.mark.model
@pytest.mark.parametrize("prefix", ["query: ", "passage: "])
def test_word_of_the_bundled_model_is_the_mean_of_its_tokens(bundled_encoder: Encoder, prefix: str) -> None:
    text = "Незнаёмыя словы: sesquipedalian, Дзяржынская."
    spans = [(0, 9), (17, 31), (33, 44)]
    if prefix == "query: ":
        words = bundled_encoder.embed_question(text, spans).words
    else:
        words = bundled_encoder.embed_passages(["short", text], [[], []], [[], spans]).words[1]
    for span, word in zip(spans, words, strict=True):
        tokens, _ = tokens_inside(bundled_encoder, prefix, text, span)
        assert len(tokens) > 1
        np.testing.assert_allclose(word, tokens.mean(axis=0), atol=2e-3)


@pytest.mark.model
@pytest.mark.parametrize("apostrophe", "'’ʼ")
def test_belarusian_word_with_an_apostrophe_is_one(bundled_encoder: Encoder, apostrophe: str) -> None:
    """The model cuts it at the apostrophe; its vector is the mean over all of it."""
    text = f"У сям{apostrophe}і трое дзяцей."
    spans = [(span.start, span.end) for span in content_words(text)]
    assert [text[start:end] for start, end in spans] == [f"сям{apostrophe}і", "трое", "дзяцей"]
    (words,) = bundled_encoder.embed_passages([text], [[]], [spans]).words
    tokens, covered = tokens_inside(bundled_encoder, "passage: ", text, spans[0])
    assert covered == f"сям{apostrophe}і"
    np.testing.assert_allclose(words[0], tokens.mean(axis=0), atol=2e-3)


@pytest.mark.model
def test_threads_may_share_an_encoder(bundled_encoder: Encoder) -> None:
    questions = [f"Вопрос номер {number} {'о городе ' * number}" for number in range(12)]
    expected = bundled_encoder.embed_questions(questions)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda question: bundled_encoder.embed_questions([question])[0], questions))
    np.testing.assert_allclose(np.array(found), expected, atol=2e-4)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_any_sentence_transformers_folder_will_do(tmp_path: Path, pooling: str) -> None:
    write_tiny_model(tmp_path / "tiny", pooling)
    encoder = load_encoder(str(tmp_path / "tiny"), question_prefix="query : ", passage_prefix="passage : ")
    text = "one two . three four"
    vectors = encoder.embed_passages([text], [[(0, 9), (10, 20)]], [[(0, 3)]])
    assert encoder.dimension == 16
    assert vectors.passages.shape == (1, 16)
    sentence = encoder.embed_passages(["one two ."], [[]], [[]]).passages[0]
    stands_alone = np.allclose(vectors.sentences[0][0], sentence, atol=1e-4)
    assert stands_alone is (pooling == "cls"), "mean pooling keeps the passage's context, other models embed it apart"


def test_mean_pooled_sentences_average_to_the_passage(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny", "mean")
    encoder = load_encoder(str(tmp_path / "tiny"), question_prefix="", passage_prefix="")
    assert isinstance(encoder, ContextualEncoder)
    whole = encoder.embed_passages(["one two three"], [[(0, 13)]], [[(0, 13), (4, 7), (8, 8)]])
    tokens = encoder._forward(encoder._tokenize(["one two three"]))[0][0]
    expected = tokens[1:4].mean(axis=0)
    np.testing.assert_allclose(whole.sentences[0][0], expected / np.linalg.norm(expected), atol=1e-5)
    np.testing.assert_allclose(whole.words[0], [expected, tokens[2], np.zeros(16)], atol=1e-5)


def test_prefixes_and_settings_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny", "mean")
    folder = str(tmp_path / "tiny")
    plain = load_encoder(folder, question_prefix="", passage_prefix="")
    again = load_encoder(folder, question_prefix="", passage_prefix="")
    prefixed = load_encoder(folder, question_prefix="query : ", passage_prefix="passage : ")
    assert plain.fingerprint == again.fingerprint != prefixed.fingerprint


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="cannot be loaded as a sentence-transformers model"):
        load_encoder(str(tmp_path), question_prefix="", passage_prefix="")
