// Files on their way to the service, a few at a time: a small batch is acknowledged soon, and then it is safe.

import { Problem } from "./api.js";
import { pause } from "./pause.js";

const BATCH_FILES = 20;
const BATCH_BYTES = 8e6;
const RETRY_SECONDS = 3;
const WAITS = { busy: "uploads_full", loading: "uploads_lost", unreachable: "uploads_lost" };

export class Sending {
  #queue = [];
  #underWay = null; // AbortController of the batch on its way

  /**
   * `bounds` are {files, batch}: files and bytes that the service takes at once. `tellers` are told what happens:
   * `onBatch(uploads)` when they begin to be sent, `onJob(job, uploads)` when they are received, `onTrouble(word)` of
   * what they wait for, null when it is over, `onChange()` of all else.
   */
  constructor(keeping, key, bounds, tellers) {
    this.keeping = keeping;
    this.key = key;
    this.bounds = bounds;
    this.tellers = tellers;
  }

  /** How many files have still to be sent. */
  get waiting() {
    return this.#queue.length;
  }

  add(uploads) {
    this.#queue.push(...uploads);
  }

  /** Send what waits; called again when there is a key. */
  async resume() {
    if (this.#underWay !== null || this.#queue.length === 0) {
      return;
    }
    if (!this.key.isReady) {
      this.key.ask();
      return;
    }
    this.#underWay = new AbortController();
    try {
      while (this.#queue.length > 0 && (await this.#sendBatch(this.#underWay.signal)));
    } finally {
      this.#underWay = null;
      this.tellers.onChange();
    }
  }

  /** Send nothing more. */
  cancel() {
    const queued = this.#queue.splice(0);
    queued.forEach((upload) => upload.cancel());
    this.tellers.onBatch(queued);
    this.#underWay?.abort();
  }

  /** Send the next files; return whether others can be sent after them. */
  async #sendBatch(signal) {
    const batch = this.#takeBatch();
    this.tellers.onBatch(batch);
    try {
      this.tellers.onJob(await this.#received(batch, signal), batch);
      return true;
    } catch (error) {
      if (signal.aborted) {
        batch.forEach((upload) => upload.cancel());
        return false;
      }
      if (!(error instanceof Problem)) {
        throw error;
      }
      if (error.status === 401) {
        batch.forEach((upload) => upload.queue());
        this.#queue.unshift(...batch);
        this.key.ask();
        return false;
      }
      await this.#giveUp(batch, error);
      return true;
    } finally {
      this.tellers.onTrouble(null);
    }
  }

  /** Return the job that a batch is, however long the service is busy or away. */
  async #received(batch, signal) {
    const files = batch.map(({ file }) => file);
    for (;;) {
      try {
        return await this.keeping.send(files, signal, (sent) => this.#showSent(batch, sent));
      } catch (error) {
        const isPassing = !signal.aborted && error instanceof Problem && error.kind in WAITS;
        // a file that was moved since it was chosen looks like a service that is away
        if (!isPassing || !(await areReadable(batch))) {
          throw error;
        }
        batch.forEach((upload) => upload.queue());
        this.tellers.onTrouble(WAITS[error.kind]);
        await pause(error.retrySeconds ?? RETRY_SECONDS, signal);
      }
    }
  }

  #takeBatch() {
    const batch = [];
    let size = 0;
    while (this.#queue.length > 0 && batch.length < Math.min(BATCH_FILES, this.bounds.files)) {
      size += this.#queue[0].size;
      if (batch.length > 0 && size > Math.min(BATCH_BYTES, this.bounds.batch)) {
        break;
      }
      batch.push(this.#queue.shift());
    }
    return batch;
  }

  /** What keeps one file from being sent keeps its whole batch: the others are sent once more without it. */
  async #giveUp(batch, problem) {
    const isPassing = problem.kind in WAITS;
    for (const upload of batch) {
      if (!(await areReadable([upload]))) {
        upload.fail("failed_gone");
      } else if (isPassing) {
        upload.queue();
        this.#queue.push(upload);
      } else {
        upload.fail("failed_refused", [], problem.detail);
      }
    }
  }

  #showSent(batch, sent) {
    let before = 0;
    for (const upload of batch) {
      upload.sending(Math.min(Math.max((sent - before) / Math.max(upload.size, 1), 0), 1));
      before += upload.size;
    }
    this.tellers.onChange();
  }
}

async function areReadable(uploads) {
  try {
    await Promise.all(uploads.map(({ file }) => file.slice(0, 1).arrayBuffer()));
    return true;
  } catch {
    return false;
  }
}
