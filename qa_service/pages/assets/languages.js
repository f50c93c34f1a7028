// What languages call themselves.

import { element } from "./elements.js";

// browsers ship without Belarusian names
const OWN_NAMES = { be: "беларуская", ru: "русский", en: "English", und: "?" };

/** Return a language's name in that language, in English where the browser has no other, else the code. */
export function nativeName(code) {
  if (code in OWN_NAMES) {
    return OWN_NAMES[code];
  }
  try {
    const locales = Intl.DisplayNames.supportedLocalesOf([code]);
    return new Intl.DisplayNames([...locales, "en"], { type: "language" }).of(code);
  } catch {
    return code;
  }
}

/** Make the tag that says which language something is in. */
export function languageTag(code) {
  return element("span", { class: "language", lang: code, "data-language": code }, nativeName(code));
}
