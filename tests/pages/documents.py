"""Documents that are hard on a page, written to a folder for a server to take in."""

from pathlib import Path

HOSTILE_TITLE = "<img src=x onerror=window.ran=1>"
HOSTILE = f"""{HOSTILE_TITLE}

<script>window.ran=1</script> Zanzibar pepper costs </mark></article><svg onload=window.ran=1> forty ducats a sack.

[a link](javascript:window.ran=1) {{{{ 7 * 7 }}}} &lt;b&gt; &amp;amp; ]]> --> \N{RIGHT-TO-LEFT OVERRIDE}gpj.exe
"""

EMOJI_TITLE = "Хроніка 🦬 зуброў"
EMOJI = f"""{EMOJI_TITLE}

Першы абзац 🦬🦬 мае сям'ю 👩‍👩‍👧‍👦 і сцяг 🇧🇾. Спадарыня Q̈űx́ бачыла 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 у пушчы. Зубр 🦬 стаіць каля ракі 🏞️ і п'е.

Апошні абзац 𐍈 без зуброў.
"""

WIDE_TITLE = "W" * 110
WIDE = f"{WIDE_TITLE}\n\nfigure {'0123456789' * 30} and https://example.org/{'path/' * 60} stand here."

INDENTED = "    four spaces before\n\ttab & ampersand\n\n\n\nthree empty lines   \n  <pre>\n\nkept</pre>  end"
"""White space that a page could lose."""

FRONT = """---
title: "A & B <i>"
author: "<b>&quot;Me"
---

The quagga was a zebra that lived in South Africa until the nineteenth century.
"""

MIXED = """Two languages in one text

The aurochs died out in 1627 in the Jaktorów forest, and nobody has seen one since that winter.

Зубр выжил: в пушче его спасли, разводя немногих уцелевших животных из зоопарков и имений.
"""

ALMANAC_TITLES = ("<b>Almanac</b> & co", "Almanac <i>reprinted")
ALMANAC = """---
title: "{title}"
---

The lighthouse keeper of Vostra counted 4182 migrating cranes in October. He wrote their number into the almanac beside
the height of the tide, the colour of the evening sky and the names of the ships that had passed without a light.
Every keeper after him went on counting, and the almanac became the longest record of cranes on that coast.
"""
"""Two documents of one text, the second under another title."""

LITERATURE = """[1] Kowalczyk J. Hydrology of marshes. Vol. 3. 1998. pp. 12-19. doi:10.1000/182
[2] Ivanova A. B., Petrov C. D. Marsh plants // Botany. 2001. No. 4. P. 33-41.
[3] Novak E. et al. Water tables. ISBN 978-3-16-148410-0. URL: https://example.org/a/b
[4] Smith R., Brown T. Peat chemistry // J. Soil Sci. 2010. Vol. 12, No. 2. P. 101-118.
"""
"""A list of literature."""

PARAGRAPH = "Абзац {number}: вада ў рацэ паднялася, і луг да самай вёскі зрабіўся возерам.\n\n"


def write_documents(folder: Path) -> None:
    """Write every document, among them one of a megabyte."""
    folder.mkdir()
    texts = {
        "hostile": HOSTILE,
        "emoji": EMOJI,
        "wide": WIDE,
        "indented": INDENTED,
        "mixed": MIXED,
        "literature": LITERATURE,
    }
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    (folder / "front.md").write_text(FRONT, "utf-8")
    for number, title in enumerate(ALMANAC_TITLES):
        (folder / f"almanac-{number}.md").write_text(ALMANAC.format(title=title), "utf-8")
    large = "".join(PARAGRAPH.format(number=number) for number in range(7_500))
    (folder / "large.txt").write_text(large, "utf-8")
