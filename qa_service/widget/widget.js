/*
 * The question box that other sites embed: <qa-widget>, and the launcher that a script element puts up.
 *
 *   <script async src="https://HOST/widget/v1/widget.js" data-site-key="pk_…"></script>      a launcher in the corner
 *   <qa-widget mode="inline" site-key="pk_…"></qa-widget>                                     stands where it is written
 *
 * One file, classic script and module alike, without dependencies and without a build. The host page's policy needs
 * `script-src HOST; connect-src HOST` and nothing else: no image, font, frame or inline style is used, and no string
 * ever becomes markup (`require-trusted-types-for 'script'` holds).
 *
 * Attributes, each also as `data-…`, all of them live: mode (launcher, inline), site-key, lang (auto, en, ru, be),
 * theme (auto, light, dark), color, position (bottom-end, bottom-start, bottom-right, bottom-left), title,
 * example-questions ("one|another"), explain (asks for what `qa-passage` listeners explain passages with).
 * A script element takes the same as `data-…`; it puts up a launcher where it has `data-site-key` or `data-mode`.
 *
 * `QAService` has open, close, ask, on and off. Events, on the element and bubbling: qa-open, qa-close, qa-question,
 * qa-answer, qa-problem, qa-feedback, qa-change, qa-passage.
 *
 * Top to bottom: words, style sheet, elements, colours, offsets, what goes over the wire, memory, passages, answers,
 * feedback, a turn, the conversation, the composer, the element, the launcher.
 */
