// The front page: the widget, and around it what can be asked about and how to take the widget elsewhere.

import { Api } from "./api.js";
import { element } from "./elements.js";
import { explanationView } from "./explanation.js";
import { FRONT_WORDS } from "./front_words.js";
import { learn, say } from "./labels.js";
import { Library } from "./library.js";
import { Snippet } from "./snippet.js";
import { offerLanguages } from "./speaking.js";

const find = (selector) => document.querySelector(selector);
const widget = find("qa-widget");
const library = new Library(find("#readiness"), find("#library"), new Api(), (examples) => offer(examples));

/** Let the widget offer the examples that the documents can answer. */
function offer(examples) {
  widget.setAttribute("example-questions", examples.map(({ language, question }) => `${language}:${question}`).join("|"));
}

/** Tell of a passage in the widget why it was found. */
function explain({ target, detail: { slot, passage, question } }) {
  const view = explanationView(passage.explanation, question.language, passage.language);
  target.append(element("details", { class: "why", slot }, say(element("summary"), "why"), view));
}

// the widget's script comes after this one, so that nothing it tells is missed
document.addEventListener("qa-passage", explain);
document.addEventListener("qa-change", ({ detail }) => document.body.classList.toggle("conversing", !detail.isEmpty));
document.addEventListener("qa-problem", () => library.watch());
customElements.whenDefined(widget.localName).then(() => widget.open());

find("#clear").addEventListener("click", () => widget.clear());
find(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  widget.open();
});

learn(FRONT_WORDS);
new Snippet(find("#embed"));
offerLanguages();
library.watch();
