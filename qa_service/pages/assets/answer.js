// The answer: the documents' own words with numbered citations, or the plain statement that there is none.

import { element } from "./elements.js";
import { say } from "./labels.js";
import { languageTag } from "./languages.js";
import { pageTag, readerAddress } from "./passages.js";

/** Make the view of an answer; `passages` are those of the same response and give the citations their titles. */
export function answerView(answer, passages) {
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  const text = element(
    "p",
    { class: "text", lang: answer.language, dir: "auto" },
    ...withCitations(answer, (citation) => citationLink(citation, byId.get(citation.passage_id))),
  );
  const sources = answer.citations.map((citation) => sourceView(citation, byId.get(citation.passage_id)));
  return element("div", { class: "answer" }, text, element("ul", { class: "sources", role: "list" }, ...sources));
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

function citationLink(citation, passage) {
  const attributes = {
    class: "citation",
    href: addressOf(citation, passage),
    lang: passage?.document.language,
    "aria-label": `[${citation.marker}] ${passage?.document.title ?? ""}`,
  };
  return element("a", attributes, `[${citation.marker}]`);
}

function sourceView(citation, passage) {
  const title = element(
    "a",
    { href: addressOf(citation, passage), lang: passage?.document.language, dir: "auto" },
    passage?.document.title ?? citation.document_id,
  );
  const tags = passage ? [pageTag(passage.location), languageTag(passage.language)] : [];
  const marker = element("span", { class: "marker" }, `[${citation.marker}]`);
  return element("li", {}, marker, element("div", {}, title, ...tags));
}

function addressOf({ document_id, passage_id }, passage) {
  return readerAddress(passage?.source_url ?? `/documents/${document_id}?passage=${passage_id}`);
}
