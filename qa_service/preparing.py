"""From a file's bytes to a document that is ready to be embedded: parsed, and split into passages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from qa_service.chunking import split_passages, with_context
from qa_service.flaws import told
from qa_service.language import UNKNOWN, LanguageDetector, prevailing
from qa_service.outcomes import Outcome, OutcomeStatus
from qa_service.outline import Parsed
from qa_service.parsers.process import ParserProcess
from qa_service.recipes import recipe_for
from qa_service.records import NewDocument, Written, passage_digest, title_from
from qa_service.sources import FoundFile
from qa_service.types import Chunk


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document with its passages, which are also known by their digests; `file` is where it was read, if anywhere."""

    document: NewDocument
    chunks: Sequence[Chunk]
    digests: Mapping[bytes, Chunk] = field(default_factory=dict)
    file: FoundFile | None = None

    def outcome(self, written: Written, embedded: int, reason: str | None = None) -> Outcome:
        """Return what became of it; without another reason, what is wrong with its text is told."""
        document, count = self.document, len(self.chunks)
        status: OutcomeStatus = "replaced" if written.replaced else "added"
        reason = reason or "; ".join(map(told, document.outline.flaws)) or None
        return Outcome(
            document.uri, status, reason, written.document_id, document.title, written.generation, count, embedded
        )


class Preparer:
    """Prepares documents by one recipe."""

    def __init__(self, parser: ParserProcess, detector: LanguageDetector, passage_characters: int) -> None:
        self._parser = parser
        self._detector = detector
        self._passage_characters = passage_characters
        self.recipe = recipe_for(passage_characters)

    def prepare(self, origin: str, uri: str, content: bytes) -> Prepared:
        """Parse and split a file. Raises UnreadableDocumentError."""
        return self.split(origin, uri, content, self._parser.parse(PurePath(uri).name, content), self.recipe)

    def split(self, origin: str, uri: str, content: bytes, parsed: Parsed, recipe: str) -> Prepared:
        """Split what is parsed already; `recipe` tells how that was done."""
        chunks = split_passages(
            parsed.text,
            parsed.headings,
            self._passage_characters,
            self._detector.detect_passages,
            parsed.pages,
            is_table=parsed.is_table,
        )
        language = prevailing([(chunk.language, len(chunk.text)) for chunk in chunks if chunk.language != UNKNOWN])
        outline = parsed.outline
        chunks = [
            replace(with_context(chunk, parsed.title), source=outline.source_of(chunk.span.start)) for chunk in chunks
        ]
        document = NewDocument(
            origin,
            uri,
            parsed.title or title_from(uri),
            parsed.media_type,
            language,
            content,
            parsed.text,
            recipe,
            parsed.metadata,
            outline,
        )
        return Prepared(document, chunks, {passage_digest(chunk): chunk for chunk in chunks})
