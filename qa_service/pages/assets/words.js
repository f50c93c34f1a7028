// Everything the pages themselves say, in each language of the interface. A word is a string or a function of values.

import { counter, format } from "./numbers.js";

/** Return page numbers as "3" or "3–4". */
function range(first, last) {
  return first === last ? `${first}` : `${first}–${last}`;
}

/** Return what writes numbers to hundredths, with a minus where one shows. */
function hundredths(locale) {
  const written = format(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "negative" });
  return (value) => written(value).replace("-", "−");
}

/** Return a written number with its sign, plus among them. */
function signed(written) {
  return written.startsWith("−") ? written : `+${written}`;
}

const PERCENT = { style: "percent" };
const enNumbers = format("en");
const enHundredths = hundredths("en");
const enPercent = format("en", PERCENT);
const ruNumbers = format("ru"); // of Belarusian too: numbers are written alike, and browsers ship without its formats
const ruHundredths = hundredths("ru");
const ruPercent = format("ru", PERCENT);
const enCount = counter("en", enNumbers);
const ruCount = counter("ru", ruNumbers);
const beCount = counter("be", ruNumbers);

const en = {
  title: "Ask your documents",
  lead: "Ask in your own language. The answer is quoted word for word from the documents, whichever language they are written in, with its exact place.",
  interface: "Language of this page",
  clear: "New conversation",
  skip: "Skip to the question",
  totals: (documents, passages) => `${enCount(documents, "document", "documents")}, ${enCount(passages, "passage", "passages")}`,
  passages: (count) => enCount(count, "passage", "passages"),
  loading: "The service is loading its model and index. It will be ready in a moment.",
  unreachable: "The service cannot be reached. Trying again…",
  empty: "No documents yet. Add some with: qa-service ingest PATH",
  documents: "What is indexed",
  all_documents: "List of documents",
  more: (count) => `and ${enNumbers(count)} more`,
  pages: (first, last) => `${first === last ? "p." : "pp."} ${range(first, last)}`,
  why: "Why this passage?",
  asked_word: "In the question",
  met_word: "Nearest in the passage",
  closeness: "Closeness",
  in_title: "in its title or heading",
  decimal: enHundredths,
  shared_words: "Words in common",
  shared_names: "Sound the same",
  share_of_best: (share) => `(${enPercent(share)} of the best match)`,
  meaning: "Similar meaning",
  meaning_is: (cosine, raw) => `${enHundredths(cosine)}, language left aside; ${enHundredths(raw)} with it`,
  best_sentence: "Closest sentence",
  language_shift: "Adjustment",
  language_shift_is: (shift) => `${signed(enHundredths(shift))}, so that no language is favoured`,
  apparatus: (prose) => `Only ${enPercent(prose)} of this passage is running text. The rest is references, menus and the like, so it ranks lower.`,
  explained: "For the question:",
  not_explained: "This passage is not among the first fifty for the question.",
  said_alike: "This passage says nearly the same as another one, and that one was found:",
  problem_refused: "The service could not answer:",
  to_documents: "Documents",
  noscript: "This page needs JavaScript.",
  back: "Questions",
  to_passage: "To the passage",
  about: "About this document",
  source: "Source",
  language: "Language",
  media_type: "Format",
  updated: "Indexed",
  home: "Back to the questions",
  page_404: "This page does not exist",
  page_422: "This address is not right",
  page_503: "One moment",
  page_failed: "This page cannot be shown",
};

