// What outlives a page: the chosen language of the page, and the conversation and the key
// for as long as the tab is open.
// A browser may deny storage or run out of it; then nothing is remembered and everything else works.

const LANGUAGE = "qa-service.language";
const CONVERSATION = "qa-service.conversation.2"; // the number of the shape of what is kept
const KEY = "qa-service.key";
const LONGEST = 20;

let keyOfThisPage = null; // where storage is denied, the key lives as long as the page

export function rememberedLanguage() {
  return attempt(() => localStorage.getItem(LANGUAGE));
}

export function rememberLanguage(code) {
  attempt(() => localStorage.setItem(LANGUAGE, code));
}

/** Return the finished turns of this tab, oldest first. */
export function rememberedTurns() {
  return attempt(() => JSON.parse(sessionStorage.getItem(CONVERSATION))) ?? [];
}

/** Keep the latest turns, so that a reader who opens a document finds the conversation on coming back. */
export function rememberTurns(turns) {
  attempt(() => sessionStorage.setItem(CONVERSATION, JSON.stringify(turns.slice(-LONGEST))));
}

/** Return the API key of this tab, or null. */
export function rememberedKey() {
  return attempt(() => sessionStorage.getItem(KEY)) ?? keyOfThisPage;
}

export function rememberKey(key) {
  keyOfThisPage = key;
  attempt(() => sessionStorage.setItem(KEY, key));
}

export function forgetKey() {
  keyOfThisPage = null;
  attempt(() => sessionStorage.removeItem(KEY));
}

function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
