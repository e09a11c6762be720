"""The text in a picture, by PP-OCR models that come inside the rapidocr wheel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from search.media.derivation import DEFAULT_LIMITS, load
from search.media.limits import Limits

# The longest side the detector sees; smaller pictures are not enlarged, so only bigger ones pay. Word recall, recall of
# small print (10 to 15 px) and time for 60 drawn memes of 480 to 1,600 px, half of them full of text, on one core
# (python -m tests.benchmarks.ocr):
#     480    0.84   0.74     680 ms        960    0.95   0.91     970 ms
#     640    0.90   0.84     790 ms       1120    0.97   0.94   1,060 ms
#     736    0.92   0.86     850 ms       1280    0.97   0.96   1,110 ms
SIDE_PX = 1120

# What is worth loading of a picture for reading: a phone's screen is 1,440 wide, and threads of chats are long.
SHORTEST_PX = 1600
LONGEST_PX = 8000
# A picture more than this much longer than wide is read in bands, so that the detector does not shrink it to nothing.
TALL = 2.0
# Nothing of fewer pixels can be read.
SMALLEST_PX = 8

Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Box:
    """One piece of a line. `quad`: corners clockwise from the top left, x and y as shares of the picture, 0 to 1."""

    text: str
    score: float
    quad: Quad

    @property
    def left(self) -> float:
        return min(x for x, _ in self.quad)

    @property
    def right(self) -> float:
        return max(x for x, _ in self.quad)

    @property
    def top(self) -> float:
        return min(y for _, y in self.quad)

    @property
    def bottom(self) -> float:
        return max(y for _, y in self.quad)


@dataclass(frozen=True)
class Reading:
    """`boxes` in reading order; `text` is theirs, a line for each line of the picture, empty when there is none."""

    text: str
    boxes: tuple[Box, ...]


class Reader:
    """Reads pictures on one core. The models are loaded on the first picture, once for each Reader (0.5 s, 100 MB)."""

    def __init__(self, side_px: int = SIDE_PX) -> None:
        self.side_px = side_px

    def read(self, picture: bytes | Image.Image) -> Reading:
        """The text in `picture`, an upright image, or the bytes of a still. Raises BadMedia for other bytes."""
        image = picture if isinstance(picture, Image.Image) else load_for_reading(BytesIO(picture))
        image = image.convert("RGB")
        if min(image.size) < SMALLEST_PX:
            return Reading("", ())
        # The models were trained on what OpenCV loads: blue first.
        pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
        found = [box for top, band in _bands(pixels) for box in self._boxes(band, top, image.size)]
        rows = _rows(found)
        return Reading("\n".join(_line(row, image.size) for row in rows), tuple(box for row in rows for box in row))

    def _boxes(self, band: Pixels, top: int, size: tuple[int, int]) -> Iterator[Box]:
        output = self._engine(band)
        if output.txts is None:
            return
        for corners, text, score in zip(output.boxes, output.txts, output.scores, strict=True):
            shares = [(_share(x, size[0]), _share(y + top, size[1])) for x, y in corners]
            yield Box(text.strip(), round(float(score), 3), (shares[0], shares[1], shares[2], shares[3]))

    @cached_property
    def _engine(self) -> Any:  # rapidocr has no types
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(1)
        models = files("rapidocr") / "models"
        return RapidOCR(
            params={
                "Global.log_level": "critical",  # it reports its model files on every start otherwise
                "Global.use_cls": False,  # memes are upright; asking whether they stand on their heads is for scans
                "Global.max_side_len": LONGEST_PX,
                # With a path it neither computes where a model might be downloaded from nor looks there.
                "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
                "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
                "Det.limit_type": "max",
                "Det.limit_side_len": self.side_px,
                "Det.box_thresh": 0.3,  # 0.5 drops faint small print: recall of it 0.81 against 0.86 at 960 px
                "Rec.rec_batch_num": 1,  # a batch is padded to its longest line: 14 % slower on one core
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,  # 8 % faster for 60 MB
            }
        )


def load_for_reading(file: IO[bytes], limits: Limits = DEFAULT_LIMITS) -> Image.Image:
    """The still in `file` at the size that is worth reading. Raises BadMedia."""
    return load(file, longest_px=LONGEST_PX, shortest_px=SHORTEST_PX, limits=limits)


def _share(value: float, whole: int) -> float:
    return round(min(1.0, max(0.0, float(value) / whole)), 4)


def _bands(pixels: Pixels) -> Iterator[tuple[int, Pixels]]:
    """`pixels`, cut where a tall picture is quietest: `(top, band)`, every row in exactly one band."""
    height, width = pixels.shape[:2]
    top = 0
    while height - top > TALL * width:
        # Between 1 and 1.5 widths down, the row that varies least: the gap between two lines, panels or messages.
        start, stop = top + width, top + width + max(1, width // 2)
        cut = start + int(pixels[start:stop].reshape(stop - start, -1).std(axis=1).argmin())
        yield top, pixels[top:cut]
        top = cut
    yield top, pixels[top:]


def _rows(boxes: Sequence[Box]) -> list[list[Box]]:
    """Boxes side by side form a row; rows from top to bottom, boxes in them from left to right."""
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        middle = (box.top + box.bottom) / 2
        if rows and rows[-1][0].top < middle < rows[-1][0].bottom:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda box: box.left) for row in rows]


def _line(row: Sequence[Box], size: tuple[int, int]) -> str:
    """The words of a row; boxes further apart than two heights are columns, each on a line of its own."""
    line = row[0].text
    for before, box in pairwise(row):
        gap_px = (box.left - before.right) * size[0]
        line += ("\n" if gap_px > 2 * (box.bottom - box.top) * size[1] else " ") + box.text
    return line
