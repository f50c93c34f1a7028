"""A folder of every format in three languages: `python -m tests.all_formats FOLDER`.

Each file tells of a place that does not exist, so that no model knows the answers; each fact stands in one file only.
"""

import csv
import io
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.archives import docx_file, epub_file, paragraph, table
from tests.pdfs import lines, pdf


@dataclass(frozen=True, slots=True)
class Fact:
    """A question, the words that answer it, and where they stand: `page` in a PDF, `row` of a table file."""

    file: str
    question: str
    quote: str
    page: int | None = None
    row: int | None = None


_RU = (
    "Маяк на мысе Гребень",
    "Маяк на мысе Гребень построили в 1874 году из серого гранита.",
    "Первым смотрителем был Афанасий Кречетов, бывший боцман.",
    "Свет лампы виден за девятнадцать морских миль.",
)
_BE = (
    "Вятрак у вёсцы Глінішча",
    "Вятрак у вёсцы Глінішча паставіў цясляр Язэп Кулінка ў 1911 годзе.",
    "Крылы вятрака былі даўжынёй дзевяць метраў.",
    "Зямля пад ветраком належала ўдаве Ганне Рудабельскай.",
)
_EN = (
    "The ferry at Willowby",
    "The ferry at Willowby crossed the river Tarn from 1836 until the bridge was opened.",
    "Its last ferryman was Tobias Penhallow, who kept two goats on board.",
    "A crossing cost three pence, and nothing on market days.",
)
_TABLES = {
    "ru": (
        ("Обсерватория", "Гора", "Высота, м", "Директор"),
        ("Снежная", "Кара-Таш", "2310", "Лидия Маркелова"),
        ("Южная", "Бугор", "1190", "Пётр Заозерский"),
        ("Степная", "Сарыдала", "640", "Олег Тихонравов"),
    ),
    "be": (
        ("Музей", "Горад", "Год адкрыцця", "Галоўны экспанат"),
        ("Музей гадзіннікаў", "Залессе", "1968", "сонечны гадзіннік з ясеня"),
        ("Музей караблёў", "Прыстань", "1974", "чайка даўжынёй дванаццаць метраў"),
        ("Музей хлеба", "Жытніца", "1989", "печ на тры сажні"),
    ),
    "en": (
        ("Orchard", "Village", "Trees", "Prized variety"),
        ("Highfield Orchard", "Elmscott", "420", "the russet called Old Margery"),
        ("Brook Orchard", "Netherby", "180", "a pear named Bishop's Lantern"),
        ("Mill Orchard", "Garsdon", "265", "the cooking apple Tom Ploughman"),
    ),
}
FACTS = (
    Fact("маяк.txt", "Из чего построили маяк на мысе Гребень?", _RU[1]),
    Fact("маяк.txt", "Who was the first keeper of the lighthouse on Cape Greben?", _RU[2]),
    Fact("маяк.txt", "За сколько миль виден свет маяка?", _RU[3]),
    Fact("вятрак.md", "Хто паставіў вятрак у вёсцы Глінішча?", _BE[1]),
    Fact("вятрак.md", "Якой даўжыні былі крылы вятрака?", _BE[2]),
    Fact("вятрак.md", "Кому принадлежала земля под ветряной мельницей в Глинище?", _BE[3]),
    Fact("ferry.html", "When did the ferry at Willowby begin to cross the river?", _EN[1]),
    Fact("ferry.html", "Who was the last ferryman at Willowby?", _EN[2]),
    Fact("ferry.html", "Сколько стоила переправа в Уиллоуби?", _EN[3]),
    Fact("обсерватории.csv", "Кто директор обсерватории Южная?", "Пётр Заозерский", row=3),
    Fact("обсерватории.csv", "На какой высоте стоит обсерватория Снежная?", "2310", row=2),
    Fact("обсерватории.csv", "Хто дырэктар абсерваторыі Стэпная на гары Сарыдала?", "Олег Тихонравов", row=4),
    Fact("музеі.tsv", "Калі адкрылі Музей хлеба?", "1989", row=4),
    Fact("музеі.tsv", "Які галоўны экспанат у Музеі гадзіннікаў?", "сонечны гадзіннік з ясеня", row=2),
    Fact("музеі.tsv", "В каком городе находится Музей кораблей?", "Прыстань", row=3),
    Fact("orchards.csv", "How many trees are in Highfield Orchard?", "420", row=2),
    Fact("orchards.csv", "What is the prized variety of Brook Orchard?", "a pear named Bishop's Lantern", row=3),
    Fact("orchards.csv", "В какой деревне находится Mill Orchard?", "Garsdon", row=4),
    Fact("канал.docx", "Сколько шлюзов на Ясеневском канале?", "На Ясеневском канале одиннадцать шлюзов."),
    Fact("канал.docx", "Кто проектировал Ясеневский канал?", "Канал проектировала инженер Софья Вельяминова."),
    Fact("канал.docx", "How deep is the Yasenevo canal?", "Глубина Ясеневского канала два с половиной метра."),
    Fact(
        "млын.pdf", "Хто быў апошнім млынаром у Купалішчы?", "Апошнім млынаром у Купалішчы быў Марка Дубовік.", page=1
    ),
    Fact("млын.pdf", "Калі згарэў млын у Купалішчы?", "Млын у Купалішчы згарэў вясной 1938 года.", page=2),
    Fact("млын.pdf", "What stands where the mill of Kupalishcha was?", "На месцы млына цяпер стаіць школа.", page=2),
    Fact("clock.epub", "Who made the clock of Marlow Tower?", "The clock of Marlow Tower was made by Edith Ransome."),
    Fact("clock.epub", "How often is the tower clock of Marlow wound?", "It is wound every eighth day by the sexton."),
    Fact("clock.epub", "Сколько весит колокол башни Марлоу?", "The bell of Marlow Tower weighs four hundred pounds."),
)
"""Three questions a format, and more of what comes in more languages."""


