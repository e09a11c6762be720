// Ways in: files dropped anywhere on the site, pasted, or picked on the upload page.

import { add } from "./uploads.js";

const curtain = document.querySelector(".curtain");
let isOurs = false; // one of the page's own pictures is being dragged about

export function start() {
  if (!curtain) return;
  document.addEventListener("dragstart", () => (isOurs = true));
  document.addEventListener("dragend", () => (isOurs = false));
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", (event) => event.relatedTarget || (curtain.hidden = true));
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
  curtain.hidden = false;
}

async function dropped(event) {
  if (curtain.hidden) return;
  event.preventDefault();
  curtain.hidden = true;
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
  const now = new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  add(files.map((file) => (file.name === "image.png" ? new File([file], `pasted ${now}.png`, { type: file.type }) : file)));
}
