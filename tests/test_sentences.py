"""Sentence spans: whole, in order, and never half a sentence."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.sentences import split_sentences

SCRAPS = st.sampled_from(
    [
        "Минск. ",
        "вул. ",
        "А. С. ",
        "[1] ",
        "[2; 3].",
        "e.g. ",
        "«Так!» ",
        "— не",
        "。",
        "漢字",
        "\n",
        "\n\n",
        "| a | b |",
        "… ",
        ";",
    ]
)
TEXTS = st.lists(st.one_of(SCRAPS, st.text(max_size=8))).map("".join)


def sentences(text: str) -> list[str]:
    return [span.of(text) for span in split_sentences(text)]


@settings(deadline=None)
@given(TEXTS)
def test_sentences_are_trimmed_and_in_order_and_leave_nothing_out(text: str) -> None:
    spans = split_sentences(text)
    pieces = [span.of(text) for span in spans]
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "Завод построен в 1947 г. в Минске.",
        "В 1569 г. Великое княжество объединилось с Польшей.",
        "У 2011–2012 гг. Беларусь павялічыла экспарт.",
        "Рым у I ст. да н. э. Рымам і заставаўся.",
        "Музей стаіць на вул. Кастрычніцкай, 5, каля пл. Перамогі.",
        "Прадаюць хлеб, малако, мёд і г. д. на рынку.",
        "Тут жылі Купала, Колас і інш. пісьменнікі.",
        "Вывозят нефть, калий, тракторы и т. д. в тридцать стран.",
        "Роман напісаў Я. Колас, а паэму — А. С. Пушкін.",
        "Рэктарам стаў праф. Васіль Іваноўскі, намеснікам — д-р. Гаўрыла Гарэцкі.",
        "Чл.-кор. НАН Беларуси выступил первым, см. рис. 5 и табл. 3.",
        "Канферэнцыя прайшла 29 кастр. 2018 года.",
        "Mr. Smith and Dr. J. R. Brown met at No. 10 on 5 Nov. 1998.",
        "Some metals, e.g. Iron and i.e. Copper, rust differently.",
        "He quotes vol. 3, pp. 14 and Fig. 2 of the same work.",
        "Нафта дае большую частку даходу [12; 14–16]. [17]",
        "Он спросил: «Куда идёшь?» — и замолчал.",
        "— Людзі не вераць, — кажа Лідзія. — Я паказваю фотаздымкі.",
        "Верш «А хто там ідзе?» перакладзены на рускую мову.",
        "Белорусы купили тракторы; Казахи продали зерно.",
        "Адкрылі музей... праз год зачынілі.",
        "Змест ..... 27",
        "彼は「はい。」と言った。",
    ],
)
def test_what_stays_whole(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "pieces",
    [
        ["Минск — столица.", "Брест — на западе!", "А где Гродно?", "На Немане…", "Там, да."],
        ["Помнік паставілі ў 1974-м.", "Скульптар — Глебаў."],
        ["Добыли 5 млн.", "Продали всё."],
        ["Ён жыў у Паазер’і.", "Гэта край азёр."],
        ["It costs $250m.", "Both pay.", "Fine, they said.", "“No!”", "He left."],
        ["Плошча вялікая.[1]", "Глыбіня малая. [2]", "Берагі нізкія[3].", "Канец."],
        ["«Хлеб дорог».", "«Соль дешева», — сказал он."],
        ["明斯克是首都。", "它很大！", "真的吗？！", "是的"],
    ],
)
def test_what_is_cut(pieces: list[str]) -> None:
    assert sentences(" ".join(pieces)) == pieces


def test_sentences_without_spaces_between_them_are_cut() -> None:
    assert sentences("明斯克是首都。它很大！真的吗？！是的。") == ["明斯克是首都。", "它很大！", "真的吗？！", "是的。"]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            [
                "У школьнай праграме іх імёны стаяць побач так даўно, што чытач",
                "міжволі звязвае іх у адно, хоць гэта былі людзі розных звычак з",
                "Навагрудскага",
                "павета.",
            ],
            id="a short last line",
        ),
        pytest.param(
            ["Хто бачыў гэты горад вясною, той ведае, чаму пра", "Днепрадзяржынскае вадасховішча спрачаюцца"],
            id="a line that is short because the next word is long",
        ),
        pytest.param(
            ["Of the three rivers that meet at this place, which is named after the", "Prince, only one freezes."],
            id="a capital behind a line end",
        ),
        pytest.param(
            ["Станция стоит на высоком берегу, в стороне от старого города, и её", "видно", "отовсюду, даже с реки"],
            id="ragged lines that go on in lower case",
        ),
        pytest.param(
            ["Соединить реки предложил в тысяча шестьсот пятьдесят пятом году канцлер", "— Оссолинский."],
            id="a dash behind a line end",
        ),
        pytest.param(
            ["Правіла замацавалі ў спецыяльным законе, які прыняў парламент краіны ў г.", "Мінску."],
            id="an abbreviation before a line end",
        ),
    ],
)
def test_a_sentence_goes_on_behind_the_end_of_a_wrapped_line(lines: list[str]) -> None:
    assert sentences("\n".join(lines)) == ["\n".join(lines)]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            ["Дороги и трубы", "Стальная труба в болоте не лежит: она всплывает, и потому её пригружают"],
            id="a heading above a paragraph",
        ),
        pytest.param(
            [
                "River | Flows into | Full length in kilometres, as measured from space",
                "Pripyat | Dnieper",
                "Pcič | Pripyat",
            ],
            id="rows of a table",
        ),
        pytest.param(["• за дваццаць хвілінаў — сплесьці касу з трох саломінаў;", "• за зіму — капялюш"], id="bullets"),
        pytest.param(
            [
                "1. Выпуск зависит от договоров с двумя странами сильнее, чем от цены",
                "2. Нагрузка на землю вокруг города растёт",
                "12) прочее",
            ],
            id="numbered items",
        ),
        pytest.param(
            ["- further development of trade and economic relations on equal terms;", "- removal of barriers."],
            id="items behind hyphens",
        ),
        pytest.param(
            ["[1] Арматурой трубопроводчики зовут задвижки, клапаны и краны, а не стержни.", "[2] Там же."],
            id="footnotes",
        ),
        pytest.param(["Белая берёза", "Под моим окном", "Принакрылась снегом,", "Точно серебром."], id="verses"),
        pytest.param(["— Хто ткаў?", "— Мужчыны, і вучыліся яны да сямі гадоў, а жанчын не пускалі."], id="a dialogue"),
    ],
)
def test_lines_that_stand_by_themselves(lines: list[str]) -> None:
    assert sentences("\n".join(lines)) == lines


def test_a_blank_line_ends_a_sentence() -> None:
    assert sentences("палова сказа\n\nдругая палова") == ["палова сказа", "другая палова"]


def test_a_wrapped_paragraph_falls_into_its_sentences() -> None:
    text = (
        "Struve published the results in French, at Saint Petersburg, in two\n"
        "volumes dated 1857 and 1860. Each centre was fixed in the ground.\n"
        "Nobody lays a tape over two thousand kilometres of forest."
    )
    assert sentences(text) == [
        "Struve published the results in French, at Saint Petersburg, in two\nvolumes dated 1857 and 1860.",
        "Each centre was fixed in the ground.",
        "Nobody lays a tape over two thousand kilometres of forest.",
    ]


@pytest.mark.parametrize(
    "piece", ["слово ", "А. ", "Так. ", "г; ", ".", "[1]", "。", "(", "漢", "\n", " \n", "- ", "» ", "1. ", "x\nY"]
)
def test_long_texts_take_time_that_grows_with_their_length(piece: str) -> None:
    """With any step quadratic, one of these would take minutes and run into the time-out of the tests."""
    text = piece * (100_000 // len(piece))
    covered = "".join(span.of(text) for span in split_sentences(text))
    assert "".join(covered.split()) == "".join(text.split())
