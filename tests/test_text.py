"""Canonical text and the map between it and the text it came from."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.text import CanonicalText, Piece, canonicalise, joins_previous, rearranged, trimmed

MESSY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(" \t\n\r\x00\x1e\x85\xa0\xad\u2028\u3000\ufeff\u200b\u200d\ud83d\ude00"),
        st.sampled_from("иуйўeé\u0301\u0306\u0308\u0340\u0958\u1100\u1161\u11a8Å\u1f3fb😀👩"),
    )
)
FORBIDDEN = frozenset("\r\x00\xad\ufeff\x0b\x0c\x85\u2028\u2029\u200b\xa0\u202e\ud83d\ude00")

KEPT = [(piece, piece) for piece in ("щ", "é", " ы", "😀", "漢", "\nю", "q\u0301")]
CHANGED = [
    ("\xad", ""),
    ("\ufeff", ""),
    ("\x00", ""),
    ("у\u0306", "ў"),
    ("\xa0х", " х"),
    ("\r\nц", "\nц"),
    ("\u2126", "Ω"),
]

FAMILY = "👩\u200d👧\u200d👦"


@settings(deadline=None)
@given(MESSY)
def test_canonical_text_is_clean_composed_and_stays_as_it_is(raw: str) -> None:
    text = canonicalise(raw).text
    assert not FORBIDDEN & set(text)
    assert unicodedata.is_normalized("NFC", text)
    assert "\n\n\n" not in text
    assert " \n" not in text
    assert not text.startswith("\n")
    assert text == text.rstrip()
    assert canonicalise(text).text == text


@settings(deadline=None)
@given(MESSY)
def test_offsets_keep_their_order_and_reach_both_ends(raw: str) -> None:
    canonical = canonicalise(raw)
    there = [canonical.to_canonical(offset) for offset in range(len(raw) + 1)]
    back = [canonical.to_source(offset) for offset in range(len(canonical.text) + 1)]
    assert there == sorted(there)
    assert back == sorted(back)
    assert (there[0], there[-1]) == (0, len(canonical.text))
    assert 0 <= back[0] <= back[-1] == len(raw)


@settings(deadline=None)
@given(st.lists(st.sampled_from(KEPT + CHANGED)))
def test_offsets_of_what_was_kept_and_what_was_changed(pieces: list[tuple[str, str]]) -> None:
    """The pieces do not touch each other's clean-up, so every offset is known beforehand."""
    pieces = [("x", "x"), *pieces, ("x", "x")]
    canonical = canonicalise("".join(raw for raw, _ in pieces))
    assert canonical.text == "".join(clean for _, clean in pieces)
    source = target = 0
    for raw, clean in pieces:
        assert canonical.to_canonical(source) == target
        if clean:
            assert canonical.to_source(target) == source
        source += len(raw)
        target += len(clean)


@st.composite
def moved_about(draw: st.DrawFn) -> tuple[str, list[Piece]]:
    """A text with stretches of it in any order, some left out, and strings put in between."""
    text = draw(st.text(st.characters(codec="utf-8"), max_size=60))
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=8))})
    stretches = draw(st.permutations(list(pairwise(cuts))))
    pieces: list[Piece] = list(stretches[: draw(st.integers(0, len(stretches)))])
    for _ in range(draw(st.integers(0, 3))):
        pieces.insert(draw(st.integers(0, len(pieces))), draw(st.text(max_size=3)))
    return text, pieces


@given(moved_about())
def test_a_map_leads_through_text_that_was_moved(case: tuple[str, list[Piece]]) -> None:
    text, pieces = case
    moved, offsets = rearranged(text, pieces)
    assert moved == "".join(piece if isinstance(piece, str) else text[slice(*piece)] for piece in pieces)
    target = 0
    for piece in pieces:
        if isinstance(piece, str):
            assert not any(offsets.is_kept(offset) for offset in range(target, target + len(piece)))
            target += len(piece)
            continue
        for source in range(*piece):
            assert offsets.is_kept(target)
            assert offsets.to_source(target) == source
            assert offsets.to_target(source) == target
            target += 1
    assert (offsets.to_source(len(moved)), offsets.to_target(len(text))) == (len(text), len(moved))
    assert all(0 <= offsets.to_target(source) <= len(moved) for source in range(len(text) + 1))
    assert all(0 <= offsets.to_source(offset) <= len(text) for offset in range(len(moved)))


