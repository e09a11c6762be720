// The questions to come: fetched ahead in batches, with their pictures decoded before they are needed.

import { figures } from "./rating-table.js";
import { post } from "./rating-outbox.js";

const AHEAD = 24; // questions
const LOW = 14; // at this many, more are fetched: at five answers a second a slow site has two seconds
const READY = 10; // questions whose pictures are decoded ahead
const AGAIN_MS = 2000;
const SOON_MS = 150; // at first; then less and less often
const REFUSED = { 401: "signed-out", 403: "signed-out", 404: "gone" };

export class Questions {
  #waiting = [];
  #seen = new Set(); // answered here; the site may not know yet
  #fetching = null;
  #timer = 0;
  #soonMs = SOON_MS;

  // `arrived` is called whenever more may be there, with why not if there are none: "", "done", "held",
  // "soon", "offline", "signed-out", "gone".
  // `read` finds the questions in an answer of the site.
  constructor(facts, tab, outbox, arrived, read = (found) => found.questions) {
    Object.assign(this, { facts, tab, outbox, arrived, read });
  }

  next() {
    const question = this.#waiting.shift();
    if (this.#waiting.length < LOW) this.fetch();
    this.#prepare();
    if (question) this.#seen.add(question.token);
    return question;
  }

  // What is shown without having waited here: it may come again while its answer is on its way.
  know({ token }) {
    this.#seen.add(token);
  }

  // What was taken back comes first again.
  putBack(...questions) {
    this.#waiting.unshift(...questions);
    this.#prepare();
  }

  fetch() {
    if (!this.#fetching) clearTimeout(this.#timer); // else the one that is set is of the answer being read now
    this.#fetching ??= this.#ask().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #ask() {
    const { urls, mode, q, policy } = this.facts;
    const count = Math.min(64, AHEAD + this.outbox.size + 1);
    const answer = await post(urls[mode], { tab: this.tab, count, q, policy }).catch(() => null);
    if (REFUSED[answer?.status]) return this.arrived(REFUSED[answer.status]); // asking again by itself changes nothing
    if (!answer?.ok) {
      this.#timer = setTimeout(() => this.fetch(), AGAIN_MS);
      return this.arrived("offline");
    }
    const found = await answer.json();
    const known = new Set([...this.#seen, ...this.outbox.tokens(), ...this.#waiting.map(({ token }) => token)]);
    const questions = this.read(found);
    const fresh = questions.filter(({ token }) => !known.has(token));
    this.#waiting.push(...fresh);
    this.#prepare();
    const why = this.#waiting.length ? "" : this.#whyNot(found, questions);
    if (why === "held") this.#timer = setTimeout(() => this.fetch(), AGAIN_MS); // a tab that was just left gives its own back
    if (why === "soon") this.#timer = setTimeout(() => this.fetch(), this.#soonMs);
    this.#soonMs = why === "soon" ? Math.min(AGAIN_MS, this.#soonMs * 2) : SOON_MS;
    this.arrived(why);
  }

  // The site gives few at a time; those that were answered here faster than that are on their way there.
  #whyNot(found, questions) {
    return found.is_held_elsewhere ? "held" : questions.length ? "soon" : "done";
  }

  #prepare() {
    for (const question of this.#waiting.slice(0, READY)) question.pictures ??= figures(question);
  }
}
