// The blind sheet by keys: arrows move among the pictures, space ticks; and how many are ticked.

const sheet = document.querySelector("[data-sheet]");
const boxes = [...sheet.querySelectorAll("input[type=checkbox]")];
const count = sheet.querySelector("[data-ticked]");

const told = () => {
  count.textContent = `${boxes.filter((box) => box.checked).length} of ${boxes.length} ticked`;
};

// As many as stand in the first row.
function columns() {
  const top = boxes[0].closest("li").offsetTop;
  const next = boxes.findIndex((box) => box.closest("li").offsetTop !== top);
  return next < 0 ? boxes.length : next;
}

sheet.addEventListener("keydown", (event) => {
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() };
  const from = boxes.indexOf(document.activeElement);
  if (from < 0 || !(event.key in steps) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  boxes[from + steps[event.key]]?.focus();
});

sheet.addEventListener("change", told);
told();
