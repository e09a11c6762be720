// The memes that lie on the table: as large as the window allows, side by side or one above the other.

const still = matchMedia("(prefers-reduced-motion: reduce)");
const SHOWN = "rate-nsfw"; // in this tab's storage: somebody asked to see them
const LARGEST = 2; // times its own size
const LAYOUTS = { 2: [2, 1], 4: [2, 4, 1] }; // columns to try

// Figures that are ready to be laid down: their pictures are fetched and decoded meanwhile. `says`: what picking one means.
export function figures({ memes, says = "Better" }) {
  return memes.map((meme, index) => picture(meme, index, says));
}

function picture(meme, index, says) {
  const figure = document.createElement("figure");
  figure.className = "side";
  figure.style.cssText = `--w:${meme.width};--h:${meme.height}${meme.color ? `;--c:${meme.color}` : ""}`;
  Object.assign(figure, { meme });
  figure.dataset.place = index;
  const pick = document.createElement("button");
  Object.assign(pick, { type: "button", className: "pick" });
  pick.setAttribute("aria-label", `${says}: ${meme.alt}`);
  const shown = meme.kind === "video" ? clip(meme) : image(meme);
  pick.append(shown);
  figure.append(pick, link(meme));
  if (meme.kind !== "image") figure.append(pause(shown, meme));
  if (meme.is_nsfw && !isShown()) veil(figure);
  return figure;
}

function image(meme) {
  const shown = new Image(meme.width, meme.height);
  shown.alt = meme.alt;
  shown.draggable = false;
  shown.src = meme.kind === "animation" && still.matches ? meme.poster : meme.picture;
  shown.decode().catch(() => {}); // shown as it comes, then
  return shown;
}

function clip(meme) {
  const shown = document.createElement("video");
  Object.assign(shown, { poster: meme.poster, muted: true, loop: true, playsInline: true, preload: "auto" });
  Object.assign(shown, { width: meme.width, height: meme.height, src: meme.picture });
  shown.setAttribute("aria-label", meme.alt);
  return shown;
}

function link(meme) {
  const open = document.createElement("a");
  Object.assign(open, { href: meme.page, target: "_blank", rel: "noopener", className: "open", textContent: "↗" });
  open.setAttribute("aria-label", "Open its page in a new tab");
  return open;
}

// Whatever moves can be held still.
function pause(shown, meme) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "pause" });
  const isMoving = () => (shown.paused === undefined ? shown.src.endsWith("original") : !shown.paused);
  const label = () => {
    button.textContent = isMoving() ? "❚❚" : "▶";
    button.setAttribute("aria-label", isMoving() ? "Pause" : "Play");
  };
  button.addEventListener("click", () => {
    if (shown.paused === undefined) shown.src = isMoving() ? meme.poster : meme.picture;
    else if (shown.paused) shown.play();
    else shown.pause();
    label();
  });
  for (const event of ["play", "pause"]) shown.addEventListener(event, label);
  label();
  return button;
}

export function isShown() {
  return sessionStorage.getItem(SHOWN) || document.querySelector("[data-nsfw]").dataset.nsfw === "show";
}

// Over what is in `figure`; the button lifts the veils of the whole page, until the tab is closed.
export function veil(figure) {
  figure.classList.add("is-veiled");
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "unveil", textContent: "Not safe for work: show" });
  button.addEventListener("click", () => {
    sessionStorage.setItem(SHOWN, "1");
    document.querySelectorAll(".is-veiled").forEach(unveil);
  });
  figure.append(button);
}

function unveil(figure) {
  figure.classList.remove("is-veiled");
  figure.querySelector(".unveil")?.remove();
}

export class Table {
  constructor(element) {
    this.element = element;
    new ResizeObserver(() => this.arrange()).observe(element);
  }

  get isStacked() {
    return this.columns === 1;
  }

  lay(question) {
    question.pictures ??= figures(question);
    for (const figure of question.pictures) {
      figure.style.transform = ""; // of a swipe
      if (isShown()) unveil(figure);
    }
    this.element.replaceChildren(...question.pictures);
    this.arrange();
    for (const video of this.element.querySelectorAll("video")) {
      video.currentTime = 0;
      if (!still.matches) video.play().catch(() => {}); // the browser may forbid it; the button is there
    }
  }

  clear() {
    this.element.replaceChildren();
  }

  // The number of columns with which most can be seen.
  arrange() {
    const figures = [...this.element.querySelectorAll(".side")];
    const { clientWidth, clientHeight } = this.element;
    if (!LAYOUTS[figures.length] || !clientWidth) return;
    const shapes = figures.map(({ style }) => [Number(style.getPropertyValue("--w")), Number(style.getPropertyValue("--h"))]);
    const seen = (columns) => {
      const [across, down] = [clientWidth / columns, clientHeight / (figures.length / columns)];
      return shapes.reduce((sum, [w, h]) => sum + w * h * Math.min(across / w, down / h, LARGEST) ** 2, 0);
    };
    this.columns = LAYOUTS[figures.length].reduce((best, columns) => (seen(columns) > seen(best) * 1.02 ? columns : best));
    this.element.style.setProperty("--columns", this.columns);
    this.element.style.setProperty("--lines", figures.length / this.columns);
    this.element.dataset.columns = this.columns;
  }
}
