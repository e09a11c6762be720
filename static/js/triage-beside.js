// What the library holds that may be the same as the meme that is being decided about.

import { isShown, veil } from "./rating-table.js";

const SAYS = { picture: "the same picture", meaning: "close in meaning" };

export function showBeside(element, beside) {
  element.hidden = !beside.length;
  element.querySelector("ul").replaceChildren(...beside.map(one));
}

function one({ meme, tier, distance }) {
  const link = document.createElement("a");
  Object.assign(link, { href: meme.page, target: "_blank", rel: "noopener" });
  const shown = new Image(meme.width, meme.height);
  Object.assign(shown, { src: meme.poster, alt: meme.alt });
  const says = document.createElement("span");
  says.textContent = `${SAYS[tier] ?? tier}${tier === "picture" ? `, ${distance} bits apart` : ""}`;
  link.append(shown, says);
  const line = document.createElement("li");
  line.append(link);
  if (meme.is_nsfw && !isShown()) veil(line);
  return line;
}
