// What the front page says beside its questions and answers.

const en = {
  to_api: "API for programs",
  snippet_title: "On your own site",
  snippet_lead: "One line puts this question box on any page. It speaks English, Russian and Belarusian, and follows the page's language.",
  snippet_key: "A site key says which sites may ask. Make one with:",
  snippet_copy: "Copy",
  snippet_copied: "Copied.",
  snippet_selected: "Selected. Copy it with the keyboard or the menu.",
};

const ru = {
  to_api: "API для программ",
  snippet_title: "На вашем сайте",
  snippet_lead: "Одна строка — и это окно вопросов есть на любой странице. Оно говорит по-английски, по-русски и по-белорусски и следует языку страницы.",
  snippet_key: "Ключ сайта определяет, какие сайты могут спрашивать. Создать его:",
  snippet_copy: "Копировать",
  snippet_copied: "Скопировано.",
  snippet_selected: "Выделено. Скопируйте с клавиатуры или через меню.",
};

const be = {
  to_api: "API для праграм",
  snippet_title: "На вашым сайце",
  snippet_lead: "Адзін радок — і гэтае акно пытанняў ёсць на любой старонцы. Яно гаворыць па-англійску, па-руску і па-беларуску і прытрымліваецца мовы старонкі.",
  snippet_key: "Ключ сайта вызначае, якія сайты могуць пытацца. Стварыць яго:",
  snippet_copy: "Капіраваць",
  snippet_copied: "Скапіравана.",
  snippet_selected: "Вылучана. Скапіруйце з клавіятуры або праз меню.",
};

export const FRONT_WORDS = { be, ru, en };
