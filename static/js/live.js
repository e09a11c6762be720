// Results while somebody types.

import { adopt } from "./grid.js";
import { saveWall } from "./visit.js";

const PAUSE_MS = 220;

let box, results, shown, timer, running;
let isSettled = true; // the next change makes a new entry in the history; those after it, while typing, replace it

export function start() {
  box = document.querySelector("#q");
  results = document.querySelector("#results");
  if (!box || !results) return;
  shown = asked();
  box.addEventListener("input", (event) => event.isComposing || plan(PAUSE_MS));
  box.addEventListener("change", () => (isSettled = true));
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    plan(0);
    isSettled = true;
    if (matchMedia("(pointer: coarse)").matches) box.blur(); // the keyboard covers what was found
  });
  addEventListener("popstate", () => {
    if (asked() === shown) return; // only the fragment changed
    box.value = asked();
    show(box.value);
  });
}

const asked = () => new URLSearchParams(location.search).get("q") ?? "";

function plan(delayMs) {
  clearTimeout(timer);
  timer = setTimeout(() => search(box.value), delayMs);
}

async function search(text) {
  if (text === shown) return;
  const address = text.trim() ? `/?${new URLSearchParams({ q: text })}` : "/";
  saveWall();
  if (isSettled) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  isSettled = false;
  await show(text);
}

// For those who do not see them come.
function count() {
  const found = results.querySelectorAll(".tile").length;
  const more = results.querySelector(".more a") ? "at least " : "";
  document.querySelector("#count").textContent = found ? `${more}${found} memes` : "Nothing found";
}

async function show(text) {
  running?.abort();
  running = new AbortController();
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/?${new URLSearchParams({ q: text })}`, {
      headers: { "HX-Request": "true" }, signal: running.signal,
    });
    if (answer.status === 401) location.reload(); // to the sign-in page and back
    results.innerHTML = await answer.text();
    shown = text;
    window.scrollTo({ top: 0, behavior: "instant" });
    adopt();
    count();
  } catch (error) {
    if (error.name === "AbortError") return;
    results.innerHTML = "<div class='place'><h1>The site does not answer</h1><p>Are you online? Press Enter to try again.</p></div>";
    shown = null;
  }
  results.removeAttribute("aria-busy");
}
