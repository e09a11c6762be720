// Files on their way into the library: a few at a time, each with its own progress and result.

import { watchState } from "./states.js";
import { toast } from "./toast.js";
import { look } from "./watch.js";

const AT_ONCE = 3;
// What may be asked for where somebody has taken these bytes out.
const REMEDIES = { anyway: "Take it anyway", private: "Keep it for yourself" };

let list; // where files are shown: on the upload page in it, elsewhere in a tray
let tray;
const queue = [];
let sending = 0;

export function start() {
  tray = document.querySelector(".tray");
  if (!tray) return;
  list = document.querySelector("#files") ?? tray.querySelector(".files");
  tray.querySelector("button").addEventListener("click", () => {
    tray.hidden = true;
    tray.querySelector(".files").replaceChildren();
  });
  addEventListener("beforeunload", (event) => {
    if (sending) event.preventDefault();
  });
}

export function add(files) {
  if (!tray || !files.length) return;
  if (tray.contains(list)) tray.hidden = false;
  for (const file of files) queue.push({ file, row: newRow(file) });
  pump();
}

function newRow(file) {
  const row = document.querySelector("#file").content.firstElementChild.cloneNode(true);
  row.querySelector(".name").textContent = row.querySelector(".name").title = file.name;
  say(row, "Waiting");
  list.prepend(row);
  return row;
}

function say(row, text) {
  row.querySelector(".what").textContent = text;
}

function pump() {
  while (sending < AT_ONCE && queue.length) {
    const next = queue.shift();
    sending += 1;
    send(next).finally(() => {
      sending -= 1;
      pump();
    });
  }
}

async function send({ file, row, remedy }) {
  const limitMb = Number(tray.querySelector(".files").dataset.limitMb);
  if (file.size > limitMb * 1e6) return refuse(row, `At most ${limitMb} MB are taken.`);
  say(row, "Sending");
  const answer = await post(file, remedy, (share) => {
    row.querySelector("progress").value = share;
    say(row, share < 1 ? `${Math.round(share * 100)} %` : "Checking");
  });
  if (answer.status === 0) return retry(file, row);
  if (!answer.said) return refuse(row, explain(answer.status));
  if (answer.said.result === "refused") {
    refuse(row, answer.said.reason);
    return REMEDIES[answer.said.remedy] && offer(row, file, answer.said.remedy);
  }
  return accept(row, answer.said);
}

function post(file, remedy, tell) {
  const form = new FormData();
  form.append("file", file);
  if (document.querySelector("#private")?.checked) form.append("private", "on");
  if (remedy) form.set(remedy, "on");
  const request = new XMLHttpRequest();
  request.open("POST", tray.querySelector(".files").dataset.address);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", document.querySelector("meta[name=csrf-token]").content);
  request.upload.addEventListener("progress", (event) => event.lengthComputable && tell(event.loaded / event.total));
  return new Promise((resolve) => {
    request.addEventListener("loadend", () => resolve({ status: request.status, said: parsed(request) }));
    request.send(form);
  });
}

function parsed(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return null;
  }
}

function explain(status) {
  if (status === 401) return "You have been signed out: sign in and try again.";
  if (status === 403) return "This page is too old: load it again and retry.";
  return `The site could not take it (error ${status}).`;
}

function refuse(row, reason) {
  row.classList.add("is-refused");
  row.querySelector("progress").hidden = true;
  say(row, reason);
}

function retry(file, row) {
  refuse(row, "The connection broke.");
  again(row, "Try again", () => add([file]));
}

function offer(row, file, remedy) {
  again(row, REMEDIES[remedy], () => {
    queue.push({ file, remedy, row: newRow(file) });
    pump();
  });
}

// A button on the row that takes it away and begins anew.
function again(row, label, action) {
  const button = row.querySelector("a");
  button.textContent = label;
  button.href = "#";
  button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    row.remove();
    action();
  }, { once: true });
}

function accept(row, said) {
  const link = row.querySelector("a");
  link.href = said.url;
  link.hidden = false;
  row.querySelector("progress").hidden = true;
  row.dataset.id = said.meme.id;
  follow(row, said.result, said.meme);
  if (!said.meme.is_final) watchState(said.meme.id, (state) => follow(row, said.result, state));
  look();
}

function follow(row, result, state) {
  row.classList.toggle("is-refused", state.state === "failed");
  row.dataset.state = state.state;
  const what = result === "known" ? "Already here" : "Added";
  say(row, state.state === "failed" ? `${what}, but: ${state.reason}` : `${what} · ${state.label}`);
  const thumb = row.querySelector(".thumb");
  if (state.thumbnail && !thumb.querySelector("img")) {
    const image = new Image();
    image.src = state.thumbnail;
    image.alt = "";
    thumb.replaceChildren(image);
  }
  if (state.is_final && tray.contains(list) && !sending && !queue.length) toast(`${what}.`, { href: row.querySelector("a").href, label: "Open" });
}
