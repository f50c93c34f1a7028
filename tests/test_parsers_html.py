"""HTML: the whole article and nothing but the article, as a reader sees it."""

from pathlib import Path

import pytest
from lxml import etree, html

from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from qa_service.text import canonicalise
from tests.conftest import SEEDS
from tests.test_parsers import outline

PARAGRAPH = (
    "Прыпяць збірае ваду з балот і лясоў, а вясною разліваецца на дзесяткі кіламетраў, і вёскі робяцца астравамі. "
)


def page(text: str) -> Parsed:
    return parse_document("file.html", text.encode())


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*/*.html")), ids=lambda path: path.name)
def test_articles_of_the_sample_pages_are_whole_and_without_furniture(path: Path) -> None:
    content = path.read_text(encoding="utf-8")
    words = parse_document(path.name, content.encode()).text.split()
    tree = html.document_fromstring(content.encode(), parser=html.HTMLParser(encoding="utf-8"))
    (article,) = tree.findall(".//article")
    for element in article.iter("p", "li", "h1", "h2", "td", "th"):
        piece = words_of(element)
        if piece and next(element.iterancestors("aside", "nav"), None) is None:
            assert contains(words, piece), " ".join(piece)
    for furniture in tree.iter("nav", "footer", "script", "style"):
        piece = words_of(furniture)
        assert len(piece) < 4 or not contains(words, piece)


def words_of(element: etree._Element) -> list[str]:
    return canonicalise("".join(map(str, element.itertext()))).text.split()


def contains(words: list[str], piece: list[str]) -> bool:
    return f" {' '.join(piece)} " in f" {' '.join(words)} "


FURNITURE = (
    "<header><h3>Сайт</h3><nav><ul><li>Меню<li>Пошук</ul></nav></header><aside>Рэклама</aside>{}"
    "<form><label>Рассылка</label></form><footer>© 2020</footer>"
    "<script>var x = '<p>code</p>'</script><style>p {{}}</style>"
)


@pytest.mark.parametrize(
    "main",
    [
        pytest.param(
            "<article><header><h1>A</h1></header><p>b</p><nav>x</nav><footer>c</footer></article>", id="article"
        ),
        pytest.param("<div role=main><h1>A</h1><article>b</article><article>c</article></div>", id="several articles"),
        pytest.param("<main><section><header><h1>A</h1></header>b</section><p>c</main>", id="main"),
        pytest.param("<div><h1>A</h1><p>b</p></div><p>c</p>", id="neither"),
        pytest.param("<main></main><h1>A</h1><p>b<p>c", id="an empty main"),
        pytest.param("<h1>A</h1>b<template><ul><li>z</ul></template><object>y</object><p>c", id="no text"),
    ],
)
def test_furniture_is_left_out(main: str) -> None:
    parsed = page(FURNITURE.format(main))
    assert parsed.text.split() == ["A", "b", "c"]
    assert outline(parsed) == [(1, "A")]


def test_a_long_page_without_an_article_is_cleared_of_menus() -> None:
    menu = "".join(f'<li><a href="/{number}">Раздзел {number}</a></li>' for number in range(30))
    paragraphs = "".join(f"<p>{number}. {PARAGRAPH * 3}</p>" for number in range(8))
    parsed = page(f"<div class=menu><ul>{menu}</ul></div><div class=content><h2>Рака</h2>{paragraphs}</div>")
    assert all(f"{number}. {PARAGRAPH}".strip() in parsed.text for number in range(8))
    assert "Раздзел 7" not in parsed.text


@pytest.mark.parametrize("main", ["<nav>Меню</nav>", "<form><p>Меню</p></form>", "<footer>Меню</footer>"])
def test_a_page_of_furniture_alone_is_taken_with_it(main: str) -> None:
    assert page(main).text == "Меню"


@pytest.mark.parametrize(
    ("source", "title"),
    [
        ("<title>Мір — Сайт</title><h1>Мір</h1>text", "Мір"),
        ("<title>Сайт | Мір</title><article><h1>Мір</h1>text</article>", "Мір"),
        ("<title>Мір і Нясвіж</title><h1>Мір</h1>text", "Мір і Нясвіж"),
        ("<title>\n Два \n словы </title><h1>Іншае</h1>text", "Два словы"),
        ("<title></title><h1>Мір <b>і</b> вайна</h1>text", "Мір і вайна"),
        ("<title>Мір</title>text", "Мір"),
        ("<svg><title>icon</title></svg>text", None),
        ("<nav><h1>Мір</h1></nav><p>text", "Мір"),
        ("<title>A&amp;B &laquo;c&raquo;</title>text", "A&B «c»"),
    ],
)
def test_title(source: str, title: str | None) -> None:
    assert page(source).title == title


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("<p>a<p>b<div>c</div>d", "a\n\nb\n\nc\n\nd", id="blocks"),
        pytest.param("a<b>b</b><i>c</i> <x-y>d</x-y>e<img src=f>g", "abc deg", id="inline elements, known or not"),
        pytest.param("a<br>b<br><br>c\nd", "a\nb\nc d", id="line breaks"),
        pytest.param("<ul><li>a<ul><li>b</ul><li><p>c</p></ul>d", "• a\n• b\n• c\n\nd", id="nested lists"),
        pytest.param("<ol start=3><li>a<ol><li>b<li>c</ol><li>d</ol>", "3. a\n1. b\n2. c\n4. d", id="numbered lists"),
        pytest.param("<ol start=x><li>a</ol><li>b", "1. a\n• b", id="broken lists"),
        pytest.param("<dl><dt>a<dd>b</dl>", "a\n\nb", id="definitions"),
        pytest.param("<pre>a\n  b</pre>c\nd", "a\nb\n\nc d", id="preformatted text"),
        pytest.param(
            "x<table><caption>t</caption><thead><tr><th>a<th>b<th></thead>"
            "<tbody><tr><td><p>1</p><p>2</p><td>3<td> </tbody></table>y",
            "x\n\nt\n\na | b\n1 2 | 3\n\ny",
            id="a table with paragraphs and empty cells in it",
        ),
        pytest.param("<table><tr><td><td></tr><tr><td>a<td><tr><td><td>b</table>", "a\n | b", id="empty rows"),
        pytest.param(
            "<table><tr><td><ul><li>a<li>b</ul><td><h2>c</h2></table><ul><li>d</ul>",
            "a b | c\n• d",
            id="lists in cells",
        ),
        pytest.param(
            "<table><tr><td>menu<td><h1>A</h1><table><tr><td>1<td>2<tr><td>3</table>text</table>",
            "menu\n\nA\n\n1 | 2\n3\n\ntext",
            id="a table that is the layout",
        ),
        pytest.param("&lt;b&gt; &amp;amp; &#1084;&nbsp;&hellip; &nosuch;", "<b> &amp; м … &nosuch;", id="entities"),
        pytest.param("a<!-- b -->c<![CDATA[d]]><?e f?>", "ac", id="comments and instructions"),
        pytest.param("<p>a</p></body></html>b<p>c", "a\n\nb\n\nc", id="text behind the end"),
        pytest.param("<p <b>a</p></i></div>b<h2>c<table><tr>d<td>e", "a\n\nb\n\nc\n\nd e", id="broken markup"),
        pytest.param("<p>a<b:>b</b:>d</p>", "abd", id="tags with impossible names"),
        pytest.param("<p>a\x00b</p>" + "c" * 50, "ab\n\n" + "c" * 50, id="NUL"),
        pytest.param(
            "<?xml version='1.0' encoding='windows-1251'?><html><meta charset=koi8-r><p>Прывітанне",
            "Прывітанне",
            id="wrong charsets",
        ),
    ],
)
def test_html_reads_as_a_reader_sees_it(source: str, text: str) -> None:
    assert page(source).text == text


def test_deep_nesting_within_reason() -> None:
    assert page("<div>" * 1_500 + "deep" + "</div>" * 1_500).text == "deep"


def test_heading_levels() -> None:
    parsed = page("".join(f"<h{level}><a href=#>H{level}</a></h{level}>" for level in (1, 3, 6)))
    assert outline(parsed) == [(1, "H1"), (3, "H3"), (6, "H6")]
