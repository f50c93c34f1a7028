// The turns, one of them running at most.

import { rememberedTurns, rememberTurns } from "./memory.js";
import { Turn } from "./turn.js";

const EARLIER = 3; // turns that a question is asked with
const LONGEST = 2000; // characters of each that the service takes

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
    const outcome = turn.run(this.api, this.#before(turn));
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

  /** Return what was asked and answered before a turn, oldest first, as the service takes it. */
  #before(turn) {
    const finished = this.#finished().filter((other) => this.#turns.indexOf(other) < this.#turns.indexOf(turn));
    return finished.slice(-EARLIER).map(({ question, response }) => ({
      question,
      answer: shortened(response.answer?.text ?? null),
    }));
  }

  #finished() {
    return this.#turns.filter((turn) => turn.response !== null);
  }

  #changed() {
    const finished = this.#finished();
    rememberTurns(finished.map(({ question, response }) => ({ question: question, response })));
    this.onChange(this.#turns.length === 0);
  }

  #running() {
    return this.#turns.find((turn) => turn.isRunning);
  }
}

function shortened(text) {
  return text === null ? null : [...text].slice(0, LONGEST).join("");
}

/** Scroll so that a turn begins at the top of the window; how smoothly is the style sheet's to say. */
function bringToTop(target) {
  target.scrollIntoView({ block: "start" });
}
