// The walls of pictures on a page: laid out anew when the page, the window or their tiles change.

const { begin, extend } = globalThis.masonry ?? {}; // pages without a wall do without it

const grids = new Map(); // by their elements

class Grid {
  constructor(element) {
    this.element = element;
    this.restart();
    new ResizeObserver(() => this.fit()).observe(element);
  }

  get tiles() {
    return this.wall.tiles;
  }

  get boxes() {
    return this.wall.boxes;
  }

  // Lays everything out anew when the width has changed; what was being looked at stays where it was.
  fit() {
    const widthPx = this.element.clientWidth;
    if (widthPx === this.wall.widthPx || !widthPx) return;
    const seen = this.tiles.find((tile) => tile.getBoundingClientRect().bottom > 0);
    const before = seen?.getBoundingClientRect().top;
    this.restart();
    if (before < 0) window.scrollBy({ top: seen.getBoundingClientRect().top - before, behavior: "instant" });
  }

  restart() {
    this.wall = begin(this.element);
    this.grow();
  }

  // Places the tiles that were added at the end.
  grow() {
    const added = extend(this.wall);
    document.dispatchEvent(new CustomEvent("mse:placed", { detail: { grid: this, added } }));
  }

  link(index) {
    return this.tiles[index]?.querySelector("a");
  }

  indexOf(id) {
    return this.tiles.findIndex((tile) => tile.dataset.id === String(id));
  }
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
