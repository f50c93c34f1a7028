// The buttons that choose the language of a page.

import { pageLanguage, showAll, speak } from "./labels.js";

/** Show the page in its language, and let the buttons change that; `onChange` is called after each change. */
export function offerLanguages(onChange = () => {}) {
  const buttons = document.querySelectorAll("[data-speak]");
  const showChosen = () => {
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.speak === pageLanguage()));
    }
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      speak(button.dataset.speak);
      showChosen();
      onChange();
    });
  }
  showAll();
  showChosen();
}
