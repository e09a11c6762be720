// What somebody was looking at, for this tab only: the list a meme was opened from, and the wall to come back to.

import { gridOf, mainGrid } from "./grid.js";
import { stop } from "./play.js";
import { focus } from "./walk.js";

const KEPT_WALLS = 5;

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    sessionStorage.clear(); // full: going back starts at the top
  }
}

const here = () => location.pathname + location.search;
const user = () => document.body.dataset.user;

// The ids of the list, in order, the address of its page, the address of what follows, and the meme that was seen last.
export function readList() {
  const list = read("list");
  return list?.user === user() ? list : null;
}

export function writeList(list) {
  write("list", { ...list, user: user() });
}

// The next visit to `address` is a return, though the browser does not take it for one.
export function markReturn(address) {
  write("return", address);
}

function noteList(event) {
  const link = event.target.closest?.(".tile > a");
  const grid = gridOf(link);
  if (!grid) return;
  const next = grid === mainGrid() ? document.querySelector("#results .more a[rel=next]")?.href : undefined;
  writeList({
    address: here(), ids: grid.tiles.map((tile) => tile.dataset.id), next, seen: link.parentElement.dataset.id,
  });
}

export function saveWall() {
  const grid = mainGrid();
  if (!grid) return;
  stop();
  const end = document.querySelector("#results .more");
  const wall = { address: here(), user: user(), tiles: grid.element.innerHTML, end: end.outerHTML, top: scrollY };
  write("walls", [wall, ...(read("walls") ?? []).filter((kept) => kept.address !== wall.address)].slice(0, KEPT_WALLS));
}

function restoreWall() {
  const grid = mainGrid();
  const wall = read("walls")?.find((kept) => kept.address === here() && kept.user === user());
  if (!grid || !wall) return;
  grid.element.innerHTML = wall.tiles;
  document.querySelector("#results .more").outerHTML = wall.end;
  grid.restart();
  window.scrollTo({ top: wall.top, behavior: "instant" });
}

// The last meme that was looked at gets the focus, and comes into sight if it was reached from another one.
function focusSeen() {
  const list = readList();
  const grid = mainGrid();
  if (!grid || list?.address !== here()) return;
  const index = grid.indexOf(list.seen);
  if (index >= 0) focus(grid, index);
}

function isReturn() {
  const marked = read("return") === here();
  sessionStorage.removeItem("return");
  return marked || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}

export function start() {
  if (read("walls")?.some((wall) => wall.user !== user())) sessionStorage.clear(); // somebody else sits here now
  document.addEventListener("click", noteList, { capture: true });
  addEventListener("pagehide", saveWall);
  addEventListener("pageshow", (event) => event.persisted && focusSeen());
  if (!mainGrid()) return;
  history.scrollRestoration = "manual"; // the browser would try before the wall is as tall as it was
  if (!isReturn()) return;
  restoreWall();
  focusSeen();
}
