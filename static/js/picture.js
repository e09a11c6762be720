// Searching with a picture: chosen, pasted into the box, dropped, or named by its address.

import { ask } from "./requests.js";
import { toast } from "./toast.js";

const sheet = document.querySelector("#picture-sheet");

export function start() {
  if (!sheet) return;
  document.addEventListener("click", open);
  sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());
  for (const form of document.querySelectorAll("form.hand-over")) {
    form.addEventListener("submit", submitted);
    form.querySelector("[type=file]").addEventListener("change", () => form.requestSubmit());
  }
  document.querySelector("#q")?.addEventListener("keydown", backwards);
  document.querySelector("#chips")?.parentElement.addEventListener("keydown", onChip);
}

function open(event) {
  const link = event.target.closest("[data-opens-picture]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  complain(sheet.querySelector("form.hand-over"), "");
  sheet.showModal();
}

// Whether a paste or drop belongs to a search: into the box, or while the sheet is open.
export function isAskedFor(target) {
  return Boolean(sheet?.open || target?.closest?.("form.search, form.hand-over"));
}

export async function searchWith(file) {
  toast("Looking at the picture …");
  const form = new FormData();
  form.append("file", file);
  try {
    deliver(await ask("/api/v1/pictures", { method: "POST", body: form }));
  } catch (error) {
    toast(`This cannot be searched with. ${error.message}`);
  }
}

async function submitted(event) {
  if (event.target.method === "dialog") return;
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button.is-main");
  const given = new FormData();
  const file = form.querySelector("[type=file]").files[0];
  const address = form.querySelector("[name=address]")?.value.trim();
  if (file) given.append("file", file);
  else if (address) given.append("address", address);
  else return complain(form, "Choose a picture first.");
  complain(form, "");
  button.disabled = true;
  button.textContent = "Looking …";
  try {
    const kept = await ask("/api/v1/pictures", { method: "POST", body: given });
    if (sheet.open) sheet.close();
    deliver(kept);
  } catch (error) {
    complain(form, error.message);
  }
  form.querySelector("[type=file]").value = "";
  button.disabled = false;
  button.textContent = "Search";
}

function complain(form, message) {
  const place = form.querySelector(".problem");
  place.textContent = message;
  place.hidden = !message;
}

// To whatever on the page takes it; else it goes in front of what stands in the box.
function deliver(kept) {
  if (!document.dispatchEvent(new CustomEvent("mse:picture", { detail: kept, cancelable: true }))) return;
  const form = new FormData(document.querySelector("form.search"));
  const address = new URLSearchParams({ q: [...form.getAll("term"), kept.term, form.get("q").trim()].filter(Boolean).join(" ") });
  for (const embedding of form.getAll("e")) address.append("e", embedding);
  location.assign(`/?${address}`);
}

// Backspace before the first letter goes to the picture in front of it, and from there takes it out.
function backwards(event) {
  const box = event.target;
  if (event.key !== "Backspace" || box.selectionStart || box.selectionEnd) return;
  const last = document.querySelector("#chips .chip:last-child");
  if (!last) return;
  event.preventDefault();
  last.focus();
}

function onChip(event) {
  const chip = event.target.closest(".chip");
  if (!chip) return;
  if (event.key === "Backspace" || event.key === "Delete") {
    event.preventDefault();
    chip.click();
  }
  const next = { ArrowLeft: chip.previousElementSibling, ArrowRight: chip.nextElementSibling ?? document.querySelector("#q") }[event.key];
  if (event.key in { ArrowLeft: 1, ArrowRight: 1 }) {
    event.preventDefault();
    event.stopPropagation();
    next?.focus();
  }
}
