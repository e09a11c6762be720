"""Any OpenCLIP model as an encoder: texts and pictures by what they mean."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch

from search.encoders.base import EncoderError, Picture, Vectors
from search.encoders.causal import CausalTower
from search.encoders.specs import OpenClipSpec
from search.encoders.torchvision_shim import import_open_clip
from search.encoders.weights import Checkpoint, find_checkpoint, fingerprint

# Bounds memory, whatever the caller's batches: 64 pictures of 384 px are 110 MB as float32.
BATCH_SIZE = 64

T = TypeVar("T")


class OpenClipEncoder:
    """One loaded OpenCLIP model on one device; words found in a picture are not used, the model sees them itself."""

    reads_text: ClassVar[bool] = False

    def __init__(self, checkpoint: Checkpoint, *, spec: str, device: torch.device) -> None:
        open_clip = import_open_clip()
        self._device = device
        self._model = build_model(open_clip, checkpoint).to(device).eval()
        self._read = CausalTower.of(self._model) or self._model.encode_text
        self._tokenizer = open_clip.get_tokenizer(checkpoint.tokenizer)
        preprocess = self._model.visual.preprocess_cfg
        transform = open_clip.transform
        self._transform = transform.image_transform_v2(transform.PreprocessCfg(**preprocess), is_train=False)
        config = open_clip.get_model_config(checkpoint.architecture)
        self.spec = spec
        self.name = spec.removeprefix("openclip:")
        self.revision = fingerprint(checkpoint, config, preprocess, checkpoint.needs_quick_gelu)
        self.dims = self._encode_text_batch(["a picture"]).shape[1]

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Return ``(len(texts), dims)``; what is longer than the model's context is cut off."""
        return self._join([self._encode_text_batch(batch) for batch in _batches(texts)])

    def encode_pictures(self, pictures: Sequence[Picture]) -> Vectors:
        """Return ``(len(pictures), dims)``; pictures are resized and cropped the way the model was trained."""
        return self._join([self._encode_picture_batch(batch) for batch in _batches(pictures)])

    def _encode_text_batch(self, texts: Sequence[str]) -> Vectors:
        tokens = self._tokenizer(list(texts)).to(self._device)
        with torch.inference_mode(), _autocast(self._device):
            return _unit_rows(self._read(tokens))

    def _encode_picture_batch(self, pictures: Sequence[Picture]) -> Vectors:
        pixels = torch.stack([self._transform(picture.image) for picture in pictures]).to(self._device)
        with torch.inference_mode(), _autocast(self._device):
            return _unit_rows(self._model.encode_image(pixels))

    def _join(self, batches: list[Vectors]) -> Vectors:
        return np.concatenate(batches) if batches else np.zeros((0, self.dims), dtype=np.float32)


def load_openclip(where: OpenClipSpec, *, spec: str, device: str, threads: int | None) -> OpenClipEncoder:
    """Return the model ``where`` names on ``device``, or raise EncoderError saying what is wrong with it."""
    if threads is not None:
        torch.set_num_threads(threads)
    chosen = _choose_device(device)
    checkpoint = find_checkpoint(where)
    try:
        return OpenClipEncoder(checkpoint, spec=spec, device=chosen)
    except EncoderError:
        raise
    except Exception as error:
        # Whatever a foreign configuration or file makes open_clip stumble over, its owner can only mend the model.
        raise EncoderError(f"The model {spec} cannot be loaded: {error}") from error


def _choose_device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise EncoderError(f"There is no device called {device!r}. Use auto, cpu, cuda or cuda:N.") from error
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise EncoderError(f"This machine has no GPU {device!r} that this build of torch can use.")
    return chosen


def build_model(open_clip: ModuleType, checkpoint: Checkpoint) -> Any:
    """Return the model with its weights; open_clip builds an empty one, so that it never chooses a file itself."""
    root = logging.getLogger()
    root.addFilter(_is_worth_reading)
    try:
        model = open_clip.create_model(
            checkpoint.architecture,
            load_weights=False,
            pretrained_text=False,
            force_quick_gelu=checkpoint.needs_quick_gelu,
            force_preprocess_cfg=checkpoint.preprocess,
        )
    finally:
        root.removeFilter(_is_worth_reading)
    open_clip.load_checkpoint(model, str(checkpoint.weights))
    return model


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Let pass all but open_clip's warning, on the root logger, that the model it builds for us is still empty."""
    return "initialized randomly" not in record.getMessage()


def _autocast(device: torch.device) -> AbstractContextManager[object]:
    # bfloat16 has float32's range, which SigLIP's activations need more than digits; before Ampere there is only half.
    if device.type != "cuda":
        return nullcontext()
    has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast("cuda", torch.bfloat16 if has_bfloat16 else torch.float16)


def _unit_rows(features: torch.Tensor) -> Vectors:
    vectors: Vectors = torch.nn.functional.normalize(features.float(), dim=-1).cpu().numpy()
    if not np.isfinite(vectors).all():
        raise FloatingPointError("The model returned vectors that are not numbers; its weights may be damaged.")
    return vectors


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH_SIZE] for start in range(0, len(items), BATCH_SIZE))
