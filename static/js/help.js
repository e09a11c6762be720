// The list of keys, and the menu entry that opens it.

import { on } from "./keys.js";

export function start() {
  const help = document.querySelector("#help");
  if (!help) return;
  // The keys of a page stand before those of the site.
  const own = document.querySelector("#page-keys")?.content.cloneNode(true);
  if (own) help.querySelector("header").after(own);
  on("?", () => help.showModal());
  document.querySelector("[data-opens=help]")?.addEventListener("click", () => {
    document.querySelector("#menu").hidePopover();
    help.showModal();
  });
  help.addEventListener("click", (event) => {
    if (event.target === help) help.close(); // beside it
  });
}