def test_a_map_of_a_moved_note_by_hand() -> None:
    """`ab [1] cd` with the note taken behind what it stood in: a gap of two characters is left out."""
    text, offsets = rearranged("ab[1]cd\n", [(0, 2), " ", (5, 7), "\n\n", (2, 5)])
    assert text == "ab cd\n\n[1]"
    assert [offsets.to_source(offset) for offset in (0, 1, 3, 4, 7, 8, 9)] == [0, 1, 5, 6, 2, 3, 4]
    assert [offsets.to_target(offset) for offset in (0, 1, 2, 4, 5, 6)] == [0, 1, 7, 9, 3, 4]
    assert offsets.to_target(7) == 5  # the line end that was left out stood behind `cd`
    chained = CanonicalText(text, (offsets, rearranged(text, [(0, 5), (6, len(text))])[1]))
    assert [chained.to_source(offset) for offset in (0, 3, 6)] == [0, 5, 2]
    assert [chained.to_canonical(offset) for offset in (0, 5, 2)] == [0, 3, 6]
    assert chained.starts() >= {0, 3, 6}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("адзін\r\nдва\rтры", "адзін\nдва\nтры", id="line ends"),
        pytest.param("\ufeffпачатак", "пачатак", id="byte order mark"),
        pytest.param("про\xadмыш\xadлен\xadность", "промышленность", id="soft hyphens in mid-word"),
        pytest.param("а\x00б\x07в", "абв", id="control characters"),
        pytest.param("10\xa0км\u202f²", "10 км ²", id="spaces that do not break"),
        pytest.param("и\u0306 у\u0306 е\u0308", "й ў ё", id="combining marks"),
        pytest.param("и\xad\u0306", "й", id="a mark behind a soft hyphen"),
        pytest.param("\u1112\u1161\u11ab", "한", id="Korean syllable"),
        pytest.param("\u212b", "Å", id="a letter with a composed double"),
        pytest.param("a\u0340", "à", id="a mark with a double"),
        pytest.param("\u0958", "\u0915\u093c", id="composition that grows"),
        pytest.param("x\ud83dy", "x\N{REPLACEMENT CHARACTER}y", id="half a surrogate pair"),
        pytest.param("\u202eнатоп\u202c", "натоп", id="forced direction"),
        pytest.param(f"{FAMILY} 🇧🇾 👍🏽", f"{FAMILY} 🇧🇾 👍🏽", id="emoji"),
        pytest.param("a\n \n \nb", "a\n\nb", id="blank lines with spaces in them"),
        pytest.param("  \n\n  a  \n  b \t\n\n\n\nc\n \n", "  a\n  b\n\nc", id="indents stay"),
        pytest.param(" \t\r\n\xa0", "", id="white space alone"),
    ],
)
def test_clean_up(raw: str, expected: str) -> None:
    assert canonicalise(raw).text == expected


def test_offsets_by_hand() -> None:
    raw = "\ufeffи\u0306од\r\n\r\n\r\nсо\xadль"
    canonical = canonicalise(raw)
    assert canonical.text == "йод\n\nсоль"
    assert [canonical.to_canonical(raw.index(letter)) for letter in "\ufeffиодсль"] == [0, 0, 1, 2, 5, 7, 8]
    assert canonical.to_canonical(raw.index("\xad")) == canonical.text.index("л")
    assert [canonical.to_source(offset) for offset in (0, 1, 5, 7, 9)] == [1, 3, 11, 14, len(raw)]


@pytest.mark.parametrize(
    "piece",
    [
        "слово ",
        " ",
        "\t",
        "\n",
        " \n",
        "\r\n",
        "\xa0",
        "\xad",
        "и\u0306",
        "\u0301",
        "\u0315\u0300",
        "\ud800",
        "Å",
        "\u200d",
    ],
    ids=ascii,
)
def test_long_texts_take_time_that_grows_with_their_length(piece: str) -> None:
    """With any step quadratic, one of these would take minutes and run into the time-out of the tests."""
    raw = "a" + piece * (400_000 // len(piece)) + "b"
    text = canonicalise(raw).text
    assert text.endswith("b")
    assert len(text) <= len(raw)
    assert canonicalise(text).text == text


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [("  ab \n", 0, 6, (2, 4)), ("ab", 0, 2, (0, 2)), ("a   b", 1, 4, (4, 4)), ("ab", 1, 1, (1, 1))],
)
def test_trimmed(text: str, start: int, end: int, expected: tuple[int, int]) -> None:
    assert trimmed(text, start, end) == expected


def test_what_may_be_cut() -> None:
    text = f"e\u0301{FAMILY}👍🏽☀\ufe0fab"
    cuts = [index for index in range(len(text) + 1) if not joins_previous(text, index)]
    pieces = [text[start:end] for start, end in pairwise(cuts)]
    assert pieces == ["e\u0301", FAMILY, "👍🏽", "☀\ufe0f", "a", "b"]
