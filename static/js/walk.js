// Walking the pictures with the arrow keys.

import { gridOf, mainGrid } from "./grid.js";
import { on } from "./keys.js";

const DIRECTIONS = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };

export function start() {
  for (const [key, direction] of Object.entries(DIRECTIONS)) on(key, () => step(direction));
  const box = document.querySelector("#q");
  box?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && enter()) event.preventDefault();
  });
}

// The box one step from `from` in a direction, or -1: up and down stay in the column, left and right go to the box in
// the next column that lies nearest.
function neighbour(boxes, from, direction) {
  const here = boxes[from];
  const middle = here.top + here.height / 2;
  const distance = {
    up: (box) => (box.column === here.column && box.top < here.top ? here.top - box.top : Infinity),
    down: (box) => (box.column === here.column && box.top > here.top ? box.top - here.top : Infinity),
    left: (box) => (box.column === here.column - 1 ? Math.abs(box.top + box.height / 2 - middle) : Infinity),
    right: (box) => (box.column === here.column + 1 ? Math.abs(box.top + box.height / 2 - middle) : Infinity),
  }[direction];
  let found = -1;
  let least = Infinity;
  boxes.forEach((box, index) => {
    const far = distance(box);
    if (far < least) [found, least] = [index, far];
  });
  return found;
}

function step(direction) {
  const focused = document.activeElement;
  const grid = gridOf(focused);
  if (!grid) return enter();
  const next = neighbour(grid.boxes, grid.tiles.indexOf(focused.closest(".tile")), direction);
  if (next < 0) return direction === "up" ? leave(grid) : true;
  focus(grid, next);
  return true;
}

// To the first picture in sight; on pages whose main thing is no grid, the keys keep their meaning.
function enter() {
  const grid = mainGrid();
  if (!grid) return false;
  const top = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  const first = grid.tiles.findIndex((tile) => tile.getBoundingClientRect().top >= top - 1);
  return focus(grid, Math.max(0, first));
}

function leave(grid) {
  if (grid !== mainGrid()) return true;
  document.querySelector("#q")?.focus();
  window.scrollTo({ top: 0 });
  return true;
}

export function focus(grid, index) {
  const link = grid.link(index);
  if (!link) return false;
  link.focus({ preventScroll: true });
  link.scrollIntoView({ block: "nearest" });
  return true;
}
