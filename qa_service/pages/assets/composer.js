// The form a question is written in.

import { say } from "./labels.js";

const COUNTED_FROM = 0.9;

export class Composer {
  /** `onAsk(question)` gets a question that is not blank. */
  constructor(form, onAsk) {
    this.form = form;
    this.field = form.elements.question;
    this.counter = form.querySelector(".counter");
    this.onAsk = onAsk;
    form.addEventListener("submit", (event) => this.#submit(event));
    this.field.addEventListener("input", () => this.#fit());
    this.field.addEventListener("keydown", (event) => this.#onKey(event));
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  #submit(event) {
    event.preventDefault();
    const question = this.field.value.trim();
    if (question === "") {
      this.focus();
      return;
    }
    this.field.value = "";
    this.#fit();
    this.onAsk(question);
  }

  #onKey(event) {
    // while letters are being composed, Enter belongs to the input method
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }

  /** Let the field be as high as its text, and count once the bound is near. */
  #fit() {
    const { field, counter } = this;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    counter.hidden = field.value.length < field.maxLength * COUNTED_FROM;
    say(counter, "counter", field.value.length, field.maxLength);
  }
}