const ru = {
  title: "Спросите у своих документов",
  lead: "Спрашивайте на своём языке. Ответ — дословная цитата из документов, на каком бы языке они ни были написаны, с точным указанием места.",
  interface: "Язык страницы",
  clear: "Новый разговор",
  skip: "К вопросу",
  totals: (documents, passages) =>
    `${ruCount(documents, "документ", "документа", "документов")}, ${ruCount(passages, "отрывок", "отрывка", "отрывков")}`,
  passages: (count) => ruCount(count, "отрывок", "отрывка", "отрывков"),
  loading: "Сервис загружает модель и индекс. Скоро всё будет готово.",
  unreachable: "Сервис недоступен. Пробуем снова…",
  empty: "Документов пока нет. Добавьте их: qa-service ingest ПУТЬ",
  documents: "Что в индексе",
  all_documents: "Список документов",
  more: (count) => `и ещё ${ruNumbers(count)}`,
  pages: (first, last) => `с. ${range(first, last)}`,
  why: "Почему этот отрывок?",
  asked_word: "В вопросе",
  met_word: "Ближайшее в отрывке",
  closeness: "Близость",
  in_title: "в его названии или заголовке",
  decimal: ruHundredths,
  shared_words: "Общие слова",
  shared_names: "Звучат одинаково",
  share_of_best: (share) => `(${ruPercent(share)} от лучшего совпадения)`,
  meaning: "Сходство смысла",
  meaning_is: (cosine, raw) => `${ruHundredths(cosine)} без учёта языка; ${ruHundredths(raw)} вместе с ним`,
  best_sentence: "Самое близкое предложение",
  language_shift: "Поправка",
  language_shift_is: (shift) => `${signed(ruHundredths(shift))}, чтобы ни у одного языка не было преимущества`,
  apparatus: (prose) => `Связного текста здесь только ${ruPercent(prose)}. Остальное — ссылки, меню и подобное, поэтому отрывок стоит ниже.`,
  explained: "К вопросу:",
  not_explained: "Этого отрывка нет среди первых пятидесяти по этому вопросу.",
  said_alike: "Этот отрывок почти дословно повторяет другой, и найден был тот:",
  problem_refused: "Сервис не смог ответить:",
  to_documents: "Документы",
  noscript: "Этой странице нужен JavaScript.",
  back: "Вопросы",
  to_passage: "К отрывку",
  about: "О документе",
  source: "Источник",
  language: "Язык",
  media_type: "Формат",
  updated: "В индексе с",
  home: "Вернуться к вопросам",
  page_404: "Такой страницы нет",
  page_422: "Адрес указан неверно",
  page_503: "Минуту",
  page_failed: "Страницу показать не удалось",
};

const be = {
  title: "Спытайце ў сваіх дакументаў",
  lead: "Пытайцеся на сваёй мове. Адказ — даслоўная цытата з дакументаў, на якой бы мове яны ні былі напісаны, з дакладным указаннем месца.",
  interface: "Мова старонкі",
  clear: "Новая размова",
  skip: "Да пытання",
  totals: (documents, passages) =>
    `${beCount(documents, "дакумент", "дакументы", "дакументаў")}, ${beCount(passages, "урывак", "урыўкі", "урыўкаў")}`,
  passages: (count) => beCount(count, "урывак", "урыўкі", "урыўкаў"),
  loading: "Сэрвіс загружае мадэль і індэкс. Хутка ўсё будзе гатова.",
  unreachable: "Сэрвіс недаступны. Спрабуем зноў…",
  empty: "Дакументаў пакуль няма. Дадайце іх: qa-service ingest ШЛЯХ",
  documents: "Што ў індэксе",
  all_documents: "Спіс дакументаў",
  more: (count) => `і яшчэ ${ruNumbers(count)}`,
  pages: (first, last) => `с. ${range(first, last)}`,
  why: "Чаму гэты ўрывак?",
  asked_word: "У пытанні",
  met_word: "Найбліжэйшае ва ўрыўку",
  closeness: "Блізкасць",
  in_title: "у яго назве або загалоўку",
  decimal: ruHundredths,
  shared_words: "Агульныя словы",
  shared_names: "Гучаць аднолькава",
  share_of_best: (share) => `(${ruPercent(share)} ад найлепшага супадзення)`,
  meaning: "Падабенства сэнсу",
  meaning_is: (cosine, raw) => `${ruHundredths(cosine)} без уліку мовы; ${ruHundredths(raw)} разам з ёю`,
  best_sentence: "Найбліжэйшы сказ",
  language_shift: "Папраўка",
  language_shift_is: (shift) => `${signed(ruHundredths(shift))}, каб ніводная мова не мела перавагі`,
  apparatus: (prose) => `Звязнага тэксту тут толькі ${ruPercent(prose)}. Астатняе — спасылкі, меню і падобнае, таму ўрывак стаіць ніжэй.`,
  explained: "Да пытання:",
  not_explained: "Гэтага ўрыўка няма сярод першых пяцідзесяці па гэтым пытанні.",
  said_alike: "Гэты ўрывак амаль даслоўна паўтарае іншы, і знойдзены быў той:",
  problem_refused: "Сэрвіс не змог адказаць:",
  to_documents: "Дакументы",
  noscript: "Гэтай старонцы патрэбны JavaScript.",
  back: "Пытанні",
  to_passage: "Да ўрыўка",
  about: "Пра дакумент",
  source: "Крыніца",
  language: "Мова",
  media_type: "Фармат",
  updated: "У індэксе з",
  home: "Вярнуцца да пытанняў",
  page_404: "Такой старонкі няма",
  page_422: "Адрас няправільны",
  page_503: "Хвілінку",
  page_failed: "Старонку не ўдалося паказаць",
};

export const WORDS = { be, ru, en };
