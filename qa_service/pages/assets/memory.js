// What outlives a page: the chosen language of the page, and the key for as long as the tab is open.
// A browser may deny storage or run out of it; then nothing is remembered and everything else works.

const LANGUAGE = "qa-service.language";
const KEYS = "qa-service.reader-keys";
const KEY = "qa-service.key";

let keyOfThisPage = null; // where storage is denied, the key lives as long as the page

export function rememberedLanguage() {
  return attempt(() => localStorage.getItem(LANGUAGE));
}

export function rememberLanguage(code) {
  attempt(() => localStorage.setItem(LANGUAGE, code));
}

/** Return whether the reader steps by keys, as it does unless that was turned off. */
export function areKeysOn() {
  return attempt(() => localStorage.getItem(KEYS)) !== "off";
}

export function rememberKeys(areOn) {
  attempt(() => localStorage.setItem(KEYS, areOn ? "on" : "off"));
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
