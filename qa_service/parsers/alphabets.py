"""Letters of languages beyond ASCII, the usual ones first, and the code pages that texts in them are kept in."""

from collections.abc import Mapping

PAGES: Mapping[str, str] = {
    "cp1252": "Latin", "cp1251": "Cyrillic", "koi8-r": "Cyrillic", "koi8-u": "Cyrillic", "cp866": "Cyrillic",
    "cp1125": "Cyrillic", "iso-8859-5": "Cyrillic", "mac-cyrillic": "Cyrillic", "cp1250": "Latin",
    "iso-8859-2": "Latin", "cp1254": "Latin", "cp1257": "Latin", "cp850": "Latin", "cp852": "Latin", "cp1253": "Greek",
    "iso-8859-7": "Greek", "cp1255": "Hebrew", "cp1256": "Arabic",
}  # fmt: skip
"""The script of each code page; of two that say the same the first is named."""

LETTERS: Mapping[str, Mapping[str, str]] = {
    "Cyrillic": {
        "ru": "оаетинсрвлдмкпуяыьгзбчйшхжюёэцщфъ",
        "be": "анірскеылятодумвпзцўгбьчшйэхжюёф",
        "uk": "оаниіветрслкудмпзяьбгйчхцжшюїщєфґ",
        "bg": "аеиотнрсвдклмпзяъбугчцйщхжшюьф",
        "sr": "аоиенсртјвкдумплзбгчћшњљцђжхџф",
    },
    "Latin": {
        "de": "üäöß", "fr": "éèàêçôîâûùëïœ", "es": "óíáéñúü", "pt": "ãçáéíóêõâúà",
        "it": "èàòùìé", "pl": "łóążęśćńź", "cs": "íáéěžýřčšůúťňóď", "sk": "áíéčžýšúťľôóňäďŕĺ", "hu": "áéöóőüíúű",
        "ro": "ăîâșțşţ", "sl": "čšž", "hr": "čšžćđ", "sv": "äåöé", "da": "øåæé", "fi": "äö", "tr": "ıüşğçöâİ",
        "lt": "ėšžųįąčęū", "lv": "āīēšņļžūķģč", "et": "äõüöšž", "nl": "ëéïèöü", "is": "íáðúéóþöæý",
    },
    "Greek": {"el": "αοιετσνηυρπκμλωςίόάέδγήύχθφώβξζψ"},
    "Hebrew": {"he": "יוהלארתבשמםנדחקעפכגצזטסןךףץ"},
    "Arabic": {"ar": "اليمنرتبودسعفهكقحجةأشصطخىضذثغزإئءظآؤ", "fa": "ایردنمهوتبسشکلزفگعخقجآپحصطچضغظثذئژ"},
}  # fmt: skip

FUNCTION_WORDS: Mapping[str, frozenset[bytes]] = {
    language: frozenset(words.encode().split())
    for language, words in {
        "en": "the of and to in a is that it for was on with as be",
        "de": "der die und das ist nicht ein eine mit von zu den im auf sich",
        "fr": "le la les des et est une un du dans que qui pour par en au",
        "es": "el la los las de que y en un una es por con del se",
        "pt": "o a os as de que e em um uma do da no na se com",
        "it": "il la di che e un una del della per con non sono si gli",
        "pl": "i w na nie z do jest o to od po przez dla oraz jak",
        "cs": "a je se na v to s z do o byl jako pro ale",
        "sk": "a je sa na v to s z do o bol ako pre ale",
        "hu": "a az egy hogy nem van volt meg ez de ki",
        "ro": "de a din cu la o care pe un este nu sau mai",
        "sv": "och i att det som en av den med ett inte var",
        "da": "og i at det som en af den med et ikke var til",
        "fi": "ja on ei se oli ovat kuin joka mutta",
        "tr": "ve bir bu da de ile olarak olan daha",
        "nl": "de het een en van in dat is niet op te zijn",
    }.items()
}
"""Of languages in Latin letters, whose texts have few letters beyond ASCII to go by."""
