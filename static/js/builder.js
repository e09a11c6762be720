// The builder: rows come, go and move; what is asked stands in the address; the results follow, the last answer wins.

import { suggestValues } from "./suggest.js";
import { toast } from "./toast.js";

const form = document.querySelector("#builder");
const rows = document.querySelector("#rows");
let sent; // what the preview on its way was asked with

function start() {
  form.addEventListener("click", pressed);
  form.addEventListener("keydown", moved);
  form.addEventListener("input", follow);
  form.addEventListener("change", follow);
  for (const row of rows.children) dress(row);
  for (const field of form.querySelectorAll("[data-suggests]")) suggestValues(field, () => field.dataset.suggests);
  document.addEventListener("mse:picture", (event) => {
    event.preventDefault();
    append("picture", event.detail.token);
  });
  form.addEventListener("htmx:configRequest", asked);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 400) Object.assign(event.detail, { shouldSwap: true, isError: false }); // it says what is wrong
  });
  form.addEventListener("htmx:beforeRequest", () => document.querySelector("#results").setAttribute("aria-busy", "true"));
  form.addEventListener("htmx:afterRequest", answered);
  form.addEventListener("htmx:sendAbort", () => (sent = undefined)); // overtaken
  form.addEventListener("htmx:sendError", lost);
}

// --- rows ----------------------------------------------------------------------------------------------------------

function pressed(event) {
  const button = event.target.closest("button[name=do]");
  if (!button) return;
  event.preventDefault();
  const [order] = button.value.split("-");
  const row = button.closest("li");
  if (order === "add") append("about", "").querySelector("[name=value]").focus();
  else if (order === "remove") remove(row);
  else move(row, order, button);
}

