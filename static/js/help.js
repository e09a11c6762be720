// The list of keys, and the menu entry that opens it.

import { on } from "./keys.js";

export function start() {
  const help = document.querySelector("#help");
  if (!help) return;
  on("?", () => help.showModal());
  document.querySelector("[data-opens=help]")?.addEventListener("click", () => {
    document.querySelector("#menu").hidePopover();
    help.showModal();
  });
  help.addEventListener("click", (event) => {
    if (event.target === help) help.close(); // beside it
  });
}
