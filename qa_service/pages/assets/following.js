// Jobs as the service works on them: one after the other, which is how it works; a browser has few connections to spare.

import { Problem } from "./api.js";
import { pause } from "./pause.js";

const RETRY_SECONDS = 3;

export class Following {
  #jobs = []; // [id, the uploads it is made of, null until they are known]
  #isRunning = false;

  /**
   * `tellers` are told what happens: `onFound(job)` of one that was sent before, to return its uploads,
   * `onProgress(job, uploads)`, `onForgotten(uploads)` where the service knows a job no more, `onTrouble(word)`.
   */
  constructor(keeping, key, tellers) {
    this.keeping = keeping;
    this.key = key;
    this.tellers = tellers;
  }

  add(id, uploads = null) {
    this.#jobs.push([id, uploads]);
    this.resume();
  }

  /** Follow what there is; called again when there is a key. */
  async resume() {
    if (this.#isRunning) {
      return;
    }
    this.#isRunning = true;
    while (this.#jobs.length > 0) {
      try {
        await this.#followFirst();
        this.#jobs.shift();
      } catch (error) {
        if (!(error instanceof Problem)) {
          throw error;
        }
        if (error.status === 401) {
          this.key.ask();
          break;
        }
        await this.#afterTrouble(error);
      }
    }
    this.#isRunning = false;
  }

  /** Let the service leave out what it has not taken in. */
  async cancel() {
    for (const [id] of [...this.#jobs]) {
      try {
        await this.keeping.cancel(id);
      } catch (error) {
        if (error.status === 401) {
          this.key.ask();
          return;
        } // of one that has ended, or a service that is away, following it tells
      }
    }
  }

  async #followFirst() {
    const entry = this.#jobs[0];
    for await (const job of this.keeping.follow(entry[0])) {
      this.tellers.onTrouble(null);
      entry[1] ??= this.tellers.onFound(job);
      this.tellers.onProgress(job, entry[1]);
    }
  }

  async #afterTrouble(error) {
    if (error.status === 404) {
      const [, uploads] = this.#jobs.shift();
      this.tellers.onForgotten(uploads ?? []);
      return;
    }
    this.tellers.onTrouble("uploads_lost");
    await pause(error.retrySeconds ?? RETRY_SECONDS);
  }
}