function moved(event) {
  const row = event.target.closest?.("#rows li");
  if (!row || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  event.preventDefault();
  move(row, event.key === "ArrowUp" ? "up" : "down", event.target);
}

function append(kind, value) {
  const blank = [...rows.children].find((row) => !row.querySelector("[name=value]").value.trim());
  const row = (value && blank) || rows.appendChild(document.querySelector("#row").content.firstElementChild.cloneNode(true));
  row.querySelector("[name=kind]").value = kind;
  row.querySelector("[name=value]").value = value;
  dress(row);
  number();
  if (value) changed();
  return row;
}

function remove(row) {
  const after = row.nextElementSibling ?? row.previousElementSibling;
  const place = [...rows.children].indexOf(row);
  const hadValue = row.querySelector("[name=value]").value.trim();
  row.remove();
  if (!rows.children.length) append("about", "");
  number();
  (after ?? rows.firstElementChild).querySelector("[name=value]").focus();
  if (!hadValue) return;
  changed();
  toast("Row removed.", { undo: () => {
    rows.insertBefore(row, rows.children[place] ?? null);
    number();
    changed();
    row.querySelector("[name=value]").focus();
  } });
}

function move(row, way, focused) {
  const other = way === "up" ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (way === "up") other.before(row);
  else other.after(row);
  number();
  focused.focus();
  changed();
}

// Names and numbers follow the order.
function number() {
  [...rows.children].forEach((row, place) => {
    row.setAttribute("aria-label", `Term ${place + 1}`);
    row.querySelector("[name=minus]").value = place;
    for (const button of row.querySelectorAll("button[name=do]")) {
      button.value = `${button.value.split("-")[0]}-${place}`;
      button.setAttribute("aria-label", button.getAttribute("aria-label").replace(/\d+/, place + 1));
    }
    for (const field of row.querySelectorAll("[aria-label*='erm ']:not(button)")) {
      field.setAttribute("aria-label", field.getAttribute("aria-label").replace(/\d+/, place + 1));
    }
    row.querySelector(".problem").id = `problem-${place}`;
    row.querySelector("[name=value]").setAttribute("aria-describedby", `problem-${place}`);
  });
}

function dress(row) {
  const [kind, value] = [row.querySelector("[name=kind]"), row.querySelector("[name=value]")];
  if (!value.dataset.dressed) suggestValues(value, () => (["about", "exact", "like", "picture", "vector"].includes(kind.value) ? "" : kind.value));
  value.dataset.dressed = "yes";
  const weight = row.querySelector("[name=weight]");
  const slider = row.querySelector("[type=range]");
  const isBanned = kind.value === "exact" && row.querySelector("[name=minus]").checked;
  row.classList.toggle("is-negated", row.querySelector("[name=minus]").checked);
  value.placeholder = kind.selectedOptions[0]?.dataset.hint ?? "";
  slider.max = Math.max(2, weight.value);
  slider.value = weight.value;
  slider.disabled = isBanned; // words that must not occur have no weight
  weight.readOnly = isBanned;
  face(row, kind.value, value.value.trim());
}

// The picture that a row stands for.
async function face(row, kind, value) {
  let address = kind === "picture" && /^[\w-]{16,64}$/.test(value) ? `/picture/${value}.webp` : "";
  if (kind === "like" && /^\d{1,18}$/.test(value)) {
    const answer = await fetch(`/states/?ids=${value}`, { headers: { Accept: "application/json" } }).catch(() => null);
    address = answer?.ok ? (await answer.json()).states[0]?.thumbnail ?? "" : "";
  }
  const place = row.querySelector(".value");
  let image = place.querySelector(".face");
  if (!address) return image?.remove();
  if (!image) {
    image = Object.assign(new Image(40, 40), { className: "face", alt: "" });
    image.addEventListener("error", () => image.remove());
    place.prepend(image);
  }
  if (image.getAttribute("src") !== address) image.src = address;
}

function follow(event) {
  const row = event.target.closest("#rows li");
  if (event.target.matches("[name=amount]")) event.target.nextElementSibling.value = event.target.value;
  if (!row) return;
  if (event.target.matches("[type=range]")) row.querySelector("[name=weight]").value = event.target.value;
  if (event.target.matches("[name=weight]") && event.type === "change" && !event.target.value) event.target.value = 1;
  if (!event.target.matches("[name=value]")) dress(row);
}

// --- the preview ---------------------------------------------------------------------------------------------------

const changed = () => form.dispatchEvent(new Event("mse:rows", { bubbles: true }));

const asText = () => String(new URLSearchParams([...new FormData(form)].filter(([, value]) => value)));

// Nothing is asked twice: a field that is left says again what was typed in it.
function asked(event) {
  if (isHalfAnAddress(event.detail.triggeringEvent)) return event.preventDefault();
  const now = asText();
  if (now === sent && event.detail.triggeringEvent?.type !== "submit") event.preventDefault();
  sent = now;
}

// Of which somebody else's server would be asked; leaving the field says that it is whole.
function isHalfAnAddress(event) {
  const row = event?.type === "input" && event.target.matches("[name=value]") && event.target.closest("#rows li");
  return Boolean(row) && row.querySelector("[name=kind]").value === "picture" && /^\s*https?:/i.test(event.target.value);
}

function answered(event) {
  document.querySelector("#results").removeAttribute("aria-busy");
  const { status } = event.detail.xhr;
  if (status === 200 || status === 400) told();
  else if (status) lost();
}

function lost() {
  sent = undefined;
  toast("The site does not answer. These are still the memes from before.");
}

// What the site made of it: faults stand beside their fields, and what was understood in the address and the box.
function told() {
  const built = document.querySelector("#built");
  for (const problem of form.querySelectorAll(".term .problem, [data-field] .problem")) problem.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const fault of built.querySelectorAll("[data-fault]")) blame(fault.dataset.fault, fault.textContent);
  for (const row of rows.children) face(row, row.querySelector("[name=kind]").value, row.querySelector("[name=value]").value.trim());
  const { address, text } = built.dataset;
  history.replaceState(null, "", address === undefined ? `?${asText()}` : address ? `?${address}` : location.pathname);
  if (text !== undefined) document.querySelector("#q").value = text;
  const found = document.querySelectorAll("#results .tile").length;
  document.querySelector("#count").textContent = address === undefined ? "" : found ? `${found} memes` : "Nothing found";
}

function blame(place, message) {
  const [part, index] = place.split("-");
  const row = index === undefined ? null : rows.children[Number(index)];
  const holder = row ?? form.querySelector(`[data-field="${place}"]`);
  holder?.querySelector(`[name=${row ? part : place}]`)?.setAttribute("aria-invalid", "true");
  const problem = holder?.querySelector(".problem");
  if (problem) Object.assign(problem, { textContent: message, hidden: false });
}

if (form) start();
