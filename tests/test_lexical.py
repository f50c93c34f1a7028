"""The lexical index finds words inside a language and names across them, and agrees with the store come what may."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from qa_service import lexical, postings
from qa_service.analysis import analyse
from qa_service.errors import StoreError
from qa_service.lexical import LexicalIndex, content_words
from qa_service.postings import Entry, Postings
from qa_service.records import PassageText
from qa_service.store import Store
from qa_service.vectors import Ranking
from qa_service.workspace import Workspace
from tests.parts import (
    Parts,
    RecordingEncoder,
    chunks_of,
    events,
    meanwhile,
    new_document,
    opened,
    small_disk,
    take_in_three,
    vectors_of,
)

_NOT_USABLE = "lexical cache not usable; building it anew from the store"
_NOT_SAVED = "lexical cache not saved; the next start brings it up from the store"
_IN_MEMORY = "lexical index kept in memory, since its folder cannot be used"

BE = "Сям'я жыве каля возера Нарач."
RU = "Семья живёт возле озера Нарочь."
EN = "A family lives near lake Narach."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def parts(data: Path) -> Iterator[Parts]:
    with opened(data) as built:
        yield built


def write(
    parts: Parts, language: str, *texts: str, name: str | None = None, title: str | None = None, heading: str = ""
) -> None:
    """Store each text as a document of one passage; in a new store their ids are 1, 2 and so on."""
    for text in texts:
        document = new_document(name or text, text)
        (chunk,) = chunks_of(text, language=language)
        chunk = replace(chunk, headings=(heading,) if heading else ())
        document = replace(document, title=title or document.title)
        parts.store.write_document(document, [chunk], vectors_of([chunk], parts.encoder), parts.encoder)


def found(parts: Parts, question: str, language: str, allowed: Sequence[int] | None = None) -> list[int]:
    return [int(identifier) for identifier in parts.lexical.search(question, language, 10, allowed)[0].ids]


def scores(ranking: Ranking) -> dict[int, float]:
    return dict(zip(ranking.ids.tolist(), ranking.scores.tolist(), strict=True))


def told(logs: Sequence[Mapping[str, object]]) -> list[object]:
    """Return what was logged about this index."""
    return [event for event in events(logs) if str(event).startswith("lexical")]


def work_folders(data: Path) -> list[Path]:
    return sorted((data / "index").glob("lexical.work-*"))


def payloads(data: Path) -> list[Path]:
    return sorted((data / "index").glob("lexical-*.tantivy"))


# --- what is found, and in which order ---


def test_scores_are_bm25(parts: Parts) -> None:
    """Every word gives two terms, itself and its stem; k1 is 1.2 and b 0.75.

    Lengths 4, 6, 6 make a mean of 16/3; "red" is in 2 of 3, so ln(1 + 1.5/2.5) = 0.4700. For the first, of length 4:
    2 · 0.47 · 2.2·1 / (1 + 1.2·(0.25 + 0.75·4/(16/3))) = 1.0471. For the second, with "red" twice:
    2 · 0.47 · 2.2·2 / (2 + 1.2·(0.25 + 0.75·6/(16/3))) = 1.2486.
    """
    write(parts, "en", "red fox", "red red hen", "blue hen sits")
    ranking, generation = parts.lexical.search("red", "en", 10)
    assert generation == 3
    assert ranking.ids.tolist() == [2, 1]
    assert ranking.scores.tolist() == pytest.approx([1.2486, 1.0471], abs=1e-4)


def test_what_is_rare_is_counted_inside_the_language(parts: Parts) -> None:
    """Passages of the same lengths in another language, with the same words, leave every score as it was."""
    write(parts, "en", "red fox", "red red hen", "blue hen sits")
    before = scores(parts.lexical.search("red hen", "en", 10)[0])
    write(parts, "de", *(f"{text} " for text in ("red fox", "red red hen", "blue hen sits")))
    assert scores(parts.lexical.search("red hen", "en", 10)[0]) == pytest.approx(before, rel=1e-5)
    assert set(found(parts, "red hen", "de")) == {4, 5, 6}


def test_rarer_words_and_shorter_passages_come_first(parts: Parts) -> None:
    write(parts, "en", "common words here", "common words there", "common rare words", "rare", "nothing")
    assert found(parts, "rare", "en") == [4, 3]
    assert found(parts, "rare common", "en") == [3, 4, 1, 2]


def test_passages_of_one_score_come_by_id_and_only_as_many_as_asked(parts: Parts) -> None:
    write(parts, "en", *(f"same {word}" for word in ("one", "two", "six", "ten")))
    assert found(parts, "same", "en") == [1, 2, 3, 4]
    assert len(parts.lexical.search("same", "en", 2)[0].ids) == 2
    assert parts.lexical.search("same", "en", 0)[0].ids.tolist() == []


def test_each_language_by_its_own_stems_and_apostrophes(parts: Parts) -> None:
    write(parts, "be", BE)
    write(parts, "ru", RU)
    write(parts, "en", EN)
    assert found(parts, "Якая сям’я?", "be") == [1]
    assert found(parts, "азёры", "be") == []
    assert found(parts, "Какие озера?", "ru") == [2]
    assert found(parts, "какие семьи", "ru") == [2]
    assert found(parts, "Do families live here?", "en") == [3]
    assert found(parts, "возле", "be") == found(parts, "возле", "und") == []


def test_all_languages_are_searched_at_one_generation(parts: Parts) -> None:
    write(parts, "be", BE)
    write(parts, "ru", RU, "озера")
    rankings, generation = parts.lexical.search_all("озера жыве", ["ru", "be", "en"], 10)
    assert generation == 3
    assert {language: ranking.ids.tolist() for language, ranking in rankings.items()} == {
        "ru": [3, 2],
        "be": [1],
        "en": [],
    }
    assert parts.lexical.search_all("озера", [], 10) == ({}, 3)


def test_names_and_numbers_are_found_across_languages(parts: Parts) -> None:
    write(parts, "be", BE, "Горад Полацк, 862 год.")
    write(parts, "ru", RU)
    write(parts, "en", EN, "The city of Polotsk, first named in 862.")
    ranking, generation = parts.lexical.bridge(content_words("Что было в Полоцке?", "ru"), 10)
    assert generation == 5
    assert set(ranking.ids.tolist()) == {2, 5}
    assert set(parts.lexical.bridge("862", 10)[0].ids.tolist()) == {2, 5}
    assert set(parts.lexical.bridge("Narach", 10)[0].ids.tolist()) == {1, 3, 4}
    assert parts.lexical.bridge("862 Narach", 10, allowed=[3, 5])[0].ids.tolist() == [3, 5]
    assert parts.lexical.bridge("", 10)[0].ids.tolist() == []


def test_pieces_count_as_often_as_they_occur(parts: Parts) -> None:
    write(parts, "en", "1984 and 1985", "1984 and 1984")
    assert parts.lexical.bridge("1984", 10)[0].ids.tolist() == [2, 1]


def test_stop_words_build_no_bridge() -> None:
    assert content_words("Кто был в Полоцке?", "ru") == "полоцке"
    assert content_words("Who is the who?", "und") == "who is the who"


def test_headings_and_titles_are_words_of_the_passage(parts: Parts) -> None:
    write(parts, "en", "First text.", name="zebra", heading="On giraffes")
    write(parts, "en", "Second text.", name="panther", title="A tale of lions")
    write(parts, "en", "Third text.", name="upload.txt", title="upload.txt")
    assert found(parts, "giraffe", "en") == [1]
    assert found(parts, "lion", "en") == [2]
    assert found(parts, "zebra panther upload txt", "en") == []


def test_a_heading_that_repeats_the_title_counts_once(parts: Parts) -> None:
    write(parts, "en", "Text one.", title="Lions", heading="Lions")
    write(parts, "en", "Text two.", title="Lions")
    first, second = parts.lexical.search("lions", "en", 2)[0].scores.tolist()
    assert first == pytest.approx(second)


# --- limits of where to look ---


@pytest.mark.parametrize("inside", [0, 1, 100])
def test_only_allowed_passages_are_found_with_the_scores_they_have(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, inside: int
) -> None:
    monkeypatch.setattr(postings, "_INSIDE", inside)
    write(parts, "en", *(f"word {'filler ' * number}" for number in range(12)))
    everything = scores(parts.lexical.search("word", "en", 20)[0])
    assert list(everything) == list(range(1, 13))
    ranking = parts.lexical.search("word", "en", 20, [12, 3, 99, 7])[0]
    assert ranking.ids.tolist() == [3, 7, 12]
    assert scores(ranking) == pytest.approx({key: everything[key] for key in (3, 7, 12)})
    assert parts.lexical.search("word", "en", 1, [12, 11])[0].ids.tolist() == [11]
    assert parts.lexical.search("word", "en", 5, [])[0].ids.tolist() == []
    assert found(parts, "absent", "en", [1, 2]) == []


WORDS = ["=сям'я", "сям", "ў", "naïve", "=1984", "=", "²", "東京", "c++", "x"]
PASSAGES = st.lists(st.lists(st.sampled_from(WORDS), max_size=6), max_size=8)
LANGUAGES = st.sampled_from(["be", "en"])


@settings(max_examples=60)
@given(
    first=PASSAGES,
    removed=st.sets(st.integers(0, 7)),
    second=PASSAGES,
    question=st.lists(st.sampled_from(WORDS), max_size=4),
    allowed=st.none() | st.sets(st.integers(0, 20)),
    inside=st.sampled_from([0, 3, 100]),
    limit=st.integers(0, 20),
)
def test_what_is_found_is_what_holds_a_term(
    first: list[list[str]],
    removed: set[int],
    second: list[list[str]],
    question: list[str],
    allowed: set[int] | None,
    inside: int,
    limit: int,
) -> None:
    """An oracle: the passages that are left, allowed, in the language, and share a term with the question."""
    passages = dict(enumerate(first + second))
    entries = [
        Entry(number, "be" if number % 2 else "en", terms, dict.fromkeys(terms, 2))
        for number, terms in passages.items()
    ]
    index = Postings()
    index.change([], entries[: len(first)])
    index.change(sorted(removed), entries[len(first) :])
    kept = {number for number in passages if number >= len(first) or number not in removed}
    matching = {number for number in kept if set(passages[number]) & set(question)}
    matching &= kept if allowed is None else allowed
    assert index.ids.tolist() == sorted(kept)
    assert len(index) == len(kept)
    limits = None if allowed is None else sorted(allowed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_INSIDE", inside)
        for language, rest in (("en", 0), ("be", 1)):
            ranking = index.search_terms(question, language, limit, limits)
            in_language = {number for number in matching if number % 2 == rest}
            assert len(ranking.ids) == min(limit, len(in_language))
            assert set(ranking.ids.tolist()) <= in_language
            assert ranking.scores.tolist() == sorted(ranking.scores.tolist(), reverse=True)
        ranking = index.search_grams(question, limit, limits)
        assert len(ranking.ids) == min(limit, len(matching))
        assert set(ranking.ids.tolist()) <= matching


@settings(max_examples=50)
@given(text=st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z"]), max_size=60), language=LANGUAGES)
def test_every_term_of_any_text_survives(text: str, language: str) -> None:
    terms = [term.text for term in analyse(text, language)]
    index = Postings()
    index.change([], [Entry(1, language, terms, {}), Entry(2, language, ["another"], {})])
    for term in terms:
        assert 1 in index.search_terms([term], language, 2).ids


# --- documents change ---


def test_documents_of_another_process_are_found_replaced_and_gone(parts: Parts, data: Path) -> None:
    with opened(data) as writer:
        write(writer, "en", "Boats lie in harbours.", name="boats")
        write(writer, "en", "Trees stand in the forest.", name="trees")
        ranking, generation = parts.lexical.search("boat", "en", 5)
        assert (ranking.ids.tolist(), generation) == ([1], 2)
        write(writer, "en", "Trains stand in stations.", name="boats")
        assert found(parts, "boat", "en") == []
        assert found(parts, "train", "en") == [3]
        (trees,) = (document for document in writer.store.documents(9) if document.title == "trees")
        generation = writer.store.delete_document(trees.id)
        ranking, found_at = parts.lexical.search("tree train", "en", 5)
        assert found_at >= generation
        assert ranking.ids.tolist() == [3]
        assert parts.lexical.bridge("trees", 5)[0].ids.tolist() == []
        assert parts.lexical.problems() == writer.lexical.problems() == []


def test_catching_up_embeds_nothing_and_reads_only_what_is_new(parts: Parts) -> None:
    assert isinstance(parts.encoder, RecordingEncoder)
    take_in_three(parts)
    parts.lexical.synchronise()
    parts.take_in("fourth", "The fourth sentence.")
    embedded = list(parts.encoder.embedded)
    assert [passage.id for passage in parts.store.passages_since(3)] == [4]
    assert parts.lexical.synchronise() == 4
    assert parts.encoder.embedded == embedded


def test_passages_come_with_their_own_words(parts: Parts) -> None:
    text = "Першы.\n\nSecond 😀.\n\nThird."
    chunks = chunks_of(text, (0, 6), (8, 17), (19, 25))
    document = replace(new_document("notes", text), title="On notes")
    write(parts, "en", "Other.")
    parts.store.write_document(document, chunks, vectors_of(chunks, parts.encoder), parts.encoder)
    assert list(parts.store.passages_since(1)) == [
        PassageText(2, "en", "On notes", "notes.txt", (), "Першы."),
        PassageText(3, "en", "On notes", "notes.txt", (), "Second 😀."),
        PassageText(4, "en", "On notes", "notes.txt", (), "Third."),
    ]
    assert sorted(passage.id for passage in parts.store.passages_since(0)) == [1, 2, 3, 4]


def test_a_read_that_fails_leaves_the_index_as_it_was(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = take_in_three(parts)
    parts.lexical.synchronise()
    parts.store.delete_document(first)
    parts.take_in("fourth", "The fourth sentence.")
    parts.take_in("fifth", "The fifth sentence.")
    read = Store.passages_since

    def fail(store: Store, generation: int) -> Iterator[PassageText]:
        yield next(read(store, generation))
        message = "the disk does not answer"
        raise StoreError(message)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "passages_since", fail)
        with pytest.raises(StoreError):
            parts.lexical.synchronise()
        assert parts.lexical._postings.ids.tolist() == [1, 2, 3]
    assert parts.lexical.problems() == []
    assert len(parts.lexical) == 4


def test_an_older_state_that_a_caller_holds_does_not_set_the_index_back(parts: Parts) -> None:
    first, *_ = take_in_three(parts)
    with parts.store.snapshot():
        assert parts.store.generation() == 3
        with ThreadPoolExecutor(1) as threads:
            threads.submit(parts.store.delete_document, first).result()
            assert threads.submit(parts.lexical.synchronise).result() == 4
        assert parts.lexical.synchronise() == 4
    assert parts.lexical.problems() == []


def test_disagreement_is_counted_and_a_rebuild_ends_it(parts: Parts) -> None:
    take_in_three(parts)
    parts.lexical.synchronise()
    parts.lexical._postings.change([1], [Entry(7, "en", ["seven"], {}), Entry(2, "en", ["two"], {})])
    problems = [
        "1 passages missing from the lexical index",
        "1 passages in the lexical index that are not stored",
        "1 passages more than once in the lexical index",
    ]
    assert parts.lexical.problems() == problems
    assert parts.service().index_problems() == problems
    assert parts.lexical.rebuild() == 3
    assert parts.lexical.problems() == []


def test_no_search_at_or_after_a_delete_shows_the_document(parts: Parts) -> None:
    """Searches and deletes run side by side; the generations alone decide who may see what."""
    documents = [parts.take_in(f"document {number}", f"Words of document {number}.") for number in range(20)]
    (language,) = parts.store.totals().languages
    ids = dict(zip(documents, parts.store.passage_ids(), strict=True))

    def search() -> tuple[int, set[int]]:
        ranking, generation = parts.lexical.search("words", language, 100)
        return generation, set(ranking.ids.tolist())

    def bridge() -> tuple[int, set[int]]:
        ranking, generation = parts.lexical.bridge("document", 100)
        return generation, set(ranking.ids.tolist())

    with meanwhile(search, bridge, search) as seen:
        gone_from = {ids[document]: parts.store.delete_document(document) for document in documents}
    assert len({generation for generation, _ in seen}) > 1
    for generation, passages in seen:
        assert passages == {passage for passage, gone in gone_from.items() if gone > generation}
    assert search()[1] == set()


def test_searches_writes_and_saves_side_by_side(parts: Parts, data: Path) -> None:
    def start_and_look() -> list[str]:
        index = LexicalIndex(parts.store, data / "index")
        try:
            return index.problems()
        finally:
            index.close()

    actions: list[Callable[[], object]] = [
        parts.lexical.save,
        parts.lexical.problems,
        lambda: parts.lexical.search("sentence", "en", 5),
        start_and_look,
    ]
    with capture_logs(), meanwhile(*actions) as seen:
        for number in range(25):
            parts.take_in(f"document {number % 15}", f"Sentence number {number}.")
    assert [result for result in seen if isinstance(result, list) and result] == []
    assert parts.lexical.problems() == []
    parts.lexical.save()
    with capture_logs() as logs, opened(data) as restarted:
        assert restarted.lexical.problems() == []
    assert told(logs) == []


# --- the cache ---


def _truncated(folder: Path) -> None:
    (payload,) = folder.glob("*.tantivy")
    payload.write_bytes(payload.read_bytes()[:-1])


def _without_payload(folder: Path) -> None:
    (payload,) = folder.glob("*.tantivy")
    payload.unlink()


def _without_manifest(folder: Path) -> None:
    (folder / "lexical.json").unlink()


def _rewritten(**fields: object) -> Callable[[Path], None]:
    def rewrite(folder: Path) -> None:
        path = folder / "lexical.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    return rewrite


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_truncated, "sha256"),
        (_without_payload, "No such file"),
        (_without_manifest, "No such file"),
        (_rewritten(fingerprint="lexical 0"), "fingerprint lexical 0, not lexical"),
        (_rewritten(generation=4), "generation 4 is ahead of the store's 3"),
        (_rewritten(generation=1), "sha256"),
    ],
)
def test_unusable_cache_is_built_anew_from_the_store(
    parts: Parts, data: Path, damage: Callable[[Path], None], reason: str
) -> None:
    take_in_three(parts)
    parts.lexical.save()
    assert len(payloads(data)) == 1
    damage(data / "index")
    encoder = RecordingEncoder()
    with capture_logs() as logs, opened(data, encoder) as restarted:
        assert len(restarted.lexical) == 0
        assert restarted.lexical.problems() == []
        assert len(restarted.lexical) == 3
        restarted.lexical.save()
    assert told(logs) == [_NOT_USABLE]
    assert reason in str(logs[-1]["reason"])
    assert encoder.embedded == []
    with capture_logs() as logs, opened(data) as again:
        assert len(again.lexical) == 3
        assert again.lexical.problems() == []
    assert told(logs) == []
    assert len(payloads(data)) == 1


def test_every_flipped_byte_is_harmless(parts: Parts, data: Path) -> None:
    take_in_three(parts)
    parts.lexical.save()
    for name in ("lexical.json", "lexical-*.tantivy"):
        (path,) = (data / "index").glob(name)
        content = path.read_bytes()
        for position in range(0, len(content), max(1, len(content) // 15)):
            path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
            with capture_logs():
                index = LexicalIndex(parts.store, data / "index")
                assert index.problems() == [], f"byte {position} of {path.name}"
                index.close()
        path.write_bytes(content)


def test_payload_that_is_no_index_is_not_taken_for_one(parts: Parts, data: Path) -> None:
    """Digests are right, so that only reading it can tell."""
    take_in_three(parts)
    for content in (b"not an archive", b"PK\x05\x06" + bytes(18)):
        parts.lexical._cache.save(content, 3)
        with capture_logs() as logs, opened(data) as restarted:
            assert restarted.lexical.problems() == []
        assert told(logs) == [_NOT_USABLE]


def test_cache_behind_the_store_is_used_and_brought_up(parts: Parts, data: Path) -> None:
    first, *_ = take_in_three(parts)
    parts.lexical.save()
    parts.store.delete_document(first)
    parts.take_in("fourth", "The fourth sentence.")
    with capture_logs() as logs, opened(data) as restarted:
        assert len(restarted.lexical) == 3
        assert restarted.lexical.problems() == []
        assert restarted.lexical._postings.ids.tolist() == [2, 3, 4]
        restarted.lexical.save()
    assert told(logs) == []
    assert len(payloads(data)) == 1


def test_cache_of_a_future_that_was_undone_is_not_taken_for_the_present(data: Path, tmp_path: Path) -> None:
    """A backup is put back beside a newer cache, and its documents then grow past the cache's generation."""
    with opened(data) as parts:
        parts.take_in("first", "The first sentence.")
    shutil.copy(data / "store.sqlite3", tmp_path / "backup")
    with opened(data) as parts:
        take_in_three(parts)
        parts.lexical.save()
    shutil.copy(tmp_path / "backup", data / "store.sqlite3")
    with opened(data) as parts:  # ends without saving, as one that is killed
        for number in range(5):
            parts.take_in(f"other {number}", f"Another sentence {number}.")
    with capture_logs(), opened(data) as parts:
        assert parts.lexical.problems() == []


