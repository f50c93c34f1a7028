// Everything that is being added, and how far it is.

import { Following } from "./following.js";
import { Sending } from "./sending.js";
import { tell } from "./telling.js";
import { Upload } from "./upload.js";

const SHOWN_ENDED = 100; // rows of files that went well; those that failed all stay

export class Uploads {
  #all = [];
  #others = 0;
  #restoring = null;

  /** `bounds` are {bytes, files, batch} that the service takes; `onAdded()` is called when the list has changed. */
  constructor(root, keeping, key, bounds, onAdded) {
    this.root = root;
    this.keeping = keeping;
    this.key = key;
    this.bounds = bounds;
    this.onAdded = onAdded;
    this.find = (name) => root.querySelector(name);
    const onTrouble = (word) => tell(this.find("#uploads-trouble"), word);
    this.following = new Following(keeping, key, {
      onTrouble,
      onFound: (job) => this.#adopt(job),
      onProgress: (job, uploads) => this.#showJob(job, uploads),
      onForgotten: (uploads) => this.#forget(uploads),
    });
    this.sending = new Sending(keeping, key, bounds, {
      onTrouble,
      onBatch: (uploads) => this.#showRows(uploads),
      onJob: (job, uploads) => {
        this.following.add(job.id, uploads);
        this.#showJob(job, uploads);
      },
      onChange: () => this.#show(),
    });
    this.find("#uploads-cancel").addEventListener("click", () => this.#cancel());
    this.find("#uploads-clear").addEventListener("click", () => this.#clear());
  }

  /** Add files; `others` counts those of other kinds that were left out. */
  add({ files, others }) {
    this.#others += others;
    const uploads = files.map((file) => new Upload(file.name, file.size, file));
    const isLarge = ({ size }) => size > this.bounds.bytes;
    this.#all.push(...uploads);
    for (const upload of uploads.filter(isLarge)) {
      upload.fail("failed_bound", [upload.size, this.bounds.bytes]);
      this.find("#upload-rows").append(upload.element);
    }
    this.sending.add(uploads.filter((upload) => !isLarge(upload)));
    this.#show();
    this.resume();
  }

  /** Go on where a key was missing. */
  async resume() {
    await this.restore(); // before anything is sent, or what is sent now would be found there as well
    this.sending.resume();
    this.following.resume();
  }

  /** Show what earlier visits of the page sent and the service has still to take in. */
  restore() {
    if (this.key.isReady) {
      this.#restoring ??= this.#restore();
    }
    return this.#restoring;
  }

  async #restore() {
    try {
      const unfinished = (await this.keeping.jobs()).filter((job) => job.finished_at === null);
      unfinished.reverse().forEach(({ id }) => this.following.add(id));
    } catch (error) {
      this.#restoring = null; // once more before the next files; the list, asked for beside this, says what is wrong
      if (error.status === 401) {
        this.key.ask();
      }
    }
  }

  #cancel() {
    this.sending.cancel();
    this.following.cancel();
    this.#show();
  }

  #clear() {
    this.#all = [];
    this.#others = 0;
    this.find("#upload-rows").replaceChildren();
    this.#show();
    document.querySelector("#choose-files").focus();
  }

  #adopt(job) {
    const uploads = job.files.map(({ name, size }) => new Upload(name, size));
    this.#all.push(...uploads);
    this.#showRows(uploads);
    return uploads;
  }

  #forget(uploads) {
    uploads.filter((upload) => !upload.isEnded).forEach((upload) => upload.fail("failed_forgotten"));
    this.#show();
  }

  #showRows(uploads) {
    this.find("#upload-rows").append(...uploads.map((upload) => upload.element));
    this.#show();
  }

  #showJob(job, uploads) {
    const made = () => uploads.filter((upload) => upload.documentId !== null).length;
    const before = made();
    for (const file of job.files.filter(({ position }) => !uploads[position].isEnded)) {
      uploads[file.position].update(file);
    }
    if (made() > before) {
      this.onAdded();
    }
    this.#show();
  }

  #show() {
    const ended = this.#all.filter((upload) => upload.isEnded);
    const isOver = ended.length === this.#all.length;
    this.root.hidden = this.#all.length === 0 && this.#others === 0;
    this.find("#uploads-cancel").hidden = isOver;
    this.find("#uploads-clear").hidden = !isOver;
    this.find("#uploads-progress").hidden = isOver;
    this.find("#uploads-progress").value = shareOf(this.#all);
    this.#tellState(isOver, ended);
    const fine = ended.filter(({ status, element }) => status !== "failed" && element.isConnected);
    fine.slice(0, -SHOWN_ENDED).forEach(({ element }) => element.remove());
    tell(this.find("#uploads-more"), ...(this.sending.waiting > 0 ? ["uploads_waiting", this.sending.waiting] : []));
    tell(this.find("#uploads-others"), ...(this.#others > 0 ? ["uploads_left_out", this.#others] : []));
  }

  /** What is read out is how it ended, and not every file on the way there. */
  #tellState(isOver, ended) {
    const count = (...statuses) => ended.filter(({ status }) => statuses.includes(status)).length;
    const state = this.find("#uploads-state");
    state.setAttribute("aria-live", isOver ? "polite" : "off");
    if (!isOver) {
      tell(state, "uploads_going", ended.length, this.#all.length);
    } else if (ended.length > 0) {
      tell(state, "uploads_done", count("added", "replaced"), count("unchanged"), count("failed"), count("cancelled"));
    } else {
      tell(state);
    }
    tell(this.find("#uploads-title"), isOver ? "uploads_title_done" : "uploads_title");
  }
}

/** Return how much of all is done, each file by its size, an empty one by a little. */
function shareOf(uploads) {
  const weight = ({ size }) => size + 1000;
  const all = uploads.reduce((sum, upload) => sum + weight(upload), 0);
  return all === 0 ? 0 : uploads.reduce((sum, upload) => sum + weight(upload) * upload.share, 0) / all;
}
