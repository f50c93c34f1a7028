// Passages as they were found: where each stands, and its text with the highlights marked.

import { element } from "./elements.js";
import { say } from "./labels.js";
import { languageTag } from "./languages.js";
import { cut } from "./offsets.js";

/** Make the list of passages under a heading word. `citations` may be empty; their passages are pointed out. */
export function passagesView(word, passages, citations) {
  const items = passages.map((passage) => passageView(passage, citations));
  return element(
    "section",
    { class: "passages" },
    say(element("h3"), word),
    element("ol", { role: "list" }, ...items),
  );
}

/** Return the address of the reader at a passage. */
export function readerAddress(sourceUrl) {
  return `${sourceUrl}#passage`; // the fragment leads there even where scripts do not run
}

/** Make the tag that says which pages of its document a passage stands on; null where it has none. */
export function pageTag({ page_start, page_end }) {
  return page_start === null ? null : say(element("span", { class: "pages" }), "pages", page_start, page_end);
}

function passageView(passage, citations) {
  const markers = citations.filter((citation) => citation.passage_id === passage.id).map(({ marker }) => `[${marker}]`);
  return element(
    "li",
    { class: markers.length > 0 ? "passage cited" : "passage" },
    element("span", { class: "rank" }, String(passage.rank)),
    element(
      "div",
      { class: "place" },
      titleLink(passage),
      pageTag(passage.location),
      languageTag(passage.language),
      markers.length > 0 ? say(element("span", { class: "quoted" }), "quoted", markers.join(" ")) : null,
    ),
    headingsPath(passage),
    element("p", { class: "text", lang: passage.language, dir: "auto" }, ...marked(passage)),
  );
}

function titleLink({ document, source_url }) {
  const attributes = { href: readerAddress(source_url), lang: document.language, dir: "auto" };
  return element("h4", {}, element("a", attributes, document.title));
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
