// Buttons that put something on the clipboard.

import { toast } from "./toast.js";

export function start() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copies], [data-copies-from]");
    if (!button) return;
    const text = button.dataset.copies ?? document.getElementById(button.dataset.copiesFrom).textContent;
    toast((await copy(text)) ? button.dataset.said : "The browser did not let this be copied.");
  });
}

async function copy(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  // Without HTTPS, in a home network, browsers keep the new way to themselves.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  return isCopied;
}
