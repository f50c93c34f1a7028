// The reader: brings the cited passage into view, and speaks the reader's language.

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
const [arrival] = performance.getEntriesByType("navigation");
// coming back or loading again, the browser restores the place itself
if (passage && arrival?.type === "navigate") {
  passage.scrollIntoView({ block: passage.offsetHeight < innerHeight ? "center" : "start", behavior: "instant" });
  passage.focus({ preventScroll: true });
}