(() => {
  "use strict";

  const PATH = "/widget/v1/widget.js";
  const TAG = "qa-widget";
  const known = customElements.get(TAG);
  const script = ownScript();
  if (known) {
    known.launchFrom(script); // the file came twice: the first one's element serves both
    return;
  }
  const HOME = new URL(script.src).origin;

  /** Return the element this file was loaded with. A module is not told, so it looks for one that nobody has taken. */
  function ownScript() {
    const isOurs = ({ src }) => src !== "" && new URL(src).pathname === PATH;
    const taken = known?.taken ?? new WeakSet();
    const found = document.currentScript ?? [...document.scripts].find((one) => isOurs(one) && !taken.has(one));
    if (!found?.src) {
      throw new Error(`${TAG}: load this file with <script src="https://…${PATH}">; its address says where to ask`);
    }
    return found;
  }

  // --- words ---------------------------------------------------------------------------------------------------------

  const BOUND = 2000; // code points of a question that the service takes
  const numbers = { en: new Intl.NumberFormat("en"), ru: new Intl.NumberFormat("ru") };
  const plurals = { en: new Intl.PluralRules("en"), ru: new Intl.PluralRules("ru") };

  /** Return "1 passage", "2 passages"; Belarusian counts and writes numbers as Russian does. */
  function counted(rules, count, one, few, many = few) {
    return `${numbers[rules].format(count)} ${{ one, few }[plurals[rules].select(count)] ?? many}`;
  }

  function pageRange(first, last) {
    return first === last ? `${first}` : `${first}–${last}`;
  }

  const EN = {
    title: "Ask the documents",
    open: "Ask a question",
    close: "Close",
    clear: "New conversation",
    greeting: "What would you like to know?",
    lead: "Ask in your own language. The answer is quoted word for word, with its exact place.",
    kept: "The conversation stays in this tab.",
    examples: "For example",
    conversation: "Conversation",
    question: "Your question",
    ask: "Ask",
    counter: (used) => `${numbers.en.format(used)} of ${numbers.en.format(BOUND)} characters`,
    too_long: (over) => `The question is too long: please take out ${counted("en", over, "character", "characters")}.`,
    searching: "Searching the documents…",
    reading: (count) => `${counted("en", count, "passage", "passages")} found, looking for the answer…`,
    slow: "This takes longer than usual. Still waiting…",
    stop: "Stop",
    stopped: "Stopped.",
    superseded: "Left for a newer question.",
    again: "Try again",
    searched: "Searched for:",
    in_language: (name) => `The answer is in ${name}`,
    sources: "Sources",
    found: "Passages found",
    nearest: "Nearest passages, which do not answer the question",
    not_found: "Not in these documents.",
    low_confidence: "Nothing in them answers this closely enough. Try other words, or look at the nearest passages.",
    no_documents: "There was nothing to search in.",
    confidence_high: "The documents almost certainly answer this",
    confidence_medium: "The documents probably answer this",
    confidence_low: "The documents may answer this",
    pages: (first, last) => `${first === last ? "p." : "pp."} ${pageRange(first, last)}`,
    source: (marker, title) => `Source ${marker}: ${title}`,
    also_in: "Also in:",
    open_reader: "Open in the document",
    copy: "Copy with sources",
    copied: "Copied.",
    copy_by_hand: "The browser does not let this page copy. Copy from here:",
    up: "Helpful",
    down: "Not helpful",
    what_was_wrong: "What was wrong?",
    wrong: "The answer is wrong",
    incomplete: "Something is missing",
    missed: "The documents do answer it",
    irrelevant: "It is about something else",
    other: "Something else",
    comment: "More about it, if you like",
    send: "Send",
    thanks: "Thank you. This helps to make answers better.",
    feedback_failed: "This could not be sent. Please try again.",
    offline: "You are offline. The question will be asked as soon as the connection is back.",
    unreachable: "The service did not answer. It may be restarting, or the connection may be down.",
    forbidden: "This site is not allowed to ask here. Whoever runs the site can have it allowed.",
    key_ended: "This site's access has ended. Whoever runs the site can renew it.",
    key_wrong: "This site's access key is not valid. Whoever runs the site can put it right.",
    busy: (seconds) => `Too many questions at once. Asking again in ${seconds} s…`,
    busy_long: (seconds) => `Too many questions for now. Please try again in ${Math.ceil(seconds / 60)} min.`,
    loading: "The service is starting. The question will be asked as soon as it is ready…",
    failed: "Something went wrong in the service. That is not because of your question.",
    refused: "The service could not take this question:",
    broken: "The connection broke off before the answer was complete.",
    garbled: "What came from the service could not be read.",
  };

  const RU = {
    title: "Спросить документы",
    open: "Задать вопрос",
    close: "Закрыть",
    clear: "Новый разговор",
    greeting: "Что вы хотите узнать?",
    lead: "Спрашивайте на своём языке. Ответ — дословная цитата с точным указанием места.",
    kept: "Разговор остаётся в этой вкладке.",
    examples: "Например",
    conversation: "Разговор",
    question: "Ваш вопрос",
    ask: "Спросить",
    counter: (used) => `${numbers.ru.format(used)} из ${numbers.ru.format(BOUND)} знаков`,
    too_long: (over) => `Вопрос слишком длинный: сократите его на ${counted("ru", over, "знак", "знака", "знаков")}.`,
    searching: "Ищем в документах…",
    reading: (count) => `Найдено: ${counted("ru", count, "отрывок", "отрывка", "отрывков")}. Ищем в них ответ…`,
    slow: "Это занимает больше времени, чем обычно. Ждём…",
    stop: "Остановить",
    stopped: "Остановлено.",
    superseded: "Оставлено ради нового вопроса.",
    again: "Повторить",
    searched: "Искали:",
    in_language: (name) => `Язык ответа: ${name}`,
    sources: "Источники",
    found: "Найденные отрывки",
    nearest: "Самые близкие отрывки: на вопрос они не отвечают",
    not_found: "В этих документах ответа нет.",
    low_confidence: "Ничто в них не отвечает на вопрос достаточно точно. Спросите иначе или посмотрите самые близкие отрывки.",
    no_documents: "Искать было не в чем.",
    confidence_high: "Ответ в документах почти наверняка есть",
    confidence_medium: "Ответ в документах, вероятно, есть",
    confidence_low: "Ответ в документах, возможно, есть",
    pages: (first, last) => `с. ${pageRange(first, last)}`,
    source: (marker, title) => `Источник ${marker}: ${title}`,
    also_in: "Также в:",
    open_reader: "Открыть в документе",
    copy: "Копировать с источниками",
    copied: "Скопировано.",
    copy_by_hand: "Браузер не даёт этой странице копировать. Скопируйте отсюда:",
    up: "Полезно",
    down: "Не помогло",
    what_was_wrong: "Что не так?",
    wrong: "Ответ неверный",
    incomplete: "Чего-то не хватает",
    missed: "В документах ответ есть",
    irrelevant: "Это о другом",
    other: "Другое",
    comment: "Подробнее, если хотите",
    send: "Отправить",
    thanks: "Спасибо. Это поможет улучшить ответы.",
    feedback_failed: "Отправить не удалось. Попробуйте ещё раз.",
    offline: "Нет связи. Вопрос будет задан, как только она появится.",
    unreachable: "Сервис не ответил. Возможно, он перезапускается или нет связи.",
    forbidden: "Этому сайту не разрешено задавать здесь вопросы. Разрешение может получить владелец сайта.",
    key_ended: "Доступ этого сайта прекращён. Возобновить его может владелец сайта.",
    key_wrong: "Ключ доступа этого сайта недействителен. Исправить это может владелец сайта.",
    busy: (seconds) => `Слишком много вопросов сразу. Спросим снова через ${seconds} с…`,
    busy_long: (seconds) => `Пока слишком много вопросов. Повторите через ${Math.ceil(seconds / 60)} мин.`,
    loading: "Сервис запускается. Вопрос будет задан, как только он будет готов…",
    failed: "В сервисе произошла ошибка. Дело не в вашем вопросе.",
    refused: "Сервис не смог принять этот вопрос:",
    broken: "Связь оборвалась, ответ пришёл не целиком.",
    garbled: "Ответ сервиса не удалось прочитать.",
  };

  const BE = {
    title: "Спытаць дакументы",
    open: "Задаць пытанне",
    close: "Закрыць",
    clear: "Новая размова",
    greeting: "Што вы хочаце даведацца?",
    lead: "Пытайцеся на сваёй мове. Адказ — даслоўная цытата з дакладным указаннем месца.",
    kept: "Размова застаецца ў гэтай укладцы.",
    examples: "Напрыклад",
    conversation: "Размова",
    question: "Ваша пытанне",
    ask: "Спытаць",
    counter: (used) => `${numbers.ru.format(used)} з ${numbers.ru.format(BOUND)} знакаў`,
    too_long: (over) => `Пытанне занадта доўгае: скараціце яго на ${counted("ru", over, "знак", "знакі", "знакаў")}.`,
    searching: "Шукаем у дакументах…",
    reading: (count) => `Знойдзена: ${counted("ru", count, "урывак", "урыўкі", "урыўкаў")}. Шукаем у іх адказ…`,
    slow: "Гэта займае больш часу, чым звычайна. Чакаем…",
    stop: "Спыніць",
    stopped: "Спынена.",
    superseded: "Пакінута дзеля новага пытання.",
    again: "Паўтарыць",
    searched: "Шукалі:",
    in_language: (name) => `Мова адказу: ${name}`,
    sources: "Крыніцы",
    found: "Знойдзеныя ўрыўкі",
    nearest: "Найбліжэйшыя ўрыўкі: на пытанне яны не адказваюць",
    not_found: "У гэтых дакументах адказу няма.",
    low_confidence: "Нішто ў іх не адказвае на пытанне дастаткова дакладна. Спытайце інакш або паглядзіце найбліжэйшыя ўрыўкі.",
    no_documents: "Шукаць не было ў чым.",
    confidence_high: "Адказ у дакументах амаль напэўна ёсць",
    confidence_medium: "Адказ у дакументах, верагодна, ёсць",
    confidence_low: "Адказ у дакументах, магчыма, ёсць",
    pages: (first, last) => `с. ${pageRange(first, last)}`,
    source: (marker, title) => `Крыніца ${marker}: ${title}`,
    also_in: "Таксама ў:",
    open_reader: "Адкрыць у дакуменце",
    copy: "Капіраваць з крыніцамі",
    copied: "Скапіравана.",
    copy_by_hand: "Браўзер не дае гэтай старонцы капіраваць. Скапіруйце адсюль:",
    up: "Карысна",
    down: "Не дапамагло",
    what_was_wrong: "Што не так?",
    wrong: "Адказ няправільны",
    incomplete: "Чагосьці не хапае",
    missed: "У дакументах адказ ёсць",
    irrelevant: "Гэта пра іншае",
    other: "Іншае",
    comment: "Падрабязней, калі хочаце",
    send: "Адправіць",
    thanks: "Дзякуй. Гэта дапаможа палепшыць адказы.",
    feedback_failed: "Адправіць не ўдалося. Паспрабуйце яшчэ раз.",
    offline: "Няма сувязі. Пытанне будзе зададзена, як толькі яна з'явіцца.",
    unreachable: "Сэрвіс не адказаў. Магчыма, ён перазапускаецца або няма сувязі.",
    forbidden: "Гэтаму сайту не дазволена задаваць тут пытанні. Дазвол можа атрымаць уладальнік сайта.",
    key_ended: "Доступ гэтага сайта спынены. Аднавіць яго можа ўладальнік сайта.",
    key_wrong: "Ключ доступу гэтага сайта несапраўдны. Выправіць гэта можа ўладальнік сайта.",
    busy: (seconds) => `Зашмат пытанняў адразу. Спытаем зноў праз ${seconds} с…`,
    busy_long: (seconds) => `Пакуль зашмат пытанняў. Паўтарыце праз ${Math.ceil(seconds / 60)} хв.`,
    loading: "Сэрвіс запускаецца. Пытанне будзе зададзена, як толькі ён будзе гатовы…",
    failed: "У сэрвісе здарылася памылка. Справа не ў вашым пытанні.",
    refused: "Сэрвіс не змог прыняць гэтае пытанне:",
    broken: "Сувязь абарвалася, адказ прыйшоў не цалкам.",
    garbled: "Адказ сэрвісу не ўдалося прачытаць.",
  };

  const WORDS = { en: EN, ru: RU, be: BE };
  const OWN_NAMES = { be: "беларуская", ru: "русский", en: "English", und: "?" }; // browsers come without Belarusian

  /** Return a language's name in that language, in English where the browser has no other, else the code. */
  function nativeName(code) {
    if (Object.hasOwn(OWN_NAMES, code)) {
      return OWN_NAMES[code];
    }
    const locales = Intl.DisplayNames.supportedLocalesOf([code]);
    return new Intl.DisplayNames([...locales, "en"], { type: "language" }).of(code);
  }

  /** What the widget itself says. An element knows its words, so that the language can change at any time. */
  class Labels {
    #root;
    #language = "en";
    #said = new WeakMap();

    /** `root` holds every element that speaks. */
    constructor(root) {
      this.#root = root;
    }

    get language() {
      return this.#language;
    }

    speak(language) {
      this.#language = language;
      for (const target of this.#root.querySelectorAll("[data-says]")) {
        this.#show(target);
      }
    }

    /** Return a word in today's language. */
    text(word, ...values) {
      const found = WORDS[this.#language][word];
      return typeof found === "function" ? found(...values) : found;
    }

    /** Make `target` say a word as its text, now and after every change of language; return `target`. */
    say(target, word, ...values) {
      return this.#give(target, "textContent", word, values);
    }

    /** Make `target` say a word as its accessible name. */
    name(target, word, ...values) {
      return this.#give(target, "ariaLabel", word, values);
    }

    /** Make a button without text say a word to those who see it too. */
    tip(target, word, ...values) {
      return this.#give(this.name(target, word, ...values), "title", word, values);
    }

    placeholder(target, word) {
      return this.#give(target, "placeholder", word, []);
    }

    /** Let `target` say nothing of its own any more; return it. */
    hush(target) {
      this.#said.delete(target);
      target.removeAttribute("data-says");
      return target;
    }

    #give(target, property, word, values) {
      this.#said.set(target, { ...this.#said.get(target), [property]: [word, values] });
      target.setAttribute("data-says", word);
      this.#show(target);
      return target;
    }

    #show(target) {
      for (const [property, [word, values]] of Object.entries(this.#said.get(target) ?? {})) {
        target[property] = this.text(word, ...values);
      }
    }
  }

  // --- style sheet ---------------------------------------------------------------------------------------------------

  /** What the documents say is set in a serif face, what the service says in a sans; sizes follow the browser's own. */
  const STYLE = `
:host { display: block; }
:host([hidden]) { display: none; }
*, ::before, ::after { box-sizing: border-box; }
.root {
  all: initial; /* what the host page says of every element stops here */
  display: block;
  font: medium/1.5 "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", "Liberation Sans", system-ui, sans-serif;
  color-scheme: light dark;
  --paper: light-dark(#f5f6f2, #12171a);
  --sheet: light-dark(#ffffff, #1a2124);
  --ink: light-dark(#1b2420, #e4eae6);
  --faint: light-dark(#54605a, #a3b0aa);
  --line: light-dark(#dbe0da, #2f3a3e);
  --edge: light-dark(#84908a, #6a7872);
  --marker: light-dark(#ffe59a, #5c4c14);
  --on-marker: light-dark(#2a2205, #fff3cd);
  --alarm: light-dark(#9c2b1f, #f0a195);
  --serif: "PT Serif", "Noto Serif", Georgia, Cambria, "Liberation Serif", ui-serif, serif;
  color: var(--ink);
  height: 100%;
  overflow-wrap: anywhere;
  -webkit-text-size-adjust: 100%;
}
.root[data-theme="light"] { color-scheme: light; }
.root[data-theme="dark"] { color-scheme: dark; }
h2, h3, h4, p, ul, ol, fieldset, dl, dd { margin: 0; padding: 0; border: 0; font: inherit; list-style: none; min-width: 0; }
h2, h3, h4, p, summary, legend, label, li, .bidi { unicode-bidi: plaintext; text-align: start; }
button, textarea, input { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; touch-action: manipulation; }
[hidden] { display: none !important; }
svg { width: 20px; height: 20px; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
a { color: var(--link); text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
mark { background: var(--marker); color: var(--on-marker); border-radius: 3px; padding-block: 0.1em; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 6px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

/* the launcher and its dialog */
.launcher {
  position: fixed;
  z-index: 2147483000;
  inset-block-end: max(20px, env(safe-area-inset-bottom));
  inset-inline-end: 20px;
  display: flex;
  align-items: center;
  gap: 10px;
  max-width: min(280px, calc(100vw - 40px));
  min-height: 56px;
  padding: 8px 22px 8px 18px;
  border: 2px solid light-dark(#fff, #0c1012);
  border-radius: 28px;
  background: var(--field);
  color: var(--on-field);
  font-weight: 600;
  line-height: 1.2;
  text-align: start;
  box-shadow: 0 2px 6px rgb(0 0 0 / 18%), 0 12px 32px -8px rgb(0 0 0 / 35%);
}
.launcher:dir(rtl) { padding: 8px 18px 8px 22px; }
.launcher svg { width: 24px; height: 24px; }
.launcher:hover { filter: brightness(1.08); }
.launcher:focus-visible { outline-offset: 3px; border-radius: 28px; }
[data-position="bottom-start"] .launcher { inset-inline: 20px auto; }
[data-position="bottom-right"] .launcher { inset-inline: auto; right: 20px; }
[data-position="bottom-left"] .launcher { inset-inline: auto; left: 20px; }
dialog {
  position: fixed;
  inset: auto;
  inset-block-end: max(20px, env(safe-area-inset-bottom));
  inset-inline-end: 20px;
  width: min(440px, calc(100vw - 40px));
  height: min(720px, calc(100dvh - 40px));
  max-width: none;
  max-height: none;
  margin: 0;
  padding: 0;
  border: 1px solid var(--line);
  border-radius: 20px;
  overflow: hidden;
  background: var(--paper);
  color: inherit;
  box-shadow: 0 4px 12px rgb(0 0 0 / 10%), 0 24px 64px -12px rgb(0 0 0 / 40%);
}
dialog::backdrop { background: rgb(10 16 14 / 32%); }
[data-position="bottom-start"] dialog { inset-inline: 20px auto; }
[data-position="bottom-right"] dialog { inset-inline: auto; right: 20px; }
[data-position="bottom-left"] dialog { inset-inline: auto; left: 20px; }
.inline { height: 100%; max-height: 44em; display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 20px; overflow: hidden; background: var(--paper); }
.panel { container: panel / inline-size; display: flex; flex-direction: column; height: 100%; min-height: 0; }

/* the bar on top */
.bar { display: flex; align-items: center; gap: 4px; flex: none; min-height: 60px; padding-block: 6px; padding-inline: 20px 8px; border-block-end: 1px solid var(--line); background: var(--sheet); }
.bar h2 { flex: 1; font-weight: 650; font-size: 1.0625em; line-height: 1.25; letter-spacing: -0.01em; }
.bar h2:focus-visible { outline: 0; }
.bar.bare { border: 0; background: none; min-height: 0; padding: 0; }
.bar.bare h2 { display: none; }
.bare.empty { display: none; }
.round { display: inline-grid; place-items: center; flex: none; width: 44px; height: 44px; padding: 0; border: 0; border-radius: 50%; background: none; color: var(--faint); }
.round:hover { background: var(--tint); color: var(--ink); }
.round:focus-visible { border-radius: 50%; outline-offset: -3px; }
.round[aria-pressed="true"] { background: var(--tint); color: var(--link); }
.round[aria-pressed="true"] svg { fill: color-mix(in srgb, currentColor 30%, transparent); }
.pill { display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 44px; padding: 6px 16px; border: 1px solid var(--edge); border-radius: 22px; background: none; color: var(--link); font-size: 0.9375em; font-weight: 600; line-height: 1.2; }
.pill:hover { background: var(--tint); }
.pill svg { width: 18px; height: 18px; }
.pill.full { border-color: var(--field); background: var(--field); color: var(--on-field); }
.bare .clear { margin-inline-start: auto; }

/* before the first question */
.scroller { flex: 1; min-height: 0; padding-inline: 20px; overflow-y: auto; overscroll-behavior: contain; scrollbar-width: thin; }
.scroller:focus-visible { outline-offset: -3px; }
.scroller.empty { padding-block: 20px; }
.greeting { font: 500 1.875em/1.15 var(--serif); letter-spacing: -0.015em; text-wrap: balance; }
.lead { margin-block-start: 10px; color: var(--faint); text-wrap: pretty; }
.examples { margin-block-start: 24px; }
.examples h3 { margin-block-end: 8px; font-size: 0.875em; font-weight: 600; color: var(--faint); }
.examples ul { display: grid; gap: 8px; }
.example { display: flex; align-items: center; justify-content: space-between; gap: 12px; width: 100%; min-height: 48px; padding: 10px 16px; border: 1px solid var(--line); border-radius: 12px; background: var(--sheet); font: 1.0625em/1.35 var(--serif); text-align: start; unicode-bidi: plaintext; }
.example::after { content: "→"; color: var(--link); font-family: sans-serif; }
.example:dir(rtl)::after { content: "←"; }
.example:hover { border-color: var(--link); }
.kept { margin-block-start: 20px; font-size: 0.8125em; color: var(--faint); }
.after { padding: 4px 20px 16px; }
.after:has(> [hidden]) { display: none; }
.after .examples { margin-block-start: 12px; }

/* the question field */
.composer { flex: none; display: grid; grid-template-columns: 1fr auto; align-items: end; gap: 2px 6px; margin: 8px 12px 12px; padding: 5px; border: 1px solid var(--edge); border-radius: 16px; background: var(--sheet); }
.composer:focus-within { border-color: var(--link); outline: 3px solid color-mix(in srgb, var(--link) 40%, transparent); }
.composer textarea { min-height: 46px; max-height: min(30vh, 200px); padding: 11px 12px; border: 0; outline: 0; resize: none; background: none; line-height: 1.5; }
.composer textarea::placeholder { color: var(--faint); opacity: 1; }
.composer button { display: grid; place-items: center; width: 46px; height: 46px; padding: 0; border: 0; border-radius: 11px; background: var(--field); color: var(--on-field); }
.composer button:hover { filter: brightness(1.1); }
.composer button:focus-visible { border-radius: 11px; }
.counter { grid-column: 1 / -1; padding: 0 12px 6px; font-size: 0.8125em; color: var(--faint); font-variant-numeric: tabular-nums; }
.counter.over { color: var(--alarm); font-weight: 600; }

/* a turn */
.turn { display: flex; flex-direction: column; padding-block: 16px 24px; outline: 0; }
.turn + .turn { border-block-start: 1px solid var(--line); }
.turn:last-child { min-height: var(--room, 0); } /* so that the newest question can stand at the top */
.question { align-self: flex-end; max-width: 88%; max-height: 9em; flex: none; overflow-y: auto; padding: 9px 16px; border-radius: 18px; border-end-end-radius: 4px; background: var(--tint); font-weight: 600; line-height: 1.4; white-space: pre-line; }
.searched { margin-block-start: 6px; font-size: 0.8125em; color: var(--faint); }
.reply { margin-block-start: 16px; }
.answer .text { font: 1.25em/1.45 var(--serif); letter-spacing: -0.005em; text-wrap: pretty; white-space: pre-line; }
.none { padding-inline-start: 14px; border-inline-start: 3px solid var(--edge); }
.answer.none .text { font-family: inherit; font-size: 1.0625em; font-weight: 600; }
.none p + p { margin-block-start: 4px; color: var(--faint); }
.foreign { width: fit-content; margin-block-end: 8px; font-size: 0.8125em; color: var(--faint); }
.citation { position: relative; margin-inline: 0.3em 0.1em; min-width: 1.75em; padding: 0.3em 0.4em; border: 0; border-radius: 6px; background: var(--marker); color: var(--on-marker); font: 700 0.625em/1 system-ui, sans-serif; font-variant-numeric: tabular-nums; vertical-align: 0.35em; }
.citation::after { content: ""; position: absolute; inset: 50% auto auto 50%; width: 44px; height: 44px; translate: -50% -50%; }
.citation:hover, .citation[aria-expanded="true"] { outline: 2px solid var(--on-marker); outline-offset: -2px; }
.citation:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.confidence { display: flex; align-items: baseline; gap: 10px; margin-block-start: 10px; font-size: 0.8125em; color: var(--faint); }
.confidence::before { --filled: 100%; content: ""; flex: none; width: 34px; height: 6px; background: linear-gradient(90deg, var(--field) var(--filled), var(--line) var(--filled)); mask: repeating-linear-gradient(90deg, #000 0 10px, transparent 10px 12px); }
.confidence_medium::before { --filled: 66%; }
.confidence_low::before { --filled: 33%; }
.status { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; color: var(--faint); }
.status p { flex: 1 1 180px; font-variant-numeric: tabular-nums; }
.waiting p::before { content: ""; display: inline-block; width: 9px; height: 9px; margin-inline: 3px 10px; border-radius: 50%; background: var(--field); }
.problem { padding: 12px 14px; border: 1px solid var(--alarm); border-radius: 14px; color: var(--alarm); }
.problem p { flex-basis: 100%; }

/* passages */
.passages { margin-block-start: 18px; }
.passages h4 { margin-block-end: 6px; font-size: 0.8125em; font-weight: 600; color: var(--faint); }
.passages li { border: 1px solid var(--line); background: var(--sheet); }
.passages li:first-child { border-start-start-radius: 12px; border-start-end-radius: 12px; }
.passages li:last-child { border-end-start-radius: 12px; border-end-end-radius: 12px; }
.passages li + li { border-block-start: 0; }
summary { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; min-height: 48px; padding: 9px 14px; cursor: pointer; list-style: none; border-radius: 11px; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--tint); }
summary:focus-visible { outline-offset: -3px; }
summary::after { content: ""; grid-area: 1 / 3; width: 7px; height: 7px; margin-inline: 12px 4px; border: solid var(--faint); border-width: 0 2px 2px 0; rotate: 45deg; translate: 0 -2px; }
[open] > summary::after { rotate: 225deg; translate: 0 2px; }
.numbers { min-width: 22px; margin-inline-end: 10px; padding: 3px 5px; border-radius: 6px; background: var(--marker); color: var(--on-marker); font-size: 0.75em; font-weight: 700; line-height: 1.2; text-align: center; font-variant-numeric: tabular-nums; }
.heading { grid-column: 2; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 12px; }
.title { font-size: 0.9375em; font-weight: 600; line-height: 1.35; }
.pages, .language { font-size: 0.8125em; color: var(--faint); white-space: nowrap; font-variant-numeric: tabular-nums; }
.snippet { grid-column: 2; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; margin-block-start: 2px; font: 0.875em/1.45 var(--serif); color: var(--faint); }
[open] > summary .snippet { display: none; }
.inside { padding: 2px 14px 8px; }
.headings { margin-block-end: 6px; font-size: 0.8125em; color: var(--faint); }
.inside .text { font: 1em/1.6 var(--serif); white-space: pre-wrap; }
.nearest mark { background: none; color: inherit; text-decoration: underline dotted var(--edge); text-underline-offset: 0.25em; }
.copies { display: flex; flex-wrap: wrap; align-items: center; gap: 0 12px; font-size: 0.875em; color: var(--faint); }
.copies a, .reader { display: inline-flex; align-items: center; gap: 6px; min-height: 44px; }
.reader { font-size: 0.9375em; font-weight: 600; }
.reader svg { width: 16px; height: 16px; }

/* what can be done with an answer */
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; margin-block-start: 10px; margin-inline-start: -12px; }
.actions .copy { display: inline-flex; align-items: center; gap: 8px; min-height: 44px; padding: 6px 12px; border: 0; border-radius: 22px; background: none; color: var(--faint); font-size: 0.875em; }
.actions .copy:hover { background: var(--tint); color: var(--ink); }
.said { font-size: 0.875em; color: var(--faint); }
.said.failed { color: var(--alarm); }
.by-hand, .wrongs textarea { width: 100%; min-height: 84px; margin-block: 8px; padding: 10px 12px; border: 1px solid var(--edge); border-radius: 12px; background: var(--sheet); resize: vertical; line-height: 1.45; font-size: 0.9375em; }
.wrongs { margin-block-start: 4px; padding: 14px; border: 1px solid var(--line); border-radius: 14px; background: var(--sheet); }
.wrongs legend { padding: 0; font-weight: 600; }
.reasons { display: flex; flex-wrap: wrap; gap: 8px; margin-block: 10px; }
.reasons label { position: relative; }
.reasons input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.reasons .pill { font-weight: 500; color: var(--ink); }
.reasons :checked + .pill { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); background: var(--tint); color: var(--link); font-weight: 600; }
.reasons :focus-visible + .pill { outline: 3px solid var(--link); outline-offset: 2px; }
.wrongs label > .bidi { font-size: 0.875em; color: var(--faint); }

@container panel (width > 600px) {
  .scroller { padding-inline: max(20px, calc((100% - 720px) / 2)); }
  .composer, .after { width: calc(100% - 24px); max-width: 736px; margin-inline: auto; }
  .after { padding-inline: 8px; }
  .answer .text { font-size: 1.4375em; }
}
@media (width < 36em) or (height < 30em) {
  .root[data-position] dialog { inset: var(--top, 0) 0 auto 0; width: 100vw; height: var(--height, 100dvh); border: 0; border-radius: 0; }
  dialog .bar { padding-block-start: max(6px, env(safe-area-inset-top)); }
  textarea { font-size: max(1em, 16px) !important; } /* a smaller field makes phones zoom in */
}
@media (width < 24em) {
  .launcher span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .launcher, .launcher:dir(rtl) { padding: 14px; }
}
@media (prefers-reduced-motion: no-preference) {
  .scroller { scroll-behavior: smooth; }
  dialog[open], .reply > *, .passages { animation: appear 180ms ease-out; }
  .waiting p::before { animation: breathe 1.4s ease-in-out infinite; }
}
@media (forced-colors: active) {
  .launcher, .citation, .numbers, .question { border: 1px solid; }
  .confidence::before { forced-color-adjust: none; }
}
@keyframes appear { from { opacity: 0; translate: 0 6px; } }
@keyframes breathe { 50% { opacity: 0.35; scale: 0.7; } }
`;
  const SHEET = new CSSStyleSheet();
  SHEET.replaceSync(STYLE);

  // --- elements ------------------------------------------------------------------------------------------------------

  const SVG = "http://www.w3.org/2000/svg";
  const ICONS = {
    ask: "M12 19V5M6 11l6-6 6 6",
    again: "M20 11a8 8 0 1 0-2.3 5.7M20 5v6h-6",
    clear: "M12 5v14M5 12h14",
    close: "M6 6l12 12M18 6L6 18",
    copy: "M9 9h11v11H9zM5 15H4V4h11v1",
    down: "M7 4v10m0-9h9.5a2 2 0 0 1 2 1.6l1.3 6A2 2 0 0 1 17.800 15H13l1 4a1.600 1.600 0 0 1-3 1l-4-6H4V5h3",
    open: "M14 5h5v5M19 5l-8 8M17 14v5H5V7h5",
    stop: "M8 8h8v8H8z",
    up: "M7 20V10m0 9h9.500a2 2 0 0 0 2-1.600l1.300-6A2 2 0 0 0 17.800 9H13l1-4a1.600 1.600 0 0 0-3-1l-4 6H4v9h3",
    widget: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2M8 9h8M8 13h4",
  };

  /** Make an element. Text goes in as text nodes; what is null is left out, attribute or child. */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== null && value !== undefined) {
        made.setAttribute(name, value);
      }
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function icon(name) {
    const made = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", ICONS[name]);
    made.setAttribute("viewBox", "0 0 24 24");
    made.setAttribute("aria-hidden", "true");
    made.append(path);
    return made;
  }

  /** Make a button that does `action` when it is pressed. */
  function button(attributes, action, ...children) {
    const made = element("button", { type: "button", ...attributes }, ...children);
    made.addEventListener("click", action);
    return made;
  }

  // --- colours -------------------------------------------------------------------------------------------------------

  const ACCENT = "#1d5c4a";
  const SURFACES = { light: [[245, 246, 242], [255, 255, 255]], dark: [[18, 23, 26], [26, 33, 36]] };
  const BLACK = [0, 0, 0];
  const WHITE = [255, 255, 255];
  const STEPS = 40;

  /** Return any opaque CSS colour as [red, green, blue], or null where it is none. */
  function parseColour(value) {
    const context = document.createElement("canvas").getContext("2d");
    if (!CSS.supports("color", value) || !context) {
      return null;
    }
    context.fillStyle = value;
    const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(context.fillStyle);
    return hex && hex.slice(1).map((part) => Number.parseInt(part, 16));
  }

  /** Return the contrast of two colours after WCAG, 1 to 21. */
  function contrast(one, other) {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  function luminance(colour) {
    const [red, green, blue] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function mix(colour, other, share) {
    return colour.map((value, at) => Math.round(value + (other[at] - value) * share));
  }

  /** Return `colour` moved towards `goal` no further than it takes to stand out from every surface. */
  function standingOut(colour, goal, surfaces, ratio) {
    for (let step = 0; step < STEPS; step += 1) {
      const moved = mix(colour, goal, step / STEPS);
      if (surfaces.every((surface) => contrast(moved, surface) >= ratio)) {
        return moved;
      }
    }
    return goal;
  }

  /** Return the colours made of an accent for one theme: a field, what is written on it, writing, and a tint. */
  function palette(accent, surfaces, goal) {
    const tint = mix(surfaces[1], accent, 0.1);
    const field = standingOut(accent, goal, surfaces, 3);
    return {
      field,
      "on-field": contrast(field, WHITE) >= contrast(field, BLACK) ? WHITE : BLACK,
      link: standingOut(accent, goal, [...surfaces, tint], 5),
      tint,
    };
  }

  /** Give `target` the colours of an accent as custom properties. */
  function paint(target, accent) {
    const light = palette(accent, SURFACES.light, BLACK);
    const dark = palette(accent, SURFACES.dark, WHITE);
    for (const name of Object.keys(light)) {
      target.style.setProperty(`--${name}`, `light-dark(rgb(${light[name]}), rgb(${dark[name]}))`);
    }
  }

  // --- offsets -------------------------------------------------------------------------------------------------------

  /** Return the text's code points, as the service counts them; half a surrogate pair is one too. */
  function codePoints(text) {
    return [...text];
  }

  function shortened(text, length) {
    return codePoints(text).slice(0, length).join("");
  }

  /** Return the same stretches in ascending order, those that touch joined into one, empty ones left out. */
  function merged(spans) {
    const joined = [];
    const ascending = spans.filter(({ start, end }) => start < end).sort((one, other) => one.start - other.start);
    for (const { start, end } of ascending) {
      const last = joined.at(-1);
      if (last && start <= last.end) {
        last.end = Math.max(last.end, end);
      } else {
        joined.push({ start, end });
      }
    }
    return joined;
  }

  /** Cut `text` at `spans` ({start, end} in code points, in any order); return text nodes and <mark> elements. */
  function marked(text, spans) {
    const points = codePoints(text);
    const nodes = [];
    let read = 0;
    for (const { start, end } of merged(spans)) {
      nodes.push(points.slice(read, start).join(""), element("mark", {}, points.slice(start, end).join("")));
      read = end;
    }
    return [...nodes, points.slice(read).join("")].filter((node) => node !== "" && node.textContent !== "");
  }

  // --- what goes over the wire ---------------------------------------------------------------------------------------

  const SLOW_SECONDS = 8;
  const SILENT_SECONDS = 60;
  const LINE_END = /\r\n|\n|\r/;

  /**
   * Why a question has no answer. `kind` is a word of the widget: offline, unreachable, forbidden, key_ended,
   * key_wrong, busy, loading, failed, refused (the service says why in `detail`), broken, garbled.
   */
  class Problem extends Error {
    constructor(kind, { detail = "", retrySeconds = null } = {}) {
      super(detail || kind);
      this.kind = kind;
      this.detail = detail;
      this.retrySeconds = retrySeconds;
    }
  }

  // Shapes of what the service sends. A shape is a function that reads a value, a list of one shape, or an object of them.

  const TEXT = (value) => need(typeof value === "string", value);
  const NUMBER = (value) => need(Number.isFinite(value), value);
  const LANGUAGE = (value) => (/^[a-z]{2,3}$/.test(value) ? value : "und"); // it goes into `lang` attributes
  const ANYTHING = (value) => value ?? null; // handed on to the page, never shown here
  const optional = (shape) => (value) => (value === null || value === undefined ? null : read(shape, value));
  const SPAN = { start: NUMBER, end: NUMBER };
  const COPY = { title: TEXT, language: LANGUAGE, source_url: TEXT };
  const PASSAGE = {
    id: NUMBER,
    text: TEXT,
    language: LANGUAGE,
    document: { id: TEXT, title: TEXT, language: LANGUAGE },
    location: { start: NUMBER, page_start: optional(NUMBER), page_end: optional(NUMBER), headings: [TEXT] },
    highlights: [SPAN],
    source_url: TEXT,
    duplicates: optional([COPY]),
    explanation: ANYTHING,
  };
  const CITATION = { ...SPAN, marker: NUMBER, passage_id: NUMBER, document_id: TEXT, quote: TEXT };
  const RESPONSE = {
    id: optional(TEXT),
    status: optional(TEXT), // it comes with the answer, after the passages
    reason: (value) => (value === "no_documents" ? value : "low_confidence"),
    question: { language: LANGUAGE, rewritten: optional(TEXT) },
    passages: [PASSAGE],
    answer: optional({ text: TEXT, language: LANGUAGE, confidence: optional(NUMBER), citations: [CITATION] }),
  };

  /** Return what a shape names of a value, each part of the type it should have; nothing else is ever shown. */
  function read(shape, value) {
    if (typeof shape === "function") {
      return shape(value);
    }
    if (Array.isArray(shape)) {
      return need(Array.isArray(value), value).map((one) => read(shape[0], one));
    }
    need(typeof value === "object" && value !== null);
    return Object.fromEntries(Object.entries(shape).map(([name, inner]) => [name, read(inner, value[name])]));
  }

  function need(isRight, value) {
    if (!isRight) {
      throw new Problem("garbled");
    }
    return value;
  }

  /** The service over HTTP. What goes wrong is a Problem; a call that was aborted throws what it was aborted with. */
  class Service {
    #origin;
    #siteKey;

    constructor(origin, siteKey) {
      this.#origin = origin;
      this.#siteKey = siteKey;
    }

    /** Yield {name, body} as they come: "passages", "answer", "done". `history` holds {question, answer}. */
    async *ask(question, history, explain, signal) {
      const body = { question, history, stream: true, ...(explain && { explain }) };
      const response = await this.#post("/v1/ask", body, signal);
      need(response.headers.get("Content-Type")?.startsWith("text/event-stream")); // else a proxy has answered
      let isDone = false;
      for await (const { name, body: part } of readParts(response.body, signal)) {
        if (name === "error") {
          throw new Problem("failed");
        }
        isDone ||= name === "done";
        yield { name, body: part };
      }
      if (!isDone) {
        throw new Problem("broken");
      }
    }

    async sendFeedback(feedback) {
      await this.#post("/v1/feedback", feedback, AbortSignal.timeout(SILENT_SECONDS * 1000));
    }

    /** Return where the reader shows a passage found for `question`; null for an address that is not the service's. */
    readerAddress(path, question) {
      const address = path.startsWith("/") && URL.canParse(path, this.#origin) ? new URL(path, this.#origin) : null;
      if (address?.origin !== this.#origin) {
        return null;
      }
      const asked = new URLSearchParams({ question: shortened(question, BOUND) });
      return `${address.href}${address.search ? "&" : "?"}${asked}#passage`;
    }

    async #post(path, body, signal) {
      const key = this.#siteKey ? { "X-Site-Key": this.#siteKey } : {};
      const headers = { "Content-Type": "application/json", ...key };
      let response;
      try {
        response = await fetch(this.#origin + path, {
          method: "POST",
          credentials: "omit",
          body: JSON.stringify(body),
          headers,
          signal,
        });
      } catch (error) {
        throw signal.aborted ? error : await this.#unreached();
      }
      if (!response.ok) {
        throw await problemOf(response);
      }
      return response;
    }

    /** A browser does not say that a site was refused; but then this file, which is for every site, still comes. */
    async #unreached() {
      if (!navigator.onLine) {
        return new Problem("offline");
      }
      const isThere = await fetch(this.#origin + PATH, { method: "HEAD", cache: "no-store", credentials: "omit" }).then(
        ({ ok }) => ok,
        () => false,
      );
      return new Problem(isThere && this.#origin !== location.origin ? "forbidden" : "unreachable");
    }
  }

  async function problemOf(response) {
    // a proxy in between may answer with something that is no problem details
    const { type, detail } = (await response.json().catch(() => null)) ?? {};
    const isText = typeof detail === "string";
    return new Problem(kindOf(response.status, `${type}`), {
      detail: isText ? detail : "",
      retrySeconds: secondsUntil(response.headers.get("Retry-After")),
    });
  }

  const REFUSALS = {
    "site-key-expired": "key_ended",
    "site-key-revoked": "key_ended",
    "site-key-origin": "forbidden",
  };

  function kindOf(status, type) {
    if (type === "urn:qa-service:problem:not-ready") {
      return "loading";
    }
    if (status === 401 || status === 403) {
      return REFUSALS[type.split(":").at(-1)] ?? "key_wrong";
    }
    if (status === 429) {
      return "busy";
    }
    if (status >= 500) {
      return [502, 504].includes(status) ? "unreachable" : "failed";
    }
    return "refused";
  }

  /** Read Retry-After, which is a number of seconds or a date. */
  function secondsUntil(value) {
    const seconds = /^\d+(\.\d+)?$/.test(value ?? "") ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
    return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : null;
  }

  /** Yield the events of a response's body; a stream that breaks off or is not what it should be is a Problem. */
  async function* readParts(stream, signal) {
    try {
      for await (const { name, data } of readEvents(stream)) {
        yield { name, body: parseJson(data) };
      }
    } catch (error) {
      throw signal.aborted || error instanceof Problem ? error : new Problem("broken");
    }
  }

  function parseJson(data) {
    try {
      return JSON.parse(data);
    } catch {
      throw new Problem("garbled");
    }
  }

  /** Yield {name, data} for every server-sent event of a byte stream; what is unfinished at its end is dropped. */
  async function* readEvents(stream) {
    let name = "message";
    let data = [];
    for await (const line of readLines(stream)) {
      if (line === "") {
        if (data.length > 0) {
          yield { name, data: data.join("\n") };
        }
        name = "message";
        data = [];
        continue;
      }
      const [, field, value] = /^([^:]*)(?:: ?)?([^]*)$/.exec(line);
      if (field === "event") {
        name = value;
      } else if (field === "data") {
        data.push(value);
      }
    }
  }

  async function* readLines(stream) {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let pending = "";
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return;
        }
        pending += value;
        // a carriage return at the end may be half of a line end whose other half has not come yet
        const isHalf = pending.endsWith("\r");
        const lines = (isHalf ? pending.slice(0, -1) : pending).split(LINE_END);
        pending = lines.pop() + (isHalf ? "\r" : "");
        yield* lines;
      }
    } finally {
      reader.cancel().catch(() => {}); // it broke off already: that has been told
    }
  }

  // --- memory --------------------------------------------------------------------------------------------------------

  const REMEMBERED = 20;

  /** The finished turns of this tab. A browser may deny storage or run out of it; then nothing is remembered. */
  class Memory {
    #key;

    constructor(...parts) {
      this.#key = ["qa-widget.1", ...parts].join(" ");
    }

    /** Return {question, response, verdict} as they were kept, oldest first. */
    read() {
      const kept = this.#attempt((storage) => JSON.parse(storage.getItem(this.#key)));
      return Array.isArray(kept) ? kept : [];
    }

    keep(turns) {
      this.#attempt((storage) => storage.setItem(this.#key, JSON.stringify(turns.slice(-REMEMBERED))));
    }

    #attempt(action) {
      try {
        return action(sessionStorage);
      } catch {
        return null;
      }
    }
  }

  // --- passages ------------------------------------------------------------------------------------------------------

  /**
   * What the parts of one widget share.
   * @typedef {object} Shared
   * @property {Labels} labels
   * @property {() => Service} service  as the site key is now
   * @property {() => boolean} explains  whether the page explains passages
   * @property {(word: string, ...values) => void} announce  to those who listen to the page
   * @property {(text: string, language: string) => void} recite  the same for words of a document
   * @property {(name: string, detail: object) => void} tell  the page, by an event
   */

  let slots = 0;

  /** A passage that was found: folded, where it stands; open, its text with the highlights and the way to the reader. */
  class PassageCard {
    #shared;
    #question;

    /** `searched` is what was looked for, {text, language}; `citations` are those that quote it, perhaps none. */
    constructor(shared, passage, searched, citations) {
      this.#shared = shared;
      this.#question = searched;
      this.details = element("details", {}, this.#summary(passage, citations), this.#inside(passage, citations));
      this.element = element("li", { class: citations.length > 0 ? "passage cited" : "passage" }, this.details);
    }

    #summary(passage, citations) {
      const { labels } = this.#shared;
      const markers = citations.map(({ marker }) => marker).join(", ");
      const best = passage.highlights[0] ?? { start: 0, end: passage.text.length };
      const { title, language } = passage.document;
      return element(
        "summary",
        {},
        markers ? element("span", { class: "numbers" }, markers) : null,
        element(
          "span",
          { class: "heading" },
          element("span", { class: "title bidi", lang: language, dir: "auto" }, title),
          pageTag(labels, passage.location),
          languageTag(passage.language),
        ),
        element(
          "span",
          { class: "snippet bidi", lang: passage.language, dir: "auto" },
          codePoints(passage.text).slice(best.start, best.end).join("").trim(),
        ),
      );
    }

    #inside(passage, citations) {
      const { title, language } = passage.document;
      const isSaid = (heading) => heading === title || passage.text.startsWith(heading);
      const headings = passage.location.headings.filter((heading) => !isSaid(heading)).join(" › ");
      const text = { class: "text", lang: passage.language, dir: "auto" };
      return element(
        "div",
        { class: "inside" },
        headings ? element("p", { class: "headings", lang: language, dir: "auto" }, headings) : null,
        element("p", text, ...marked(passage.text, [...passage.highlights, ...quotedIn(passage, citations)])),
        this.#copies(passage.duplicates ?? []),
        this.#readerLink(passage, this.#shared.labels.say(element("span"), "open_reader"), icon("open")),
        this.#explanation(passage),
      );
    }

    #copies(copies) {
      if (copies.length === 0) {
        return null;
      }
      const links = copies.map((copy) =>
        element("li", {}, this.#readerLink(copy, element("span", { lang: copy.language, dir: "auto" }, copy.title))),
      );
      const label = this.#shared.labels.say(element("span"), "also_in");
      return element("div", { class: "copies" }, label, element("ul", { role: "list" }, ...links));
    }

    /** On another site, reading leaves its page where it is. */
    #readerLink({ source_url }, ...children) {
      const href = this.#shared.service().readerAddress(source_url, this.#question.text);
      const isForeign = href && new URL(href).origin !== location.origin;
      const away = isForeign ? { target: "_blank", rel: "noopener" } : {};
      return href ? element("a", { class: "reader", href, ...away }, ...children) : element("span", {}, ...children);
    }

    /** A place that a listener to `qa-passage` may fill. */
    #explanation(passage) {
      if (!passage.explanation || !this.#shared.explains()) {
        return null;
      }
      slots += 1;
      const slot = `passage-${slots}`;
      // once the card is in the page, so that what the listener adds to the element finds its slot
      queueMicrotask(() => this.#shared.tell("passage", { slot, passage, question: this.#question }));
      return element("slot", { name: slot });
    }
  }

  /** Return where citations quote a passage, as offsets inside its text. */
  function quotedIn({ location, text }, citations) {
    const length = codePoints(text).length;
    const inside = (offset) => Math.min(Math.max(offset - location.start, 0), length);
    return citations.map((citation) => ({ start: inside(citation.start), end: inside(citation.end) }));
  }

  function pageTag(labels, { page_start, page_end }) {
    return page_start === null ? null : labels.say(element("span", { class: "pages" }), "pages", page_start, page_end);
  }

  function languageTag(code) {
    return element("span", { class: "language", lang: code }, nativeName(code));
  }

  /** Make a list of cards under a heading word; nothing where there are none. */
  function passageList(labels, word, cards) {
    if (cards.length === 0) {
      return [];
    }
    const list = element("ol", { role: "list" }, ...cards.map((card) => card.element));
    return [element("section", { class: `passages ${word}` }, labels.say(element("h4"), word), list)];
  }

  // --- answers -------------------------------------------------------------------------------------------------------

  const STEPS_OF_CONFIDENCE = [
    { from: 0.75, word: "confidence_high" },
    { from: 0.45, word: "confidence_medium" },
    { from: 0, word: "confidence_low" },
  ];

  /** Make the view of an answer; `cards` maps passage ids to the cards its citations open. */
  function answerView(labels, { answer, question, passages }, cards) {
    const titles = new Map(passages.map(({ id, document: { title } }) => [id, title]));
    const text = element(
      "p",
      { class: "text", lang: answer.language, dir: "auto" },
      ...withCitations(answer, (citation) =>
        citationButton(labels, citation, titles.get(citation.passage_id), cards.get(citation.passage_id)),
      ),
    );
    return element(
      "div",
      { class: "answer" },
      answer.language === question.language
        ? null
        : labels.say(element("p", { class: "foreign" }), "in_language", nativeName(answer.language)),
      text,
      confidenceView(labels, answer.confidence),
    );
  }

  /** Make the view of "not found" for a reason of the service. */
  function notFoundView(labels, reason) {
    const statement = labels.say(element("p", { class: "text" }), "not_found");
    return element("div", { class: "answer none" }, statement, labels.say(element("p"), reason));
  }

  /** Return the answer's text cut after every quote, each followed by its citation. */
  function withCitations({ text, citations }, button) {
    const nodes = [];
    let read = 0;
    for (const citation of citations) {
      const found = text.indexOf(citation.quote, read);
      const end = found === -1 ? text.length : found + citation.quote.length;
      nodes.push(text.slice(read, end), button(citation));
      read = end;
    }
    return [...nodes, text.slice(read)];
  }

  /** A citation opens its passage below the answer, and closes it again. */
  function citationButton(labels, { marker }, title, card) {
    if (!card) {
      return `[${marker}]`;
    }
    const { details } = card;
    const made = button({ class: "citation", "aria-expanded": "false" }, () => {
      details.open = !details.open;
      if (details.open) {
        details.querySelector("mark")?.scrollIntoView({ block: "nearest" }); // the answer stays in view where it can
      }
    }, `${marker}`);
    details.addEventListener("toggle", () => made.setAttribute("aria-expanded", `${details.open}`));
    return labels.tip(made, "source", marker, title);
  }

  /** How sure it is that the documents answer at all; nothing where the service cannot say. */
  function confidenceView(labels, confidence) {
    const step = confidence === null ? null : STEPS_OF_CONFIDENCE.find(({ from }) => confidence >= from);
    return step ? labels.say(element("p", { class: `confidence ${step.word}` }), step.word) : null;
  }

  /** Return an answer as plain text with its sources: titles, pages and addresses in the reader. */
  function withSources({ labels, service }, { answer, passages }, searched) {
    const byId = new Map(passages.map((passage) => [passage.id, passage]));
    const text = withCitations(answer, ({ marker }) => ` [${marker}]`).join("");
    const sources = answer.citations.flatMap(({ marker, passage_id }) => {
      const passage = byId.get(passage_id);
      if (!passage) {
        return [];
      }
      const { page_start, page_end } = passage.location;
      const page = page_start === null ? "" : `, ${labels.text("pages", page_start, page_end)}`;
      const address = service().readerAddress(passage.source_url, searched.text) ?? "";
      return [`[${marker}] ${passage.document.title}${page}\n${address}`.trim()];
    });
    return [text, ...sources].join("\n\n");
  }

  // --- feedback ------------------------------------------------------------------------------------------------------

  const LONGEST_COMMENT = 1000;
  const REASONS = { wrong: "wrong", incomplete: "incomplete", not_found: "missed", irrelevant: "irrelevant", other: "other" };

  /** What can be done with an answer: copy it, and say whether it helped and what was wrong. */
  class Actions {
    #shared;
    #response;
    #searched;
    #onVerdict;
    #said = element("span", { class: "said" });
    #extra = element("div");
    #up;
    #down;

    /** `onVerdict(verdict)` is called once the service has it. */
    constructor(shared, response, searched, verdict, onVerdict) {
      this.#shared = shared;
      this.#response = response;
      this.#searched = searched;
      this.#onVerdict = onVerdict;
      this.#up = this.#thumb("up", () => this.#send("up"));
      this.#down = this.#thumb("down", () => this.#toggleForm());
      this.#show(verdict);
      const row = element("div", { class: "actions" }, this.#copyButton(), this.#up, this.#down, this.#said);
      this.element = element("div", {}, row, this.#extra);
    }

    #thumb(word, action) {
      return this.#shared.labels.tip(button({ class: "round" }, action, icon(word)), word);
    }

    #copyButton() {
      if (!this.#response.answer) {
        return null;
      }
      const label = this.#shared.labels.say(element("span"), "copy");
      return button({ class: "copy" }, () => this.#copy(), icon("copy"), label);
    }

    async #copy() {
      const text = withSources(this.#shared, this.#response, this.#searched);
      try {
        await navigator.clipboard.writeText(text);
        this.#say("copied");
      } catch {
        this.#offerText(text); // no secure page, or a frame that may not
      }
    }

    #offerText(text) {
      const field = element("textarea", { class: "by-hand", readonly: "" });
      const label = this.#shared.labels.say(element("span", { class: "bidi said" }), "copy_by_hand");
      field.value = text;
      this.#extra.replaceChildren(element("label", {}, label, field));
      field.focus();
      field.select();
    }

    #toggleForm() {
      const isOpen = this.#extra.querySelector("form") !== null;
      this.#extra.replaceChildren(...(isOpen ? [] : [this.#form()]));
      this.#extra.querySelector("input")?.focus();
    }

    #form() {
      const { labels } = this.#shared;
      const comment = element("textarea", { name: "comment", rows: "2", maxlength: LONGEST_COMMENT, dir: "auto" });
      const form = element(
        "form",
        { class: "wrongs" },
        element(
          "fieldset",
          {},
          labels.say(element("legend"), "what_was_wrong"),
          element("div", { class: "reasons" }, ...this.#reasons()),
        ),
        element("label", {}, labels.say(element("span", { class: "bidi" }), "comment"), comment),
        labels.say(element("button", { class: "pill full" }), "send"),
      );
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#send("down", form.elements.reason.value || null, comment.value.trim() || null);
      });
      return form;
    }

    /** That the documents do answer it can be said of no answer only. */
    #reasons() {
      const isAnswered = this.#response.answer !== null;
      const fitting = Object.keys(REASONS).filter((reason) =>
        isAnswered ? reason !== "not_found" : !["wrong", "incomplete"].includes(reason),
      );
      return fitting.map((reason) =>
        element(
          "label",
          {},
          element("input", { type: "radio", name: "reason", value: reason }),
          this.#shared.labels.say(element("span", { class: "pill" }), REASONS[reason]),
        ),
      );
    }

    async #send(verdict, reason = null, comment = null) {
      try {
        await this.#shared.service().sendFeedback({ verdict, reason, comment, ...this.#subject() });
      } catch {
        this.#say("feedback_failed");
        return;
      }
      this.#extra.replaceChildren();
      this.#show(verdict);
      this.#say("thanks");
      this.#onVerdict(verdict);
      this.#shared.tell("feedback", { verdict, reason });
    }

    #subject() {
      const { id, question, answer } = this.#response;
      return {
        answer_id: id,
        question: this.#searched.text,
        language: question.language,
        answered: answer !== null,
        citations: (answer?.citations ?? []).map(({ document_id, passage_id, start, end }) => ({
          document_id,
          passage_id,
          start,
          end,
        })),
      };
    }

    #show(verdict) {
      this.#up.setAttribute("aria-pressed", `${verdict === "up"}`);
      this.#down.setAttribute("aria-pressed", `${verdict === "down"}`);
    }

    #say(word) {
      this.#said.classList.toggle("failed", word === "feedback_failed");
      this.#shared.labels.say(this.#said, word);
      this.#shared.announce(word);
    }
  }

  // --- a turn --------------------------------------------------------------------------------------------------------

  const MOST_WAITS = { busy: 1, loading: 60, offline: 20 }; // how often a question is asked again by itself
  const LONGEST_WAIT = 60; // seconds that somebody may be made to watch
  const USUAL_WAIT = { busy: 10, loading: 2 };

  /** One question with everything that comes back for it. */
  class Turn {
    #shared;
    #handlers;
    #controller = null;
    #title;
    #searched = element("div");
    #reply = element("div", { class: "reply" });
    #found = element("div");

    /** `onAgain(turn)`: the reader wants it asked again; `onChange()`: there is something new to remember. */
    constructor(shared, question, handlers) {
      this.#shared = shared;
      this.#handlers = handlers;
      this.question = question;
      this.response = null; // as it came over the wire
      this.verdict = null;
      this.#title = element("h3", { class: "question", dir: "auto" }, question);
      const parts = [this.#title, this.#searched, this.#reply, this.#found];
      this.element = element("article", { class: "turn", tabindex: "-1" }, ...parts);
    }

    get isRunning() {
      return this.#controller !== null;
    }

    /** Ask after the earlier turns of `history`, wait where the service says so, and show how it ends. */
    async run(history) {
      const controller = new AbortController();
      this.#controller = controller;
      this.response = null;
      this.verdict = null;
      this.dropPassages();
      this.#shared.announce("searching");
      const ending = await this.#untilDone(history, controller.signal);
      if (this.#controller === controller) {
        this.#controller = null; // else it was asked again meanwhile
        ending();
      }
    }

    /** Stop a running question; `word` tells the reader why. */
    stop(word) {
      this.#controller?.abort(word);
    }

    /** Take the passages away, with what the page has put into their slots. */
    dropPassages() {
      for (const slot of this.#found.querySelectorAll("slot")) {
        slot.assignedElements().forEach((assigned) => assigned.remove());
      }
      this.#found.replaceChildren();
    }

    /** Show a response that was kept. Raises Problem where it is none. */
    restore({ response, verdict }) {
      this.#showAll(read(RESPONSE, response), verdict);
      this.response = response;
      this.verdict = verdict ?? null;
    }

    /** Return what shows the ending: the answer was complete, the reader stopped it, or a problem stays. */
    async #untilDone(history, signal) {
      for (let waits = 0; ; waits += 1) {
        try {
          const response = await this.#attempt(history, signal);
          return () => this.#finish(response);
        } catch (error) {
          const problem = error instanceof Problem ? error : unforeseen(error, signal);
          const isOver = signal.aborted || !(await this.#waitOut(problem, waits, signal));
          if (isOver) {
            return () => (signal.aborted ? this.#showStatus("", signal.reason) : this.#showProblem(problem, waits));
          }
        }
      }
    }

    async #attempt(history, signal) {
      const { silence, hear, end } = listening(() => this.#showWaiting("slow"));
      this.#showWaiting("searching");
      try {
        let response = {};
        const { service, explains } = this.#shared;
        const either = AbortSignal.any([signal, silence]);
        for await (const { name, body } of service().ask(this.question, history, explains(), either)) {
          signal.throwIfAborted();
          hear();
          response = { ...response, ...body };
          if (name === "passages") {
            this.#showFound(read(RESPONSE, response));
          }
        }
        need(read(RESPONSE, response).status !== null);
        return response;
      } catch (error) {
        throw silence.aborted && !signal.aborted ? new Problem("unreachable") : error;
      } finally {
        end();
      }
    }

    /** Wait as the problem says; return whether the question should be asked again by itself. */
    async #waitOut({ kind, retrySeconds }, waits, signal) {
      const seconds = retrySeconds ?? USUAL_WAIT[kind];
      if (waits >= (MOST_WAITS[kind] ?? 0) || seconds > LONGEST_WAIT) {
        return false;
      }
      this.#shared.announce(kind, seconds);
      try {
        if (kind === "offline") {
          this.#showWaiting(kind);
          await happened(window, "online", signal);
        } else {
          await this.#countDown(kind, seconds, signal);
        }
        return true;
      } catch {
        return false; // stopped
      }
    }

    async #countDown(word, seconds, signal) {
      for (let left = seconds; left > 0; left -= 1) {
        this.#showWaiting(word, left);
        await pause(1, signal);
      }
    }

    #finish(response) {
      const whole = read(RESPONSE, response);
      this.response = response;
      this.#showAll(whole, this.verdict);
      this.#recite(whole);
      this.#shared.tell("answer", { question: this.question, status: whole.status });
      this.#handlers.onChange();
    }

    #recite({ answer, reason }) {
      if (answer) {
        this.#shared.recite(answer.text, answer.language);
      } else {
        this.#shared.recite(`${this.#shared.labels.text("not_found")} ${this.#shared.labels.text(reason)}`);
      }
    }

    /** The passages are there before the answer. */
    #showFound(found) {
      this.#showSearched(found.question);
      this.#showWaiting("reading", found.passages.length);
      this.#showPassages("found", this.#cards({ ...found, passages: found.passages.map(unexplained) }, []));
    }

    #showAll(whole, verdict) {
      const { labels } = this.#shared;
      const { answer, question, reason } = whole;
      const searched = this.#searchedFor(question);
      const cards = this.#cards(whole, answer?.citations ?? []);
      const view = answer ? answerView(labels, whole, cards) : notFoundView(labels, reason);
      const actions = new Actions(this.#shared, whole, searched, verdict, (given) => this.#keep(given));
      this.#showSearched(question);
      this.#showReply(view);
      this.#showPassages(answer ? "found" : "nearest", cards, actions.element);
    }

    #keep(verdict) {
      this.verdict = verdict;
      this.#handlers.onChange();
    }

    #searchedFor({ rewritten, language }) {
      return { text: rewritten ?? this.question, language };
    }

    /** Show what was searched where the question leans on earlier ones. */
    #showSearched({ rewritten, language }) {
      this.#title.lang = language;
      const words = rewritten ? element("span", { lang: language, dir: "auto" }, rewritten) : null;
      const label = this.#shared.labels.say(element("span"), "searched");
      this.#searched.replaceChildren(...(words ? [element("p", { class: "searched" }, label, " ", words)] : []));
    }

    #cards({ passages, question }, citations) {
      const searched = this.#searchedFor(question);
      return new Map(
        passages.map((passage) => {
          const quoting = citations.filter(({ passage_id }) => passage_id === passage.id);
          return [passage.id, new PassageCard(this.#shared, passage, searched, quoting)];
        }),
      );
    }

    /** Those that the answer quotes come first, what can be done with it between them and the others. */
    #showPassages(word, cards, between = null) {
      const all = [...cards.values()];
      const isCited = ({ element: item }) => item.classList.contains("cited");
      const { labels } = this.#shared;
      this.dropPassages();
      this.#found.replaceChildren(
        ...passageList(labels, "sources", all.filter(isCited)),
        ...(between ? [between] : []),
        ...passageList(labels, word, all.filter((card) => !isCited(card))),
      );
    }

    #showWaiting(word, ...values) {
      const status = this.#reply.querySelector(".waiting p");
      if (status) {
        this.#shared.labels.say(status, word, ...values); // the button beside it keeps the focus
        return;
      }
      const line = this.#shared.labels.say(element("p"), word, ...values);
      const stop = this.#shared.labels.say(button({ class: "pill" }, () => this.stop("stopped")), "stop");
      this.#showReply(element("div", { class: "status waiting" }, line, stop));
    }

    #showProblem({ kind, detail, retrySeconds }, waits) {
      const word = kind === "busy" ? "busy_long" : kind;
      this.#showStatus("problem", word, kind === "refused" ? detail : "", retrySeconds ?? LONGEST_WAIT);
      this.dropPassages();
      this.#shared.announce(word, retrySeconds ?? LONGEST_WAIT);
      this.#shared.tell("problem", { question: this.question, kind, waits });
    }

    #showStatus(kind, word, detail = "", ...values) {
      const { labels } = this.#shared;
      const again = button({ class: "pill" }, () => this.#handlers.onAgain(this), icon("again"));
      again.append(labels.say(element("span"), "again"));
      const said = detail ? element("p", { class: "detail", lang: "en", dir: "auto" }, detail) : null;
      this.#showReply(
        element("div", { class: `status ${kind}` }, labels.say(element("p"), word, ...values), said, again),
      );
    }

    /** Replace the reply without losing the reader's place where it was inside. */
    #showReply(view) {
      const heldFocus = this.#reply.contains(this.#reply.getRootNode().activeElement);
      this.#reply.replaceChildren(view);
      if (heldFocus) {
        this.element.focus({ preventScroll: true });
      }
    }
  }

  /** Passages come twice, and are explained with the answer. */
  function unexplained(passage) {
    return { ...passage, explanation: null };
  }

  /** What nobody expected is a fault of this file: the page's console hears of it, the reader can go on. */
  function unforeseen(error, signal) {
    if (!signal.aborted) {
      reportError(error);
    }
    return new Problem("garbled");
  }

  /** Watch a stream: `onSlow` where nothing comes for a while; `silence` aborts where nothing comes for long. */
  function listening(onSlow) {
    const controller = new AbortController();
    let silent;
    const slow = setTimeout(onSlow, SLOW_SECONDS * 1000);
    const end = () => [slow, silent].forEach((timer) => clearTimeout(timer));
    const hear = () => {
      end();
      silent = setTimeout(() => controller.abort(), SILENT_SECONDS * 1000);
    };
    silent = setTimeout(() => controller.abort(), SILENT_SECONDS * 1000);
    return { silence: controller.signal, hear, end };
  }

  function pause(seconds, signal) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, seconds * 1000);
      signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
    });
  }

  function happened(target, name, signal) {
    return new Promise((resolve, reject) => {
      target.addEventListener(name, resolve, { once: true, signal });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  // --- the conversation ----------------------------------------------------------------------------------------------

  const EARLIER = 3; // turns that a question is asked with

  /** The turns, one of them running at most. */
  class Conversation {
    #shared;
    #memory;
    #onChange;
    #turns = [];

    /** `onChange(isEmpty)` is called when it begins and when it is cleared. */
    constructor(root, shared, memory, onChange) {
      this.root = root;
      this.#shared = shared;
      this.#memory = memory;
      this.#onChange = onChange;
    }

    /** Ask; what is still running makes room, unless it is this very question. */
    async ask(question) {
      if (this.#running()?.question !== question) {
        await this.#run(this.#add(question));
      }
    }

    stop(word = "stopped") {
      this.#running()?.stop(word);
    }

    clear() {
      this.stop();
      this.#turns.forEach((turn) => turn.dropPassages());
      this.#turns = [];
      this.root.replaceChildren();
      this.#remember();
      this.#onChange(true);
    }

    /** Show the turns that this tab remembers; what cannot be read any more is left out. */
    restore() {
      for (const kept of this.#memory.read()) {
        const turn = this.#turn(`${kept?.question}`);
        try {
          turn.restore(kept);
        } catch {
          continue;
        }
        this.#show(turn);
      }
      bringToTop(this.root.parentElement, this.root.lastElementChild);
    }

    async #run(turn) {
      this.stop("superseded");
      const outcome = turn.run(this.#before(turn));
      bringToTop(this.root.parentElement, turn.element);
      this.#shared.tell("question", { question: turn.question });
      await outcome;
    }

    #add(question) {
      return this.#show(this.#turn(question));
    }

    #turn(question) {
      return new Turn(this.#shared, question, {
        onAgain: (turn) => this.#run(turn),
        onChange: () => this.#remember(),
      });
    }

    #show(turn) {
      this.#turns.push(turn);
      this.root.append(turn.element);
      this.#onChange(false);
      return turn;
    }

    /** Return what was asked and answered before a turn, oldest first, as the service takes it. */
    #before(turn) {
      const earlier = this.#turns.slice(0, this.#turns.indexOf(turn)).filter(({ response }) => response !== null);
      return earlier.slice(-EARLIER).map(({ question, response }) => ({
        question,
        answer: response.answer ? shortened(response.answer.text, BOUND) : null,
      }));
    }

    #remember() {
      const finished = this.#turns.filter(({ response }) => response !== null);
      this.#memory.keep(finished.map(({ question, response, verdict }) => ({ question, response, verdict })));
    }

    #running() {
      return this.#turns.find((turn) => turn.isRunning);
    }
  }

  /** Scroll so that a turn begins at the top; how smoothly is the style sheet's to say, and the page stays where it is. */
  function bringToTop(scroller, target) {
    if (target) {
      scroller.style.setProperty("--room", `${scroller.clientHeight}px`);
      scroller.scrollTop += target.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    }
  }

  // --- the composer --------------------------------------------------------------------------------------------------

  const COUNTED_FROM = 0.9 * BOUND;

  /** The form a question is written in. */
  class Composer {
    #labels;
    #announce;
    #onAsk;
    #field = element("textarea", { name: "question", rows: "1", dir: "auto", enterkeyhint: "send", id: "question" });
    #counter = element("p", { class: "counter", id: "counter", hidden: "" });

    /** `onAsk(question)` gets a question that is neither blank nor too long. */
    constructor({ labels, announce }, onAsk) {
      this.#labels = labels;
      this.#announce = announce;
      this.#onAsk = onAsk;
      this.#field.setAttribute("aria-describedby", "counter");
      labels.name(labels.placeholder(this.#field, "question"), "question");
      const send = labels.name(element("button", { type: "submit" }, icon("ask")), "ask");
      this.element = element("form", { class: "composer", autocomplete: "off" }, this.#field, send, this.#counter);
      this.element.addEventListener("submit", (event) => this.#submit(event));
      this.#field.addEventListener("input", () => this.#fit());
      this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    }

    focus() {
      this.#field.focus({ preventScroll: true });
    }

    #submit(event) {
      event.preventDefault();
      const question = this.#field.value.trim();
      const over = codePoints(question).length - BOUND;
      if (over > 0) {
        this.#announce("too_long", over);
      } else if (question !== "") {
        this.#field.value = "";
        this.#fit();
        this.#onAsk(question);
        return;
      }
      this.focus();
    }

    #onKey(event) {
      // while letters are being composed, Enter belongs to the input method
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.element.requestSubmit();
      }
    }

    /** Let the field be as high as its text, and count once the bound is near. */
    #fit() {
      this.#field.style.height = "auto";
      this.#field.style.height = `${this.#field.scrollHeight}px`;
      const used = codePoints(this.#field.value.trim()).length;
      const isOver = used > BOUND;
      this.#counter.hidden = used < COUNTED_FROM;
      this.#counter.classList.toggle("over", isOver);
      this.#field.ariaInvalid = `${isOver}`;
      this.#labels.say(this.#counter, isOver ? "too_long" : "counter", isOver ? used - BOUND : used);
    }
  }

  // --- the element ---------------------------------------------------------------------------------------------------

  const NAMES = ["mode", "site-key", "lang", "theme", "color", "position", "title", "example-questions", "explain"];
  const POSITIONS = ["bottom-end", "bottom-start", "bottom-right", "bottom-left"];
  const STOPS = "button, a[href], textarea, input, summary, [tabindex='0']";

  /** Return one of `possible`, the first where `value` is none of them; a mistake is told to who made it. */
  function oneOf(possible, name, value) {
    if (value !== null && !possible.includes(value)) {
      console.warn(`${TAG}: ${name} is "${value}"; it can be ${possible.join(", ")}`);
    }
    return possible.includes(value) ? value : possible[0];
  }

  /** The question box. In a page it is a block, or a button in the corner that opens a dialog. */
  class QAWidget extends HTMLElement {
    static observedAttributes = NAMES.flatMap((name) => [name, `data-${name}`]);

    /** Script elements that have been seen, by any copy of this file. */
    static taken = new WeakSet();

    /** Put up the launcher that a script element asks for, once however often it is there. */
    static launchFrom(source) {
      this.taken.add(source);
      launch(source);
    }

    #root = this.attachShadow({ mode: "open" });
    #frame = element("div", { class: "root", title: "" }); // the empty title keeps the host's from being a tooltip
    #labels = new Labels(this.#frame);
    #status = element("p", { class: "unseen", role: "status" });
    #heading = element("h2", { id: "title", tabindex: "-1" });
    #bar;
    #scroller = element("div", { class: "scroller empty", role: "region" });
    #welcome;
    #examples = element("section", { class: "examples" });
    #turns = element("div", { class: "turns" });
    #panel = element("div", { class: "panel" });
    #launcherLabel = element("span");
    #dialog = null;
    #conversation = null;
    #composer;
    #languageWatch = new MutationObserver(() => this.#applyLanguage());
    #origin = HOME;
    #isKept = false;

    /** `origin` is the service to ask; `isKept` says that the element comes back when scripts replace the page. */
    constructor(origin = HOME, isKept = false) {
      super();
      this.#origin = origin;
      this.#isKept = isKept;
      this.#root.adoptedStyleSheets = [SHEET];
      this.#root.append(this.#frame);
      const shared = this.#shared();
      this.#composer = new Composer(shared, (question) => this.ask(question));
      this.#assemble(shared);
    }

    connectedCallback() {
      this.#languageWatch.observe(document, { subtree: true, attributeFilter: ["lang"] });
      visualViewport?.addEventListener("resize", this.#fitViewport);
      visualViewport?.addEventListener("scroll", this.#fitViewport);
      for (const apply of [this.#applyMode, this.#applyLanguage, this.#applyLook, this.#applyTitle, this.#applyExamples]) {
        apply.call(this);
      }
      if (!this.#conversation) {
        const memory = new Memory(this.#origin, this.#setting("site-key") ?? "-", this.id || this.#mode);
        this.#conversation = new Conversation(this.#turns, this.#shared(), memory, (isEmpty) => this.#onChange(isEmpty));
        this.#conversation.restore();
      }
    }

    disconnectedCallback() {
      this.close();
      this.#languageWatch.disconnect();
      visualViewport?.removeEventListener("resize", this.#fitViewport);
      visualViewport?.removeEventListener("scroll", this.#fitViewport);
      queueMicrotask(() => this.#settle());
    }

    attributeChangedCallback(name) {
      if (!this.#conversation) {
        return; // all of them are read when it is put into the page
      }
      const applied = {
        mode: this.#applyMode,
        lang: this.#applyLanguage,
        theme: this.#applyLook,
        color: this.#applyLook,
        position: this.#applyLook,
        title: this.#applyTitle,
        "example-questions": this.#applyExamples,
      };
      applied[name.replace(/^data-/, "")]?.call(this);
    }

    /** Show the dialog of a launcher; inline, put the cursor into the question field. */
    open() {
      if (this.#dialog && !this.#dialog.open && this.isConnected) {
        this.#fitViewport();
        this.#dialog.showModal();
        this.#launcher?.setAttribute("aria-expanded", "true");
        this.tell("open");
      }
      // on a phone the field would bring up the keyboard before anything has been read
      const goal = this.#dialog && matchMedia("(pointer: coarse)").matches ? this.#heading : this.#composer;
      goal.focus();
    }

    close() {
      if (this.#dialog?.open) {
        this.#dialog.close();
      }
    }

    /** Ask a question, as if the reader had written it. */
    ask(question) {
      const asked = `${question}`.trim();
      if (asked === "" || !this.#conversation) {
        return;
      }
      if (this.#dialog && !this.#dialog.open) {
        this.open();
      }
      this.#conversation.ask(shortened(asked, BOUND));
    }

    /** Begin a new conversation. */
    clear() {
      this.#conversation?.clear();
      this.#composer.focus();
    }

    /** Take the element away for good. */
    remove() {
      this.#isKept = false;
      super.remove();
    }

    /** Tell the page of an event; listeners on the element, on what it stands in and on the document hear it. */
    tell(name, detail = {}) {
      this.dispatchEvent(new CustomEvent(`qa-${name}`, { bubbles: true, detail }));
    }

    get #mode() {
      return oneOf(["inline", "launcher"], "mode", this.#setting("mode"));
    }

    get #launcher() {
      return this.#frame.querySelector(".launcher");
    }

    #setting(name) {
      return this.getAttribute(name) ?? this.getAttribute(`data-${name}`);
    }

    /** @returns {Shared} */
    #shared() {
      return {
        labels: this.#labels,
        service: () => new Service(this.#origin, this.#setting("site-key")),
        explains: () => this.#setting("explain") !== null,
        announce: (word, ...values) => this.#recite(this.#labels.text(word, ...values)),
        recite: (text, language) => this.#recite(text, language),
        tell: (name, detail) => this.tell(name, detail),
      };
    }

    #recite(text, language = this.#labels.language) {
      this.#status.lang = language;
      this.#status.textContent = text;
    }

    #assemble({ labels }) {
      const clear = labels.tip(button({ class: "round clear" }, () => this.clear(), icon("clear")), "clear");
      const close = labels.tip(button({ class: "round close" }, () => this.close(), icon("close")), "close");
      this.#bar = element("header", { class: "bar empty", part: "bar" }, this.#heading, clear, close);
      this.#welcome = element("div", { class: "welcome" }, this.#greeting());
      labels.name(this.#scroller, "conversation");
      this.#scroller.append(this.#welcome, this.#turns);
      this.#frame.append(this.#status);
      this.#frame.addEventListener("keydown", (event) => this.#onKey(event));
      this.#showEmpty(true);
    }

    /** A page can put words of its own in its place, with slot="welcome". */
    #greeting() {
      const greeting = this.#labels.say(element("h3", { class: "greeting" }), "greeting");
      const lead = this.#labels.say(element("p", { class: "lead" }), "lead");
      return element("slot", { name: "welcome" }, greeting, lead);
    }


    #onChange(isEmpty) {
      this.#showEmpty(isEmpty);
      this.tell("change", { isEmpty });
    }

    #showEmpty(isEmpty) {
      this.#welcome.hidden = !isEmpty;
      this.#examples.hidden = !isEmpty || this.#examples.childElementCount === 0;
      this.#bar.querySelector(".clear").hidden = isEmpty;
      this.#bar.classList.toggle("empty", isEmpty);
      this.#scroller.classList.toggle("empty", isEmpty);
      this.#scroller.tabIndex = isEmpty ? -1 : 0; // there is something to scroll by keyboard
    }

    #applyMode() {
      const mode = this.#mode;
      if (this.#frame.dataset.mode === mode) {
        return;
      }
      this.close();
      this.#frame.dataset.mode = mode;
      this.#frame.replaceChildren(...(mode === "launcher" ? this.#launcherParts() : this.#inlineParts()));
      this.#applyTitle();
    }

    #launcherParts() {
      const opener = button({ class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false" }, () => this.open());
      opener.append(icon("widget"), this.#launcherLabel);
      this.#bar.querySelector(".close").hidden = false;
      this.#welcome.append(this.#examples, this.#labels.say(element("p", { class: "kept" }), "kept"));
      this.#panel.replaceChildren(this.#bar, this.#scroller, this.#composer.element, this.#status);
      this.#dialog = element("dialog", { "aria-labelledby": "title" }, this.#panel);
      this.#dialog.addEventListener("close", () => this.#onClosed());
      this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.close()); // beside the panel
      return [opener, this.#dialog];
    }

    #inlineParts() {
      this.#dialog = null;
      this.#bar.querySelector(".close").hidden = true;
      this.#welcome.querySelector(".kept")?.remove();
      const after = element("div", { class: "after" }, this.#examples);
      this.#panel.replaceChildren(this.#bar, this.#scroller, this.#composer.element, after, this.#status);
      return [element("section", { class: "inline", part: "frame", "aria-labelledby": "title" }, this.#panel)];
    }

    #onClosed() {
      this.#launcher?.setAttribute("aria-expanded", "false");
      this.tell("close");
    }

    #applyLanguage() {
      this.#labels.speak(this.#language());
      this.#frame.lang = this.#labels.language;
    }

    /** The language of the attribute, else of the nearest element that has one, else of the browser. */
    #language() {
      const wished = [this.#setting("lang"), nearestLanguage(this), ...navigator.languages];
      const codes = wished.map((tag) => (tag ?? "").toLowerCase().split("-")[0]);
      return codes.find((code) => Object.hasOwn(WORDS, code)) ?? "en";
    }

    #applyLook() {
      this.#frame.dataset.theme = oneOf(["auto", "light", "dark"], "theme", this.#setting("theme"));
      this.#frame.dataset.position = oneOf(POSITIONS, "position", this.#setting("position"));
      const wished = this.#setting("color");
      const colour = wished === null ? null : parseColour(wished);
      if (wished !== null && !colour) {
        console.warn(`${TAG}: color is "${wished}"; it must be an opaque CSS colour, such as #0a5`);
      }
      paint(this.#frame, colour ?? parseColour(ACCENT));
    }

    #applyTitle() {
      const title = this.#setting("title")?.trim();
      const isBare = this.#mode === "inline" && !title;
      this.#bar.classList.toggle("bare", isBare);
      for (const [target, word] of [[this.#heading, "title"], [this.#launcherLabel, "open"]]) {
        if (title) {
          this.#labels.hush(target).textContent = title;
        } else {
          this.#labels.say(target, word);
        }
      }
    }

    /** "One?|be:Другое?": a language before a colon says what the question is in. */
    #applyExamples() {
      const questions = (this.#setting("example-questions") ?? "").split("|").map((question) => question.trim());
      const items = questions.filter(Boolean).map((written) => {
        const [, lang, question] = /^(?:([a-z]{2,3}):\s*)?([^]*)$/.exec(written);
        return element("li", {}, button({ class: "example", lang }, () => this.#askExample(question), question));
      });
      const heading = this.#labels.say(element("h3"), "examples");
      this.#examples.replaceChildren(...(items.length > 0 ? [heading, element("ul", { role: "list" }, ...items)] : []));
      this.#examples.hidden = items.length === 0 || this.#welcome.hidden;
    }

    #askExample(question) {
      this.#composer.focus();
      this.ask(question);
    }

    #onKey(event) {
      if (event.key === "Tab" && this.#dialog?.open) {
        this.#turnAround(event);
      } else if (event.key === "Escape" && !this.#dialog) {
        this.#conversation.stop();
      }
    }

    /** From the last place in the dialog the focus goes to the first, and back. */
    #turnAround(event) {
      const stops = [...this.#panel.querySelectorAll(STOPS)].filter((stop) => stop.checkVisibility());
      const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
      const isBefore = event.shiftKey && this.#root.activeElement === this.#heading;
      if (this.#root.activeElement === from || isBefore) {
        event.preventDefault();
        to.focus();
      }
    }

    /** What an on-screen keyboard leaves of the window; magnified, the window stays as it is. */
    #fitViewport = () => {
      if (this.#dialog && visualViewport?.scale === 1) {
        this.#dialog.style.setProperty("--height", `${visualViewport.height}px`);
        this.#dialog.style.setProperty("--top", `${visualViewport.offsetTop}px`);
      }
    };

    /** Moved about, the element goes on; taken out, it stops, and one that a script element put up comes back. */
    #settle() {
      if (this.isConnected) {
        return;
      }
      if (this.#isKept && document.body) {
        document.body.append(this);
      } else {
        this.#conversation?.stop();
      }
    }
  }

  /** Return the value of the nearest `lang` around an element, out of shadow trees too. */
  function nearestLanguage(target) {
    for (let at = target.parentNode; at; at = at.parentNode ?? at.host) {
      if (at.lang) {
        return at.lang;
      }
    }
    return document.documentElement.lang;
  }

  // --- the launcher --------------------------------------------------------------------------------------------------

  const launched = new Set();

  /** Put up the launcher of a script element that has `data-site-key` or `data-mode`; it follows its attributes. */
  function launch(source) {
    const { siteKey, mode, position } = source.dataset;
    const likeness = [source.src, siteKey, position].join(" ");
    if ((siteKey === undefined && mode !== "launcher") || launched.has(likeness)) {
      return;
    }
    launched.add(likeness);
    const made = new QAWidget(new URL(source.src).origin, true);
    const follow = () => {
      for (const name of NAMES.filter((one) => one !== "mode")) {
        const value = source.getAttribute(`data-${name}`);
        value === null ? made.removeAttribute(`data-${name}`) : made.setAttribute(`data-${name}`, value);
      }
    };
    made.setAttribute("mode", "launcher");
    follow();
    new MutationObserver(follow).observe(source, { attributes: true });
    whenBody(() => document.body.append(made));
  }

  function whenBody(action) {
    if (document.body) {
      action();
    } else {
      document.addEventListener("DOMContentLoaded", action, { once: true });
    }
  }

  /** Return the widget that the page's own controls mean: the launcher, else the first one. */
  function chosen() {
    return document.querySelector(`${TAG}[mode="launcher"]`) ?? document.querySelector(TAG);
  }

  customElements.define(TAG, QAWidget);
  window.QAService = Object.freeze({
    open: () => chosen()?.open(),
    close: () => chosen()?.close(),
    ask: (question) => chosen()?.ask(question),
    on: (name, listener) => document.addEventListener(`qa-${name}`, listener),
    off: (name, listener) => document.removeEventListener(`qa-${name}`, listener),
  });
  QAWidget.launchFrom(script);
})();
