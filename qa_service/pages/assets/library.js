// What can be asked about: whether the service is ready, how much is indexed in which language, which documents.

import { Problem } from "./api.js";
import { element } from "./elements.js";
import { examplesFor } from "./examples.js";
import { say } from "./labels.js";
import { languageTag } from "./languages.js";

const LISTED = 500;
const RETRY_SECONDS = 3;

export class Library {
  #isWatching = false;

  /** `status` is the line that is always there; `onExamples(examples)` gets the questions these documents answer. */
  constructor(status, root, api, onExamples) {
    this.status = status;
    this.root = root;
    this.api = api;
    this.onExamples = onExamples;
  }

  /** Show what is indexed; until the service can say, tell why and try again. */
  async watch() {
    if (this.#isWatching) {
      return;
    }
    this.#isWatching = true;
    while (this.#isWatching) {
      try {
        const ready = await this.api.readiness();
        this.#show(ready, await this.api.documents(LISTED));
        this.#isWatching = false;
      } catch (error) {
        await this.#showProblem(error);
      }
    }
  }

  async #showProblem(error) {
    if (!(error instanceof Problem)) {
      throw error;
    }
    this.status.dataset.state = error.kind;
    say(this.status, error.kind === "loading" ? "loading" : "unreachable");
    if (error.kind === "refused") {
      say(this.status, "problem_refused").append(" ", element("span", { lang: "en" }, error.detail));
    }
    await pause(error.retrySeconds ?? RETRY_SECONDS);
  }

  #show({ documents, passages, languages }, { documents: listed }) {
    this.status.dataset.state = "ready";
    if (documents === 0) {
      say(this.status, "empty");
      this.root.replaceChildren();
      return;
    }
    say(this.status, "totals", documents, passages);
    this.onExamples(examplesFor(listed));
    this.root.replaceChildren(...languagesView(languages), documentsView(listed, documents));
  }
}

/** The bar shows how the passages divide between languages; the list beside it says the same in words. */
function languagesView(languages) {
  const bar = element("div", { class: "shares", "aria-hidden": "true" });
  const legend = element("ul", { class: "legend", role: "list" });
  for (const [code, count] of Object.entries(languages).sort(([, one], [, other]) => other - one)) {
    const share = element("span", { "data-language": code });
    share.style.flexGrow = count;
    bar.append(share);
    legend.append(element("li", {}, languageTag(code), say(element("span"), "passages", count)));
  }
  return [say(element("h2"), "documents"), bar, legend];
}

function documentsView(listed, total) {
  const items = listed.map(({ id, title, language }) =>
    element("li", {}, element("a", { href: `/documents/${id}`, lang: language, dir: "auto" }, title), languageTag(language)),
  );
  const rest = total - listed.length;
  return element(
    "details",
    { class: "documents" },
    say(element("summary"), "all_documents"),
    element("ul", { role: "list" }, ...items),
    rest > 0 ? say(element("p"), "more", rest) : null,
  );
}

/** Wait; a network that comes back ends the wait. */
function pause(seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
