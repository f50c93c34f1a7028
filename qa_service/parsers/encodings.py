"""From bytes to text: byte order marks, UTF-8, what the file declares where that is true, and else what reads well.

A wrong guess in silence would be worse than a refusal: a text that reads well in none or in several is refused.
"""

import codecs
import re
from dataclasses import dataclass
from functools import cache

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.parsers.alphabets import PAGES
from qa_service.parsers.code_pages import Guess, likely_pages
from qa_service.parsers.formats import is_binary
from qa_service.parsers.wide import marked_encoding, unmarked_encoding

UTF_8 = "utf-8"

_READABLE = 15.0
"""Cost up to which a text reads well: in its own code page up to 13, as Korean in a Cyrillic one from 16 on."""

_FOREIGN_WORDS = 27.0
"""The same where letters beyond ASCII are few, so that names of other languages weigh much."""

_FEW, _MUCH_BEYOND = 0.15, 0.4
"""Shares of letters that are beyond ASCII."""

_CERTAIN = 20.0
"""By how much the likeliest page has to lead before the next, or before the declared one: see `Guess.lead`."""

_EAST_ASIAN = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
_JAPANESE = ("cp932", "euc_jp")
_OTHERS = ("cp874",)
_KANA, _KOREAN_PARTS = re.compile("[\u3041-\u30ff]"), re.compile("[\u3131-\u318e]")
_MUCH = 0.1
"""Share of a sample's bytes: Japanese has so many of its own letters, and no text so many lone parts of Korean ones."""

_AS_BROWSERS_DO = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "iso8859-8": "cp1255", "iso8859-6": "cp1256",
}  # fmt: skip
"""What a page that declares the first is in, which has the same characters and more."""

_DECLARATION = re.compile(
    rb"<\?xml[^>]{0,200}\bencoding\s*=\s*[\"']([\w.:-]{1,40})|<meta[^>]{0,400}\bcharset\s*=\s*[\"']?\s*([\w.:-]{1,40})",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4_096
_SAMPLE = 65_536
_HIGH = re.compile(rb"[\x80-\xff]")
_LETTER = re.compile(rb"[A-Za-z\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and the encoding it was found to be in."""

    text: str
    encoding: str


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Return the text in some bytes, without a byte order mark. `declared` is what is said of them elsewhere.

    Raises UnsupportedDocumentError for binary data, UnreadableDocumentError where the text is damaged or no encoding
    reads well.
    """
    if is_binary(content):
        message = "this is binary data, not text, whatever its name says"
        raise UnsupportedDocumentError(message)
    wide = marked_encoding(content) or unmarked_encoding(content)
    if wide is not None:
        return _decoded_wide(content, wide)
    try:
        return Decoded(content.decode(UTF_8).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), UTF_8)
    except UnicodeDecodeError as error:
        _require_no_utf_8(content, error)
        encoding = _guessed(content, _known(declared or "") or _declared_inside(content))
        if encoding is None:
            raise UnreadableDocumentError(_unknown(error)) from error
    return Decoded(content.decode(encoding), encoding)


def _declared_inside(content: bytes) -> str | None:
    """Return the encoding that an HTML or XML file says it is in; None where it says none that is known."""
    matches = _DECLARATION.finditer(content, 0, _DECLARED_WITHIN)
    names = (_known((match.group(1) or match.group(2)).decode("ascii")) for match in matches)
    return next(filter(None, names), None)


def _known(name: str) -> str | None:
    """Return the encoding of a name as it is called here."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return _page_names().get(_AS_BROWSERS_DO.get(found, found), _AS_BROWSERS_DO.get(found, found))


@cache
def _page_names() -> dict[str, str]:
    return {codecs.lookup(page).name: page for page in PAGES}


def _decoded_wide(content: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(content.decode(encoding).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), encoding)
    except UnicodeDecodeError as error:
        message = f"the text is in {encoding.upper()}, but damaged at byte {error.start:,}; save it as UTF-8 anew"
        raise UnreadableDocumentError(message) from error


def _require_no_utf_8(content: bytes, error: UnicodeDecodeError) -> None:
    """Raise UnreadableDocumentError where most characters beyond ASCII are whole ones of UTF-8."""
    text = content.decode(UTF_8, "replace")
    damaged = text.count("\N{REPLACEMENT CHARACTER}")
    if sum(character > "\x7f" for character in text) <= 2 * damaged:
        return
    message = (
        f"the text is in UTF-8, but damaged ({damaged:,} times, first at position {error.start:,}, byte "
        f"0x{content[error.start]:02X}); mend it, or drop what is damaged: iconv -c -f UTF-8 -t UTF-8"
    )
    raise UnreadableDocumentError(message) from error


def _guessed(content: bytes, declared: str | None) -> str | None:
    """Return the encoding that reads well; None where none or more than one does."""
    pages = [page for page in likely_pages(content) if _is_whole(content, page.encoding)]
    readable = [page for page in pages if page.cost <= _bound(content, page)]
    if not readable:
        return declared if _is_east_asian(content, declared) else _east_asian(content)
    best = readable[0]
    trusted = next((page for page in pages if page.encoding == declared), None)
    if trusted is not None and best.lead(trusted) < _CERTAIN:
        return trusted.encoding
    return best.encoding if _is_certain(content, best, pages) else None


def _bound(content: bytes, page: Guess) -> float:
    return _FOREIGN_WORDS if PAGES[page.encoding] == "Latin" and _share_beyond_ascii(content) < _FEW else _READABLE


def _share_beyond_ascii(content: bytes) -> float:
    letters = len(_LETTER.findall(content, 0, _SAMPLE))
    return len(_HIGH.findall(content, 0, _SAMPLE)) / max(letters, 1)


def _is_certain(content: bytes, best: Guess, pages: list[Guess]) -> bool:
    """Return whether no other reading of a text is nearly as good; of one mostly in ASCII little would differ."""
    sample = content[:_SAMPLE]
    text = sample.decode(best.encoding)
    other = next((page for page in pages if sample.decode(page.encoding) != text), None)
    if other is None or (PAGES[best.encoding] == "Latin" and _share_beyond_ascii(content) < _MUCH_BEYOND):
        return True
    return best.lead(other) >= _CERTAIN


def _is_whole(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_east_asian(content: bytes, encoding: str | None) -> bool:
    return encoding in _EAST_ASIAN and _is_whole(content, encoding)


def _east_asian(content: bytes) -> str | None:
    from charset_normalizer import from_bytes  # a tenth of a second, and hardly a file needs it

    sample = content[:_SAMPLE]
    for encoding in _JAPANESE:
        if len(_KANA.findall(sample.decode(encoding, "ignore"))) >= _MUCH * len(sample) and _is_whole(
            content, encoding
        ):
            return encoding
    found = from_bytes(sample, cp_isolation=[*_EAST_ASIAN, *_OTHERS]).best()
    if found is None or not _is_whole(content, found.encoding):
        return None
    return None if len(_KOREAN_PARTS.findall(str(found))) >= _MUCH * len(sample) else found.encoding


def _unknown(error: UnicodeDecodeError) -> str:
    return (
        f"it is not UTF-8 (byte 0x{error.object[error.start]:02X} at position {error.start:,}), and no other encoding "
        "gives a text that reads well, or several do; save the file as UTF-8 (for example: iconv -f CP1251 -t UTF-8)"
    )
