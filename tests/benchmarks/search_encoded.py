"""The recall of codes in a space that an encoder made: drawings and texts through the demo's model."""

import random
from pathlib import Path

import numpy as np
from PIL import Image

from mse_site.demo.compositions import SCENE_SIDE_PX, Stream
from mse_site.demo.glyphs import load_glyphs, load_sheet
from mse_site.demo.model import MODEL_FOLDER
from mse_site.demo.styles import SPRITE_PX
from search.encoders import Encoder, Picture, load
from search.sidecar.coded import CodedIndex
from search.sidecar.rows import RowFile
from search.sidecar.terms import Vector
from tests.benchmarks.report import Figure, figure
from tests.benchmarks.search_library import K
from tests.benchmarks.search_seeds import found, learn

DRAWINGS = 20_000
QUERIES = 100
BATCH = 64
SEED = 20_000_001  # training counts its steps, and never so far


def measure_encoded(folder: Path) -> list[Figure]:
    encoder = load(f"openclip:local-dir:{MODEL_FOLDER}", device="cpu", threads=1)
    vectors = encode_drawings(encoder, DRAWINGS + QUERIES)
    index = CodedIndex(RowFile.begin(folder / "drawings.f16", encoder.dims))
    index.extend(np.arange(1, DRAWINGS + 1) * 256, vectors[:DRAWINGS])
    learn(index)
    codes = index.codes
    assert codes is not None
    label = f"{DRAWINGS:,} drawings, demo's model"
    return [
        figure(f"{label}: recall@{K}, new drawings", found(index, vectors[DRAWINGS:]), "", bound=">= 0.98"),
        figure(f"{label}: recall@{K}, texts", found(index, encoder.encode_texts(texts())), "", bound=">= 0.97"),
        figure(f"{label}: candidates for each result", codes.effort.factor, ""),
        figure(f"{label}: results missed for lists that are not scanned, at most", codes.effort.missed, ""),
    ]


def encode_drawings(encoder: Encoder, count: int) -> Vector:
    sheet = load_sheet()
    shrunk = np.ascontiguousarray(sheet[:, :: sheet.shape[1] // SPRITE_PX, :: sheet.shape[2] // SPRITE_PX])
    batches = Stream(shrunk[None], [1.0], seed=SEED, side=SCENE_SIDE_PX, templates=4000).batches(BATCH)
    parts: list[Vector] = []
    while len(parts) * BATCH < count:
        pixels = next(batches).pixels
        parts.append(encoder.encode_pictures([Picture(Image.fromarray(picture)) for picture in pixels]))
    vectors: Vector = np.concatenate(parts)[:count]
    return vectors


def texts() -> list[str]:
    names, rng = [glyph.name for glyph in load_glyphs()], random.Random(SEED)
    pairs = [" and ".join(rng.sample(names, 2)) for _ in range(QUERIES // 2)]
    return rng.sample(names, QUERIES // 2) + pairs