def build(folder: Path) -> None:
    """Write the files, and the lighthouse, the windmill and the ferry in other encodings and languages beside them."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def files() -> dict[str, bytes]:
    """Return every file's content by its path in the folder."""
    text = {code: "\n\n".join(told) for code, told in (("ru", _RU), ("be", _BE), ("en", _EN))}
    return {
        "маяк.txt": text["ru"].encode("cp1251"),
        "вятрак.md": f"# {_BE[0]}\n\n{_BE[1]}\n\n## Крылы\n\n{_BE[2]}\n\n## Зямля\n\n{_BE[3]}\n".encode(),
        "ferry.html": _saved_page(_EN, "windows-1251").encode("cp1251"),
        "обсерватории.csv": _delimited(_TABLES["ru"], ";").encode("cp1251"),
        "музеі.tsv": _delimited(_TABLES["be"], "\t").encode("utf-16"),
        "orchards.csv": _delimited(_TABLES["en"], ",").encode(),
        "канал.docx": docx_file(
            paragraph("Ясеневский канал", properties='<w:outlineLvl w:val="0"/>'),
            paragraph("На Ясеневском канале одиннадцать шлюзов."),
            table(("Участок", "Длина"), ("верхний", "12 км"), ("нижний", "7 км")),
            paragraph("Канал проектировала инженер Софья Вельяминова."),
            paragraph("Глубина Ясеневского канала два с половиной метра."),
        ),
        "млын.pdf": pdf(
            [*lines("Млын у Купалішчы", size=18), *lines("Апошнім млынаром у Купалішчы быў Марка Дубовік.", top=740)],
            [
                *lines("Млын у Купалішчы згарэў вясной 1938 года."),
                *lines("На месцы млына цяпер стаіць школа.", top=740),
            ],
        ),
        "clock.epub": epub_file(
            "<h1>The clock</h1><p>The clock of Marlow Tower was made by Edith Ransome.</p>"
            "<p>It is wound every eighth day by the sexton.</p>",
            "<h1>The bell</h1><p>The bell of Marlow Tower weighs four hundred pounds.</p>",
            metadata="<dc:title>Marlow Tower</dc:title>",
        ),
        **_copies(),
    }


def _copies() -> dict[str, bytes]:
    """Return other texts, each in an encoding that people still have."""
    pond = "Пруд в Озерках вырыли осенью. Карпов в него пустили весной, и летом здесь уже купались дети. "
    pond_be = "Сажалку ў Азярках выкапалі ўвосень. Карпаў у яе пусцілі вясной, і ўлетку тут ужо купаліся дзеці. "
    return {
        "encodings/пруд koi8-r.txt": pond.encode("koi8-r"),
        "encodings/пруд cp866.txt": pond.replace("Карпов", "Сомов").encode("cp866"),
        "encodings/пруд utf-16.txt": pond.replace("Карпов", "Линей").encode("utf-16-le"),
        "encodings/сажалка iso-8859-5.txt": pond_be.encode("iso-8859-5"),
        "encodings/сажалка.html": _saved_page(("Сажалка", pond_be), "utf-16").encode("utf-16"),
        "encodings/пруд.html": _saved_page(("Пруд", pond), "koi8-r").encode("koi8-r"),
    }


def _delimited(rows: tuple[tuple[str, ...], ...], delimiter: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue()


def _saved_page(told: tuple[str, ...], charset: str) -> str:
    title, *paragraphs = told
    body = "".join(f"<p>{each}</p>\n" for each in paragraphs)
    return (
        f"<!DOCTYPE html>\n<!-- saved from url=(0026)http://example.org/{len(body)} -->\n<html><head>\n"
        f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">\n<title>{title}</title></head>\n'
        '<body><nav><a href="/">Home</a> <a href="/shop">Shop</a> <a href="/login">Log in</a></nav>\n'
        f"<main><h1>{title}</h1>\n{body}</main>\n"
        "<aside>Subscribe to our newsletter.</aside><footer>Copyright. All rights reserved.</footer></body></html>\n"
    )


if __name__ == "__main__":
    build(Path(sys.argv[1]))
