// The lines that put the widget on another site, with this service's own address in them.

import { say } from "./labels.js";

const KEY = "pk_…"; // the reader puts a site key here

export class Snippet {
  /** `root` holds a `code` element, a button and a line that says what became of copying. */
  constructor(root) {
    this.code = root.querySelector("code");
    this.said = root.querySelector("[role=status]");
    this.code.textContent = `<script async src="${location.origin}/widget/v1/widget.js" data-site-key="${KEY}"></script>`;
    root.querySelector("button").addEventListener("click", () => this.#copy());
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.code.textContent);
      say(this.said, "snippet_copied");
    } catch {
      getSelection().selectAllChildren(this.code); // no secure page: then the reader's own keys copy it
      say(this.said, "snippet_selected");
    }
  }
}
