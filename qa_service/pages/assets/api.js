// The service over HTTP. Whatever goes wrong becomes a Problem; a call that was aborted throws what it was aborted with.

import { readEvents } from "./events.js";

/**
 * Why a call did not succeed. `kind` is one of
 *   unreachable  no answer came, or it broke off
 *   loading      the service is up, its model and index are not yet
 *   busy         too many requests
 *   refused      the service says why in `detail`
 */
export class Problem extends Error {
  constructor(kind, detail = "", retrySeconds = null) {
    super(detail || kind);
    this.kind = kind;
    this.detail = detail;
    this.retrySeconds = retrySeconds;
  }
}

export class Api {
  /** `fetch` can be replaced, for an embedding page that adds headers or a test that has no network. */
  constructor(fetch = globalThis.fetch.bind(globalThis)) {
    this.fetch = fetch;
  }

  /** Return what is indexed. */
  async readiness() {
    return this.#json("/readyz");
  }

  /** Return the first documents and how many there are. */
  async documents(limit) {
    return this.#json(`/v1/documents?limit=${limit}`);
  }

  /** Yield {name, body} as they come: "passages", "answer", "done". `history` holds {question, answer}, oldest first. */
  async *ask(question, history, signal) {
    const response = await this.#call("/v1/ask", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ question, history, stream: true, explain: true }),
      signal,
    });
    let isDone = false;
    for await (const { name, body } of readBodies(response.body, signal)) {
      if (name === "error") {
        throw new Problem("refused", body.detail);
      }
      isDone ||= name === "done";
      yield { name, body };
    }
    if (!isDone) {
      throw new Problem("unreachable");
    }
  }

  async #json(path) {
    const response = await this.#call(path);
    try {
      return await response.json();
    } catch {
      throw new Problem("unreachable");
    }
  }

  async #call(path, options = {}) {
    let response;
    try {
      response = await this.fetch(path, options);
    } catch (error) {
      throw options.signal?.aborted ? error : new Problem("unreachable");
    }
    if (!response.ok) {
      throw await problemOf(response);
    }
    return response;
  }
}

/** A stream that breaks off or is garbled on its way is no answer. */
async function* readBodies(stream, signal) {
  try {
    for await (const { name, data } of readEvents(stream)) {
      yield { name, body: JSON.parse(data) };
    }
  } catch (error) {
    throw signal?.aborted ? error : new Problem("unreachable");
  }
}

/** Return the Problem that a response tells of. */
export async function problemOf(response) {
  // a proxy in between may answer with something that is no problem details
  const body = await response.json().catch(() => ({}));
  return new Problem(kindOf(response.status, body.type), body.detail ?? "", retrySeconds(response));
}

function kindOf(status, type) {
  if (type === "urn:qa-service:problem:not-ready") {
    return "loading";
  }
  if (status === 429) {
    return "busy";
  }
  return [502, 504].includes(status) ? "unreachable" : "refused";
}

function retrySeconds(response) {
  const seconds = Number.parseFloat(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) ? seconds : null;
}
