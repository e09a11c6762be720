// Draws how well a taste knew somebody's answers, by how many it had learned from: the line, and what is likely around it.

const SPACE = { left: 40, right: 12, top: 10, bottom: 26 };
const SVG = "http://www.w3.org/2000/svg";
const TICK_PX = 44; // between the numbers below

export function draw(element, { points }) {
  new ResizeObserver(() => element.replaceChildren(drawing(element.clientWidth, element.clientHeight, points))).observe(element);
}

function drawing(width, height, points) {
  const svg = make("svg", { width, height, viewBox: `0 0 ${width} ${height}` });
  if (!width || !height) return svg;
  const { x, y, lowest } = scales(width, height, points);
  for (let share = lowest; share <= 1.001; share += 0.1) {
    svg.append(
      make("line", { class: Math.abs(share - 0.5) < 0.01 ? "chance" : "rule", x1: SPACE.left, x2: width - SPACE.right, y1: y(share), y2: y(share) }),
      make("text", { x: SPACE.left - 8, y: y(share) + 4, "text-anchor": "end" }, `${Math.round(100 * share)} %`),
    );
  }
  const upper = points.map(({ answers, accuracy }) => `${x(answers)},${y(accuracy.high)}`);
  const lower = points.map(({ answers, accuracy }) => `${x(answers)},${y(accuracy.low)}`);
  svg.append(
    make("polygon", { class: "likely", points: [...upper, ...lower.reverse()].join(" ") }),
    make("polyline", { class: "right", points: points.map(({ answers, accuracy }) => `${x(answers)},${y(accuracy.right)}`).join(" ") }),
  );
  for (const { answers, accuracy } of points) {
    const dot = make("circle", { cx: x(answers), cy: y(accuracy.right), r: 3 });
    dot.append(make("title", {}, `${Math.round(100 * accuracy.right)} % after ${answers} answers`));
    svg.append(dot);
  }
  let last = Infinity;
  for (const { answers } of points.toReversed()) { // the newest one is told in any case
    if (last - x(answers) < TICK_PX) continue;
    last = x(answers);
    svg.append(make("text", { x: last, y: height - 6, "text-anchor": "middle" }, String(answers)));
  }
  return svg;
}

// Answers by their logarithm: the first ones teach most.
function scales(width, height, points) {
  const lowest = Math.max(0, Math.floor(10 * Math.min(0.5, ...points.map(({ accuracy }) => accuracy.low))) / 10);
  const [first, last] = [points[0].answers, points.at(-1).answers].map(Math.log);
  const [across, down] = [width - SPACE.left - SPACE.right - 16, height - SPACE.top - SPACE.bottom];
  return {
    lowest,
    x: (answers) => SPACE.left + 8 + across * (last > first ? (Math.log(answers) - first) / (last - first) : 0.5),
    y: (share) => SPACE.top + (down * (1 - share)) / (1 - lowest),
  };
}

function make(name, attributes, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}
