// Clips and animations play while they are pointed at or focused, unless less motion is wanted.

const still = matchMedia("(prefers-reduced-motion: reduce)");
let playing = null;

export function start() {
  const begin = (event) => play(event.target.closest?.(".tile"));
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") begin(event);
  });
  document.addEventListener("focusin", begin);
  addEventListener("pagehide", stop);
}

function play(tile) {
  if (tile === playing?.tile) return;
  stop();
  const marked = tile?.querySelector("[data-plays]");
  const image = tile?.querySelector("img");
  if (!marked || !image || still.matches) return;
  playing = { tile, image, thumbnail: image.src };
  if (marked.dataset.plays === "animation") image.src = marked.dataset.original;
  else image.after((playing.video = clip(marked.dataset.original)));
}

function clip(address) {
  const video = document.createElement("video");
  Object.assign(video, { src: address, muted: true, loop: true, playsInline: true, autoplay: true });
  video.setAttribute("aria-hidden", "true");
  return video;
}

export function stop() {
  if (!playing) return;
  playing.video?.remove();
  if (!playing.video) playing.image.src = playing.thumbnail;
  playing = null;
}
