// Deleting, which cannot be undone: asked for by name first.

import { element } from "./elements.js";
import { say } from "./labels.js";

const NAMED = 5;

export class Deleting {
  #titles = new Map();

  /** `onDone(ids, failure)` gets what is deleted, and the Problem that kept the rest from it, or null. */
  constructor(keeping, key, onDone) {
    this.keeping = keeping;
    this.key = key;
    this.onDone = onDone;
    this.dialog = document.querySelector("#deleting");
    this.find = (name) => this.dialog.querySelector(name);
    this.find("#deleting-keep").addEventListener("click", () => this.dialog.close());
    this.find("#deleting-do").addEventListener("click", () => this.#delete());
  }

  /** Ask whether these documents, {id → title}, are to go. */
  ask(titles) {
    if (!this.key.isReady) {
      this.key.ask();
      return;
    }
    this.#titles = new Map(titles);
    const named = [...titles.values()].slice(0, NAMED).map((title) => element("li", { dir: "auto" }, title));
    if (titles.size > NAMED) {
      named.push(say(element("li"), "delete_more", titles.size - NAMED));
    }
    say(this.find("#deleting-title"), "delete_title", titles.size);
    this.find("#deleting-titles").replaceChildren(...named);
    this.dialog.showModal();
    this.find("#deleting-keep").focus();
  }

  async #delete() {
    this.dialog.close();
    const gone = [];
    let failure = null;
    for (const id of this.#titles.keys()) {
      try {
        await this.keeping.delete(id);
      } catch (error) {
        if (error.status !== 404) {
          failure = error;
          break;
        } // someone else was faster
      }
      gone.push(id);
    }
    if (failure?.status === 401) {
      this.key.ask();
      failure = null;
    } else {
      await this.onDone(gone, failure);
    }
  }
}
