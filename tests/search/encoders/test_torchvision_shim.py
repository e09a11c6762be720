"""open_clip beside a torch that torchvision was not built for."""

from __future__ import annotations

from pathlib import Path

from tests.search.encoders.processes import run_python

BREAK_AS_A_CPU_TORCH_DOES = """
import ctypes, torch
real = torch.ops.load_library
def refuse(path):
    if "torchvision" in str(path):
        raise OSError("libcudart.so: cannot open shared object file")
    return real(path)
torch.ops.load_library = refuse
try:
    import torchvision
except RuntimeError as error:
    print(error)
"""

MEND_IT = """
from search.encoders.torchvision_shim import import_open_clip, import_torchvision
from PIL import Image
assert import_torchvision() is import_torchvision()
pixels = import_torchvision().transforms.ToTensor()(Image.new("RGB", (4, 3), "red"))
print(tuple(pixels.shape), import_open_clip().__name__)
"""


def test_open_clip_and_transforms_import_whichever_torch_is_installed() -> None:
    assert run_python(MEND_IT) == ["(3, 3, 4) open_clip"]


def test_torchvision_without_its_compiled_operators_is_mended() -> None:
    failure, result = run_python(BREAK_AS_A_CPU_TORCH_DOES + MEND_IT)
    assert failure == "operator torchvision::nms does not exist"
    assert result == "(3, 3, 4) open_clip"


def test_another_failure_is_not_hidden(tmp_path: Path) -> None:
    package = f"{tmp_path}/torchvision"
    code = (
        f"import os, sys; os.mkdir({package!r}); sys.path.insert(0, {str(tmp_path)!r});"
        f"open({package + '/__init__.py'!r}, 'w').write('raise RuntimeError(\"out of luck\")');"
        "import search.encoders.torchvision_shim as shim\n"
        "try:\n    shim.import_torchvision()\nexcept RuntimeError as error:\n    print(error)"
    )
    assert run_python(code) == ["out of luck"]
