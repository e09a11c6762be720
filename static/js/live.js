// Results while somebody types.

import { adopt } from "./grid.js";
import { ask } from "./requests.js";
import { saveWall } from "./visit.js";

const PAUSE_MS = 220;
const LONGEST_ADDRESS = 7500;

let box, results, shown, timer, running, remembered;
let coming; // what was asked for and is on its way
let isSettled = true; // the next change makes a new entry in the history; those after it, while typing, replace it

export function start() {
  box = document.querySelector("#q");
  results = document.querySelector("#results[data-live]");
  if (!box || !results) return;
  shown = box.value;
  remembered = asked();
  box.addEventListener("input", typed);
  box.addEventListener("change", settle);
  box.form.addEventListener("submit", (event) => {
    event.preventDefault();
    plan(0);
    settle();
    if (matchMedia("(pointer: coarse)").matches) box.blur(); // the keyboard covers what was found
  });
  addEventListener("popstate", () => {
    if (new URLSearchParams(location.search).has("kept")) return location.reload();
    if (asked() === address(shown).get("q")) return; // only the fragment changed
    const front = inFront("term").join(" ");
    if (!`${asked()} `.startsWith(front && `${front} `)) return location.reload(); // with another picture
    box.value = asked().slice(front.length).trimStart();
    show(box.value);
  });
}

function typed(event) {
  if (event.isComposing) return;
  if (namesAddress() || isLong(address(box.value))) clearTimeout(timer);
  else plan(PAUSE_MS);
}

// Half an address is asked of nobody, and no part of what has to be kept is: Enter, or leaving the box, says that it is whole.
const isLong = (whole) => String(whole).length > LONGEST_ADDRESS;
const addresses = (text) => (text?.match(/(?<!\S)-?picture:"?https?:\/\/\S*/gi) ?? []);
const namesAddress = () => addresses(box.value).some((one) => !addresses(shown).includes(one));

const asked = () => new URLSearchParams(location.search).get("q") ?? "";
const inFront = (name) => [...box.form.querySelectorAll(`[name=${name}]`)].map((field) => field.value);

// What is asked with `text` in the box and the pictures in front of it.
function address(text) {
  const whole = new URLSearchParams({ q: [...inFront("term"), text.trim() && text].filter(Boolean).join(" ") });
  for (const embedding of inFront("e")) whole.append("e", embedding);
  return whole;
}

// A search that somebody meant, and not what came while they were typing it.
function settle() {
  isSettled = true;
  clearTimeout(timer);
  search(box.value).then(note);
}

function note() {
  const query = asked();
  if (new URLSearchParams(location.search).has("e")) return; // without its embedding it would be another search
  if (!query || query === remembered || shown !== box.value || results.querySelector(".trouble")) return;
  remembered = query;
  if (document.body.dataset.user) ask("/api/v1/history", { method: "POST", body: { query }, keepalive: true }).catch(() => {});
}

function plan(delayMs) {
  clearTimeout(timer);
  timer = setTimeout(() => search(box.value), delayMs);
}

// Enter says the same twice, as a change and as a form that is sent.
async function search(text) {
  if (text === shown) return;
  if (coming?.text === text) return coming.answer;
  const whole = address(text);
  const there = whole.get("q") || whole.has("e") ? `/?${whole}` : "/";
  saveWall();
  if (isSettled) history.pushState(null, "", there);
  else history.replaceState(null, "", there);
  isSettled = false;
  const mine = (coming = { text, answer: show(text) });
  await mine.answer;
  if (coming === mine) coming = undefined;
}

// What does not fit into an address is sent, and goes on under one that does.
function request(whole) {
  const headers = { "HX-Request": "true" };
  const token = document.querySelector("meta[name=csrf-token]")?.content;
  if (!isLong(whole) || !token) return [`/?${whole}`, { headers }];
  return ["/searches/ask/", { method: "POST", body: whole, headers: { ...headers, "X-CSRFToken": token } }];
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
    const [there, options] = request(address(text));
    const answer = await fetch(there, { ...options, signal: running.signal });
    if (answer.status === 401) location.reload(); // to the sign-in page and back
    if (answer.redirected) history.replaceState(null, "", answer.url);
    // What is not of the site's own making, such as of a proxy, is no list of memes.
    results.innerHTML = answer.status === 414
      ? "<div class='place'><h1>This search is too long</h1><p>It does not fit into an address: leave out some words, pictures or embeddings.</p></div>"
      : await answer.text();
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
