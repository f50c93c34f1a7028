"""What says something and what does not: references, menus, addresses; tables and lists of facts do."""

from itertools import chain

import pytest

from qa_service.chunking import split_passages
from qa_service.prose import apparatus_bounds, is_apparatus, prose_share
from qa_service.text import canonicalise
from tests.conftest import SEEDS

PROSE = "Праз Брэст ідуць цягнікі. Тут мяняюць каляскі, бо шырыня каляі іншая."


@pytest.mark.parametrize(
    "line",
    [
        "12. Іваноў, І. І. Гісторыя чыгункі / І. І. Іваноў // Веснік. – 2019. – № 3. – С. 12–19.",
        "7. Трубы и болота [Электронный ресурс]. – Режим доступа: http://example.org/pipes. – Дата доступа: 2020.",
        "Smith, J. Rails of the East. Journal of Gauges, 2014, vol. 3, pp. 12-30. doi:10.1000/182",
        "office@example.org",
        "Phone: 8 (0162) 21-21-21",
        "© 2020 The Gauge. All rights reserved.",
        "Main / News / Republic / Brest",
    ],
)
def test_apparatus_says_nothing(line: str) -> None:
    assert is_apparatus(line)
    assert prose_share(line) == 0


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        f"Чыгунка\n\n{PROSE}",
        "Шырыня | 1520 мм\nДаўжыня | 5480 км",
        "• вугаль;\n• нафта;\n• калійныя ўгнаенні",
        "The bridge was built in 2014, and pp. 3 of the plan were lost.",
        "",
    ],
)
def test_prose_tables_and_lists_say_all(text: str) -> None:
    assert prose_share(text) == 1


def test_a_menu_says_nothing_and_a_heading_belongs_to_its_text() -> None:
    assert prose_share("Home\nNews\nAbout us\nContacts") == 0
    menu = "Галоўная\nНавіны\nПра нас\n"
    assert prose_share(menu + PROSE) == pytest.approx(len(PROSE) / (len(menu.replace("\n", "")) + len(PROSE)))


@pytest.mark.parametrize("piece", ["a", "1", " // ", "@a", ".", "(c) ", "1999 ", "/ ", "-", "а.", " "])
def test_a_long_line_takes_no_more_time_than_its_length_is_worth(piece: str) -> None:
    """A pattern that looks back over it all for every character would take minutes here."""
    assert 0 <= prose_share("x" + piece * (500_000 // len(piece))) <= 1


def test_a_list_is_told_from_what_stands_around_it() -> None:
    reference = "1. Іваноў, І. Чыгунка // Веснік. – 2019. – № 3."
    text = f"{PROSE}\n\n{reference}\n{reference}\n\n{reference}\n\n{PROSE}\n{reference}\n{PROSE}"
    start = len(PROSE) + 2
    assert apparatus_bounds(text) == [start, text.index(PROSE, start)]
    assert apparatus_bounds("\n".join([PROSE, *[reference] * 3])) == [len(PROSE) + 1]
    assert apparatus_bounds(f"{PROSE}\n{reference}\n{reference}") == []


def test_sample_documents_are_prose() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.rglob("*.md"))]
    shares = [
        prose_share(part) for part in chain.from_iterable(text.split("\n\n") for text in texts) if len(part) > 200
    ]
    assert len(shares) > 100
    assert sum(share > 0.4 for share in shares) == len(shares)


@pytest.mark.shared
def test_lists_of_literature_are_known_in_real_documents(shared_documents: list[str]) -> None:
    """Their passages that hold three addresses or more are lists of literature; those that hold none say something."""
    chunks = [
        chunk
        for text in shared_documents
        for chunk in split_passages(canonicalise(text).text, [], 1_200, lambda texts: ["und"] * len(texts))
    ]
    lists = [chunk.prose for chunk in chunks if chunk.text.count("http") >= 3]
    assert len(lists) > 20
    assert sum(share < 0.4 for share in lists) / len(lists) > 0.9
    plain = [chunk.prose for chunk in chunks if "http" not in chunk.text and len(chunk.text) > 600]
    assert len(plain) > 50
    assert sum(share > 0.4 for share in plain) / len(plain) > 0.95
