// What the box offers while somebody types: keys, their values, and what was searched for before.

import { Combobox } from "./combobox.js";
import { ask } from "./requests.js";

const PAUSE_MS = 120;

export function start() {
  const box = document.querySelector("#q");
  if (!box) return;
  const list = new Combobox(box, (field, signal) => (field.value ? completions : earlier)(field, signal));
  box.addEventListener("input", (event) => {
    if (!box.value) list.close();
    else if (!event.isComposing) list.ask(PAUSE_MS);
  });
  box.addEventListener("click", () => box.value || list.ask());
  box.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    list.ask();
  }, { capture: true });
  box.form.addEventListener("submit", () => list.close());
}

// Values of a key, for a field of the builder that takes them alone; `key()` may change.
export function suggestValues(input, key) {
  const list = new Combobox(input, async (field, signal) => {
    const beginning = field.value.slice(0, field.selectionStart);
    const typed = beginning.slice(beginning.lastIndexOf(",") + 1).trimStart();
    if (!key()) return [];
    const found = await suggestions(`${key()}:"${typed.replaceAll(/["\\]/g, "")}`, signal);
    return found.filter(({ label }) => label !== typed).map(({ label }) => ({
      label, take: () => write(field, beginning.length - typed.length, beginning.length, label),
    }));
  });
  input.addEventListener("input", (event) => event.isComposing || list.ask(PAUSE_MS));
  input.addEventListener("focus", () => input.value || list.ask());
  return list;
}

// Positions are in characters there, and in halves of rare ones here.
async function completions(box, signal) {
  const text = box.value;
  const found = await suggestions(text, signal, [...text.slice(0, box.selectionStart)].length);
  const at = (place) => [...text].slice(0, place).join("").length;
  return found.map(({ label, help, text: written, start, end }) => ({
    label, help: help.replaceAll("`", ""), take: () => {
      const isLast = at(end) === text.length && !written.endsWith(":");
      write(box, at(start), at(end), isLast ? `${written} ` : written);
    },
  }));
}

async function suggestions(q, signal, cursor) {
  const asked = new URLSearchParams(cursor === undefined ? { q } : { q, cursor });
  return (await ask(`/api/v1/suggestions?${asked}`, { signal })).suggestions;
}

async function earlier(box, signal) {
  if (!document.body.dataset.user) return [];
  const [kept, past] = await Promise.all(["searches?limit=4", "history?limit=8"].map((path) => ask(`/api/v1/${path}`, { signal })));
  const known = new Set(kept.results.map(({ query }) => query));
  const option = (label, help, query) => ({ ...pictured(label), help: pictured(help).label, take: () => location.assign(`/?${new URLSearchParams({ q: query })}`) });
  return [
    ...kept.results.map(({ name, query }) => option(name, name === query ? "saved" : `saved: ${query}`, query)),
    ...past.results.filter(({ query }) => !known.has(query)).map(({ query }) => option(query, "", query)),
  ];
}

// Tokens of pictures say nothing to people: they are shown.
function pictured(text) {
  const found = text.match(/-?picture:([\w-]{16,64})\S*/);
  const label = text.replaceAll(/-?(picture|vector):\S+/g, "").trim();
  return { label: label || (found ? "A picture" : text), image: found ? `/picture/${found[1]}.webp` : "" };
}

function write(field, start, end, text) {
  field.setRangeText(text, start, end, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
