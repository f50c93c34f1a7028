// Passages as they were found: where each stands, its text with the highlights marked, and why it is there.

import { readerAddress } from "./addresses.js";
import { element } from "./elements.js";
import { explanationView } from "./explanation.js";
import { say } from "./labels.js";
import { languageTag } from "./languages.js";
import { cut } from "./offsets.js";

/**
 * Make the list of passages that were found for a question of the service, under a heading word. `citations` may be
 * empty; their passages are pointed out.
 */
export function passagesView(word, question, passages, citations) {
  const items = passages.map((passage) => passageView(question, passage, citations));
  return element(
    "section",
    { class: `passages ${word}` },
    say(element("h3"), word),
    element("ol", { role: "list" }, ...items),
  );
}

/** Return what was searched for a question of the service, with what it leaves to the turns before it. */
export function searchedFor({ text, rewritten }) {
  return rewritten ?? text;
}

/** Make the tag that says which pages of its document a passage stands on; null where it has none. */
export function pageTag({ page_start, page_end }) {
  return page_start === null ? null : say(element("span", { class: "pages" }), "pages", page_start, page_end);
}

function passageView(question, passage, citations) {
  const markers = citations.filter((citation) => citation.passage_id === passage.id).map(({ marker }) => `[${marker}]`);
  return element(
    "li",
    { class: markers.length > 0 ? "passage cited" : "passage" },
    element("span", { class: "rank" }, String(passage.rank)),
    element(
      "div",
      { class: "place" },
      element("h4", {}, titleLink(question, passage.document, passage)),
      pageTag(passage.location),
      languageTag(passage.language),
      markers.length > 0 ? say(element("span", { class: "quoted" }), "quoted", markers.join(" ")) : null,
    ),
    headingsPath(passage),
    element("p", { class: "text", lang: passage.language, dir: "auto" }, ...marked(passage)),
    duplicatesView(question, passage.duplicates),
    whyView(question, passage),
  );
}

function titleLink(question, { title, language }, { source_url }) {
  const href = readerAddress(source_url, searchedFor(question));
  return element("a", { href, lang: language, dir: "auto" }, title);
}

function duplicatesView(question, duplicates) {
  if (duplicates.length === 0) {
    return null;
  }
  const links = duplicates.map((duplicate) => element("li", {}, titleLink(question, duplicate, duplicate)));
  const label = say(element("span"), "also_in");
  return element("div", { class: "duplicates" }, label, element("ul", { role: "list" }, ...links));
}

function whyView(question, { explanation, language }) {
  if (!explanation) {
    return null;
  }
  const summary = say(element("summary"), "why");
  return element("details", { class: "why" }, summary, explanationView(explanation, question.language, language));
}

/** The document's title often is its first heading, and is shown already. */
function headingsPath({ document, location }) {
  const headings = location.headings.filter((heading) => heading !== document.title);
  if (headings.length === 0) {
    return null;
  }
  return element("p", { class: "headings", lang: document.language, dir: "auto" }, headings.join(" › "));
}

function marked({ text, highlights }) {
  return cut(text, highlights).map((piece) => (piece.marked ? element("mark", {}, piece.text) : piece.text));
}
