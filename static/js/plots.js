// Draws the plots of a page with uPlot, from the numbers beside them, in the colours of the page.

const HEIGHT = 260;
const DASHES = { dashes: [6, 4] };

for (const figure of document.querySelectorAll("[data-plot]")) show(figure);

function show(figure) {
  const facts = JSON.parse(document.getElementById(figure.dataset.plot).textContent);
  const place = figure.querySelector(".drawing");
  let drawn;
  const redraw = () => {
    drawn?.destroy();
    drawn = new window.uPlot(options(facts, place.clientWidth), columns(facts), place);
    place.style.height = "auto"; // room for the legend
  };
  redraw();
  let width = place.clientWidth;
  new ResizeObserver(() => {
    if (place.clientWidth === width) return;
    width = place.clientWidth;
    drawn.setSize({ width, height: HEIGHT });
  }).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

function columns({ x, series }) {
  return [x, ...series.flatMap(({ values, low, high }) => (low.length ? [high, values, low] : [values]))];
}

function options(facts, width) {
  const [ink, quiet, line, accent, danger] = colours("--ink", "--quiet", "--line", "--accent-ink", "--danger");
  const strokes = [accent, ink, danger, quiet];
  const series = [{ label: facts.x_label, value: (_, value) => tell(value, facts.is_share[0]) }];
  const bands = [];
  facts.series.forEach((one, place) => {
    const stroke = strokes[place % strokes.length];
    const edge = { stroke: "transparent", points: { show: false }, value: (_, value) => tell(value, facts.is_share[1]) };
    if (one.low.length) {
      bands.push({ series: [series.length, series.length + 2], fill: faint(stroke) });
      series.push({ ...edge, label: `${one.label}, at most` }, drawnAs(one, stroke, facts), { ...edge, label: "at least" });
    } else series.push(drawnAs(one, stroke, facts));
  });
  const axis = (label, isShare) => ({
    label, stroke: quiet, labelGap: 4, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 },
    values: (_, ticks) => ticks.map((tick) => tell(tick, isShare)),
  });
  return {
    width, height: HEIGHT, series, bands,
    scales: { x: { time: false } },
    axes: [axis(facts.x_label, facts.is_share[0]), { ...axis(facts.y_label, facts.is_share[1]), size: 62 }],
    cursor: { drag: { x: false, y: false } },
    hooks: { draw: [(plot) => facts.marks.forEach((mark) => upright(plot, mark, danger))] },
  };
}

function drawnAs({ label, style }, stroke, facts) {
  const common = { label, stroke, width: 2, dash: DASHES[style], value: (_, value) => tell(value, facts.is_share[1]) };
  if (style === "bars") return { ...common, width: 1, fill: faint(stroke), paths: window.uPlot.paths.bars({ size: [0.9] }), points: { show: false } };
  if (style === "dots") return { ...common, paths: () => null, points: { show: true, size: 6, fill: stroke } };
  return { ...common, points: { show: facts.x.length < 30, size: 5, fill: stroke } };
}

function upright(plot, { x, label }, colour) {
  const left = plot.valToPos(x, "x", true);
  const { top, height } = plot.bbox;
  const context = plot.ctx;
  context.save();
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = devicePixelRatio;
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left, top + height);
  context.stroke();
  const isRight = left > plot.bbox.left + plot.bbox.width / 2;
  context.textAlign = isRight ? "right" : "left";
  context.fillText(label, left + (isRight ? -6 : 6) * devicePixelRatio, top + 14 * devicePixelRatio);
  context.restore();
}

// What the canvas needs spelled out: `light-dark()` is resolved for a property alone.
function colours(...names) {
  const probe = document.body.appendChild(document.createElement("span"));
  const found = names.map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return found;
}

function faint(colour) {
  return colour.replace(/^rgba?\((.*?)\)$/, (_, parts) => `rgba(${parts.split(",").slice(0, 3).join(",")}, 0.18)`);
}

function tell(value, isShare) {
  if (value === null || value === undefined) return "–";
  return isShare ? `${Number((100 * value).toPrecision(3))} %` : String(Number(value.toPrecision(4)));
}
