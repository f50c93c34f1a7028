"""Markdown: front matter, and the text as a reader sees it."""

import pytest

from qa_service.outline import Parsed
from qa_service.parsers.documents import parse_document
from tests.test_parsers import outline


def markdown(text: str) -> Parsed:
    return parse_document("file.md", text.encode())


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_front_matter(start: str, line_end: str) -> None:
    lines = [
        "---",
        'title: "Reka: Prypiać"',
        "Tags: [water, маршрут]",
        "date: 2024-13-45",
        "flag: yes",
        "none:",
        "deep: {a: b}",
        "---",
    ]
    parsed = markdown(start + line_end.join([*lines, "# Heading", "text"]))
    assert parsed.title == "Reka: Prypiać"
    assert parsed.metadata == {"tags": "water, маршрут", "date": "2024-13-45", "flag": "yes"}
    assert parsed.text == "Heading\n\ntext"
    assert outline(parsed) == [(1, "Heading")]


@pytest.mark.parametrize(
    "front_matter",
    [
        "title: [broken",
        "- a list",
        "just words",
        "a: b: c",
        "a: &x [*x, *y]",
        "? [a]\n: b",
        "[" * 3_000,
        "title: x\n----",
    ],
)
def test_front_matter_that_is_none_stays_in_the_text(front_matter: str) -> None:
    parsed = markdown(f"---\n{front_matter}\n---\n\nbody")
    assert parsed.metadata == {}
    assert parsed.text.endswith("body")
    assert front_matter[:5].strip("- \n") in parsed.text


def test_front_matter_may_be_empty() -> None:
    assert markdown("---\n---\nbody").text == "body"


def test_front_matter_cannot_bring_half_characters_in() -> None:
    parsed = markdown('---\ntitle: "\\ud800 A"\nnote: "b\\0\\u00ad"\n---\nbody')
    assert (parsed.title, parsed.metadata) == ("\N{REPLACEMENT CHARACTER} A", {"note": "b"})


def test_the_first_heading_that_can_be_seen_is_the_title() -> None:
    parsed = markdown("# \xad\n\n## \u200b Рака\u2028 `Прыпяць` **і** \xad\n\ntext")
    assert parsed.title == "Рака Прыпяць і"
    assert outline(parsed) == [(2, "Рака Прыпяць і")]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        pytest.param("Title\n=====\n\nSub\n---\ntext", "Title\n\nSub\n\ntext", id="setext headings"),
        pytest.param("intro:\n\n- a\n- b\n\nafter", "intro:\n• a\n• b\n\nafter", id="bullets"),
        pytest.param("3. c\n4. d\n\n1) x", "3. c\n4. d\n1) x", id="numbers"),
        pytest.param(
            "1. a\n   - b\n     goes on\n\n     second\n2. c", "1. a\n• b goes on\n\nsecond\n2. c", id="nested lists"
        ),
        pytest.param("- \n- x\n\n- # H\n\npar", "• x\n\nH\n\npar", id="items without text of their own"),
        pytest.param("- ```\n  code\n  ```", "• code", id="an item of code"),
        pytest.param("> quote\n> more\n\n> > deep", "quote more\n\ndeep", id="quotations"),
        pytest.param(">" * 60 + " deep", "deep", id="quotations far inside each other"),
        pytest.param("```py\nx = 1\n\n  y\n```\n\n    z", "x = 1\n\n  y\n\nz", id="code"),
        pytest.param("soft\nbreak  \nhard\\\nother<br>html", "soft break\nhard\nother\nhtml", id="line breaks"),
        pytest.param("![a *b*](c.png) [d `e`](f) <https://g.h>", "a b d e https://g.h", id="pictures and links"),
        pytest.param("~~a~~ **b**_c_ <b>d</b> &amp; &copy;&nbsp;e", "a bc d & © e", id="inline marks"),
        pytest.param("|a|b||\n|-|-|-|\n|1|2||\n|||\n||x|", "a | b\n1 | 2\n | x", id="tables"),
        pytest.param("text\n\n|||\n|-|-|\n|k|v|\n|l|w|", "text\n\nk | v\nl | w", id="tables without a head"),
        pytest.param("<!-- a\n\nb -->\n\ntext <!-- c --> end", "text  end", id="comments"),
        pytest.param(
            "<script>\nevil()\n\n1\n</script>\n\n<style>\np{}\n</style>\n\ntext", "text", id="scripts and styles"
        ),
        pytest.param("<div>a<p>b</div>\n\n<table><tr><td>c<td>d</table>", "a\n\nb\n\nc | d", id="blocks of HTML"),
        pytest.param("<details>\n<summary>s</summary>\n\n*t*\n\n</details>", "s\n\nt", id="HTML around Markdown"),
        pytest.param("a\n\n***\n\nb", "a\n\nb", id="rules"),
    ],
)
def test_markdown_reads_as_a_reader_sees_it(source: str, text: str) -> None:
    assert markdown(source).text == text


def test_headings_in_html_blocks_count() -> None:
    parsed = markdown('<h1 align="center">Вялікі</h1>\n\n<h2>Меншы <img src=x></h2>\n\ntext')
    assert outline(parsed) == [(1, "Вялікі"), (2, "Меншы")]
    assert parsed.title == "Вялікі"
