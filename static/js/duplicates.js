// One key for each decision about a pair.

import { before } from "./keys.js";

let isSent = false; // a key that is held down decides once

before((event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const button = document.querySelector(`[data-decides="${CSS.escape(key)}"]`);
  if (!button || event.shiftKey) return false;
  if (!isSent && !event.repeat) {
    isSent = true;
    button.form.requestSubmit(button);
  }
  return true;
});

addEventListener("pageshow", () => {
  isSent = false;
});
