// Tiles whose thumbnail is not made yet: they get it as soon as it is there.

import { watchState } from "./states.js";

export function start() {
  document.addEventListener("mse:placed", (event) => event.detail.added.forEach(wait));
  document.querySelectorAll(".tile").forEach(wait);
}

function wait(tile) {
  if (!tile.matches(".is-waiting")) return;
  const sign = tile.querySelector(".waiting");
  sign.textContent = "Making its thumbnail";
  watchState(tile.dataset.id, (state) => {
    if (!tile.isConnected) return true;
    if (state.thumbnail) show(tile, state);
    else if (state.is_final) {
      tile.classList.remove("is-waiting");
      sign.textContent = state.label;
    }
    return Boolean(state.thumbnail);
  });
}

function show(tile, state) {
  const image = new Image();
  image.src = state.thumbnail;
  image.alt = tile.querySelector(".visually-hidden").textContent;
  tile.style.setProperty("--c", state.color);
  tile.classList.remove("is-waiting");
  tile.querySelector("a").replaceChildren(image);
}
