// Between wall and meme, the picture moves to its place. Only where browsers can, and never slower than the page.

function memeIn(address) {
  return /\/m\/(\d+)\/$/.exec(new URL(address ?? location.href, location.href).pathname)?.[1];
}

function name(event, address) {
  const id = memeIn(address);
  const tile = id && document.querySelector(`.tile[data-id="${id}"] img`);
  if (!tile || !event.viewTransition || document.querySelector("[data-meme]")) return;
  tile.style.viewTransitionName = "picture";
  event.viewTransition.finished.then(() => (tile.style.viewTransitionName = ""));
}

export function start() {
  addEventListener("pageswap", (event) => name(event, event.activation?.entry.url));
  addEventListener("pagereveal", (event) => name(event, window.navigation?.activation?.from?.url));
}
