// Which key means what on the rating page. People may choose their own; their browser keeps them, as keyboards differ.

export const OUTCOMES = ["much_left", "left", "tie", "right", "much_right"];
const ROWS = ["qwert", "asdfg", "zxcvb"];

const DEFAULTS = new Map([
  ...ROWS.flatMap((keys, row) => OUTCOMES.map((outcome, index) => [`row-${row}-${outcome}`, keys[index]])),
  ...[1, 2, 3, 4, 0].map((place) => [`place-${place}`, String(place)]),
  ["skip", "n"],
  ["both_bad", "y"],
  ["cant_judge", "h"],
  ["undo", "Backspace"],
  ["undo-too", "u"],
]);

// What the browser or the rest of the site needs, and the arrows, which are fixed.
const TAKEN = ["Escape", "Tab", "Enter", "?", "/", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Shift", "CapsLock"];

// Capitals are the same keys.
function named(event) {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

export class Keys {
  constructor(user) {
    this.name = `rate-keys:${user}`;
    this.byAction = new Map([...DEFAULTS, ...Object.entries(read(this.name))]);
  }

  action(event) {
    const key = named(event);
    for (const [action, own] of this.byAction) if (own === key) return action.replace(/-too$/, "");
    return null;
  }

  of(action) {
    return this.byAction.get(action) ?? "";
  }

  // Whoever had the key before gets the other one's.
  assign(action, event) {
    const key = named(event);
    if (TAKEN.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return false;
    const before = this.of(action);
    for (const [other, own] of this.byAction) if (own === key) this.byAction.set(other, before);
    this.byAction.set(action, key);
    write(this.name, Object.fromEntries(this.byAction));
    return true;
  }

  reset() {
    this.byAction = new Map(DEFAULTS);
    write(this.name, {});
  }

  // Writes the keys on what they press.
  label(root = document) {
    for (const mark of root.querySelectorAll("[data-action]")) {
      const key = this.of(mark.dataset.action);
      mark.textContent = key === "Backspace" ? "⌫" : key === " " ? "␣" : key;
      mark.hidden = !key;
    }
  }
}

// The list of keys on this page joins the list that `?` opens; there, each can be changed.
export function offer(keys) {
  const help = document.querySelector("#help");
  const list = document.querySelector("#rating-keys")?.content.cloneNode(true).firstElementChild;
  if (!help || !list) return;
  const actions = [...DEFAULTS.keys()];
  for (const mark of list.querySelectorAll("kbd")) {
    const action = actions.find((name) => DEFAULTS.get(name) === mark.textContent);
    if (!action) continue; // an arrow
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "key" });
    Object.assign(button.dataset, { action });
    mark.replaceWith(button);
  }
  help.querySelector("header").after(list);
  keys.label();
  let waiting = null;
  const stop = () => {
    waiting?.classList.remove("is-waiting");
    waiting = null;
    keys.label();
  };
  list.addEventListener("click", (event) => {
    stop();
    if (event.target.matches("[data-resets]")) keys.reset();
    waiting = event.target.closest("button.key");
    waiting?.classList.add("is-waiting");
    if (waiting) waiting.textContent = "…";
    else keys.label();
  });
  help.addEventListener("keydown", (event) => {
    if (!waiting || event.key === "Shift") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key !== "Escape") keys.assign(waiting.dataset.action, event);
    stop();
  });
  help.addEventListener("close", stop);
}

function read(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name) ?? "{}");
    return Object.fromEntries(Object.entries(kept).filter(([action, key]) => DEFAULTS.has(action) && typeof key === "string"));
  } catch {
    return {};
  }
}

function write(name, keys) {
  try {
    localStorage.setItem(name, JSON.stringify(keys));
  } catch {
    // Storage is switched off: it holds for this page.
  }
}
