// The answer: the documents' own words with numbered citations, or the plain statement that there is none.

import { readerAddress } from "./addresses.js";
import { element } from "./elements.js";
import { say } from "./labels.js";
import { languageTag } from "./languages.js";
import { pageTag, searchedFor } from "./passages.js";

const STEPS = [
  { from: 0.75, word: "confidence_high" },
  { from: 0.45, word: "confidence_medium" },
  { from: 0, word: "confidence_low" },
];

/**
 * Make the view of an answer to a question of the service; `passages` are those of the same response and give the
 * citations their titles.
 */
export function answerView(answer, question, passages) {
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  const addressOf = ({ document_id, passage_id }) =>
    readerAddress(
      byId.get(passage_id)?.source_url ?? `/documents/${document_id}?passage=${passage_id}`,
      searchedFor(question),
    );
  const text = element(
    "p",
    { class: "text", lang: answer.language, dir: "auto" },
    ...withCitations(answer, (citation) => citationLink(citation, addressOf(citation), byId.get(citation.passage_id))),
  );
  const sources = answer.citations.map((citation) =>
    sourceView(citation, addressOf(citation), byId.get(citation.passage_id)),
  );
  return element(
    "div",
    { class: "answer" },
    text,
    element("ul", { class: "sources", role: "list" }, ...sources),
    confidenceView(answer.confidence),
  );
}

/** How sure it is that the documents answer at all, in three steps; nothing where the service cannot say. */
function confidenceView(confidence) {
  const step = confidence === null ? null : STEPS.find(({ from }) => confidence >= from);
  return step ? say(element("p", { class: `confidence ${step.word}` }), step.word) : null;
}

/** Make the view of "not found" for a reason of the service. */
export function notFoundView(reason) {
  return element(
    "div",
    { class: "answer none" },
    say(element("p", { class: "text" }), "not_found"),
    say(element("p"), reason),
  );
}

/** Return the answer's text cut after every quote, each followed by its citation. */
function withCitations({ text, citations }, link) {
  const nodes = [];
  let read = 0;
  for (const citation of citations) {
    const found = text.indexOf(citation.quote, read);
    const end = found === -1 ? text.length : found + citation.quote.length;
    nodes.push(text.slice(read, end), link(citation));
    read = end;
  }
  return [...nodes, text.slice(read)];
}

function citationLink(citation, href, passage) {
  const attributes = {
    class: "citation",
    href,
    lang: passage?.document.language,
    "aria-label": `[${citation.marker}] ${passage?.document.title ?? ""}`,
  };
  return element("a", attributes, `[${citation.marker}]`);
}

function sourceView(citation, href, passage) {
  const title = element(
    "a",
    { href, lang: passage?.document.language, dir: "auto" },
    passage?.document.title ?? citation.document_id,
  );
  const tags = passage ? [pageTag(passage.location), languageTag(passage.language)] : [];
  const marker = element("span", { class: "marker" }, `[${citation.marker}]`);
  return element("li", {}, marker, element("div", {}, title, ...tags));
}
