"""Words that say how a question is asked, not what about: they match everywhere and tell nothing apart.

They are folded as tokens are: ё is е, and a hyphenated one stands with its parts and without its hyphen. `us` is not
among the English ones: it is what `U.S.` folds to.
"""

from collections.abc import Mapping

from qa_service.types import Language

STOP_WORDS: Mapping[Language, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "be": """
            а аб або абы ад адкуль але альбо без бо бы была было былі быць быў вам вамі вас ваш вось вы гэта гэтага
            гэтай гэтак гэтаму гэтая гэтую гэты гэтым гэтымі гэтых гэтыя да дакуль дзе дзеля для дык е ей ен есць ею ж
            жа з за завошта зза зусім зь каго каля калі каму колькі куды кім лі мне мной мною мы мяне між на навошта
            над нам намі нас наш не ні па паводле пад пасля перад пра праз пры сабе сам свае свайго сваю сваіх свой
            скуль сябе та табе таго тады такая такое таксама такі такія там тая тое той толькі ту тут ты тых тыя у
            увесь ужо усе хто хіба цябе ці чаго чаму чые чый чыйго чым чыя што я яго яе як якая якога якое якой якому
            якую які якім якімі якіх якія яму яна яно яны яшчэ і ім імі іх ў ўсе
        """,
        "en": """
            a about after all also am an and any are as at be because been before being between both but by can could
            did do does doing done for from had has have having he her here hers him his how how's i if in into is
            isn't it it's its itself just me my no nor not of off on once only or other our out over own same shall
            she should so some such tell than that that's the their them then there these they this those through to
            too under until up upon very was we were what what's when where where's whether which while who who's
            whom whose why will with would yet you your
        """,
        "ru": """
            а без бы был была были было быть в вам вами вас ваш во вот все всего всей всем всех вы где да для до его
            ее ей ему если есть еще ж же за зачем и из изза или им ими их к как какая какие каким каких какого какое
            какой каком какому какою какую кем ко когда кого ком кому которая которого которое которой котором
            которому которую которые который которым которых кто куда ли либо между меня мне мной мои мой мы на над
            нам нами нас наш не него нее ней нему нет ни ним ними них но ну о об обо он она они оно от откуда отчего
            по под почему при про с сам свое своего своей своем свои своих свой свою себе себя сколько со так такая
            также такие такое такой там тебе тебя тем то тогда того тоже той том тот ту тут ты у уже хотя чего чей чем
            чему что чтобы чье чьи чья эта эти этим этих это этого этой этом этому этот эту я
        """,
    }.items()
}
"""By language. A language without a row keeps every word."""
