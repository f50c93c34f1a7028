"""DOCX: everything a reader sees, in order, with footnotes behind their paragraph and nothing of older versions."""

import pytest

from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from tests.archives import docx_file, paragraph, run, table
from tests.test_parsers import outline

STYLES = """
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="H3"><w:name w:val="heading 3"/></w:style>
<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="H3"/></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="L"><w:name w:val="List"/>
<w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>
"""
NUMBERING = """
<w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="4"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%3"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="8">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="-"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>
"""


def parse(*blocks: str, styles: str = "", numbering: str = "", footnotes: str = "", properties: str = "") -> Parsed:
    content = docx_file(*blocks, styles=styles, numbering=numbering, footnotes=footnotes, properties=properties)
    return parse_document("file.docx", content)


def item(text: str, depth: int = 0, number: int = 1) -> str:
    return paragraph(text, properties=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')


def reference(number: int, kind: str = "footnote") -> str:
    return f'<w:r><w:{kind}Reference w:id="{number}"/></w:r>'


def test_headings_by_name_by_outline_and_by_what_a_style_is_based_on() -> None:
    parsed = parse(
        paragraph("Кніга", style="T"), paragraph("Раздзел", style="H1"), paragraph("Тэкст."),
        paragraph("Частка", style="Own"), paragraph("Дробная", style="Mine"), styles=STYLES,
    )  # fmt: skip
    assert outline(parsed) == [(1, "Кніга"), (1, "Раздзел"), (2, "Частка"), (3, "Дробная")]
    assert parsed.text == "Кніга\n\nРаздзел\n\nТэкст.\n\nЧастка\n\nДробная"
    assert (parsed.title, parsed.pages) == ("Кніга", ())


def test_items_of_lists_are_counted() -> None:
    blocks = [item("c"), item("d"), item("in d", 1), item("deep", 2), item("next in d", 1), item("e"), item("in e", 1)]
    assert parse(paragraph("List:"), *blocks, item("dot", number=2), numbering=NUMBERING).text == (
        "List:\n3. c\n4. d\n4.a) in d\nIV deep\n4.b) next in d\n5. e\n5.a) in e\n• dot"
    )


def test_a_style_makes_items() -> None:
    assert parse(paragraph("one", style="L"), styles=STYLES, numbering=NUMBERING).text == "• one"


def test_tables_are_read_row_by_row() -> None:
    rows = table(("Год", "Выпуск"), ("2016", paragraph("6,2") + paragraph("млн")), ("", ""), ("2017", ""))
    assert parse(paragraph("Before."), rows, paragraph("After.")).text == (
        "Before.\n\nГод | Выпуск\n2016 | 6,2 млн\n2017\n\nAfter."
    )


def test_a_table_that_only_places_things_is_read_as_text() -> None:
    assert parse(table((paragraph("A.") + paragraph("B."),), ("C.",))).text == "A.\n\nB.\n\nC."
    inner = table(("a", "b"), ("c", "d"))
    assert parse(table((paragraph("Side."), inner + paragraph()))).text == "Side.\n\na | b\nc | d"


def test_footnotes_follow_their_paragraph_and_never_cut_a_sentence() -> None:
    notes = (
        f'<w:footnote w:id="2">{paragraph("First note.")}{paragraph("It goes on.")}</w:footnote>'
        f'<w:footnote w:id="3">{paragraph("In a table.")}</w:footnote>'
        f'<w:footnote w:id="-1">{paragraph("separator")}</w:footnote>'
    )
    cell = paragraph("cell", inside=reference(3))
    parsed = parse(
        paragraph("A sentence", inside=reference(2) + run(" goes on.")), table((cell, "b"), ("c", "d")),
        paragraph("End.", inside=reference(9)), footnotes=notes,
    )  # fmt: skip
    assert parsed.text == (
        "A sentence goes on.\n\nFirst note.\n\nIt goes on.\n\ncell | b\nc | d\n\nIn a table.\n\nEnd."
    )


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        pytest.param(
            f"<w:ins>{run('new')}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "new", id="changed"
        ),
        pytest.param(f"<w:moveFrom>{run('x')}</w:moveFrom><w:moveTo>{run('y')}</w:moveTo>", "y", id="moved"),
        pytest.param(
            f"<w:sdt><w:sdtPr/><w:sdtContent>{run('a field')}</w:sdtContent></w:sdt>", "a field", id="control"
        ),
        pytest.param(f"<w:smartTag>{run('Miensk')}</w:smartTag>", "Miensk", id="smart tag"),
        pytest.param(f"<w:hyperlink>{run('link')}</w:hyperlink>", "link", id="link"),
        pytest.param(
            f"<w:fldSimple>{run('7')}</w:fldSimple><w:r><w:instrText>PAGE</w:instrText></w:r>", "7", id="field"
        ),
        pytest.param(
            run("seen") + run("hidden", "<w:vanish/>") + run("!", '<w:vanish w:val="0"/>'), "seen!", id="hidden"
        ),
        pytest.param(
            "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>", "a b\nc", id="tab and line break"
        ),
        pytest.param("<w:r><w:t>well</w:t><w:noBreakHyphen/><w:t>known</w:t></w:r>", "well-known", id="hyphen"),
    ],
)
def test_a_paragraph_says_what_a_reader_sees(inside: str, text: str) -> None:
    assert parse(paragraph(inside=inside)).text == text


def test_a_block_in_a_control_and_a_text_box_are_read_once() -> None:
    block = f"<w:sdt><w:sdtContent>{paragraph('In a control.')}</w:sdtContent></w:sdt>"
    box = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
    box = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert parse(block, paragraph("Text.", inside=f"<w:r>{box}</w:r>")).text == "In a control.\n\nText.\n\nIn a box."


def test_core_properties_become_title_and_metadata() -> None:
    properties = (
        "<dc:title>Справаздача</dc:title><dc:creator>A. Ranger</dc:creator><dc:language>be</dc:language>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2023-02-10T08:00:00Z</dcterms:created>'
    )
    parsed = parse(paragraph("Text."), properties=properties)
    assert parsed.title == "Справаздача"
    assert parsed.metadata == {"author": "A. Ranger", "language": "be", "date": "2023-02-10"}


def test_without_properties_nothing_is_made_up() -> None:
    parsed = parse(paragraph("Text."))
    assert (parsed.title, parsed.metadata) == (None, {})
