// The page of a taste: it is told on the spot where it is wrong, and shows at once what it believes then.

import { on } from "./keys.js";
import { newKey } from "./new-key.js";
import { draw } from "./taste-curve.js";
import { toast } from "./toast.js";

const WALKS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

class TastePage {
  constructor(element) {
    this.element = element;
    this.corrected = element.dataset.corrected ? [element.dataset.corrected] : []; // keys, the last one last
  }

  start() {
    this.element.addEventListener("submit", (event) => this.submitted(event));
    for (const [key, by] of Object.entries(WALKS)) on(key, () => this.walk(by));
    on("x", () => this.press());
    on("Backspace", () => this.undo());
    if (this.corrected.length) this.offerUndo();
    drawCurve();
  }

  get guesses() {
    return [...this.element.querySelectorAll("[data-guess] a")];
  }

  walk(by) {
    const { guesses } = this;
    const here = guesses.indexOf(document.activeElement?.closest("[data-guess]")?.querySelector("a"));
    const next = guesses[here < 0 ? (by > 0 ? 0 : guesses.length - 1) : here + by];
    if (!next) return here >= 0;
    next.focus({ preventScroll: true });
    next.closest("li").scrollIntoView({ block: "nearest" });
    return true;
  }

  press() {
    const button = document.activeElement?.closest("[data-guess]")?.querySelector("button");
    button?.click();
    return Boolean(button);
  }

  submitted(event) {
    const form = event.target.closest("[data-corrects]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const key = newKey();
    body.set("key", key); // one for each press
    const place = this.guesses.indexOf(event.submitter.closest("[data-guess]").querySelector("a"));
    this.send(form.action, body, place).then((isDone) => {
      if (!isDone) return;
      this.corrected.push(key);
      this.offerUndo();
    });
  }

  offerUndo() {
    toast("It learns from that.", { undo: () => this.undo() });
  }

  undo() {
    const key = this.corrected.pop();
    if (!key) return false;
    const body = new FormData();
    body.set("key", key);
    this.send(this.element.dataset.undo, body).then((isDone) => {
      if (isDone) toast("Taken back.");
      else this.corrected.push(key);
    });
    return true;
  }

  // What comes back is this page as it is now; true if the site did what it was asked.
  async send(address, body, place = -1) {
    body.set("csrfmiddlewaretoken", document.querySelector("meta[name=csrf-token]").content);
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!fresh.querySelector("[data-taste]")) return location.reload(); // signed out meanwhile
      this.show(fresh, place);
      const problem = fresh.querySelector("#toasts .toast")?.textContent;
      if (problem && !fresh.querySelector("[data-corrected]") && place >= 0) return toast(problem);
      return true;
    } catch {
      toast("The site does not answer, so nothing was changed. Try again.");
      return false;
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  // The rest of the page stays, and so does the place of whoever walks with keys.
  show(fresh, place) {
    for (const id of ["numbers", "beliefs"]) {
      const [old, young] = [document.getElementById(id), fresh.getElementById(id)];
      if (!old || !young) return location.reload();
      const isOpen = old.querySelector("details")?.open;
      old.replaceChildren(...young.childNodes);
      if (isOpen) old.querySelector("details").open = true;
    }
    drawCurve();
    const { guesses } = this;
    if (place >= 0) guesses[Math.min(place, guesses.length - 1)]?.focus({ preventScroll: true });
  }
}

function drawCurve() {
  const [element, facts] = ["curve", "curve-facts"].map((id) => document.getElementById(id));
  if (element && facts) draw(element, JSON.parse(facts.textContent));
}

const page = document.querySelector("[data-taste]");
if (page) new TastePage(page).start();
