// Why a meme was found: told by a finger that stays on its tile, and taken along to the page of the meme.

import { readList } from "./visit.js";

const HOLD_MS = 350; // before the browser opens its own menu
const SLIP_PX = 10;

let held = null;

// Keeps what the tiles say, for the pages of their memes.
export function keep(tiles) {
  const kept = new Map(Object.entries(read()));
  for (const tile of tiles) {
    const said = tile.querySelector(".why-said");
    if (said) kept.set(tile.dataset.id, said.innerHTML);
    else kept.delete(tile.dataset.id);
  }
  try {
    sessionStorage.setItem("whys", JSON.stringify(Object.fromEntries(kept)));
  } catch {
    sessionStorage.removeItem("whys"); // full: the page of the meme says less
  }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem("whys")) ?? {};
  } catch {
    return {};
  }
}

function noteTiles(event) {
  const tile = event.target.closest?.(".tile > a")?.parentElement;
  if (!tile) return;
  sessionStorage.removeItem("whys");
  keep(tile.parentElement.querySelectorAll(".tile"));
}

function show(place) {
  const id = document.querySelector("[data-meme]")?.dataset.meme;
  const said = readList()?.ids.includes(id) ? read()[id] : undefined;
  if (!place || !said) return;
  place.innerHTML = said; // as the site wrote it
  place.hidden = false;
}

function hold(event) {
  const tile = event.target.closest?.(".tile");
  for (const told of document.querySelectorAll(".tile.is-told")) if (told !== tile) told.classList.remove("is-told");
  release();
  if (!tile || event.pointerType !== "touch") return;
  held = { x: event.clientX, y: event.clientY, timer: setTimeout(() => tile.classList.add("is-told"), HOLD_MS) };
}

function slip(event) {
  if (held && Math.hypot(event.clientX - held.x, event.clientY - held.y) > SLIP_PX) release();
}

function release() {
  clearTimeout(held?.timer);
  held = null;
}

export function start() {
  document.addEventListener("click", noteTiles, { capture: true });
  document.addEventListener("pointerdown", hold);
  document.addEventListener("pointermove", slip);
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, release);
  show(document.querySelector("[data-why]"));
}
