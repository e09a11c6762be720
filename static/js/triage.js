// The page that decides. A verdict is seen at once; the site is told behind it, also when the connection failed meanwhile.

import { Combobox } from "./combobox.js";
import { before } from "./keys.js";
import { newKey } from "./new-key.js";
import { Outbox, post } from "./rating-outbox.js";
import { Questions } from "./rating-questions.js";
import { Table } from "./rating-table.js";
import { ask } from "./requests.js";
import { toast } from "./toast.js";
import { listen } from "./triage-touch.js";
import { showBeside } from "./triage-beside.js";

const KEYS = {
  ArrowRight: "keep", k: "keep", ArrowLeft: "reject", x: "reject", ArrowDown: "skip", ArrowUp: "back",
  Backspace: "undo", u: "undo", n: "name", o: "source", s: "similar",
};
const SAID = { keep: "Kept", reject: "Rejected", skip: "Skipped" };
const NOT_UNDERSTOOD = 400; // as HTTP says it
const PAUSE_MS = 120; // while somebody types a name

class Triage {
  constructor(facts) {
    this.facts = facts;
    this.form = document.querySelector("#deciding");
    this.name = this.form.querySelector("[name=name]");
    this.past = []; // what was decided on this page: {item, key, outcome, name}
    this.current = null;
    this.tab = newKey();
    this.table = new Table(document.querySelector("#table"));
    this.outbox = new Outbox(facts.user, facts.urls, {
      name: "curate",
      changed: (news) => this.report(news),
      refused: (problem, { body, status }) => this.refused(problem, body, status),
    });
    const read = ({ items, counts }) => this.read(items, counts);
    const asked = { urls: { triage: facts.urls.items }, mode: "triage" };
    this.items = new Questions(asked, this.tab, this.outbox, (why) => this.arrived(why), read);
  }

  start() {
    before((event) => this.pressed(event));
    listen(this.table.element, (outcome) => this.decide(outcome));
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.name.addEventListener("keydown", (event) => event.key === "Escape" && event.stopPropagation());
    const names = new Combobox(this.name, (input, signal) => this.namesLike(input, signal));
    this.name.addEventListener("input", () => names.ask(PAUSE_MS));
    document.querySelector("[data-again]")?.addEventListener("click", () => this.items.fetch());
    document.querySelector("[data-back]")?.addEventListener("click", () => this.back());
    addEventListener("pagehide", () => this.giveBack());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.outbox.flush();
    this.items.fetch();
  }

  // --- items

  read(items, counts) {
    if (!this.outbox.size) this.count("waiting", counts.waiting);
    return items.map((item) => this.question(item));
  }

  question(item) {
    return { ...item, token: item.id, memes: [item.meme], says: "Larger" };
  }

  arrived(why) {
    if (this.current) return;
    const item = this.items.next();
    if (item) this.show(item);
    else if (why !== "soon") this.showEnd(why || "done");
  }

  // What was said of it before, when one went back to it, is in `item.before`.
  show(item) {
    const { before } = item;
    this.current = item;
    item.shownAt = performance.now();
    this.form.hidden = false;
    document.querySelector("#end").hidden = true;
    this.table.lay(item);
    this.table.element.querySelector(".is-large")?.classList.remove("is-large");
    this.name.value = before?.name ?? item.typed ?? "";
    this.name.placeholder = item.name || "Name";
    document.querySelector("#percentile").textContent = `better than ${Math.floor(item.percentile)} %`;
    const source = document.querySelector("#source");
    Object.assign(source, { href: item.seen?.url ?? item.meme.page, textContent: item.seen?.place ?? "Its page" });
    document.querySelector("#similar").href = `${this.facts.search}?q=like:${item.meme.id}`;
    showBeside(document.querySelector("#beside"), item.beside);
    for (const button of this.form.querySelectorAll(".is-verdict")) {
      button.classList.toggle("was", button.value === before?.outcome);
    }
  }

  showEnd(why) {
    this.current = null;
    this.table.clear();
    this.form.hidden = true;
    const end = document.querySelector("#end");
    for (const part of end.querySelectorAll("[data-end]")) part.hidden = part.dataset.end !== why;
    end.hidden = false;
  }

  // --- verdicts

