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

  // Starts the columns of a wall; nothing is placed yet. `count` is how many of its children are.
  function begin(element) {
    const widthPx = element.clientWidth;
    const gapPx = parseFloat(getComputedStyle(element).getPropertyValue("--gap"));
    const heights = new Array(columnsFor(widthPx)).fill(0);
    return { element, widthPx, gapPx, heights, count: 0, tiles: [], boxes: [] };
  }

  function putTiles(wall, tiles) {
    const { gapPx, heights } = wall;
    const boxes = place(tiles.map(ratio), { widthPx: wall.widthPx - 2 * gapPx, gapPx, heights });
    tiles.forEach((tile, index) => put(tile, boxes[index], gapPx));
    wall.tiles.push(...tiles);
    wall.boxes.push(...boxes);
  }

  // A line across all columns; what follows begins below it.
  function putDivider(wall, divider) {
    const top = Math.max(0, ...wall.heights);
    divider.style.width = `${wall.widthPx - 2 * wall.gapPx}px`;
    divider.style.transform = `translate(${wall.gapPx}px, ${top}px)`;
    wall.heights.fill(top + divider.offsetHeight + wall.gapPx);
  }

  // Places what the wall has gained at its end, and gives the tiles.
  function extend(wall) {
    const { element, heights } = wall;
    const added = [...element.children].slice(wall.count);
    const placed = wall.tiles.length;
    element.classList.add("is-placed");
    let run = [];
    for (const child of added) {
      if (!child.classList.contains("divider")) {
        run.push(child);
        continue;
      }
      putTiles(wall, run);
      putDivider(wall, child);
      run = [];
    }
    putTiles(wall, run);
    wall.count += added.length;
    element.style.height = `${Math.max(0, ...heights)}px`;
    return wall.tiles.slice(placed);
  }

  globalThis.masonry = { begin, extend };
  for (const element of document.querySelectorAll("[data-grid]")) extend(begin(element));
}
