// The words of the page in the reader's language. A label knows its word, so the language can change at any time.

import { rememberedLanguage, rememberLanguage } from "./memory.js";
import { WORDS } from "./words.js";

const ATTRIBUTES = { label: "aria-label", placeholder: "placeholder" };
const given = new WeakMap();
let language = firstLanguage();

/** Return the code of the language the page speaks. */
export function pageLanguage() {
  return language;
}

/** Learn the words of one more page, {language: {word: …}}. */
export function learn(words) {
  for (const [code, more] of Object.entries(words)) {
    Object.assign(WORDS[code], more);
  }
}

/** Make `target` say a word, now and after every change of language; return `target`. */
export function say(target, word, ...values) {
  target.dataset.word = word;
  given.set(target, values);
  show(target);
  return target;
}

/** Give `target` an attribute, "label" or "placeholder", that says a word. */
export function sayAs(attribute, target, word, ...values) {
  target.dataset[attribute] = word;
  given.set(target, values);
  show(target);
  return target;
}

/** Speak another language from now on, and remember it. */
export function speak(code) {
  language = code;
  rememberLanguage(code);
  showAll();
}

/** Show every label of the page, those that came with the HTML included. */
export function showAll() {
  document.documentElement.lang = language;
  for (const target of document.querySelectorAll("[data-word], [data-label], [data-placeholder]")) {
    show(target);
  }
}

function show(target) {
  const values = given.get(target) ?? [];
  const { word, ...others } = target.dataset;
  if (word) {
    target.textContent = inWords(word, values);
  }
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    if (others[name]) {
      target.setAttribute(attribute, inWords(others[name], values));
    }
  }
}

function inWords(word, values) {
  const found = WORDS[language][word];
  return typeof found === "function" ? found(...values) : found;
}

function firstLanguage() {
  const wished = [rememberedLanguage(), ...navigator.languages.map((tag) => tag.split("-")[0])];
  return wished.find((code) => code && Object.hasOwn(WORDS, code)) ?? "en";
}
