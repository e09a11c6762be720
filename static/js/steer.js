// Concepts that set the results apart: they come when the results have, and a slider steers by one.

const PAUSE_MS = 400; // nobody steers by what comes while they are typing

let timer;
let going; // arrow keys change a slider step by step: the search comes when they rest

// The place for them in the results that are shown now.
async function fill() {
  const place = document.querySelector("#results [data-apart]");
  if (!place) return;
  const link = place.querySelector("a");
  place.removeAttribute("data-apart");
  try {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (answer.ok && place.isConnected) place.innerHTML = await answer.text();
  } catch {
    // Results are results without them.
  }
}

function plan() {
  clearTimeout(timer);
  timer = setTimeout(fill, PAUSE_MS);
}

const written = (label) => (/^[\p{L}\p{N}-]+$/u.test(label) ? label : `"${label.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);

// What is searched for with so much of a concept.
function steered(slider) {
  const weight = Number(slider.value);
  const size = Math.abs(weight) === 1 ? "" : `^${Math.abs(weight)}`;
  const term = weight ? `${weight < 0 ? "-" : ""}concept:${written(slider.dataset.steers)}${size}` : "";
  return [slider.dataset.rest, term].filter(Boolean).join(" ");
}

function go(slider) {
  const whole = new URLSearchParams(location.search);
  // What stood in front of the box is in the rest of the query too.
  for (const name of ["offset", "key", "alike", "kept", "term"]) whole.delete(name);
  whole.set("q", steered(slider));
  location.assign(`/?${whole}`);
}

export function start() {
  plan();
  document.addEventListener("mse:placed", plan);
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-steers]")) return;
    const weight = Number(event.target.value);
    event.target.nextElementSibling.value = weight > 0 ? `+${weight}` : `${weight}`;
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-steers]")) return;
    clearTimeout(going);
    going = setTimeout(go, PAUSE_MS, event.target);
  });
}
