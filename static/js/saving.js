// Saving a search without leaving what it found.

import { ask } from "./requests.js";
import { toast } from "./toast.js";

export function start() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-saves]")) return;
    event.preventDefault();
    save(event.target);
  });
}

async function save(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const { name } = await ask("/api/v1/searches", { method: "POST", body: { query: form.elements.query.value } });
    toast(`Saved as “${name}”.`, { href: "/searches/", label: "Your searches" });
    form.classList.add("is-saved");
  } catch (error) {
    toast(error.message);
  }
  button.disabled = false;
}
