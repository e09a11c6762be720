// Where the pictures go, from their shapes alone. Not a module: it stands right behind the wall in the page and runs
// before anything is painted, so that nothing is seen to move.
{
  const COLUMN_PX = 248; // thumbnails have 512: sharp on dense screens too

  function columnsFor(widthPx) {
    return Math.max(2, Math.round(widthPx / COLUMN_PX));
  }

  // Boxes for `ratios` (height to width), each under the shortest of the columns, which begin at `heights` and are
  // moved on. Edges lie on whole pixels, so that all gaps are even.
  function place(ratios, { widthPx, gapPx, heights }) {
    const step = (widthPx + gapPx) / heights.length;
    return ratios.map((ratio) => {
      const column = heights.indexOf(Math.min(...heights));
      const left = Math.round(column * step);
      const width = Math.round((column + 1) * step) - gapPx - left;
      const box = { column, left, top: heights[column], width, height: Math.round(width * ratio) };
      heights[column] += box.height + gapPx;
      return box;
    });
  }

  function ratio(tile) {
    return parseFloat(tile.style.getPropertyValue("--h")) / parseFloat(tile.style.getPropertyValue("--w"));
  }

  function put(tile, box, offsetPx) {
    tile.style.width = `${box.width}px`;
    tile.style.height = `${box.height}px`;
    tile.style.transform = `translate(${box.left + offsetPx}px, ${box.top}px)`;
  }

  // Starts the columns of a wall; nothing is placed yet.
  function begin(element) {
    const widthPx = element.clientWidth;
    const gapPx = parseFloat(getComputedStyle(element).getPropertyValue("--gap"));
    return { element, widthPx, gapPx, heights: new Array(columnsFor(widthPx)).fill(0), tiles: [], boxes: [] };
  }

  // Places the tiles that the wall has gained at its end, and gives them.
  function extend(wall) {
    const { element, gapPx, heights } = wall;
    const added = [...element.children].slice(wall.tiles.length);
    const boxes = place(added.map(ratio), { widthPx: wall.widthPx - 2 * gapPx, gapPx, heights });
    added.forEach((tile, index) => put(tile, boxes[index], gapPx));
    wall.tiles.push(...added);
    wall.boxes.push(...boxes);
    element.style.height = `${Math.max(0, ...heights)}px`;
    element.classList.add("is-placed");
    return added;
  }

  globalThis.masonry = { begin, extend };
  for (const element of document.querySelectorAll("[data-grid]")) extend(begin(element));
}
