"""Where a clip cuts from one scene to the next."""

import numpy as np
from numpy.typing import NDArray

CELLS = 32  # a frame is compared as so many grey cells a side, 0 to 255
# Mean difference of two frames that follow each other; what moves within a scene stays below half of it. As the content
# detector of PySceneDetect has it by default.
CUT = 27.0
# Beginnings of scenes that are looked at for each clip: what flickers has one in each frame.
MOST = 32


class Cuts:
    """Sees the frames of a clip one after the other."""

    def __init__(self) -> None:
        self._before: NDArray[np.int16] | None = None
        self._found = 0

    def begins(self, cells: NDArray[np.uint8]) -> bool:
        """cells (CELLS, CELLS) grey. Whether this frame is the first of a scene; of the first frame of all nobody knows."""
        now = cells.astype(np.int16)
        before, self._before = self._before, now
        is_cut = before is not None and self._found < MOST and float(np.abs(now - before).mean()) > CUT
        self._found += is_cut
        return is_cut
