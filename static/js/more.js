// The next page of results comes before the end of this one is reached.

import { adopt, mainGrid } from "./grid.js";

const AHEAD = "1800px";
const near = new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting && load(entry.target)), {
  rootMargin: AHEAD,
});

// The tiles of the page at `address`, those with what stands between them, and the end of the page.
export async function fetchNext(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = document.createElement("template");
  page.innerHTML = await answer.text();
  const entries = [...page.content.querySelectorAll(".tile, .divider")];
  return { tiles: entries.filter((entry) => entry.matches(".tile")), entries, end: page.content.querySelector(".more") };
}

async function load(link) {
  near.unobserve(link);
  const end = link.closest(".more");
  link.textContent = "Loading …";
  try {
    const { entries, end: next } = await fetchNext(link.href);
    if (!end.isConnected) return; // another search has taken the page over
    const grid = mainGrid();
    const known = new Set(grid.tiles.map((tile) => tile.dataset.id)); // a ranking that was lost is found anew
    grid.element.append(...entries.filter((entry) => !known.has(entry.dataset.id)));
    end.replaceWith(next);
    grid.grow();
  } catch {
    link.textContent = "Could not load more: try again";
  }
}

function follow() {
  const link = document.querySelector("#results .more a[rel=next]");
  if (link) near.observe(link);
}

export function start() {
  adopt();
  follow();
  document.addEventListener("mse:placed", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#results .more a[rel=next]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(link);
  });
}
