// The API reference: speaks the reader's language where it does not quote the API itself.

import { learn } from "./labels.js";
import { offerLanguages } from "./speaking.js";

learn({
  en: {
    for_programs: "For programs:",
    contents: "Contents",
    takes: "Takes",
    required: "required",
    answers: "Answers",
    bodies: "Bodies",
  },
  ru: {
    for_programs: "Для программ:",
    contents: "Содержание",
    takes: "Принимает",
    required: "обязательно",
    answers: "Отвечает",
    bodies: "Тела запросов и ответов",
  },
  be: {
    for_programs: "Для праграм:",
    contents: "Змест",
    takes: "Прымае",
    required: "абавязкова",
    answers: "Адказвае",
    bodies: "Целы запытаў і адказаў",
  },
});
offerLanguages();
