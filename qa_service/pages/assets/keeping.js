// The service for those who may change documents: every call carries the key, where one is set.

import { Problem, problemOf } from "./api.js";
import { readEvents } from "./events.js";
import { rememberedKey } from "./key.js";

export class Keeping {
  /** Return a page of the list; `wanted` holds {q, language, sort, limit, offset}. */
  async documents(wanted, signal) {
    const asked = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== "" && value !== null));
    return (await call(`/v1/documents?${asked}`, { signal })).json();
  }

  /** Return {code: passages} for every language that documents have. */
  async languages() {
    return (await (await call("/readyz")).json()).languages;
  }

  async delete(id) {
    await call(`/v1/documents/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Return the latest jobs, without their files. */
  async jobs() {
    return (await (await call("/v1/jobs?limit=50")).json()).jobs;
  }

  async cancel(id) {
    await call(`/v1/jobs/${encodeURIComponent(id)}`, { method: "DELETE" });
  }

  /** Yield the job as it goes on, and as it ended at last. */
  async *follow(id) {
    const response = await call(`/v1/jobs/${encodeURIComponent(id)}/events`);
    let isDone = false;
    try {
      for await (const { name, data } of readEvents(response.body)) {
        const body = JSON.parse(data);
        if (name === "error") {
          throw new Problem("refused", body.detail);
        }
        isDone = name === "done";
        if (name !== "file") {
          yield body;
        }
      }
    } catch (error) {
      throw error instanceof Problem ? error : new Problem("unreachable");
    }
    if (!isDone) {
      throw new Problem("unreachable"); // cut off: the server ended, or something between
    }
  }

  /** Send files; return the job that they are. `onProgress` gets the bytes that are sent. Fetch cannot tell of those. */
  send(files, signal, onProgress) {
    const form = new FormData();
    for (const file of files) {
      form.append("file", file, file.name);
    }
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", "/v1/documents");
      for (const [name, value] of Object.entries(keyHeaders())) {
        request.setRequestHeader(name, value);
      }
      request.upload.addEventListener("progress", ({ loaded }) => onProgress(loaded));
      request.addEventListener("load", () => settle(request, resolve, reject));
      request.addEventListener("error", () => reject(new Problem("unreachable")));
      request.addEventListener("abort", () => reject(signal.reason));
      signal.addEventListener("abort", () => request.abort(), { once: true });
      request.send(form);
    });
  }
}

async function settle(request, resolve, reject) {
  const headers = { "Retry-After": request.getResponseHeader("Retry-After") ?? "" };
  const response = new Response(request.responseText, { status: request.status, headers });
  if (!response.ok) {
    reject(withStatus(await problemOf(response), request.status));
    return;
  }
  response.json().then(resolve, () => reject(new Problem("unreachable")));
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: keyHeaders() });
  } catch (error) {
    throw options.signal?.aborted ? error : new Problem("unreachable");
  }
  if (!response.ok) {
    throw withStatus(await problemOf(response), response.status);
  }
  return response;
}

/** The status tells what to do about it: 401 asks for a key, 404 says that it is gone. */
function withStatus(problem, status) {
  problem.status = status;
  return problem;
}

function keyHeaders() {
  const key = rememberedKey();
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}
