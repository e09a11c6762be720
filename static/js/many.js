// Picking many: a click, with Shift all from the last one on, a rectangle drawn over them, or keys.

import { before } from "./keys.js";

const STILL_PX = 6; // less is a click

// What the message is about; when that has faded, the last decision.
function undo() {
  (document.querySelector(".toast [data-undoes]") ?? document.querySelector("[data-undoes]"))?.click();
}

class Many {
  constructor(element) {
    this.element = element;
    this.boxes = [...element.querySelectorAll("input[type=checkbox]")];
    this.last = 0;
    this.from = null;
  }

  start() {
    this.element.addEventListener("click", (event) => this.clicked(event));
    this.element.addEventListener("change", () => this.tell());
    this.element.addEventListener("pointerdown", (event) => this.pressed(event));
    addEventListener("pointermove", (event) => this.moved(event));
    addEventListener("pointerup", () => this.released());
    this.element.addEventListener("keydown", (event) => this.spaced(event));
    document.querySelector("[data-picks=all]")?.addEventListener("click", () => this.all());
    before((event) => this.key(event));
    this.tell();
  }

  clicked(event) {
    const box = event.target.closest("li")?.querySelector("input[type=checkbox]");
    const place = this.boxes.indexOf(box);
    if (place < 0) return;
    if (event.target !== box) {
      event.preventDefault(); // Firefox ticks nothing by a label while Shift is held
      if (this.wasDrawn) return; // the click that ends a rectangle
      box.checked = !box.checked;
      box.focus();
    }
    if (event.shiftKey) this.range(this.last, place, box.checked);
    this.last = place;
    this.tell();
  }

  range(one, other, isPicked) {
    for (let place = Math.min(one, other); place <= Math.max(one, other); place += 1) this.boxes[place].checked = isPicked;
  }

  // Space alone is the browser's; with Shift it picks all up to here.
  spaced(event) {
    const place = this.boxes.indexOf(event.target);
    if (event.key !== " " || !event.shiftKey || place < 0) return;
    event.preventDefault();
    this.range(this.last, place, true);
    this.last = place;
    this.tell();
  }

  key(event) {
    const place = this.boxes.indexOf(document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns }[event.key];
    if (step && place >= 0) this.boxes[place + step]?.focus();
    else if (step) this.boxes[0]?.focus();
    else if (event.key === "a") this.all();
    else if (event.key === "Backspace" || event.key === "u") undo();
    else return false;
    return true;
  }

  get columns() {
    return getComputedStyle(this.element).gridTemplateColumns.split(" ").length;
  }

  all() {
    const isPicked = this.boxes.some((box) => !box.checked);
    this.range(0, this.boxes.length - 1, isPicked);
    this.tell();
  }

  // --- a rectangle

  pressed(event) {
    this.wasDrawn = false;
    if (event.button || event.pointerType === "touch" || event.shiftKey) return; // a finger scrolls
    this.from = { x: event.pageX, y: event.pageY, picked: this.boxes.map((box) => box.checked) };
  }

  moved(event) {
    if (!this.from || (!this.frame && Math.hypot(event.pageX - this.from.x, event.pageY - this.from.y) < STILL_PX)) return;
    this.frame ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "frame-many" }));
    const [left, right] = [this.from.x, event.pageX].sort((one, other) => one - other);
    const [top, bottom] = [this.from.y, event.pageY].sort((one, other) => one - other);
    Object.assign(this.frame.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    this.boxes.forEach((box, place) => {
      const at = box.closest("li").getBoundingClientRect();
      const isIn = at.left + scrollX < right && at.right + scrollX > left && at.top + scrollY < bottom && at.bottom + scrollY > top;
      box.checked = this.from.picked[place] || isIn;
    });
    this.tell();
  }

  released() {
    this.wasDrawn = Boolean(this.frame);
    this.frame?.remove();
    this.frame = this.from = null;
  }

  tell() {
    document.querySelector("#picked").textContent = this.boxes.filter((box) => box.checked).length;
  }
}

const element = document.querySelector("[data-many]");
if (element) new Many(element).start();
else before((event) => {
  if (event.key !== "Backspace" && event.key !== "u") return false;
  undo();
  return true;
});
