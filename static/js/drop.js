// Ways in: files dropped anywhere on the site, pasted, or picked on the upload page. Where they are dropped says what for:
// the curtain has a place for each, and only the one that is possible when there is no choice.

import { isAskedFor, searchWith } from "./picture.js";
import { add } from "./uploads.js";

const curtain = document.querySelector(".curtain");
let isOurs = false; // one of the page's own pictures is being dragged about

export function start() {
  if (!curtain) return;
  document.addEventListener("dragstart", () => (isOurs = true));
  document.addEventListener("dragend", () => (isOurs = false));
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", (event) => event.relatedTarget || (curtain.hidden = true));
  document.addEventListener("keydown", (event) => event.key === "Escape" && (curtain.hidden = true));
  document.addEventListener("drop", dropped);
  document.addEventListener("paste", pasted);
  const pick = document.querySelector("#pick");
  pick?.addEventListener("change", () => {
    add([...pick.files]);
    pick.value = "";
  });
}

function over(event) {
  if (isOurs || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  if (curtain.hidden) draw(event.dataTransfer);
  const under = landing(event);
  for (const place of curtain.children) place.classList.toggle("is-under", place === under);
}

// One picture can be searched with; many files, clips and folders can only be added.
function draw(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const isPicture = items.length === 1 && /^(image\/|$)/.test(items[0].type);
  curtain.querySelector("[data-landing=search]").hidden = !isPicture || Boolean(document.querySelector("#pick"));
  curtain.hidden = false;
}

function landing(event) {
  const places = [...curtain.children].filter((place) => !place.hidden);
  return event.target.closest?.("[data-landing]") ?? (places.length === 1 ? places[0] : null);
}

async function dropped(event) {
  if (curtain.hidden) return;
  event.preventDefault();
  curtain.hidden = true;
  const what = landing(event)?.dataset.landing;
  if (what === "search") searchWith(event.dataTransfer.files[0]);
  else if (what === "add") await keep(event);
}

async function keep(event) {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const files = [...event.dataTransfer.files];
  add(entries.some((entry) => entry.isDirectory) ? (await Promise.all(entries.map(within))).flat() : files);
}

// The files of a dropped folder, in subfolders too.
async function within(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return (await Promise.all(found.map(within))).flat();
    found.push(...batch); // browsers hand out a hundred at a time
  }
}

function pasted(event) {
  const files = [...event.clipboardData.files];
  if (!files.length) return;
  event.preventDefault();
  if (isAskedFor(event.target)) return searchWith(files[0]);
  const now = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  add(files.map((file) => (file.name === "image.png" ? new File([file], `pasted ${now}.png`, { type: file.type }) : file)));
}
