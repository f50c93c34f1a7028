// Lines that tell how things stand. What has not changed is left alone, so that it is not read out again.

import { say } from "./labels.js";

/** Make `target` say a word with its values, or nothing where there is no word. */
export function tell(target, word = null, ...values) {
  const told = JSON.stringify([word, values]);
  if (target.dataset.told === told) {
    return;
  }
  target.dataset.told = told;
  if (word === null) {
    delete target.dataset.word;
    target.textContent = "";
  } else {
    say(target, word, ...values);
  }
}
