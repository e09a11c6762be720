// Answers on their way to the site: sent one after the other, kept in this browser until the site has them. Each carries
// a key by which it counts once, so when in doubt it is sent again.

const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const TIMEOUT_MS = 20000;

export class Outbox {
  #memory = new Map(); // where the browser stores nothing
  #tries = 0;
  #timer = 0;
  #number = 0;
  #isSending = false;

  // `changed` is told {size, state}, state being "", "offline" or "signed-out"; `refused` gets what the site did not take:
  // its problem, and {kind, body, status}.
  // `name` keeps apart what different pages send.
  constructor(user, urls, { changed, refused, name = "rate" }) {
    Object.assign(this, { prefix: `${name}:${user}:`, urls, changed, refused });
    addEventListener("online", () => this.flush());
    addEventListener("pageshow", () => this.flush());
  }

  // `kind` is the name of an address: answers, choices, undo, verdicts.
  add(kind, body) {
    const order = `${String(Date.now()).padStart(15, "0")}:${String((this.#number += 1)).padStart(6, "0")}`;
    this.#keep(`${this.prefix}${order}:${body.key}`, JSON.stringify({ kind, body }));
    this.flush();
  }

  get size() {
    return this.#names().length;
  }

  // Of questions that are answered here, and not yet there.
  tokens() {
    return this.#names().map((name) => this.#read(name)?.body).map((body) => body?.token ?? body?.item);
  }

  async flush() {
    clearTimeout(this.#timer);
    if (this.#isSending) return;
    this.#isSending = true;
    let state = "";
    for (let [name] = this.#names(); name && !state; [name] = this.#names()) {
      this.changed({ size: this.size, state: "" });
      const item = this.#read(name);
      state = item ? await this.#send(item) : "";
      if (!state) {
        this.#drop(name);
        this.#tries = 0;
      }
    }
    this.#isSending = false;
    if (state) this.#timer = setTimeout(() => this.flush(), WAITS_MS[Math.min(this.#tries++, WAITS_MS.length - 1)]);
    this.changed({ size: this.size, state });
  }

  // "" when the site has decided about it, else why it must be sent again.
  async #send({ kind, body }) {
    try {
      const answer = await post(this.urls[kind], body);
      if (answer.ok) return "";
      if ([401, 403].includes(answer.status)) return "signed-out";
      if (answer.status >= 500 || answer.status === 429) return "offline";
      this.refused(await answer.json().catch(() => ({})), { kind, body, status: answer.status });
      return "";
    } catch {
      return "offline";
    }
  }

  #names() {
    try {
      const kept = Object.keys(localStorage).filter((name) => name.startsWith(this.prefix));
      return [...kept, ...this.#memory.keys()].sort();
    } catch {
      return [...this.#memory.keys()];
    }
  }

  #keep(name, text) {
    try {
      localStorage.setItem(name, text);
    } catch {
      this.#memory.set(name, text);
    }
  }

  #read(name) {
    return JSON.parse(this.#memory.get(name) ?? localStorage.getItem(name));
  }

  #drop(name) {
    if (!this.#memory.delete(name)) localStorage.removeItem(name);
  }
}

export function post(url, body) {
  return fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}
