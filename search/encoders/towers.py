"""The two towers of an OpenCLIP model as ONNX files with int8 weights, made once and kept."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

log = logging.getLogger(__name__)

TEXT, PICTURE, META = "text.onnx", "picture.onnx", "meta.json"
# Changes when the same weights would give other files, and with it the revision of the vectors.
FORMAT = 1
OPSET = 17
# Convolutions stay as they are: their int8 kernels are slower. Gather is the table of tokens, most of a text tower.
QUANTIZED = ["MatMul", "Gemm", "Gather"]


@dataclass(frozen=True)
class Towers:
    """Both files are there and whole; `preprocess` is what pictures go through before they are seen."""

    folder: Path
    dims: int
    preprocess: dict[str, Any]
    sha256: dict[str, str] = field(default_factory=dict)


class _Tower(torch.nn.Module):
    """One of the model's two ways in, as a module of its own: only such can be exported."""

    def __init__(self, model: Any, method: str) -> None:
        super().__init__()
        self.model = model
        self.method = method
        self.eval()  # the exporter leaves a model in the mode of its outermost module

    def forward(self, inputs: torch.Tensor) -> Any:
        return getattr(self.model, self.method)(inputs)


def makers() -> dict[str, str]:
    """The releases that the files and vectors come from: torch exports the towers, onnxruntime makes them int8 and runs them.

    Without the patch level, which mends faults and keeps the arithmetic: a new one is no reason to embed a library anew.
    """
    return {name: ".".join(version(name).split(".")[:2]) for name in ("torch", "onnxruntime")}


def find(folder: Path) -> Towers | None:
    """The towers in `folder`, None when there are none; damaged ones are deleted, with a line in the log."""
    if not folder.is_dir():
        return None
    try:
        stored = json.loads((folder / META).read_text(encoding="utf-8"))
        towers = Towers(folder, stored["dims"], stored["preprocess"], stored["sha256"])
        if all(_sha256(folder / name) == towers.sha256[name] for name in (TEXT, PICTURE)):
            return towers
        problem = "a checksum is wrong"
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = repr(error)
    log.warning("The exported encoder %s is made anew: %s", folder, problem)
    shutil.rmtree(folder, ignore_errors=True)
    return None


def export(folder: Path, model: Any, tokens: torch.Tensor, pixels: torch.Tensor) -> Towers:
    """Write both towers of `model` for inputs of these shapes, one at a time. Raises OSError or what the exporter raises.

    tokens (1, context) int64, pixels (1, 3, height, width) float32. The folder appears when everything is in it.
    """
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        dims = _export_tower(unfinished / TEXT, _Tower(model, "encode_text"), tokens)
        _export_tower(unfinished / PICTURE, _Tower(model, "encode_image"), pixels)
        sums = {name: _sha256(unfinished / name) for name in (TEXT, PICTURE)}
        towers = Towers(folder, dims, dict(model.visual.preprocess_cfg), sums)
        meta = {key: value for key, value in asdict(towers).items() if key != "folder"}
        (unfinished / META).write_text(json.dumps(meta), encoding="utf-8")
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return towers


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Sidecar and worker start together: one exports, the other waits and finds the files."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _export_tower(path: Path, tower: _Tower, inputs: torch.Tensor) -> int:
    """Returns the length of its vectors."""
    whole = path.with_suffix(".float32.onnx")
    # Of the fused attention there is no ONNX form.
    with torch.inference_mode(), _without_fused_attention(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that shapes become constants is meant: one input of one shape at a time
        dims = int(tower(inputs).shape[1])
        torch.onnx.export(tower, (inputs,), str(whole), input_names=["inputs"], opset_version=OPSET, dynamo=False)
    with _without_advice():
        _quantize(whole, path)
    whole.unlink()
    return dims


def _quantize(whole: Path, path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # 7 bits: with 8 the sums saturate on processors without VNNI, and the same picture would get another vector there.
    quantize_dynamic(whole, path, QUANTIZED, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


@contextmanager
def _without_fused_attention() -> Iterator[None]:
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


@contextmanager
def _without_advice() -> Iterator[None]:
    root = logging.getLogger()
    root.addFilter(_is_worth_reading)
    try:
        yield
    finally:
        root.removeFilter(_is_worth_reading)


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Let pass all but the advice, on the root logger, to simplify the model first: onnxruntime does so when it loads it."""
    return "pre-processing before quantization" not in record.getMessage()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
