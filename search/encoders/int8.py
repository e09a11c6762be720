"""An OpenCLIP model on a CPU through onnxruntime, with weights and products of int8."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import onnxruntime
import torch

from search.encoders import towers
from search.encoders.base import EncoderError, Picture, Vectors
from search.encoders.openclip import build_model
from search.encoders.specs import OpenClipSpec
from search.encoders.torchvision_shim import import_open_clip
from search.encoders.towers import PICTURE, TEXT, Towers
from search.encoders.weights import Checkpoint, find_checkpoint, fingerprint, read_config


class Int8Encoder:
    """Both towers of one model. Inputs go through one by one.

    The scale of a product's int8 inputs is that of the whole batch, so a text would get another vector in other company.
    """

    reads_text: ClassVar[bool] = False

    def __init__(self, checkpoint: Checkpoint, found: Towers, *, spec: str, revision: str, threads: int | None) -> None:
        open_clip = import_open_clip()
        self.spec = spec
        self.name = spec.removeprefix("openclip-int8:") + " (int8)"
        self.revision = revision
        self.dims = found.dims
        self._tokenizer = open_clip.get_tokenizer(checkpoint.tokenizer)
        config = open_clip.transform.PreprocessCfg(**found.preprocess)
        self._transform = open_clip.transform.image_transform_v2(config, is_train=False)
        self._text, self._picture = (_session(found.folder / name, threads) for name in (TEXT, PICTURE))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return ``(len(texts), dims)``; what is longer than the model's context is cut off."""
        return self._join([_run(self._text, self._tokenizer([text]).numpy()) for text in texts])

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Return ``(len(pictures), dims)``; pictures are resized and cropped the way the model was trained."""
        pixels = (self._transform(picture.image)[None].numpy() for picture in pictures)
        return self._join([_run(self._picture, one) for one in pixels])

    def _join(self, rows: list[Vectors]) -> Vectors:
        if not rows:
            return np.zeros((0, self.dims), dtype=np.float32)
        vectors = np.concatenate(rows)
        if not np.isfinite(vectors).all():
            raise FloatingPointError("The model returned vectors that are not numbers; its weights may be damaged.")
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        return unit


def load_int8(where: OpenClipSpec, *, spec: str, folder: Path | None, threads: int | None) -> Int8Encoder:
    """The model that `where` names, its towers kept in `folder`, or raise EncoderError saying what is wrong with it.

    The first time it is built by torch and exported, which takes a minute and three times its size in memory. Without a
    folder that happens each time.
    """
    checkpoint = find_checkpoint(where)
    revision = revision_of(checkpoint, towers.makers())
    try:
        if folder is not None:
            with towers.alone(folder):
                found = towers.find(folder / revision) or _export(folder / revision, checkpoint)
            return Int8Encoder(checkpoint, found, spec=spec, revision=revision, threads=threads)
        with tempfile.TemporaryDirectory(prefix="mse-encoder-") as scratch:
            found = _export(Path(scratch) / revision, checkpoint)
            return Int8Encoder(checkpoint, found, spec=spec, revision=revision, threads=threads)
    except EncoderError:
        raise
    except Exception as error:
        # As in load_openclip: only the model's owner can mend what open_clip or the export stumbles over.
        raise EncoderError(f"The model {spec} cannot be loaded: {error}") from error


def revision_of(checkpoint: Checkpoint, makers: Mapping[str, str]) -> str:
    """Names the vectors: other weights, another treatment of them or other `makers` give others."""
    config = import_open_clip().get_model_config(checkpoint.architecture)
    parts = (config, read_config(checkpoint), checkpoint.preprocess, checkpoint.needs_quick_gelu, towers.FORMAT, "int8")
    return fingerprint(checkpoint, *parts, dict(makers))


def _export(folder: Path, checkpoint: Checkpoint) -> Towers:
    open_clip = import_open_clip()
    model = build_model(open_clip, checkpoint).eval()
    tokens = open_clip.get_tokenizer(checkpoint.tokenizer)(["a picture"])
    size = model.visual.preprocess_cfg["size"]
    height, width = size if isinstance(size, Sequence) else (size, size)
    return towers.export(folder, model, tokens, torch.zeros(1, 3, height, width))


def _session(path: Path, threads: int | None) -> Any:
    options = onnxruntime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _run(session: Any, inputs: Any) -> Vectors:
    rows: Vectors = session.run(None, {"inputs": inputs})[0]
    return rows
