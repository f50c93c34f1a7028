// One file that is being added: where it stands, shown as a row.

import { element } from "./elements.js";
import { say, sayAs } from "./labels.js";

const FAILED = {
  "unsupported-document": "failed_unsupported",
  "unreadable-document": "failed_unreadable",
  "document-too-large": "failed_large",
  "parser-failed": "failed_parser",
  "invalid-request": "failed_name",
  fault: "failed_fault",
};
const SENT = 0.1; // of all there is to do with a file, sending it is the lesser part
const ENDED = ["added", "replaced", "unchanged", "failed", "cancelled"];

export class Upload {
  status = "queued";
  share = 0; // of what is to be done with it, in 0..1
  documentId = null;

  /** `file` is null for one that the service has already. */
  constructor(name, size, file = null) {
    this.name = name;
    this.size = size;
    this.file = file;
    this.state = element("span", { class: "state" });
    this.bar = sayAs("label", element("progress", { max: "1", value: "0" }), "file_progress", name);
    this.note = element("p", { class: "note" });
    this.element = element(
      "li",
      { class: "upload", "data-status": "queued" },
      (this.label = element("span", { class: "name", dir: "auto" }, name)),
      this.state,
      this.bar,
      this.note,
    );
    this.queue();
  }

  get isEnded() {
    return ENDED.includes(this.status);
  }

  queue() {
    this.#set("queued", 0, "file_queued");
  }

  sending(share) {
    this.#set("sending", share * SENT, "file_sending", Math.floor(share * 100));
  }

  cancel() {
    this.#set("cancelled", 1, "file_cancelled");
  }

  /** It could not be sent: `word` says why, `detail` what the service says. */
  fail(word, values = [], detail = "") {
    this.#set("failed", 1, "file_failed");
    this.#explain(word, values, detail);
  }

  /** Show what the service says of it, a file of a job. */
  update({ status, passages_done: done, passages_total: total, problem, reason, document_id: id, title, duplicate_of: other }) {
    this.documentId = id;
    if (status === "working") {
      const [word, ...values] = total === null ? ["file_reading"] : ["file_working", done, total];
      this.#set(status, total === null ? SENT : SENT + (1 - SENT) * (done / total), word, ...values);
    } else if (status === "failed") {
      this.fail(FAILED[problem] ?? "failed_refused", [], reason ?? "");
    } else {
      this.#set(status, status === "waiting" ? SENT : 1, `file_${status}`);
      this.#lead(id, title, other);
      this.#warn(status === "waiting" ? null : reason);
    }
  }

  #set(status, share, word, ...values) {
    this.status = status;
    this.share = share;
    this.file = this.isEnded && status !== "failed" ? null : this.file; // let go of its bytes
    this.element.dataset.status = status;
    this.bar.value = share;
    this.bar.hidden = !["sending", "working"].includes(status);
    this.note.replaceChildren();
    this.#show(word, ...values);
  }

  #show(word, ...values) {
    say(this.state, word, ...values);
  }

  #explain(word, values, detail) {
    this.note.replaceChildren(say(element("span"), word, ...values));
    if (detail !== "") {
      this.note.append(element("span", { class: "detail", lang: "en" }, detail));
    }
  }

  /** Tell what is wrong with the text of a file that was taken in. */
  #warn(reason) {
    if (reason) {
      const detail = element("span", { class: "detail", lang: "en" }, reason);
      this.note.append(" ", say(element("span"), "file_flawed"), " ", detail);
    }
  }

  /** Lead to the document that was made of it; `other` is the name that the same content had before. */
  #lead(id, title, other) {
    if (id === null) {
      return;
    }
    this.label.replaceChildren(element("a", { href: `/documents/${encodeURIComponent(id)}` }, this.name));
    if (other !== null) {
      this.note.append(say(element("span"), "file_duplicate"), " ", element("bdi", {}, other));
    } else if (!this.name.startsWith(title)) {
      this.note.append(element("bdi", { class: "title" }, title));
    }
  }
}
