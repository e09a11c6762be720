// Before the first paint: light or dark as chosen in this browser. Not a module, because modules come after that paint.
{
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  } catch {
    // Storage is switched off: the system decides.
  }
}
