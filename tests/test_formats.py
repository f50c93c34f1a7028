"""What a file is, its first bytes tell: whatever no parser takes is refused with what it is and what to do."""

import io
import random
import tarfile

import pytest

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.parsers.documents import parse_document
from qa_service.parsers.formats import HEAD, refusal
from tests.all_formats import files
from tests.archives import zipped


def tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    return stream.getvalue()


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG picture: text in pictures is not read; run OCR on it"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP picture"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a recording"),
        (b"\0\0\0\x20ftypheic", "an HEIC or AVIF picture"),
        (b"\0\0\0\x20ftypisom", "a film or a recording"),
        (b'<?xml version="1.0"?>\n<!-- made -->\n<svg xmlns="http://www.w3.org/2000/svg">', "a drawing"),
        (b"\x1f\x8b\x08", "a gzip archive: unpack it"),
        (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
        (b"MZ\x90\0\3\0\0\0" + bytes(40), "a program"),
        (b"\x7fELF\2\1\1", "a program"),
        (b"SQLite format 3\0", "an SQLite database: write what it holds as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office file .DOC, XLS, PPT.: save it as DOCX"),
        (b"{\\rtf1\\ansi", "a Rich Text file"),
        (b'<?xml version="1.0"?><FictionBook xmlns="x">', "an e-book in FB2: convert it to EPUB"),
        (zipped({"xl/workbook.xml": "<x/>"}), "a workbook .XLSX.: save each sheet as CSV"),
        (zipped({"ppt/slides.xml": "<x/>"}), "a presentation .PPTX."),
        (zipped({"photo.jpg": "x"}), "a ZIP archive, and neither DOCX nor EPUB"),
        (bytes(range(256)) * 8, "binary data, not text"),
        (tar(), "a TAR archive"),
    ],
)
def test_what_is_refused(head: bytes, what: str) -> None:
    for name in ("file", "notes.txt", "book.docx"):
        with pytest.raises(UnsupportedDocumentError, match=f"this is {what}") as refused:
            parse_document(name, head)
        assert refusal(name, head[:HEAD]) == str(refused.value)


@pytest.mark.parametrize("name", files())
def test_what_is_taken_in_is_not_refused_whatever_its_name(name: str) -> None:
    content = files()[name]
    for called in ("file", "a.txt", "a.zip", "a.dat", name):
        assert refusal(called, content[:HEAD]) is None
        assert parse_document(called, content).text


def test_noise_is_refused() -> None:
    chance = random.Random(7)
    for _ in range(300):
        noise = chance.randbytes(chance.randrange(400, 3_000))
        with pytest.raises(UnreadableDocumentError):
            parse_document("noise.txt", noise)


def test_a_saved_page_of_a_browser() -> None:
    main = "<main><h1>Млын</h1><p>Млын стаіць ля ракі Усы.</p></main>"
    page = f"<html><head><title>Млын</title></head><body>{main}</body></html>"
    for charset in ("utf-8", "windows-1251"):
        body = page.encode(charset)
        content = (
            b"From: <Saved by Blink>\r\nSubject: page\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
            b'\ttype="text/html";\r\n\tboundary="----b"\r\n\r\n------b\r\nContent-Type: text/html; charset='
            + charset.encode() + b"\r\nContent-Transfer-Encoding: binary\r\n\r\n" + body + b"\r\n------b--\r\n"
        )  # fmt: skip
        for name in ("page.mht", "page.txt"):
            parsed = parse_document(name, content)
            assert parsed.text == "Млын\n\nМлын стаіць ля ракі Усы."
            assert (parsed.title, parsed.media_type) == ("Млын", "multipart/related")
    with pytest.raises(UnreadableDocumentError, match="there is no HTML in it"):
        parse_document("page.mht", content[: content.index(b"------b\r\n")])
