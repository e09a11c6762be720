// The page of one meme: the ones before and after it in the list it was opened from, its actual size, and the way back.

import { on } from "./keys.js";
import { fetchNext } from "./more.js";
import { markReturn, readList, writeList } from "./visit.js";
import { keep } from "./why.js";

const SWIPE_PX = 60;
const RUNWAY = 3; // memes before the end of the list at which more of it is fetched

export function start() {
  const meme = document.querySelector("[data-meme]");
  on("Escape", () => (meme ? leave() : false));
  if (!meme) return;
  follow(meme.dataset.meme);
  document.querySelector("[data-zooms]")?.addEventListener("click", zoom);
  for (const key of ["s", "t", "n", "Delete"]) on(key, () => press(key));
  on("z", () => document.querySelector("[data-zooms]")?.click());
  on("ArrowLeft", () => press("previous"));
  on("ArrowRight", () => press("next"));
  listenForSwipes(document.querySelector(".stage"));
  play(document.querySelector(".frame video"));
}

// Without sound: that is for whoever watches to switch on.
function play(clip) {
  if (!clip || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  clip.muted = true;
  clip.play().catch(() => {}); // the browser may forbid it; the controls are there
}

function press(key) {
  const target = document.querySelector({ previous: ".is-previous", next: ".is-next" }[key] ?? `[data-key=${key}]`);
  if (!target || target.hidden || document.activeElement?.closest(".tile")) return false;
  target.click();
  return true;
}

function zoom(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  document.querySelector(".stage").classList.toggle("is-large");
}

async function follow(id) {
  const list = readList();
  const index = list?.ids.indexOf(id) ?? -1;
  if (index < 0) return;
  writeList({ ...list, seen: id });
  show(".is-previous", list.ids[index - 1]);
  show(".is-next", list.ids[index + 1]);
  if (!list.next || index < list.ids.length - RUNWAY) return;
  const { tiles, end } = await fetchNext(list.next).catch(() => ({ tiles: [] }));
  const added = tiles.map((tile) => tile.dataset.id).filter((other) => !list.ids.includes(other));
  if (!added.length) return;
  keep(tiles);
  writeList({ ...list, seen: id, ids: [...list.ids, ...added], next: end.querySelector("a")?.href });
  show(".is-next", list.ids[index + 1] ?? added[0]);
}

// Steps replace one another in the history: going back leads to the list, not through every meme.
function show(name, id) {
  const link = document.querySelector(name);
  if (!id || !link.hidden) return;
  link.href = `/m/${id}/`;
  link.hidden = false;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    location.replace(link.href);
  });
  const hint = document.createElement("link");
  Object.assign(hint, { rel: "prefetch", href: link.href });
  document.head.append(hint);
}

function leave() {
  if (document.activeElement?.closest(".tile")) {
    document.activeElement.blur();
    window.scrollTo({ top: 0 });
    return true;
  }
  const address = readList()?.address ?? "/";
  const before = window.navigation?.entries()[window.navigation.currentEntry.index - 1]?.url;
  if (before && new URL(before).pathname + new URL(before).search === address) {
    history.back();
  } else {
    markReturn(address);
    location.assign(address);
  }
  return true;
}

function listenForSwipes(stage) {
  let from = null;
  stage.addEventListener("touchstart", (event) => {
    from = event.touches.length === 1 && !stage.matches(".is-large") ? event.touches[0] : null;
  }, { passive: true });
  stage.addEventListener("touchend", (event) => {
    if (!from) return;
    const { clientX, clientY } = event.changedTouches[0];
    const [across, down] = [clientX - from.clientX, Math.abs(clientY - from.clientY)];
    if (Math.abs(across) > SWIPE_PX && Math.abs(across) > 2 * down) press(across > 0 ? "previous" : "next");
  });
}
