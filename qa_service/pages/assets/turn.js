// One question with everything that comes back for it.

import { answerView, notFoundView } from "./answer.js";
import { Problem } from "./api.js";
import { element } from "./elements.js";
import { say } from "./labels.js";
import { passagesView } from "./passages.js";

export class Turn {
  #controller = null;
  #reply = element("div", { class: "reply", "aria-live": "polite" });
  #found = element("div", { class: "found" });
  #title;
  #searched = element("div");

  /** `onAgain(turn)` is called when the reader wants the question asked again. */
  constructor(question, onAgain) {
    this.question = question;
    this.onAgain = onAgain;
    this.response = null;
    this.#title = element("h2", { class: "question", dir: "auto" }, question);
    this.element = element("article", { class: "turn", tabindex: "-1" }, this.#title, this.#searched, this.#reply, this.#found);
  }

  get isRunning() {
    return this.#controller !== null;
  }

  /** Ask, after the earlier turns of `history`, and show each part as it comes. Returns once all is shown; returns the Problem where there was one. */
  async run(api, history) {
    const controller = new AbortController();
    this.#controller = controller;
    this.#found.replaceChildren();
    this.#reply.setAttribute("aria-busy", "true");
    this.#showStatus("searching", "stop", () => this.stop("stopped"));
    try {
      let response = { question: this.question };
      for await (const { name, body } of api.ask(this.question, history, controller.signal)) {
        response = { ...response, ...body };
        this.#showPart(name, response);
      }
      this.response = response;
    } catch (error) {
      return this.#showFailure(error, controller.signal);
    } finally {
      this.#controller = null;
      this.#reply.removeAttribute("aria-busy");
    }
    return null;
  }

  /** Stop a running question; `word` tells the reader why. */
  stop(word) {
    this.#controller?.abort(word);
  }

  /** Show a response that came earlier. */
  restore(response) {
    this.response = response;
    this.#showPart("passages", response);
    this.#showPart("answer", response);
  }

  #showPart(name, { question, passages, answer, status, reason }) {
    if (name === "passages") {
      this.#title.lang = question.language;
      this.#showSearched(question);
      this.#showPassages("found", question, passages, []);
    } else if (name === "answer") {
      const isAnswered = status === "answered";
      this.#showReply(isAnswered ? answerView(answer, question, passages) : notFoundView(reason));
      this.#showPassages(isAnswered ? "found" : "nearest", question, passages, answer?.citations ?? []);
    }
  }

  /** Show what was searched where the question leans on earlier ones. */
  #showSearched({ rewritten, language }) {
    const words = rewritten ? element("span", { lang: language, dir: "auto" }, rewritten) : null;
    const label = say(element("span"), "searched");
    this.#searched.replaceChildren(...(words ? [element("p", { class: "searched" }, label, " ", words)] : []));
  }

  #showPassages(word, question, passages, citations) {
    this.#found.replaceChildren(...(passages.length > 0 ? [passagesView(word, question, passages, citations)] : []));
  }

  #showFailure(error, signal) {
    const again = () => this.onAgain(this);
    if (signal.aborted) {
      this.#showStatus(signal.reason, "again", again);
      return null;
    }
    if (!(error instanceof Problem)) {
      throw error;
    }
    this.#showStatus(`problem_${error.kind}`, "again", again, error.detail);
    return error;
  }

  #showStatus(word, action, onAction, detail = "") {
    const button = say(element("button", { type: "button", class: "quiet" }), action);
    button.addEventListener("click", onAction);
    const isExplained = word === "problem_refused" && detail !== "";
    this.#showReply(
      element(
        "div",
        { class: `status ${word.startsWith("problem") ? "problem" : word}` },
        say(element("p"), word),
        isExplained ? element("p", { lang: "en" }, detail) : null,
        button,
      ),
    );
  }

  /** Replace the reply without losing the reader's place where it was inside. */
  #showReply(view) {
    const heldFocus = this.#reply.contains(document.activeElement);
    this.#reply.replaceChildren(view);
    if (heldFocus) {
      this.element.focus({ preventScroll: true });
    }
  }
}
