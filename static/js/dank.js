// Is it dank? A picture dropped, pasted or chosen is judged at once, and stays on this page alone.

import { add } from "./uploads.js";

const form = document.querySelector("form.judge");
const place = document.querySelector("#judgement");
let shown = null; // the file that the answer is about
let asking = null; // the question that is on its way; a newer one ends it

form.addEventListener("submit", (event) => {
  event.preventDefault();
  judge(new FormData(form));
});
form.querySelector("[type=file]").addEventListener("change", (event) => {
  if (event.target.files.length) form.requestSubmit();
});
// Before the rest of the site, which would add what is dropped to the library.
document.addEventListener("dragover", over, true);
document.addEventListener("dragleave", (event) => event.relatedTarget || form.classList.remove("is-under"), true);
document.addEventListener("drop", (event) => take(event, event.dataTransfer.files[0]), true);
document.addEventListener("paste", (event) => take(event, event.clipboardData.files[0]), true);
place.addEventListener("click", (event) => {
  if (event.target.closest("[data-adds]") && shown) add([shown]);
});

function over(event) {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  event.stopPropagation();
  form.classList.add("is-under");
}

function take(event, file) {
  form.classList.remove("is-under");
  if (!file) return;
  event.preventDefault();
  event.stopPropagation();
  const given = new FormData(form);
  given.set("file", file);
  given.delete("address");
  judge(given);
}

async function judge(given) {
  const file = given.get("file");
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  shown = file instanceof File && file.size ? file : null;
  say("Looking at it …");
  try {
    const answer = await fetch(form.action, { method: "POST", body: given, headers: { "HX-Request": "true" }, signal });
    const text = await answer.text();
    if (signal.aborted) return;
    place.innerHTML = text;
    if (!place.children.length) say(`The site could not do this (error ${answer.status}).`);
  } catch {
    if (signal.aborted) return;
    say("The site does not answer. Are you online?");
  }
  form.querySelector("[type=file]").value = "";
  draw();
}

function say(text) {
  const line = document.createElement("p");
  line.textContent = text;
  place.replaceChildren(line);
}

function draw() {
  const frame = place.querySelector("[data-picture]");
  if (!frame || !shown) return;
  const picture = new Image();
  picture.alt = "The picture that was judged";
  picture.src = URL.createObjectURL(shown);
  picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
  frame.append(picture);
  const button = place.querySelector("[data-adds]");
  if (button) button.hidden = false;
}
