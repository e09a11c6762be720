// The page that asks. Whatever is chosen is seen at once; the site is told behind it.

import { before } from "./keys.js";
import { newKey } from "./new-key.js";
import { Beliefs } from "./rating-beliefs.js";
import { Keys, OUTCOMES, offer } from "./rating-keys.js";
import { Outbox, post } from "./rating-outbox.js";
import { Questions } from "./rating-questions.js";
import { Table } from "./rating-table.js";
import { listen } from "./rating-touch.js";
import { toast } from "./toast.js";

const ARROWS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "tie", ArrowDown: "tie" };

class Rating {
  constructor(facts) {
    this.facts = facts;
    this.form = document.querySelector("#asking");
    this.rows = [...this.form.querySelectorAll(".answers")];
    this.past = []; // what was answered on this page: {question, key, said, isJudged}
    this.current = null;
    this.tab = newKey(); // not kept over a reload: a tab that was duplicated would share it
    this.keys = new Keys(facts.user);
    this.table = new Table(document.querySelector("#table"));
    this.outbox = new Outbox(facts.user, facts.urls, {
      changed: (news) => this.report(news),
      refused: (problem) => toast(`An answer was not taken: ${problem.detail ?? "the site did not understand it."}`),
    });
    this.beliefs = new Beliefs(document.querySelector("#taste"));
    this.questions = new Questions(facts, this.tab, this.outbox, (why) => this.arrived(why));
  }

