"""Measures the contrast of every visible text on a page, as WCAG 2.2 defines it, from the colours the browser computed."""

from dataclasses import dataclass

from playwright.sync_api import Page

TEXT_RATIO, LARGE_RATIO, CONTROL_RATIO = 4.5, 3.0, 3.0

MEASURE = """
() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((value, i) => value * a + under[i] * (1 - a));
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = rgba(getComputedStyle(at).backgroundColor);
      layers.unshift(layer);
      if (layer[3] === 1) break;
    }
    return layers.reduce((under, layer) => over(layer, under), over(rgba(getComputedStyle(document.documentElement)
      .backgroundColor), [255, 255, 255]));
  };
  const light = (color) => {
    const [r, g, b] = color.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const isSeen = (element) => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && element.getBoundingClientRect().width > 1;
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !isSeen(element) || element.matches("script, style, noscript")) continue;
    const style = getComputedStyle(element);
    const px = parseFloat(style.fontSize);
    const under = ground(element);
    found.push({
      text: walker.currentNode.data.trim().slice(0, 40),
      kind: px >= 24 || (px >= 18.66 && Number(style.fontWeight) >= 700) ? "large" : "text",
      ratio: ratio(over(rgba(style.color), under), under),
    });
  }
  const others = "[type=hidden], [type=checkbox], [type=radio], [type=range], [type=file]";
  for (const input of document.querySelectorAll(`input:not(${others})`)) {
    if (!isSeen(input)) continue;
    const [own, outside, style] = [ground(input), ground(input.parentElement), getComputedStyle(input)];
    const border = over(rgba(style.borderTopColor), outside);
    found.push({text: `edge of ${input.name}`, kind: "control", ratio: ratio(border, outside)});
    const hint = over(rgba(getComputedStyle(input, "::placeholder").color), own);
    if (input.placeholder) found.push({text: `hint of ${input.name}`, kind: "text", ratio: ratio(hint, own)});
  }
  return found;
}
"""


@dataclass(frozen=True)
class Faint:
    """A text that is too faint, and its contrast."""

    text: str
    ratio: float


def faint(page: Page) -> list[Faint]:
    """Everything on the page that does not reach level AA."""
    wanted = {"text": TEXT_RATIO, "large": LARGE_RATIO, "control": CONTROL_RATIO}
    measured = page.evaluate(MEASURE)
    assert measured, "a page without any text was measured"
    return [
        Faint(found["text"], round(found["ratio"], 2)) for found in measured if found["ratio"] < wanted[found["kind"]]
    ]
