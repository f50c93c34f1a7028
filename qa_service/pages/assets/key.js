// The key of whoever runs the service: asked for, kept for the tab, forgotten. It is in no address.

import { say } from "./labels.js";
import { forgetKey, rememberedKey, rememberKey } from "./memory.js";

export { rememberedKey };

const SENDABLE = /^[\x21-\x7e]+$/; // what a header can carry as it is

export class Key {
  /** `onKey()` is called when there is a new one to try. */
  constructor(root, onKey) {
    this.form = root.querySelector("#key");
    this.field = root.querySelector("#key-field");
    this.trouble = root.querySelector("#key-trouble");
    this.held = root.querySelector("#key-held");
    this.onKey = onKey;
    this.isNeeded = "needsKey" in document.body.dataset;
    this.form.addEventListener("submit", (event) => this.#take(event));
    root.querySelector("#key-forget").addEventListener("click", () => this.#forget());
    this.#show();
  }

  /** Return whether a call can be tried: there is a key, or none is needed. */
  get isReady() {
    return !this.isNeeded || rememberedKey() !== null;
  }

  /** Ask for a key, saying why. What the service has refused is forgotten. */
  ask() {
    const wasRefused = rememberedKey() !== null || this.trouble.dataset.word === "key_wrong"; // told by one call already
    forgetKey();
    this.isNeeded = true;
    this.#show();
    say(this.trouble, wasRefused ? "key_wrong" : "key_needed");
    this.field.setAttribute("aria-invalid", "true");
    this.field.focus();
  }

  #take(event) {
    event.preventDefault();
    const key = this.field.value.trim();
    if (!SENDABLE.test(key)) {
      say(this.trouble, key === "" ? "key_needed" : "key_bad");
      this.field.focus();
      return;
    }
    rememberKey(key);
    this.field.value = "";
    this.#show();
    this.onKey();
  }

  #forget() {
    forgetKey();
    this.#show();
    this.field.focus();
  }

  #show() {
    const isHeld = rememberedKey() !== null;
    this.form.hidden = !this.isNeeded || isHeld;
    this.held.hidden = !isHeld;
    delete this.trouble.dataset.word;
    this.trouble.textContent = "";
    this.field.removeAttribute("aria-invalid");
  }
}