def test_another_analysis_makes_another_index(parts: Parts, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in_three(parts)
    parts.lexical.save()
    monkeypatch.setattr(lexical, "VERSION", lexical.VERSION + 1)
    with capture_logs() as logs, opened(data) as newer:
        assert newer.lexical.problems() == []
    assert told(logs) == [_NOT_USABLE]


def test_nothing_is_written_where_nothing_changed(parts: Parts, data: Path) -> None:
    take_in_three(parts)
    parts.lexical.save()
    (before,) = payloads(data)
    parts.lexical.save()
    assert payloads(data) == [before]
    before.unlink()
    parts.lexical.save()
    assert payloads(data) == []


# --- folders of single processes ---


def test_processes_have_folders_of_their_own_and_take_them_along(data: Path) -> None:
    with opened(data) as one, opened(data) as other:
        assert work_folders(data) == []
        take_in_three(one)
        for index in (one.lexical, other.lexical):
            index.synchronise()
        assert len(work_folders(data)) == 2
        one.lexical.save()
        with opened(data) as third:
            assert len(third.lexical) == 3
            assert len(work_folders(data)) == 3
        other.take_in("fourth", "The fourth sentence.")
        assert other.lexical.problems() == one.lexical.problems() == []
    assert work_folders(data) == []


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_uses_is_not(tmp_path: Path) -> None:
    left = tmp_path / "lexical.work-left"
    left.mkdir()
    (left / "segment").write_bytes(b"of the dead")
    living, new = Workspace(tmp_path, "lexical"), Workspace(tmp_path, "lexical")
    used = living.renew()
    (used / "segment").write_bytes(b"of the living")
    own = new.renew()
    assert not left.exists()
    assert (used / "segment").read_bytes() == b"of the living"
    assert new.renew() != own
    assert not own.exists()
    for workspace in (living, new):
        workspace.close()
    assert [path.name for path in tmp_path.iterdir()] == ["lexical.lock"]


def test_closed_index_that_is_asked_again_builds_itself_anew(parts: Parts, data: Path) -> None:
    take_in_three(parts)
    parts.lexical.synchronise()
    parts.lexical.close()
    assert work_folders(data) == []
    assert parts.lexical.problems() == []
    assert len(parts.lexical) == 3


def test_closing_the_service_saves_the_index_for_the_next_start(data: Path) -> None:
    with opened(data) as parts:
        parts.service().upload("notes.txt", b"A lighthouse stands here.")
        parts.service().close()
    assert work_folders(data) == []
    with capture_logs() as logs, opened(data) as parts:
        assert len(parts.lexical) == 1
        parts.service().require_ready()
    assert told(logs) == []


def test_folder_that_cannot_be_used_is_logged_and_searched_all_the_same(parts: Parts, data: Path) -> None:
    write(parts, "en", "First sentence.", "Second sentence.")
    (data / "index").write_bytes(b"a file in its place")
    with capture_logs() as logs:
        assert found(parts, "second", "en") == [2]
        parts.lexical.save()
        assert parts.lexical.problems() == []
    assert told(logs) == [_IN_MEMORY, _NOT_SAVED]
    (data / "index").unlink()
    assert parts.lexical.rebuild() == 2
    assert len(payloads(data)) == 1
    assert len(work_folders(data)) == 1


def test_full_disk_keeps_nobody_from_asking(parts: Parts, data: Path) -> None:
    with small_disk(data / "index", "128k") as disk:
        write(parts, "en", "First sentence.", "Second sentence.")
        parts.lexical.save()
        before = {path.name for path in disk.iterdir() if path.is_file()}
        write(parts, "en", " ".join(f"word{number}" for number in range(20_000)), name="large")
        with capture_logs() as logs:
            assert found(parts, "second", "en") == [2]
            assert found(parts, "word777", "en") == [3]
            parts.lexical.save()
        assert told(logs) == [_IN_MEMORY, _NOT_SAVED]
        assert {path.name for path in disk.iterdir()} == before
        assert parts.lexical.problems() == []
