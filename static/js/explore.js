// A key for each look, and for other directions: links, so that the way back is the browser's too.

import { before } from "./keys.js";

let isGoing = false; // a key that is held down goes one step

before((event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const link = document.querySelector(`[data-explores="${CSS.escape(key)}"]`);
  if (!link || event.shiftKey) return false;
  if (!isGoing && !event.repeat) {
    isGoing = true;
    link.click();
  }
  return true;
});

addEventListener("pageshow", () => {
  isGoing = false;
});
