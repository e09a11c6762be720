// The next page of results comes before the end of this one is reached.

import { adopt, mainGrid } from "./grid.js";

const AHEAD = "1800px";
const near = new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting && load(entry.target)), {
  rootMargin: AHEAD,
});

// The tiles and the end of the page at `address`.
export async function fetchNext(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = document.createElement("template");
  page.innerHTML = await answer.text();
  return { tiles: [...page.content.querySelectorAll(".tile")], end: page.content.querySelector(".more") };
}

async function load(link) {
  near.unobserve(link);
  const end = link.closest(".more");
  link.textContent = "Loading …";
  try {
    const { tiles, end: next } = await fetchNext(link.href);
    if (!end.isConnected) return; // another search has taken the page over
    const grid = mainGrid();
    const known = new Set(grid.tiles.map((tile) => tile.dataset.id)); // new memes push old ones to the next page
    grid.element.append(...tiles.filter((tile) => !known.has(tile.dataset.id)));
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
