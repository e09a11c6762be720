"""Imports torchvision and open_clip beside a torch that the torchvision wheel was not built for.

torchvision's compiled operators come linked against CUDA. Beside a CPU build of torch they do not load, which
torchvision forgives everywhere but in one place: it attaches shape rules to two operators, ``nms`` and ``qnms``, that
then do not exist ("operator torchvision::nms does not exist"), and takes open_clip and timm with it. Declaring the
two, without implementing them, is enough: open_clip uses torchvision's transforms, which are plain torch and Pillow.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from types import ModuleType

import torch

# From torchvision/csrc/ops/nms.cpp and quantized/cpu/qnms_kernel.cpp of torchvision 0.28.
_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def import_open_clip() -> ModuleType:
    """Return the open_clip module, mending torchvision first when it needs it; repeating it costs nothing."""
    import_torchvision()
    return importlib.import_module("open_clip")


def import_torchvision() -> ModuleType:
    """Return the torchvision module; on the one known failure declare the missing operators and import again."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
    _declare_missing_operators()
    return importlib.import_module("torchvision")


@lru_cache(maxsize=1)
def _declare_missing_operators() -> torch.library.Library:
    # Cached, because the declarations last only as long as the Library object does.
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # torch.library has no types
    for name, schema in _SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library.define(schema)  # type: ignore[no-untyped-call]  # as above
    return library
