"""How well and how fast text is read, by the longest side the detector sees: `python -m tests.benchmarks.ocr`."""

import re
import time
from collections import Counter
from io import BytesIO
from statistics import mean

from search.media.ocr import SIDE_PX, Reader, load_for_reading
from tests.benchmarks.drawn_memes import SMALL_PX, WIDTHS_PX, Meme, drawn
from tests.benchmarks.report import Figure, Report, figure, main

SIDES_PX = (320, 480, 640, 736, 960, 1120, 1280)
QUICK_SIDES_PX = (480, SIDE_PX)
MEMES, QUICK_MEMES = 60, 20
# What the chosen side has to reach, on all words and on those in small print.
BOUNDS = {"all words": ">= 0.95", "small print": ">= 0.85"}


def recall(wanted: list[str], text: str) -> float:
    """Share of the words that were read, each as often as it is there; capitals and punctuation do not count."""
    if not wanted:
        return 1.0
    read = Counter(re.findall(r"\w+", text.lower()))
    return sum((Counter(wanted) & read).values()) / len(wanted)


def measure(quick: bool) -> Report:
    memes = [(meme, _saved(meme)) for meme in drawn(QUICK_MEMES if quick else MEMES)]
    sides = sorted(QUICK_SIDES_PX if quick else SIDES_PX)
    figures = [one for side_px in sides for one in _measured(side_px, memes)]
    sizes: dict[str, int | float | str] = {
        "memes": len(memes),
        "widths_px": str(WIDTHS_PX),
        "small_print_px": f"10 to {SMALL_PX}",
    }
    left_out = f"sides other than {sides}, {MEMES - len(memes)} memes" if quick else ""
    return Report("Reading text, by the detector's longest side (one thread)", figures, sizes, left_out)


def _saved(meme: Meme) -> bytes:
    buffer = BytesIO()
    meme.image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _measured(side_px: int, memes: list[tuple[Meme, bytes]]) -> list[Figure]:
    reader = Reader(side_px)
    reader.read(memes[0][1])  # loads the models
    scores: dict[str, list[float]] = {"all words": [], "small print": []}
    took_s = []
    for meme, data in memes:
        start = time.process_time()
        text = reader.read(load_for_reading(BytesIO(data))).text
        took_s.append(time.process_time() - start)
        scores["all words"].append(recall([word for word, _ in meme.words], text))
        scores["small print"].append(recall([word for word, is_small in meme.words if is_small], text))
    is_chosen = side_px == SIDE_PX
    figures = [
        figure(f"{side_px} px: {name}", mean(values), "recall", bound=BOUNDS[name] if is_chosen else "")
        for name, values in scores.items()
    ]
    return [*figures, figure(f"{side_px} px: time", 1000 * mean(took_s), "ms a picture")]


if __name__ == "__main__":
    main(measure, __doc__)
