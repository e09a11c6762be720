// Tap a meme to prefer it, hold it for much better, swipe towards the better one.

const HOLD_MS = 450;
const SWIPE_PX = 60;
const STILL_PX = 12; // less is a finger that does not hold still

// `pick` is told the place on the table and whether it is much better.
export function listen(table, pick) {
  let from = null;
  const element = table.element;

  const end = () => {
    clearTimeout(from?.timer);
    from?.figure.classList.remove("is-held");
    if (from) from.figure.style.transform = "";
    from = null;
  };

  element.addEventListener("pointerdown", (event) => {
    end();
    const figure = event.target.closest(".side");
    if (!figure || !event.target.closest(".pick") || event.button || !event.isPrimary) return;
    from = { x: event.clientX, y: event.clientY, figure, isMuch: false, isMoved: false };
    const held = from;
    from.timer = setTimeout(() => {
      held.isMuch = true;
      figure.classList.add("is-held");
      navigator.vibrate?.(12);
    }, HOLD_MS);
  });

  element.addEventListener("pointermove", (event) => {
    if (!from || !event.isPrimary) return;
    const [across, down] = [event.clientX - from.x, event.clientY - from.y];
    if (Math.hypot(across, down) > STILL_PX) {
      from.isMoved = true;
      if (!from.isMuch) clearTimeout(from.timer);
      from.figure.style.transform = table.isStacked ? `translateY(${down / 3}px)` : `translateX(${across / 3}px)`;
    }
  });

  element.addEventListener("pointerup", (event) => {
    if (!from || !event.isPrimary) return;
    const { figure, isMuch, isMoved, x, y } = from;
    const along = table.isStacked ? event.clientY - y : event.clientX - x;
    end();
    const count = element.querySelectorAll(".side").length;
    if (!isMoved) pick(Number(figure.dataset.place), isMuch);
    else if (count === 2 && Math.abs(along) > SWIPE_PX) pick(along < 0 ? 0 : 1, isMuch);
  });

  element.addEventListener("pointercancel", end);
  // A click without a pointer is a keyboard's or a screen reader's.
  element.addEventListener("click", (event) => {
    const figure = event.target.closest(".pick")?.closest(".side");
    if (figure && event.detail === 0) pick(Number(figure.dataset.place), event.shiftKey);
  });
  element.addEventListener("contextmenu", (event) => {
    if (event.pointerType === "touch") event.preventDefault();
  });
}
