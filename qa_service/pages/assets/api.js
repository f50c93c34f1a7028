// The service over HTTP. Whatever goes wrong becomes a Problem.

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

  async #json(path) {
    const response = await this.#call(path);
    try {
      return await response.json();
    } catch {
      throw new Problem("unreachable");
    }
  }

  async #call(path) {
    let response;
    try {
      response = await this.fetch(path);
    } catch {
      throw new Problem("unreachable");
    }
    if (!response.ok) {
      throw await problemOf(response);
    }
    return response;
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
