"""One contract over every encoder, and what is particular to each."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from embeddings import Encoder, EncoderError, PassageVectors, load_encoder
from embeddings.transformer import TransformerEncoder

TEXT = "Мінск — сталіца Беларусі. Minsk is its capital! Население — около двух миллионов."
SENTENCES = [(0, 25), (26, 47), (48, 81)]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "one", "two", "three", "four", "query", "passage", ":", "."]


def write_tiny_model(folder: Path, pooling: str) -> None:
    """Write a sentence-transformers model with one small layer of fixed random weights."""
    tokenizer = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=16,
    )
    bert = folder.with_name("bert")
    BertModel(config).save_pretrained(bert)
    fast.save_pretrained(bert)
    modules = [Transformer(str(bert), max_seq_length=16), Pooling(16, pooling_mode=pooling), Normalize()]
    SentenceTransformer(modules=modules).save(str(folder), create_model_card=False)


@pytest.fixture(params=["hashing", pytest.param("bundled", marks=pytest.mark.model)])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    found: Encoder = request.getfixturevalue(f"{request.param}_encoder")
    return found


def test_vectors_have_the_stated_shapes_and_unit_length(encoder: Encoder) -> None:
    questions = encoder.embed_questions(["Where is Minsk?", "Дзе Мінск?"])
    vectors = encoder.embed_passages([TEXT, "one"], [SENTENCES, []])
    assert questions.shape == (2, encoder.dimension)
    assert vectors.passages.shape == (2, encoder.dimension)
    assert [group.shape for group in vectors.sentences] == [(3, encoder.dimension), (0, encoder.dimension)]
    for rows in (questions, vectors.passages, vectors.sentences[0]):
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.embed_questions([]).shape == (0, encoder.dimension)
    empty = encoder.embed_passages([], [])
    assert empty.passages.shape == (0, encoder.dimension)
    assert empty.sentences == ()


def test_a_text_has_the_same_vector_in_any_company(encoder: Encoder) -> None:
    alone = encoder.embed_passages([TEXT], [SENTENCES])
    among = encoder.embed_passages(["short", TEXT, "слова " * 200], [[], SENTENCES, [(0, 5)]])
    np.testing.assert_allclose(among.passages[1], alone.passages[0], atol=2e-4)
    np.testing.assert_allclose(among.sentences[1], alone.sentences[0], atol=2e-4)


def test_sentence_spans_are_needed_for_every_passage(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="1 groups of sentence spans for 2 passages"):
        encoder.embed_passages(["one", "two"], [[]])


def test_groups_of_sentence_vectors_must_fit_the_passages() -> None:
    with pytest.raises(ValueError, match="0 groups of sentence vectors for 2 passages"):
        PassageVectors(np.zeros((2, 4), np.float32), ())


def test_hashing_vectors_never_change(hashing_encoder: Encoder) -> None:
    vector = hashing_encoder.embed_questions(["Мінск"])[0]
    assert np.flatnonzero(vector).tolist() == [132, 285, 305, 401, 440]
    assert hashing_encoder.fingerprint == load_encoder("hashing").fingerprint


def test_hashing_gives_a_text_without_words_the_zero_vector(hashing_encoder: Encoder) -> None:
    assert not hashing_encoder.embed_questions(["…!?"]).any()


@pytest.mark.model
def test_bundled_vectors_begin_as_pinned(bundled_encoder: Encoder) -> None:
    question = bundled_encoder.embed_questions(["Where is Minsk?"])[0]
    passage = bundled_encoder.embed_passages(["Мінск — сталіца Беларусі."], [[(0, 25)]])
    np.testing.assert_allclose(question[:4], [0.05293554, -0.00697704, -0.02332686, -0.03280162], atol=1e-4)
    np.testing.assert_allclose(passage.passages[0, :4], [0.02541567, -0.02759254, -0.02354925, -0.04473231], atol=1e-4)


@pytest.mark.model
def test_bundled_model_finds_meaning_across_languages(bundled_encoder: Encoder) -> None:
    texts = ["Самая высокая гора Беларуси — Дзержинская.", "У возеры жывуць шчупакі.", "The metro opened in 1984."]
    passages = bundled_encoder.embed_passages(texts, [[] for _ in texts]).passages
    questions = bundled_encoder.embed_questions(
        ["What is the highest hill in Belarus?", "Какая рыба водится в озере?", "Калі адкрылі метро?"]
    )
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1, 2]


@pytest.mark.model
def test_sentence_past_the_longest_input_still_has_a_vector(bundled_encoder: Encoder) -> None:
    text = "слово " * 700 + "Минск — столица."
    span = (len(text) - 16, len(text))
    vectors = bundled_encoder.embed_passages([text], [[span]])
    alone = bundled_encoder.embed_passages([text[slice(*span)]], [[]])
    np.testing.assert_allclose(vectors.sentences[0][0], alone.passages[0], atol=2e-4)


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
    vectors = encoder.embed_passages([text], [[(0, 9), (10, 20)]])
    assert encoder.dimension == 16
    assert vectors.passages.shape == (1, 16)
    sentence = encoder.embed_passages(["one two ."], [[]]).passages[0]
    stands_alone = np.allclose(vectors.sentences[0][0], sentence, atol=1e-4)
    assert stands_alone is (pooling == "cls"), "mean pooling keeps the passage's context, other models embed it apart"


def test_mean_pooled_sentences_average_to_the_passage(tmp_path: Path) -> None:
    write_tiny_model(tmp_path / "tiny", "mean")
    encoder = load_encoder(str(tmp_path / "tiny"), question_prefix="", passage_prefix="")
    assert isinstance(encoder, TransformerEncoder)
    whole = encoder.embed_passages(["one two three"], [[(0, 13)]])
    tokens = encoder._forward(
        {key: value for key, value in encoder._tokenize(["one two three"]).items() if key != "offset_mapping"}
    )[0][0]
    expected = tokens[1:4].mean(axis=0)
    np.testing.assert_allclose(whole.sentences[0][0], expected / np.linalg.norm(expected), atol=1e-5)


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
