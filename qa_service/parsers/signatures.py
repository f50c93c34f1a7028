"""Kinds of files that are not taken in: their first bytes, what such a file is, and what to do with it."""

import re
from collections.abc import Iterator

_PICTURE = "text in pictures is not read; run OCR on it, and take in the PDF or the text that gives"
_RECORDING = "take in a transcript of it, as text"
_ARCHIVE = "unpack it, and take in what is inside"
_PROGRAM = "it holds no text to search"
_DATA = "write what it holds as CSV or text"
_OFFICE = "save it as DOCX or PDF, a sheet as CSV"
_BOOK = "convert it to EPUB or PDF"

_STARTS: tuple[tuple[str, str, tuple[bytes, ...]], ...] = (
    ("a PNG picture", _PICTURE, (b"\x89PNG",)),
    ("a JPEG picture", _PICTURE, (b"\xff\xd8\xff",)),
    ("a GIF picture", _PICTURE, (b"GIF87a", b"GIF89a")),
    ("a TIFF picture", _PICTURE, (b"II*\0", b"MM\0*")),
    ("a Photoshop picture", _PICTURE, (b"8BPS\0",)),
    ("an icon", _PICTURE, (b"\0\0\1\0", b"\0\0\2\0")),
    ("a JPEG 2000 picture", _PICTURE, (b"\0\0\0\x0cjP  ",)),
    ("a JPEG XL picture", _PICTURE, (b"\0\0\0\x0cJXL ", b"\xff\x0a")),
    ("a DjVu book", "convert it to PDF, with its layer of text or after OCR", (b"AT&TFORM",)),
    ("an MP3 recording", _RECORDING, (b"ID3\2", b"ID3\3", b"ID3\4")),
    ("an Ogg recording", _RECORDING, (b"OggS\0",)),
    ("a FLAC recording", _RECORDING, (b"fLaC\0",)),
    ("a Matroska or WebM film", _RECORDING, (b"\x1aE\xdf\xa3",)),
    ("a Flash film", _RECORDING, (b"FLV\1",)),
    ("a Windows Media recording", _RECORDING, (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",)),
    ("an MPEG film", _RECORDING, (b"\0\0\1\xba", b"\0\0\1\xb3")),
    ("a gzip archive", _ARCHIVE, (b"\x1f\x8b",)),
    ("an xz archive", _ARCHIVE, (b"\xfd7zXZ\0",)),
    ("a 7-Zip archive", _ARCHIVE, (b"7z\xbc\xaf\x27\x1c",)),
    ("a RAR archive", _ARCHIVE, (b"Rar!\x1a\7",)),
    ("a Zstandard archive", _ARCHIVE, (b"\x28\xb5\x2f\xfd",)),
    ("an LZ4 archive", _ARCHIVE, (b"\x04\x22\x4d\x18",)),
    ("a CAB archive", _ARCHIVE, (b"MSCF\0\0\0\0",)),
    ("an empty ZIP archive", "there is nothing in it", (b"PK\x05\x06",)),
    ("a Debian package or a library", _PROGRAM, (b"!<arch>\n",)),
    ("a program", _PROGRAM, (b"\x7fELF", b"\xca\xfe\xba\xbe", b"\0asm")),
    ("a program", _PROGRAM, (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")),
    ("a font", _PROGRAM, (b"wOFF", b"wOF2", b"OTTO\0", b"\0\1\0\0\0")),
    ("an SQLite database", _DATA, (b"SQLite format 3\0",)),
    ("an array of NumPy", _DATA, (b"\x93NUMPY",)),
    ("an HDF5 file", _DATA, (b"\x89HDF\r\n\x1a\n",)),
    ("a property list", _DATA, (b"bplist00",)),
    ("an old Microsoft Office file (DOC, XLS, PPT)", _OFFICE, (b"\xd0\xcf\x11\xe0",)),
    ("a Rich Text file (RTF)", "save it as DOCX or PDF", (b"{\\rtf",)),
    ("a PostScript file", "convert it to PDF", (b"%!PS", b"\xc5\xd0\xd3\xc6")),
    ("an Outlook mailbox", "export its messages as text", (b"!BDN",)),
)

_XML = rb"(?:\xef\xbb\xbf)?\s*+(?>(?:<\?[^>]*+>|<!--.*?-->|<![^>]*+>)\s*+)*+"
"""What may stand before the first element."""

_PATTERNS: tuple[tuple[str, str, re.Pattern[bytes]], ...] = (
    ("a WebP picture", _PICTURE, re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("a Windows picture (BMP)", _PICTURE, re.compile(rb"BM.{4}\0{4}.{2}\0\0[\x0c(@lx|]\0\0\0", re.DOTALL)),
    ("an HEIC or AVIF picture", _PICTURE, re.compile(rb"\0\0\0.ftyp(?:hei|hev|mif1|msf1|avif|avis)", re.DOTALL)),
    ("a drawing (SVG)", _PICTURE, re.compile(_XML + rb"<svg\b[^>]*\bxmlns", re.DOTALL)),
    ("a recording (WAV, AVI)", _RECORDING, re.compile(rb"RIFF....(?:WAVE|AVI )", re.DOTALL)),
    ("a film or a recording (MP4)", _RECORDING, re.compile(rb"\0\0\0.ftyp", re.DOTALL)),
    ("an MP3 recording", _RECORDING, re.compile(rb"\xff[\xf2\xf3\xfa\xfb][^\0\t\n\r -\x7f].{0,400}?\0{4}", re.DOTALL)),
    ("a bzip2 archive", _ARCHIVE, re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")),
    ("a TAR archive", _ARCHIVE, re.compile(rb".{257}ustar[\0 ]", re.DOTALL)),
    ("a program", _PROGRAM, re.compile(rb"MZ.{1,1000}?\0{8}", re.DOTALL)),
    ("a Parquet table", _DATA, re.compile(rb"PAR1\x15")),
    ("a Mobipocket or Kindle book", _BOOK, re.compile(rb".{60}(?:BOOKMOBI|TEXtREAd)", re.DOTALL)),
    ("an e-book in FB2", _BOOK, re.compile(_XML + rb"<FictionBook[\s>]", re.DOTALL)),
)  # fmt: skip

_MEMBER = b"PK\x03\x04"
_READABLE_PARTS = (
    "word/",
    "[content_types].xml",
    "_rels/",
    "docprops/",
    "customxml/",
    "mimetype",
    "meta-inf/",
    "oebps/",
)
"""What the archives of DOCX and EPUB files have, one of which stands near the start."""

_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument."
_OTHER_PARTS: tuple[tuple[str, str, str], ...] = (
    ("xl/", "a workbook (XLSX)", "save each sheet as CSV"),
    ("ppt/", "a presentation (PPTX)", "save it as PDF"),
    ("visio/", "a drawing (VSDX)", "save it as PDF"),
    ("index/", "a document of Pages, Numbers or Keynote", _OFFICE),
)


def unsupported_kind(head: bytes) -> str | None:
    """Return what a file that begins like this is and what to do with it; None for what may hold a document."""
    if head.startswith(_MEMBER):
        return _kind_of_archive(head)
    for what, advice, starts in _STARTS:
        if head.startswith(starts):
            return f"{what}: {advice}"
    return next((f"{what}: {advice}" for what, advice, pattern in _PATTERNS if pattern.match(head)), None)


def _kind_of_archive(head: bytes) -> str | None:
    """Go by the names of the first members: the list of all is at the file's end."""
    names = [name.lower() for name in _member_names(head)]
    for start, what, advice in _OTHER_PARTS:
        if any(name.startswith(start) for name in names):
            return f"{what}: {advice}"
    if _OPEN_DOCUMENT in head[:200]:
        return f"an OpenDocument file (ODT, ODS, ODP): {_OFFICE}"
    if not names or any(name.startswith(_READABLE_PARTS) for name in names):
        return None
    return f"a ZIP archive, and neither DOCX nor EPUB: {_ARCHIVE}"


def _member_names(head: bytes) -> Iterator[str]:
    start = head.find(_MEMBER)
    while start >= 0 and start + 30 <= len(head):
        length = int.from_bytes(head[start + 26 : start + 28], "little")
        name = head[start + 30 : start + 30 + length]
        if length and len(name) == length:
            yield name.decode("utf-8", "replace")
        start = head.find(_MEMBER, start + 30)
