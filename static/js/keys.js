// One place that listens to keys, and keeps out of the way of those who type.

const actions = new Map();
const earlier = [];

// Asked about every key before the key's own actions are: for pages whose keys people choose themselves.
export function before(action) {
  earlier.push(action);
}

// `action` answers false when the key means nothing to it now; then the next one is asked, or the browser.
export function on(key, action) {
  actions.set(key, [...(actions.get(key) ?? []), action]);
}

function isTyping(target) {
  return target.matches("input:not([type=checkbox], [type=radio]), textarea, select, video, [contenteditable]");
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  for (const action of [...earlier, ...(actions.get(event.key) ?? [])]) {
    if (action(event) !== false) {
      event.preventDefault();
      return;
    }
  }
}

export function start() {
  on("/", () => {
    const box = document.querySelector("#q");
    box?.focus();
    box?.select();
    return Boolean(box);
  });
  on("u", () => {
    const link = document.querySelector(".tools a[href$='/upload/']");
    link?.click();
    return Boolean(link);
  });
  on("r", () => {
    const link = document.querySelector("a[data-key=r]");
    link?.click();
    return Boolean(link);
  });
  document.addEventListener("keydown", pressed);
}
