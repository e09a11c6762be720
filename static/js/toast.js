// Short messages at the bottom, gone by themselves.

const SHOWN_MS = 6000;

// With `undo`, a button that calls it.
export function toast(text, { href, label, undo } = {}) {
  const message = document.createElement("p");
  message.className = "toast";
  message.append(text);
  if (href) {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = label;
    message.append(link);
  }
  if (undo) {
    const button = document.createElement("button");
    button.textContent = "Undo";
    button.addEventListener("click", () => {
      message.remove();
      undo();
    });
    message.append(button);
  }
  document.querySelector("#toasts").append(message);
  fade(message);
}

// Counts anew after it was pointed at: somebody is reading.
function fade(message) {
  let timer = setTimeout(() => message.remove(), SHOWN_MS);
  message.addEventListener("pointerenter", () => clearTimeout(timer));
  message.addEventListener("pointerleave", () => {
    timer = setTimeout(() => message.remove(), SHOWN_MS);
  });
}

export function start() {
  document.querySelectorAll("#toasts .toast").forEach(fade);
}
