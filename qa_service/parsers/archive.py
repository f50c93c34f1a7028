"""ZIP archives that hold a document: read without writing anything anywhere, and within bounds."""

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lxml import etree

from qa_service.errors import UnreadableDocumentError

_MOST_BYTES = 256 * 2**20
_MOST_MEMBERS = 10_000
_PIECE = 2**16
_LARGE, _MOST_DENSE = 2**25, 250
"""How much larger than in the archive a large member may be; prose packs to a tenth, tables to a fiftieth."""

_LOCAL_HEADER = 30
"""Bytes that stand before a member's name and content at least."""

_ENCRYPTED = 1
"""The flag of an encrypted member."""

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, etree.LxmlError, EOFError, OSError, LookupError, ValueError, TypeError,
    AttributeError, NotImplementedError, RuntimeError, AssertionError,
)  # fmt: skip
"""What zipfile, lxml and python-docx raise over a damaged file, depending on where the damage is."""

_ENTITY = b"<!ENTITY"


@contextmanager
def damage_reported(kind: str) -> Iterator[None]:
    """Raise UnreadableDocumentError for whatever a damaged file provokes inside."""
    try:
        yield
    except _DAMAGE as error:
        detail = " ".join(str(error).split())[:200] or type(error).__name__
        message = f"the {kind} file is damaged or incomplete: {detail}"
        raise UnreadableDocumentError(message) from error


def member_names(content: bytes) -> frozenset[str]:
    """Return the names in an archive; none where it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist())
    except _DAMAGE:
        return frozenset()


def read_member(content: bytes, name: str) -> bytes:
    """Return the first bytes of a member; none where it is missing or damaged.

    Raises UnreadableDocumentError where it is encrypted.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _require_open(archive.getinfo(name))
            with archive.open(name) as member:
                return member.read(_PIECE)
    except _DAMAGE:
        return b""


def require_bounded(archive: zipfile.ZipFile) -> None:
    """Read the archive through without keeping it; archives inside it are members like any other and stay shut.

    Raises UnreadableDocumentError where it holds, or declares, more than a document does, or declares entities in XML;
    BadZipFile where a member is not what the archive declares.
    """
    members = archive.infolist()
    declared = sum(member.file_size for member in members)
    if declared > _MOST_BYTES or len(members) > _MOST_MEMBERS:
        message = (
            f"the archive unpacks to {declared:,} bytes in {len(members):,} files, more than the {_MOST_BYTES:,} bytes "
            f"in {_MOST_MEMBERS:,} files that are read; split the document or remove its pictures"
        )
        raise UnreadableDocumentError(message)
    _require_apart(archive, members)
    for member in members:
        _require_open(member)
        _require_sparse(member)
        _require_whole(archive, member)


def _require_apart(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes, by which a small archive unpacks to a large one without being nested."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    ends = [member.header_offset for member in ordered[1:]] + [archive.start_dir]
    for member, end in zip(ordered, ends, strict=True):
        if member.header_offset + _LOCAL_HEADER + member.compress_size > end:
            message = (
                f"{member.filename!r} shares bytes with another file of the archive, as in a ZIP bomb; it is refused"
            )
            raise UnreadableDocumentError(message)


def _require_open(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & _ENCRYPTED:
        message = f"{member.filename!r} in it is encrypted with a password; save a copy without one"
        raise UnreadableDocumentError(message)


def _require_sparse(member: zipfile.ZipInfo) -> None:
    if member.file_size > _LARGE and member.file_size > _MOST_DENSE * max(member.compress_size, 1):
        message = (
            f"{member.filename!r} unpacks to {member.file_size:,} bytes from {member.compress_size:,}, more than "
            f"{_MOST_DENSE} times, as in a ZIP bomb; it is refused"
        )
        raise UnreadableDocumentError(message)


def _require_whole(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Read a member piece by piece: one that unpacks to more than it declares ends in BadZipFile."""
    with archive.open(member) as file:
        end = b""
        while piece := file.read(_PIECE):
            piece, end = end + piece, piece[-len(_ENTITY) :]
            if _ENTITY in piece:
                message = f"{member.filename!r} declares XML entities, which no document needs; it is refused"
                raise UnreadableDocumentError(message)


def parse_xml(content: bytes) -> etree._Element:
    """Parse XML without entities, outside files or the network. Raises XMLSyntaxError or MemoryError."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:  # type: ignore[attr-defined]  # its stubs leave it out
            raise MemoryError from error
        raise
