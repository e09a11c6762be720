// The walls of pictures on a page: laid out when the page, the window or their tiles change.

import { columnsFor, place } from "./masonry.js";

const grids = new Map(); // by their elements

class Grid {
  constructor(element) {
    this.element = element;
    this.tiles = [];
    this.boxes = [];
    this.widthPx = 0;
    this.fit();
    new ResizeObserver(() => this.fit()).observe(element);
  }

  // Lays everything out anew when the width has changed; what was being looked at stays where it was.
  fit() {
    const widthPx = this.element.clientWidth;
    if (widthPx === this.widthPx || !widthPx) return;
    const seen = this.widthPx ? this.tiles.find((tile) => tile.getBoundingClientRect().bottom > 0) : undefined;
    const before = seen?.getBoundingClientRect().top;
    this.widthPx = widthPx;
    this.gapPx = parseFloat(getComputedStyle(this.element).getPropertyValue("--gap"));
    this.restart();
    if (before < 0) window.scrollBy({ top: seen.getBoundingClientRect().top - before, behavior: "instant" });
  }

  restart() {
    this.tiles = [];
    this.boxes = [];
    this.heights = new Array(columnsFor(this.widthPx)).fill(0);
    this.grow();
  }

  // Places the tiles that were added at the end.
  grow() {
    const added = [...this.element.children].slice(this.tiles.length);
    const inner = { widthPx: this.widthPx - 2 * this.gapPx, gapPx: this.gapPx, heights: this.heights };
    const boxes = place(added.map(ratio), inner);
    added.forEach((tile, index) => put(tile, boxes[index], this.gapPx));
    this.tiles.push(...added);
    this.boxes.push(...boxes);
    this.element.style.height = `${Math.max(0, ...this.heights)}px`;
    this.element.classList.add("is-placed");
    document.dispatchEvent(new CustomEvent("mse:placed", { detail: { grid: this, added } }));
  }

  link(index) {
    return this.tiles[index]?.querySelector("a");
  }

  indexOf(id) {
    return this.tiles.findIndex((tile) => tile.dataset.id === String(id));
  }
}

function ratio(tile) {
  return parseFloat(tile.style.getPropertyValue("--h")) / parseFloat(tile.style.getPropertyValue("--w"));
}

function put(tile, box, offsetPx) {
  tile.style.width = `${box.width}px`;
  tile.style.height = `${box.height}px`;
  tile.style.transform = `translate(${box.left + offsetPx}px, ${box.top}px)`;
}

// Takes charge of the grids that have come into the page, and forgets those that have left it.
export function adopt() {
  for (const element of grids.keys()) if (!element.isConnected) grids.delete(element);
  for (const element of document.querySelectorAll("[data-grid]")) {
    if (!grids.has(element)) grids.set(element, new Grid(element));
  }
}

export function gridOf(element) {
  return grids.get(element?.closest?.("[data-grid]"));
}

// The grid of search results, on the page that has one.
export function mainGrid() {
  return grids.get(document.querySelector("#results [data-grid]"));
}

export function start() {
  adopt();
  document.addEventListener("htmx:afterSettle", adopt);
}
