// The chat page: puts its parts together.

import { Api } from "./api.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Library } from "./library.js";
import { offerLanguages } from "./speaking.js";

const find = (selector) => document.querySelector(selector);
const api = new Api();

const conversation = new Conversation(
  find("#conversation"),
  api,
  (isEmpty) => document.body.classList.toggle("conversing", !isEmpty),
  () => library.watch(),
);
const composer = new Composer(find("#composer"), (question) => conversation.ask(question));
const library = new Library(find("#readiness"), find("#library"), api, (question) => {
  composer.focus();
  conversation.ask(question);
});

find("#clear").addEventListener("click", () => {
  conversation.clear();
  composer.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    conversation.stop();
  }
});

offerLanguages();
conversation.restore()?.element.scrollIntoView({ block: "start", behavior: "instant" });
library.watch();
