// Why a passage was found: what its score is made of, in words.

import { element } from "./elements.js";
import { say } from "./labels.js";

const MOSTLY = 0.4; // share of running text below which the service ranks a passage lower

/** Make the view of an explanation of the service for a question and a passage in these languages. */
export function explanationView(explanation, questionLanguage, passageLanguage) {
  const { matches, shared_words, shared_names, lexical, names, prose } = explanation;
  const words = distinct(shared_words);
  return element(
    "div",
    { class: "explanation" },
    matches.length > 0 ? matchesView(matches, questionLanguage, passageLanguage) : null,
    element(
      "dl",
      {},
      ...sharedRow("shared_words", words, lexical, passageLanguage),
      ...sharedRow("shared_names", distinct(shared_names, words), names, passageLanguage),
      ...row("meaning", say(element("span"), "meaning_is", explanation.cosine, explanation.raw_cosine)),
      ...row("best_sentence", say(element("span"), "decimal", explanation.best_sentence)),
      ...shiftRow(explanation.language_shift),
    ),
    prose < MOSTLY ? say(element("p", { class: "apparatus" }), "apparatus", prose) : null,
  );
}

function matchesView(matches, questionLanguage, passageLanguage) {
  const heads = ["asked_word", "met_word", "closeness"].map((word) => say(element("th", { scope: "col" }), word));
  const rows = matches.map(({ word, found, cosine }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row", lang: questionLanguage, dir: "auto" }, word),
      found === null
        ? say(element("td", { class: "above" }), "in_title")
        : element("td", { lang: passageLanguage, dir: "auto" }, found),
      element("td", { class: "closeness" }, scale(cosine), say(element("span"), "decimal", cosine)),
    ),
  );
  return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows));
}

function scale(cosine) {
  const filled = element("span");
  filled.style.width = `${100 * Math.min(Math.max(cosine, 0), 1)}%`;
  return element("span", { class: "scale", "aria-hidden": "true" }, filled);
}

function sharedRow(word, shared, share, language) {
  if (shared.length === 0) {
    return [];
  }
  const said = element("span", { lang: language, dir: "auto" }, shared.join(", "));
  return row(word, said, " ", say(element("span", { class: "share" }), "share_of_best", share));
}

/** What would be written as nothing is left out. */
function shiftRow(shift) {
  return Math.abs(shift) < 0.005 ? [] : row("language_shift", say(element("span"), "language_shift_is", shift));
}

function row(word, ...values) {
  return [element("div", {}, say(element("dt"), word), element("dd", {}, ...values))];
}

/** Return words once each, whatever their case, without those of `known`. */
function distinct(words, known = []) {
  const seen = new Set(known.map((word) => word.toLowerCase()));
  return words.filter((word) => !seen.has(word.toLowerCase()) && seen.add(word.toLowerCase()));
}
