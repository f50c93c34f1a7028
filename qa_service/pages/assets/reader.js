// The reader: brings the cited passage into view, tells why it was found, and speaks the reader's language.

import { explanationView } from "./explanation.js";
import { say, showAll } from "./labels.js";
import { nativeName } from "./languages.js";

showAll();
for (const target of document.querySelectorAll("[data-own-name]")) {
  target.textContent = nativeName(target.dataset.ownName);
}

for (const target of document.querySelectorAll("[data-first-page]")) {
  say(target, "pages", target.dataset.firstPage, target.dataset.lastPage);
}

const passage = document.querySelector("#passage");
for (const why of document.querySelectorAll("[data-explanation]")) {
  why.append(explanationView(JSON.parse(why.dataset.explanation), why.dataset.askedIn, passage.lang));
}

const [arrival] = performance.getEntriesByType("navigation");
// coming back or loading again, the browser restores the place itself
if (passage && arrival?.type === "navigate") {
  passage.scrollIntoView({ block: passage.offsetHeight < innerHeight ? "center" : "start", behavior: "instant" });
  passage.focus({ preventScroll: true });
}
