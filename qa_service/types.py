"""The values that pass between layers. All are frozen; all offsets count Unicode code points, end exclusive."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Language: TypeAlias = str
"""ISO 639-1 code, or "und" where the language is not known."""

Metadata: TypeAlias = Mapping[str, str]
Status: TypeAlias = Literal["answered", "not_found"]
Reason: TypeAlias = Literal["no_documents", "low_confidence"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, `text[start:end]`. Raises ValueError where it would be negative."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            message = f"span {self.start}..{self.end} does not satisfy 0 <= start <= end"
            raise ValueError(message)

    def of(self, text: str) -> str:
        """Return the piece of `text` that this span covers."""
        return text[self.start : self.end]

    def shifted(self, by: int) -> "Span":
        """Return the same stretch `by` characters further on."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a document's original, as far as its format tells.

    `page` and `line` count from 1 (of a table file, `line` is its row), `part` is the file inside an archive, `offset`
    counts code points of the decoded original.
    """

    page: int | None = None
    line: int | None = None
    part: str | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with a document's text that was found in it: how often, and the first place in the text."""

    kind: str
    count: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage before it is stored: its span in the canonical text, and sentence spans inside the passage's text."""

    span: Span
    text: str
    sentences: tuple[Span, ...]
    language: Language
    headings: tuple[str, ...]
    page_start: int | None = None
    page_end: int | None = None
    prose: float = 1.0
    """Share of its text, in 0..1, that says something; the rest are references, menus and the like."""

    context: str = ""
    """What it stands under, the document's title and its headings, which the model reads before it."""

    source: Source | None = None
    """Where it starts in the original; None where nothing tells."""


@dataclass(frozen=True, slots=True)
class Document:
    """A stored document without its text. `created_at` and `updated_at` are UTC in ISO 8601."""

    id: str
    title: str
    uri: str
    media_type: str
    language: Language
    sha256: str
    size: int
    """Length of the original in bytes."""
    characters: int
    passages: int
    created_at: str
    updated_at: str
    metadata: Metadata
    flaws: tuple[Flaw, ...] = ()
    """What is wrong with its text."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage. `text` equals `document.text[span.start:span.end]`; `sentences` are offsets inside `text`."""

    id: int
    document: Document
    span: Span
    text: str
    sentences: tuple[Span, ...]
    language: Language
    headings: tuple[str, ...]
    page_start: int | None = None
    page_end: int | None = None
    source: Source | None = None
    """Where it starts in the original; None where nothing tells."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation and the text of its answer; None where there was none."""

    question: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class WordMatch:
    """A word of the question and the passage's most similar one; None where that stands in its title or headings."""

    word: str
    found: str | None
    cosine: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a hit's score came from. Cosines are between vectors with their language's centre taken away.

    `raw_cosine` is the one without that; `words` is the mean cosine of the question's words, each with the passage's
    most similar word, which `matches` tells; `language_shift` is what was added to it so that no language is better
    off; `lexical` and `names` are shares, in 0..1, of the best match by words of the passage's language, and by names
    and numbers that sound like the question's; `prose` is the share of the passage that is running text, tables and
    lists of facts among it.
    """

    raw_cosine: float
    cosine: float
    best_sentence: float
    words: float
    language_shift: float
    lexical: float
    names: float
    prose: float = 1.0
    matches: tuple[WordMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage was found: its evidence, and the words and names it shares with the question, as it writes them."""

    evidence: Evidence
    terms: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Support:
    """What speaks for the documents answering a question, of the best passage; and among how many it is the best.

    `score` is its score, `lead` how far that is ahead of the fifth passage's, None where there is none; `names` is the
    share, in 0..1, of the question's sounds that it has, rare ones counting more; `words` is the logarithm of one more
    than the question's words, since a match of many is less of an accident. More of any speaks for an answer.
    """

    score: float
    lead: float | None
    names: float
    words: float
    passages: int
    """How many were searched: the best of many has a higher score by chance."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question. `score` is what it is ranked by; `dense` and `lexical` are its parts.

    `sentence_scores` holds one score a sentence of the passage; `highlights` are offsets inside the passage's text.
    """

    passage: Passage
    rank: int
    score: float
    dense: float | None
    lexical: float | None
    sentence_scores: tuple[float, ...]
    highlights: tuple[Span, ...]
    evidence: Evidence
    duplicates: tuple[Passage, ...] = ()
    """Other passages that say the same in nearly the same words."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered quote: `quote` equals the document's text at `span`."""

    marker: int
    passage_id: int
    document_id: str
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences taken word for word from the documents. `confidence` is in 0..1, None where nothing is calibrated."""

    text: str
    language: Language
    confidence: float | None
    citations: tuple[Citation, ...]
    kind: Literal["extractive"] = "extractive"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as asked. `rewritten` is what was searched for where that differs."""

    text: str
    language: Language
    rewritten: str | None = None


@dataclass(frozen=True, slots=True)
class IndexState:
    """Which state of the documents an answer reflects, and which vectors it was found with."""

    generation: int
    model: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent on each part of a question."""

    embed: float
    retrieve: float
    answer: float
    total: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The passages found for a question, best first. `support` is None where there are none."""

    id: str
    question: Question
    hits: tuple[Hit, ...]
    index: IndexState
    timings: Timings
    support: Support | None = None


@dataclass(frozen=True, slots=True)
class AskResult:
    """The answer to a question with the passages it rests on. "Nothing found" is a status, not an exception.

    `confidence` is the probability, in 0..1, that the documents answer it; None where nothing is calibrated.
    """

    id: str
    status: Status
    reason: Reason | None
    question: Question
    answer: Answer | None
    hits: tuple[Hit, ...]
    index: IndexState
    timings: Timings
    confidence: float | None = None
