// Where the pictures go, from their shapes alone. Nothing here knows the page.

const COLUMN_PX = 248; // thumbnails have 512: sharp on dense screens too

export function columnsFor(widthPx) {
  return Math.max(2, Math.round(widthPx / COLUMN_PX));
}

// Boxes for `ratios` (height to width), each under the shortest of the columns, which begin at `heights` and are
// moved on. Edges lie on whole pixels, so that all gaps are even.
export function place(ratios, { widthPx, gapPx, heights }) {
  const columns = heights.length;
  const step = (widthPx + gapPx) / columns;
  return ratios.map((ratio) => {
    const column = heights.indexOf(Math.min(...heights));
    const left = Math.round(column * step);
    const width = Math.round((column + 1) * step) - gapPx - left;
    const box = { column, left, top: heights[column], width, height: Math.round(width * ratio) };
    heights[column] += box.height + gapPx;
    return box;
  });
}

// The box one step from `from` in a direction, or -1: up and down stay in the column, left and right go to the box in
// the next column that lies nearest.
export function neighbour(boxes, from, direction) {
  const here = boxes[from];
  const middle = here.top + here.height / 2;
  const distance = {
    up: (box) => (box.column === here.column && box.top < here.top ? here.top - box.top : Infinity),
    down: (box) => (box.column === here.column && box.top > here.top ? box.top - here.top : Infinity),
    left: (box) => (box.column === here.column - 1 ? Math.abs(box.top + box.height / 2 - middle) : Infinity),
    right: (box) => (box.column === here.column + 1 ? Math.abs(box.top + box.height / 2 - middle) : Infinity),
  }[direction];
  let found = -1;
  let least = Infinity;
  boxes.forEach((box, index) => {
    const far = distance(box);
    if (far < least) [found, least] = [index, far];
  });
  return found;
}
