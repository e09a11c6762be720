// What is blurred is shown while it is held down, or until it is blurred again by `v` or its own button.

import { on } from "./keys.js";

const HELD_MS = 300; // longer than a click

let held = null;
let timer = null;

export function start() {
  on("v", toggle);
  document.addEventListener("pointerdown", (event) => {
    const veiled = event.target.closest(".is-veiled");
    if (!veiled || event.target.closest(".unveil") || event.button) return;
    timer = setTimeout(() => lift(veiled), HELD_MS);
  });
  for (const end of ["pointerup", "pointercancel", "scroll"]) addEventListener(end, drop, { passive: true, capture: true });
  // Whoever held the picture wanted to look, not to open it.
  document.addEventListener("click", (event) => {
    if (!held) return;
    held = null;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
  document.addEventListener("contextmenu", (event) => held && event.preventDefault());
  document.addEventListener("dragstart", (event) => event.target.closest(".is-veiled") && event.preventDefault());
  // Walls that were put by still have the veils of before.
  document.querySelector("form[data-forgets-walls]")?.addEventListener("submit", () => sessionStorage.clear());
}

function lift(veiled) {
  held = veiled;
  veiled.classList.add("is-lifted");
}

function drop() {
  clearTimeout(timer);
  const lifted = held;
  lifted?.classList.remove("is-lifted");
  setTimeout(() => { if (held === lifted) held = null; }); // after the click that follows
}

// The picture that has the focus, or those that the page is about.
function toggle() {
  const focused = document.activeElement?.closest(".is-veiled");
  const places = focused ? [focused] : [...document.querySelectorAll(".stage .is-veiled, .two .is-veiled")];
  for (const place of places) place.querySelector("[data-unveils]").click();
  return places.length > 0;
}
