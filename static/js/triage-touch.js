// Swipe to the right to keep, to the left to reject, down to skip; tap to see it larger.

const SWIPE_PX = 70;
const STILL_PX = 12; // less is a finger that does not hold still

// `said` is told keep, reject or skip.
export function listen(element, said) {
  let from = null;

  const end = () => {
    if (from) from.figure.style.transform = "";
    element.removeAttribute("data-leans");
    from = null;
  };

  const meant = (across, down) => {
    if (Math.abs(across) > SWIPE_PX && Math.abs(across) > Math.abs(down)) return across > 0 ? "keep" : "reject";
    return down > SWIPE_PX ? "skip" : "";
  };

  element.addEventListener("pointerdown", (event) => {
    end();
    const figure = event.target.closest(".side");
    if (figure && event.target.closest(".pick") && !event.button && event.isPrimary && !figure.classList.contains("is-large")) {
      from = { x: event.clientX, y: event.clientY, figure, isMoved: false };
    }
  });

  element.addEventListener("pointermove", (event) => {
    if (!from || !event.isPrimary) return;
    const [across, down] = [event.clientX - from.x, event.clientY - from.y];
    if (Math.hypot(across, down) <= STILL_PX) return;
    from.isMoved = true;
    from.figure.style.transform = `translate(${across}px, ${Math.max(0, down)}px) rotate(${across / 40}deg)`;
    element.dataset.leans = meant(across, down);
  });

  element.addEventListener("pointerup", (event) => {
    if (!from || !event.isPrimary) return;
    const outcome = meant(event.clientX - from.x, event.clientY - from.y);
    element.dataset.moved = from.isMoved ? "1" : "";
    end();
    if (outcome) said(outcome);
  });

  element.addEventListener("pointercancel", end);
  element.addEventListener("click", (event) => {
    const figure = event.target.closest(".pick")?.closest(".side");
    if (figure && !element.dataset.moved) figure.classList.toggle("is-large");
    element.dataset.moved = "";
  });
}
