// The reader: brings the cited passage into view, tells where one is in the document, and speaks the reader's language.

import { explanationView } from "./explanation.js";
import { pageLanguage, say, sayAs, showAll } from "./labels.js";
import { nativeName } from "./languages.js";
import { bringIntoView } from "./reader-passage.js";
import { followAside } from "./reader-aside.js";
import { stepByKeys } from "./reader-steps.js";
import { WORDS } from "./words.js";

for (const target of document.querySelectorAll("[data-own-name]")) {
  target.textContent = nativeName(target.dataset.ownName);
}
for (const target of document.querySelectorAll("[data-first-page]")) {
  say(target, "pages", target.dataset.firstPage, target.dataset.lastPage);
}
for (const target of document.querySelectorAll("[data-word][data-value]")) {
  say(target, target.dataset.word, Number(target.dataset.value));
}
for (const target of document.querySelectorAll(".steps [data-of]")) {
  say(target, "step", target.dataset.here, target.dataset.of);
}
for (const target of document.querySelectorAll("article .page")) {
  sayAs("label", target, "page_mark", target.dataset.page);
}
showAll();

const words = WORDS[pageLanguage()];
for (const mark of document.querySelectorAll("mark.passage")) {
  Object.assign(mark.dataset, { begins: words.passage_begins, ends: words.passage_ends });
}
for (const mark of document.querySelectorAll("mark.best")) {
  mark.dataset.begins = words.best_begins;
}

for (const why of document.querySelectorAll("[data-explanation]")) {
  why.append(explanationView(JSON.parse(why.dataset.explanation), why.dataset.askedIn, why.dataset.passageIn));
}

bringIntoView(document.querySelector("#passage"));
followAside();
stepByKeys();