  pressed(event) {
    const meaning = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!meaning) return false;
    if (event.repeat && !["undo", "back"].includes(meaning)) return true; // one press is one verdict
    this.do(meaning);
    return true;
  }

  do(meaning) {
    if (meaning === "undo") this.undo();
    else if (meaning === "back") this.back();
    else if (meaning === "name") this.name.focus();
    else if (meaning === "source" || meaning === "similar") document.getElementById(meaning).click();
    else this.decide(meaning);
  }

  submitted(event) {
    event.preventDefault();
    const outcome = event.submitter?.id === "undo" ? "undo" : (event.submitter?.value ?? "keep"); // Enter in the name
    this.name.blur();
    this.do(outcome);
  }

  decide(outcome) {
    const item = this.current;
    if (!item) return;
    const name = outcome === "keep" ? this.name.value.trim() : "";
    const { before } = item;
    delete item.before;
    if (before?.outcome === outcome && before.name === name) {
      this.past.push({ item, ...before }); // looked at again, and left as it was
    } else {
      if (before) this.takeBack(before);
      this.send(item, outcome, name);
    }
    this.advance();
    document.querySelector("#spoken").textContent = `${SAID[outcome]}. Next: ${this.current?.meme.alt ?? "nothing"}`;
  }

  send(item, outcome, name) {
    const key = newKey();
    this.past.push({ item, key, outcome, name });
    this.step(outcome === "skip" ? 0 : 1);
    this.outbox.add("verdicts", { item: item.id, key, outcome, name, took_ms: Math.round(performance.now() - item.shownAt) });
  }

  advance() {
    const next = this.items.next();
    if (next) return this.show(next);
    this.current = null;
    this.table.clear();
    return this.items.fetch();
  }

  // To the one before, whose verdict stands until it is given another one.
  back() {
    const last = this.past.pop();
    if (!last) return toast("This is where you began. Undo goes further back.");
    if (this.current) this.items.putBack(this.current);
    last.item.before = { key: last.key, outcome: last.outcome, name: last.name };
    return this.show(last.item);
  }

  undo() {
    const isAgain = Boolean(this.current?.before);
    const last = isAgain ? { item: this.current, ...this.current.before } : this.past.pop();
    if (!last) return this.undoThere();
    if (this.current && !isAgain) this.items.putBack(this.current);
    delete last.item.before;
    this.takeBack(last);
    this.show(last.item);
    document.querySelector("#spoken").textContent = "Taken back.";
    return true;
  }

  // What the site did not understand, such as a name that no file could have, is asked again, as the next one. What others decided
  // or took out meanwhile is not.
  refused(problem, { key, outcome }, status) {
    toast(`A verdict was not taken: ${problem.detail ?? "the site did not understand it."}`);
    const place = this.past.findIndex((said) => said.key === key);
    const isShown = place < 0 && this.current?.before?.key === key; // gone back to
    if (place < 0 && !isShown) return;
    const { item, name } = isShown ? { item: this.current, ...this.current.before } : this.past.splice(place, 1)[0];
    delete item.before;
    if (outcome !== "skip") this.step(-1);
    if (status !== NOT_UNDERSTOOD || isShown) return;
    item.typed = name;
    this.items.putBack(item);
    this.arrived("");
  }

  takeBack({ key, outcome }) {
    this.step(outcome === "skip" ? 0 : -1);
    this.outbox.add("undo", { key, tab: this.tab });
  }

  // Further back than this page: the site knows what was before.
  async undoThere() {
    if (this.outbox.size) return toast("Your last verdicts are still being sent. Try again in a moment.");
    const answer = await post(this.facts.urls.undo, { tab: this.tab }).catch(() => null);
    const undone = answer?.ok ? await answer.json() : null;
    if (!undone) return toast("The site does not answer, so nothing was taken back.");
    if (!undone.key) return toast("There is nothing to take back.");
    if (!undone.item || undone.queue !== this.facts.queue) return toast(`Taken back: ${undone.count}.`);
    if (this.current) this.items.putBack(this.current);
    const item = this.question(undone.item);
    this.items.know(item);
    this.step(undone.outcome === "skip" ? 0 : -1);
    return this.show(item);
  }

  async namesLike(input, signal) {
    const { names } = await ask(`${this.facts.urls.names}?q=${encodeURIComponent(input.value)}`, { signal });
    return names.map((label) => ({ label, take: () => (input.value = label) }));
  }

  // --- what is told

  step(by) {
    this.count("today", Number(document.querySelector("#today").textContent) + by);
    this.count("waiting", Number(document.querySelector("#waiting").textContent) - by);
  }

  count(id, number) {
    document.getElementById(id).textContent = Math.max(0, number);
  }

  report({ size, state }) {
    const said = { offline: "No connection: ", "signed-out": "Sign in again: " }[state];
    const shown = document.querySelector("#outbox");
    shown.textContent = said && size ? `${said}${size} kept to be sent` : "";
    shown.dataset.size = size;
  }

  // What this tab holds is free for others at once; else they would wait for the lease to run out.
  giveBack() {
    ask(this.facts.urls.release, { method: "POST", body: { tab: this.tab }, keepalive: true }).catch(() => {});
  }
}

const facts = document.querySelector("#triage-facts");
if (facts) new Triage(JSON.parse(facts.textContent)).start();
