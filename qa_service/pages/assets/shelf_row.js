// One document of the list.

import { element } from "./elements.js";
import { say, sayAs } from "./labels.js";
import { languageTag } from "./languages.js";

const KINDS = {
  "application/pdf": "PDF",
  "application/epub+zip": "EPUB",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
  "text/html": "HTML",
  "text/markdown": "Markdown",
};

export class DocumentRow {
  /** `shelf` is told of what is chosen and what is to be deleted. */
  constructor(body, shelf) {
    this.body = body;
    this.id = body.id;
    this.title = body.title;
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => shelf.choose(this.id, this.title, box.checked));
    const bin = sayAs("label", element("button", { type: "button", class: "bin" }, binIcon()), "shelf_delete", this.title);
    bin.addEventListener("click", () => shelf.delete(this.id, this.title));
    this.box = sayAs("label", box, "shelf_select", this.title);
    this.element = element("li", { class: "document" }, element("label", { class: "pick" }, box), aboutView(body), bin);
  }

  set isChosen(isChosen) {
    this.box.checked = isChosen;
    this.element.classList.toggle("chosen-row", isChosen);
  }

  /** Return whether this shows a document as it is now. */
  isOf(body) {
    return JSON.stringify(body) === JSON.stringify(this.body);
  }
}

function aboutView({ id, title, uri, language, media_type: kind, size, passages, created_at: time }) {
  const link = element("a", { href: `/documents/${encodeURIComponent(id)}`, lang: language, dir: "auto" }, title);
  return element(
    "div",
    { class: "about" },
    element("h3", {}, link),
    uri === title ? null : element("p", { class: "uri", dir: "auto" }, uri),
    element(
      "p",
      { class: "facts" },
      languageTag(language),
      kindView(kind),
      say(element("span"), "size", size),
      say(element("span"), "passages", passages),
      say(element("time", { datetime: time }), "date", time),
    ),
  );
}

function kindView(kind) {
  return kind === "text/plain" ? say(element("span"), "kind_text") : element("span", {}, KINDS[kind] ?? kind);
}

function binIcon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const attributes = { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true", focusable: "false" };
  Object.entries(attributes).forEach(([name, value]) => svg.setAttribute(name, value));
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5");
  svg.append(path);
  return svg;
}
