"""Encodings: every usual one is told from the bytes alone, what lies is not believed, what is unreadable is refused."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.errors import UnreadableDocumentError, UnsupportedDocumentError
from qa_service.parsers.alphabets import PAGES
from qa_service.parsers.code_pages import likely_pages
from qa_service.parsers.documents import parse_document
from qa_service.parsers.encodings import decode

TEXTS = {
    "ru": "Мельницу на ручье поставили в сорок восьмом году, когда в посёлке насчитывалось едва двадцать "
    "дворов. Жернова привезли с юга, а плотину насыпали сами: «Работы хватит на всех», — говорил "
    "староста. Ещё через год сюда провели дорогу, и по воскресеньям у моста собиралась ярмарка, где "
    "меняли мёд, лён и щётки на соль и чай.",
    "be": "Млын на ручаі паставілі ў сорак восьмым годзе, калі ў пасёлку было ледзь дваццаць двароў. Жорны "
    "прывезлі з поўдня, а грэблю насыпалі самі: «Працы хопіць на ўсіх», — казаў стараста. Яшчэ праз год "
    "сюды правялі дарогу, і ў нядзелю каля моста збіраўся кірмаш, дзе мянялі мёд, лён і шчоткі на соль і "
    "гарбату.",
    "uk": "Млин на струмку поставили в сорок восьмому році, коли в селищі було заледве двадцять дворів. Жорна "
    "привезли з півдня, а греблю насипали самі: «Роботи вистачить на всіх», — казав староста. Ще за рік "
    "сюди проклали дорогу, і щонеділі біля мосту збирався ярмарок, де міняли мед, льон і щітки на сіль і "
    "чай; ґанок і їжа були спільні.",
    "en": "The mill’s wheel — two metres across — was set up in the spring of ’48, when the hamlet counted "
    "barely twenty houses. “There’s work for all,” the elder used to say, and a naïve clerk from the café"
    " wrote it down. A year later the road came, and on Sundays there was a fair at the bridge, with "
    "honey at £2 the jar.",
    "de": "Die Mühle am Bach wurde im Frühling aufgestellt, als der Weiler kaum zwanzig Häuser zählte. Die "
    "Mühlsteine kamen aus dem Süden, den Damm schütteten die Leute selbst auf: „Arbeit gibt es für alle“,"
    " hieß es. Ein Jahr später führte eine Straße hierher, und sonntags war an der Brücke Markt mit "
    "Honig, Flachs und Bürsten.",
    "pl": "Młyn nad strumieniem stanął wiosną, gdy osada liczyła zaledwie dwadzieścia domów. Kamienie młyńskie "
    "przywieziono z południa, a groblę usypali sami mieszkańcy: „Pracy starczy dla wszystkich”, mówił "
    "sołtys. Rok później poprowadzono tu drogę i w niedzielę przy moście był targ, gdzie wymieniano miód,"
    " len i szczotki na sól.",
}
ENCODINGS = {
    "ru": ("cp1251", "koi8-r", "cp866", "iso-8859-5"),
    "be": ("cp1251", "iso-8859-5"),
    "uk": ("cp1251", "koi8-u", "iso-8859-5"),
    "en": ("cp1252",),
    "de": ("cp1252", "cp1250", "iso-8859-2"),
    "pl": ("cp1250", "iso-8859-2", "cp852"),
}
LENGTHS = (80, 120, 160, 240)
WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "utf-8-sig")


def windows(text: str, length: int) -> list[str]:
    """Return stretches of a text, each beginning some letters behind the one before."""
    return [text[start : start + length] for start in range(0, len(text) - length + 1, 7)]


def in_page(text: str, encoding: str) -> str:
    """Return what of a text the code page has."""
    return text.encode(encoding, "ignore").decode(encoding)


@pytest.mark.parametrize(
    ("language", "encoding"), [(language, encoding) for language in TEXTS for encoding in ENCODINGS[language]]
)
def test_a_text_of_eighty_letters_is_read_right(language: str, encoding: str) -> None:
    for length in LENGTHS:
        for text in windows(in_page(TEXTS[language], encoding), length):
            assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["cp866", "koi8-r"])
def test_belarusian_in_pages_without_its_letters(encoding: str) -> None:
    text = TEXTS["be"].replace("і", "i").replace("ў", "у" if encoding == "koi8-r" else "ў")
    for stretch in windows(in_page(text, encoding), 160):
        assert decode(stretch.encode(encoding)).text == stretch


@pytest.mark.parametrize("language", ["ru", "be", "uk"])
@pytest.mark.parametrize("length", [20, 40])
def test_a_short_text_is_read_right_or_refused(language: str, length: int) -> None:
    wrong = total = 0
    for encoding in ENCODINGS[language][:4]:
        for text in windows(in_page(TEXTS[language], encoding), length):
            total += 1
            try:
                wrong += decode(text.encode(encoding)).text != text
            except UnreadableDocumentError as error:
                assert "save the file as UTF-8" in str(error)
    assert wrong <= total * 0.03


@pytest.mark.parametrize(("language", "encoding"), list(product(TEXTS, WIDE)))
def test_unicode_with_and_without_its_mark(language: str, encoding: str) -> None:
    for text in (TEXTS[language], TEXTS[language][:12], f"\r\n{TEXTS[language]}\r\n"):
        decoded = decode(text.encode(encoding))
        assert decoded.text == text
        assert decoded.encoding in {encoding, "utf-8"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Ο μύλος στήθηκε την άνοιξη, όταν ο οικισμός είχε μόλις είκοσι σπίτια. Ο δρόμος ήρθε αργότερα.", "cp1253"),
        ("הטחנה על הנחל הוקמה באביב, כשביישוב היו בקושי עשרים בתים. הדרך הגיעה שנה אחר כך.", "cp1255"),
        ("أقيمت الطاحونة على الجدول في الربيع، حين لم يكن في القرية سوى عشرين بيتا. جاء الطريق بعد عام.", "cp1256"),
        ("磨坊是春天建的，那时村子里只有二十户人家。一年以后，道路修到了这里，星期天桥边有集市。", "gb18030"),
        ("磨坊是春天建的，那時村子裡只有二十戶人家。一年以後，道路修到了這裡，星期天橋邊有集市。", "big5"),
        ("水車小屋は春に建てられ、そのころ村には二十軒ほどの家しかなかった。一年後に道ができた。", "cp932"),
        ("水車小屋は春に建てられ、そのころ村には二十軒ほどの家しかなかった。一年後に道ができた。", "euc_jp"),
        ("물레방아는 봄에 세워졌고 그때 마을에는 집이 스무 채밖에 없었다. 한 해 뒤에 길이 났다.", "cp949"),
        ("磨坊是春天建的。\n那时村子里只有二十户人家。", "utf-16-le"),
    ],
)
def test_other_scripts(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


def test_a_drawing_of_boxes_is_no_obstacle() -> None:
    rows = [
        "┌──────────┬──────┐",
        "│ Название │ Год  │",
        "├──────────┼──────┤",
        "│ Мельница │ 1948 │",
        "│ Дорога   │ 1949 │",
    ]
    text = "\r\n".join([*rows, "└──────────┴──────┘", "", "Ведомость построек посёлка, составлена в конторе."])
    assert decode(text.encode("cp866")).text == text


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("utf-8", "cp1251"),
        ("windows-1251", "koi8-r"),
        ("iso-8859-1", "cp1251"),
        ("windows-1251", "utf-8"),
        ("x-none", "cp866"),
    ],
)
def test_a_declaration_that_lies_is_not_believed(declared: str, encoding: str) -> None:
    for head in (
        f'<meta charset="{declared}">',
        f'<meta http-equiv=Content-Type content="text/html; charset={declared}">',
    ):
        text = in_page(TEXTS["ru"], encoding)
        assert text in decode(f"<html><head>{head}</head><body><p>{text}</p></body></html>".encode(encoding)).text


def test_a_true_declaration_tells_what_a_few_words_do_not() -> None:
    assert "Чай" in decode("<html><meta charset=koi8-r><p>Чай</p>".encode("koi8-r")).text
    assert "Чай" in decode("Чай".encode("cp1251"), "windows-1251").text
    with pytest.raises(UnreadableDocumentError, match=r"not UTF-8 \(byte 0xD7 at position 0\)"):
        decode("Чай".encode("cp1251"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "Мельница на ручье. ".encode() * 9 + b"\xff\xfe" + "Мельница.".encode(),
            r"UTF-8, but damaged \(2 times, first at position 306, byte 0xFF\)",
        ),
        ("Мельница на ручье".encode()[:-1], r"UTF-8, but damaged \(1 times, first at position 30"),
        ("Мельница".encode("utf-16")[:-1], "in UTF-16, but damaged at byte"),
        (bytes(range(0x80, 0x100)) * 3, "no other encoding gives a text that reads well"),
    ],
)
def test_what_is_damaged_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableDocumentError, match=message):
        decode(content)


def test_binary_data_are_no_text() -> None:
    with pytest.raises(UnsupportedDocumentError, match="binary data"):
        decode(bytes(range(256)) * 8)


def test_metadata_tell_the_encoding_where_it_is_not_utf_8() -> None:
    assert parse_document("a.txt", TEXTS["be"].encode("cp1251")).metadata == {"encoding": "cp1251"}
    assert parse_document("a.md", TEXTS["be"].encode("utf-16")).metadata == {"encoding": "utf-16"}
    assert parse_document("a.html", TEXTS["be"].encode()).metadata == {}


def test_a_long_text_with_one_foreign_word_is_of_its_own_page() -> None:
    text = "The clerk kept his books in English and wrote nothing else. " * 200 + "Only once did he write “Gruyère”."
    assert decode(text.encode("cp1252")).text == text


@given(st.text(st.characters(codec="cp1251"), min_size=1))
def test_whatever_stands_in_a_code_page_is_read_or_refused(text: str) -> None:
    try:
        decoded = decode(text.encode("cp1251"))
    except UnreadableDocumentError as error:
        assert str(error)
    else:
        assert decoded.text or not text.strip("\ufeff")


def test_every_page_is_one_that_python_has() -> None:
    costs = likely_pages("Мельница".encode("cp1251"))
    assert {page.encoding for page in costs} <= set(PAGES)
    assert costs == sorted(costs, key=lambda page: page.cost)
    assert all("a".encode(page) == b"a" for page in PAGES)