  start() {
    this.keys.label();
    offer(this.keys);
    before((event) => this.pressed(event));
    listen(this.table, (place, isMuch) => this.pick(place, isMuch));
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.form.addEventListener("change", () => this.complete());
    document.querySelector("[data-again]")?.addEventListener("click", () => this.questions.fetch());
    document.querySelector("[data-undo]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.undo();
    });
    addEventListener("pagehide", () => this.giveBack());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    this.outbox.flush();
    this.questions.fetch();
  }

  // --- questions

  arrived(why) {
    if (this.current) return;
    const question = this.questions.next();
    if (question) this.show(question);
    else if (why !== "soon") this.showEnd(why || "done"); // the empty table says that more is on its way
  }

  show(question) {
    this.current = question;
    this.current.shownAt = performance.now();
    this.form.hidden = false;
    document.querySelector("#end").hidden = true;
    for (const input of this.form.querySelectorAll("input[type=radio]")) input.checked = false;
    for (const label of this.form.querySelectorAll(".was")) label.classList.remove("was");
    this.table.lay(question);
    this.mark();
  }

  showEnd(why) {
    this.current = null;
    this.table.clear();
    this.form.hidden = true;
    const end = document.querySelector("#end");
    for (const part of end.querySelectorAll("[data-end]")) part.hidden = part.dataset.end !== why;
    end.hidden = false;
  }

  // The row that arrows, taps and swipes answer: the first that is empty.
  get row() {
    return this.rows.find((row) => !row.querySelector(":checked"));
  }

  mark() {
    for (const row of this.rows) row.classList.toggle("is-next", row === this.row && this.rows.length > 1);
  }

  // --- answers

  pressed(event) {
    if (event.key === "Enter" && event.target.matches("[type=radio]")) return true; // it would press the first button
    const meaning = this.meaning(event);
    if (!meaning) return false;
    if (event.repeat && meaning !== "undo") return true; // one press is one answer
    if (meaning === "undo") this.undo();
    else if (["skip", "both_bad", "cant_judge"].includes(meaning)) this.rest(meaning);
    else this.choose(...meaning);
    return true;
  }

  // A row and what it is answered with, or the name of what else the key does; null when it does nothing here.
  meaning(event) {
    const isFours = this.facts.mode === "fours";
    if (!isFours && ARROWS[event.key]) {
      const side = ARROWS[event.key];
      return [this.row ?? this.rows[0], event.shiftKey && side !== "tie" ? `much_${side}` : side];
    }
    const action = this.keys.action(event);
    if (!action || (isFours && ["both_bad", "cant_judge"].includes(action))) return null;
    const [kind, number, outcome] = action.split("-");
    if (kind === "place") return isFours ? [this.rows[0], number] : null;
    if (kind === "row") return isFours || !this.rows[number] ? null : [this.rows[number], outcome];
    return action;
  }

  choose(row, value) {
    if (!this.current || !row) return;
    row.querySelector(`input[value="${value}"]`).checked = true;
    this.complete();
  }

  pick(place, isMuch) {
    const side = ["left", "right"][place];
    if (this.facts.mode === "fours") this.choose(this.rows[0], String(place + 1));
    else this.choose(this.row, isMuch ? `much_${side}` : side);
  }

  complete() {
    this.mark();
    if (this.current && !this.row) this.send(this.said());
  }

  // Answers every row that is empty.
  rest(outcome) {
    if (!this.current) return;
    const isFours = this.facts.mode === "fours";
    this.send({ ...Object.fromEntries(this.facts.axes.map(({ name }) => [name, isFours ? null : outcome])), ...this.said() });
  }

  said() {
    const checked = this.rows.map((row) => [row.dataset.axis, row.querySelector(":checked")?.value]);
    const given = checked.filter(([, value]) => value !== undefined);
    return Object.fromEntries(this.facts.mode === "fours" ? given.map(([name, place]) => [name, Number(place)]) : given);
  }

  send(said) {
    const question = this.current;
    const body = { token: question.token, key: newKey(), took_ms: Math.round(performance.now() - question.shownAt) };
    const values = Object.values(said);
    const isJudged = values.some((value) => (this.facts.mode === "fours" ? value !== null : OUTCOMES.includes(value)));
    this.past.push({ question, key: body.key, said, isJudged });
    this.step(isJudged ? 1 : 0);
    this.advance();
    const isFours = this.facts.mode === "fours";
    this.outbox.add(isFours ? "choices" : "answers", { ...body, [isFours ? "best" : "outcomes"]: said });
    document.querySelector("#spoken").textContent = `Answered. Next: ${this.current?.memes.map(({ alt }) => alt).join("; or ") ?? "nothing"}`;
  }

  advance() {
    const next = this.questions.next();
    if (next) return this.show(next);
    this.current = null;
    this.table.clear();
    return this.questions.fetch();
  }

  async undo() {
    const last = this.past.pop();
    if (!last) return this.undoThere();
    if (this.current) this.questions.putBack(this.current);
    this.step(last.isJudged ? -1 : 0);
    this.outbox.add("undo", { key: last.key, tab: this.tab });
    return this.showAgain(last.question, last.said);
  }

  // Further back than this page: the site knows what was before.
  async undoThere() {
    if (this.outbox.size) return toast("Your last answers are still being sent. Try again in a moment.");
    const answer = await post(this.facts.urls.undo, { tab: this.tab }).catch(() => null);
    const undone = answer?.ok ? await answer.json() : null;
    if (!undone) return toast("The site does not answer, so nothing was taken back.");
    if (!undone.key) return toast("There is nothing to take back.");
    this.step(-1);
    if (!undone.question || undone.mode !== this.facts.mode) return toast("The last answer was taken back.");
    if (this.current) this.questions.putBack(this.current);
    this.questions.know(undone.question);
    return this.showAgain(undone.question, undone.said);
  }

  // With a mark on what was said before; nothing is checked, so that changing one row does not send the others.
  showAgain(question, said) {
    this.show(question);
    for (const row of this.rows) {
      const input = row.querySelector(`input[value="${said[row.dataset.axis]}"]`);
      input?.closest("label").classList.add("was");
    }
    document.querySelector("#spoken").textContent = "Taken back.";
  }

  submitted(event) {
    event.preventDefault();
    if (event.submitter?.id === "undo") this.undo();
    else if (event.submitter?.name === "all") this.rest(event.submitter.value);
  }

  // --- what is told

  step(by) {
    for (const id of ["today", "ever"]) {
      const shown = document.getElementById(id);
      shown.textContent = Math.max(0, Number(shown.textContent) + by);
    }
  }

  report({ size, state }) {
    if (!size && !state) this.beliefs.changed();
    const said = { offline: "No connection: ", "signed-out": "Sign in again: " }[state];
    document.querySelector("#outbox").textContent = said && size ? `${said}${size} kept to be sent` : "";
  }

  // What this tab holds is free for others at once; else they would wait for the lease to run out.
  giveBack() {
    const { content } = document.querySelector("meta[name=csrf-token]");
    const headers = { "Content-Type": "application/json", "X-CSRFToken": content };
    const body = JSON.stringify({ tab: this.tab });
    fetch(this.facts.urls.release, { method: "POST", headers, body, keepalive: true }).catch(() => {});
  }
}

const facts = document.querySelector("#rating-facts");
if (facts) new Rating(JSON.parse(facts.textContent)).start();
