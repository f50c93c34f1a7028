// The list of documents: looked through a page at a time, for there may be hundreds of thousands.

import { Problem } from "./api.js";
import { Deleting } from "./deleting.js";
import { element } from "./elements.js";
import { say } from "./labels.js";
import { nativeName } from "./languages.js";
import { pause } from "./pause.js";
import { DocumentRow } from "./shelf_row.js";
import { tell } from "./telling.js";

const PAGE = 50;
const TYPING_MS = 200;
const REFRESH_MS = 700; // while many files are added, the list is fetched this often at most
const RETRY_SECONDS = 3;

export class Shelf {
  #rows = [];
  #chosen = new Map(); // id → title, on every page
  #offset = 0;
  #total = 0;
  #asking = null; // AbortController of the page that is being fetched
  #timer = null;

  constructor(root, keeping, key) {
    this.keeping = keeping;
    this.find = (name) => root.querySelector(name);
    this.form = this.find("#looking");
    this.deleting = new Deleting(keeping, key, (ids, failure) => this.#afterDeleting(ids, failure));
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#look()));
    this.form.elements.q.addEventListener("input", () => this.#lookIn(TYPING_MS));
    this.form.elements.language.addEventListener("change", () => this.#look());
    this.form.elements.sort.addEventListener("change", () => this.#look());
    this.find("#previous").addEventListener("click", () => this.#turn(-PAGE));
    this.find("#next").addEventListener("click", () => this.#turn(PAGE));
    this.find("#choose-page").addEventListener("change", ({ target }) => this.#choosePage(target.checked));
    this.find("#unchoose").addEventListener("click", () => this.#unchoose());
    this.find("#delete-chosen").addEventListener("click", () => this.deleting.ask(this.#chosen));
  }

  /** Show the page of the list that the address asks for. */
  async open() {
    const asked = new URLSearchParams(location.search);
    const { q, language, sort } = this.form.elements;
    q.value = asked.get("q") ?? "";
    sort.value = asked.get("sort") ?? "newest";
    sort.value ||= "newest";
    if (asked.get("language")) {
      language.append(element("option", { value: asked.get("language") }, nativeName(asked.get("language"))));
      language.value = asked.get("language");
    }
    this.#offset = PAGE * Math.max(Number.parseInt(asked.get("page"), 10) - 1 || 0, 0);
    await this.#fetch();
  }

  /** Fetch the page once more, soon. */
  refresh() {
    this.#timer ??= setTimeout(() => this.#fetch(), REFRESH_MS);
  }

  #look() {
    this.#offset = 0;
    return this.#fetch();
  }

  #lookIn(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  async #turn(by) {
    this.#offset = Math.max(this.#offset + by, 0);
    await this.#fetch();
    this.find("#shelf-title").focus({ preventScroll: true });
    this.find("#shelf-title").scrollIntoView();
  }

  async #fetch() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#asking?.abort();
    const { signal } = (this.#asking = new AbortController());
    const { q, language, sort } = this.form.elements;
    const wanted = { q: q.value.trim(), language: language.value, sort: sort.value, limit: PAGE, offset: this.#offset };
    try {
      const [page, languages] = await Promise.all([this.keeping.documents(wanted, signal), this.keeping.languages()]);
      if (signal.aborted) {
        return;
      }
      if (page.documents.length === 0 && page.total > 0) {
        this.#offset = PAGE * Math.floor((page.total - 1) / PAGE); // the last page has gone
        await this.#fetch();
        return;
      }
      this.#show(page, wanted, languages);
    } catch (error) {
      await this.#afterTrouble(error, signal);
    }
  }

  async #afterTrouble(error, signal) {
    if (signal.aborted) {
      return;
    }
    if (!(error instanceof Problem)) {
      throw error;
    }
    if (error.kind === "refused") {
      this.#explain("problem_refused", error);
      return;
    }
    tell(this.find("#shelf-trouble"), error.kind === "loading" ? "loading" : "unreachable");
    await pause(error.retrySeconds ?? RETRY_SECONDS);
    if (!signal.aborted) {
      await this.#fetch();
    }
  }

  #explain(word, problem) {
    const said = say(element("span"), word);
    tell(this.find("#shelf-trouble"));
    this.find("#shelf-trouble").append(said, " ", element("span", { lang: "en" }, problem.detail || problem.kind));
    this.find("#shelf-trouble").dataset.told = ""; // what is told next takes its place
  }

  #show({ documents, total, offset }, wanted, languages) {
    const isNarrowed = wanted.q !== "" || wanted.language !== "";
    this.#total = total;
    tell(this.find("#shelf-trouble"));
    tell(this.find("#shelf-done"));
    this.#showAddress(wanted);
    this.#showLanguages(languages);
    this.#showRows(documents);
    tell(this.find("#shelf-count"), ...(total > 0 ? ["shelf_found", total] : []));
    this.form.hidden = total === 0 && !isNarrowed;
    this.#showEmpty(total, isNarrowed);
    this.find("#pager").hidden = total <= PAGE;
    say(this.find("#range"), "shelf_range", offset + 1, offset + documents.length, total);
    this.find("#previous").disabled = offset === 0;
    this.find("#next").disabled = offset + documents.length >= total;
  }

  /** The address leads back here, after a look into a document too. */
  #showAddress({ q, language, sort, offset }) {
    const page = offset > 0 ? offset / PAGE + 1 : "";
    const shown = Object.entries({ q, language, sort: sort === "newest" ? "" : sort, page }).filter(([, value]) => value);
    const query = new URLSearchParams(shown).toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  }

  #showLanguages(languages) {
    const { language } = this.form.elements;
    const codes = new Set([...Object.keys(languages), language.value].filter(Boolean));
    const shown = [...language.options].map(({ value }) => value).filter(Boolean);
    if (codes.size === shown.length && shown.every((code) => codes.has(code))) {
      return;
    }
    const { value } = language;
    const options = [...codes].map((code) => element("option", { value: code, lang: code }, nativeName(code)));
    language.replaceChildren(language.options[0], ...options);
    language.value = value;
  }

  /** Rows of documents that are still there stay as they are, with the focus in them. */
  #showRows(documents) {
    const known = new Map(this.#rows.map((row) => [row.id, row]));
    this.#rows = documents.map((body) => {
      const row = known.get(body.id);
      return row?.isOf(body) ? row : new DocumentRow(body, this);
    });
    const list = this.find("#documents");
    const elements = this.#rows.map((row) => row.element);
    if (elements.length !== list.children.length || elements.some((each, place) => each !== list.children[place])) {
      list.replaceChildren(...elements);
    }
    this.#showChosen();
  }

  #showEmpty(total, isNarrowed) {
    const empty = this.find("#shelf-empty");
    empty.hidden = total > 0;
    if (total > 0) {
      empty.replaceChildren();
    } else if (isNarrowed) {
      const all = say(element("button", { type: "button", class: "quiet" }), "shelf_show_all");
      all.addEventListener("click", () => this.#showAll());
      empty.replaceChildren(say(element("h3"), "shelf_nothing"), say(element("p"), "shelf_nothing_help"), all);
    } else {
      const command = element("code", { lang: "en" }, "qa-service sync FOLDER");
      const help = element("p", {}, say(element("span"), "shelf_empty_help"), " ", command);
      empty.replaceChildren(say(element("h3"), "shelf_empty"), help);
    }
  }

  #showAll() {
    this.form.elements.q.value = this.form.elements.language.value = "";
    this.form.elements.q.focus();
    return this.#look();
  }

  // --- choosing and deleting ---

  /** Called by a row. */
  choose(id, title, isChosen) {
    if (isChosen) {
      this.#chosen.set(id, title);
    } else {
      this.#chosen.delete(id);
    }
    this.#showChosen();
  }

  /** Called by a row. */
  delete(id, title) {
    this.deleting.ask(new Map([[id, title]]));
  }

  #choosePage(isChosen) {
    for (const row of this.#rows) {
      this.choose(row.id, row.title, isChosen);
    }
  }

  #unchoose() {
    this.#chosen.clear();
    this.#showChosen();
    this.find("#choose-page").focus();
  }

  #showChosen() {
    const count = this.#chosen.size;
    const here = this.#rows.filter((row) => this.#chosen.has(row.id)).length;
    for (const row of this.#rows) {
      row.isChosen = this.#chosen.has(row.id);
    }
    const all = this.find("#choose-page");
    all.checked = here > 0 && here === this.#rows.length;
    all.indeterminate = here > 0 && here < this.#rows.length;
    this.find("#chosen").hidden = this.#rows.length === 0 && count === 0;
    tell(this.find("#chosen-count"), ...(count > 0 ? ["shelf_selected", count] : []));
    this.find("#unchoose").hidden = this.find("#delete-chosen").hidden = count === 0;
  }

  async #afterDeleting(ids, failure) {
    ids.forEach((id) => this.#chosen.delete(id));
    await this.#fetch();
    this.find("#shelf-title").focus({ preventScroll: true });
    tell(this.find("#shelf-done"), ...(ids.length > 0 ? ["shelf_deleted", ids.length] : []));
    if (failure !== null) {
      this.#explain("shelf_not_deleted", failure);
    }
  }
}
