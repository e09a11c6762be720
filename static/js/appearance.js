// The choice between light, dark, and what the system says.

export function start() {
  const choice = document.querySelector("#theme");
  if (!choice) return;
  const chosen = document.documentElement.dataset.theme ?? "auto";
  choice.querySelector(`[value=${chosen}]`).checked = true;
  choice.addEventListener("change", (event) => choose(event.target.value));
}

function choose(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Storage is switched off: it holds for this page.
  }
}
