// Stepping through the passages found, by keys.

import { areKeysOn, rememberKeys } from "./memory.js";

const RELATIONS = { p: "prev", "[": "prev", n: "next", "]": "next" };
// Cyrillic layouts have other letters on these keys, which are told by their place then
const PLACES = { KeyP: "prev", BracketLeft: "prev", KeyN: "next", BracketRight: "next" };
const CYRILLIC = /^\p{Script=Cyrillic}$/u;

/** Follow the links to the previous and the next passage by keys, which a box turns off. */
export function stepByKeys() {
  const box = document.querySelector("#keys");
  if (!box) {
    return;
  }
  box.checked = areKeysOn();
  box.addEventListener("change", () => rememberKeys(box.checked));
  document.addEventListener("keydown", (event) => {
    const relation = relationOf(event);
    if (box.checked && relation && !isTyping(event.target)) {
      document.querySelector(`.steps a[rel="${relation}"][href]`)?.click();
    }
  });
}

function relationOf({ key, code, repeat, ctrlKey, altKey, metaKey }) {
  if (repeat || ctrlKey || altKey || metaKey) {
    return undefined;
  }
  return RELATIONS[key.toLowerCase()] ?? (CYRILLIC.test(key) ? PLACES[code] : undefined);
}

function isTyping(target) {
  return target.closest?.("input:not([type=checkbox]), textarea, select") !== null;
}
