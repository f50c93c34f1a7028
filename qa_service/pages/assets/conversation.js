// The turns, one of them running at most.

import { rememberedTurns, rememberTurns } from "./memory.js";
import { Turn } from "./turn.js";

export class Conversation {
  #turns = [];

  /** `onChange(isEmpty)` is called when it begins or is cleared, `onProblem(problem)` when a question fails. */
  constructor(root, api, onChange, onProblem) {
    this.root = root;
    this.api = api;
    this.onChange = onChange;
    this.onProblem = onProblem;
  }

  /** Ask; what is still running makes room, unless it is this very question. */
  async ask(question) {
    const running = this.#running();
    if (running?.question === question) {
      return;
    }
    await this.#run(this.#add(question));
  }

  stop() {
    this.#running()?.stop("stopped");
  }

  clear() {
    this.stop();
    this.#turns = [];
    this.root.replaceChildren();
    this.#changed();
  }

  /** Show the turns that this tab remembers. */
  restore() {
    for (const { question, response } of rememberedTurns()) {
      this.#add(question).restore(response);
    }
    return this.#turns.at(-1);
  }

  async #run(turn) {
    this.#running()?.stop("superseded");
    const outcome = turn.run(this.api);
    bringToTop(turn.element);
    const problem = await outcome;
    if (problem) {
      this.onProblem(problem);
    }
    this.#changed();
  }

  #add(question) {
    const turn = new Turn(question, (again) => this.#run(again));
    this.#turns.push(turn);
    this.root.append(turn.element);
    this.onChange(false);
    return turn;
  }

  #changed() {
    const finished = this.#turns.filter((turn) => turn.response !== null);
    rememberTurns(finished.map(({ question, response }) => ({ question: question, response })));
    this.onChange(this.#turns.length === 0);
  }

  #running() {
    return this.#turns.find((turn) => turn.isRunning);
  }
}

/** Scroll so that a turn begins at the top of the window; how smoothly is the style sheet's to say. */
function bringToTop(target) {
  target.scrollIntoView({ block: "start" });
}
