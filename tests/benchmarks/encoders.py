"""An OpenCLIP model by torch in 32 and 16 bits and by onnxruntime in int8: speed on one core, and whether rankings agree."""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from mse_site.demo.glyphs import load_glyphs
from mse_site.demo.layouts import draw
from mse_site.demo.model import MODEL_FOLDER
from search.encoders import Encoder, Picture, load
from tests.benchmarks.demo_pictures import draw_library_like
from tests.benchmarks.report import Figure, Report, figure, main

QUERIES = 200
QUICK_PICTURES = 150
TOP = 10
# Enough for a stable rate of the demo's small model, and few enough for one a hundred times as large.
SPEED_TEXTS, SPEED_PICTURES = 64, 32
LARGE_TEXTS, LARGE_PICTURES = 8, 4
# Of what a model in 16 bits would keep, as good as all.
LEAST_OVERLAP, LEAST_CORRELATION = 0.95, 0.99
LARGE = "ViT-B-16-SigLIP"

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Runtime:
    name: str
    encode_texts: Callable[[Sequence[str]], Vectors]
    encode_pictures: Callable[[Sequence[Picture]], Vectors]


def runtimes(spec: str, folder: Path) -> list[Runtime]:
    """The same weights three times; the first is what the others are compared with."""
    whole = load(spec, device="cpu", threads=1)
    small = load(spec.replace("openclip:", "openclip-int8:", 1), threads=1, folder=folder)
    return [_of("float32", whole), _half(whole), _of("int8", small)]


def _of(name: str, encoder: Encoder) -> Runtime:
    return Runtime(name, encoder.encode_texts, encoder.encode_pictures)


def _half(encoder: Encoder) -> Runtime:
    def halved(encode: Callable[[Any], Vectors]) -> Callable[[Any], Vectors]:
        def run(inputs: Any) -> Vectors:
            with torch.autocast("cpu", torch.bfloat16):
                return encode(inputs)

        return run

    return Runtime("bfloat16", halved(encoder.encode_texts), halved(encoder.encode_pictures))


def measure_speed(
    label: str, ways: Sequence[Runtime], texts: Sequence[str], pictures: Sequence[Picture]
) -> list[Figure]:
    """Inputs per second of processor time, one at a time as people ask, in turns so that neighbours slow all alike."""
    figures = []
    for kind, inputs in (("texts", texts), ("pictures", pictures)):
        encodes: list[Callable[[Any], Vectors]] = [getattr(way, f"encode_{kind}") for way in ways]
        spent = np.zeros((len(inputs), len(ways)))
        for row, one in enumerate(inputs):
            for column, encode in enumerate(encodes):
                started = time.process_time()
                encode([one])
                spent[row, column] = time.process_time() - started
        rates = 1 / np.median(spent, axis=0)
        figures += [
            figure(f"{label}: {kind}, {way.name}", float(rate), "/s", reference=float(rates[0]))
            for way, rate in zip(ways, rates, strict=True)
        ]
    return figures


def measure_agreement(
    label: str, ways: Sequence[Runtime], texts: Sequence[str], pictures: Sequence[Picture]
) -> list[Figure]:
    first, *others = (way.encode_texts(texts) @ way.encode_pictures(pictures).T for way in ways)
    figures = []
    for way, scores in zip(ways[1:], others, strict=True):
        name = f"{label}: {way.name} ranks like float32"
        overlap, same_first, correlation = compare(first, scores)
        figures += [
            figure(f"{name}, of the top {TOP}", overlap, "", bound=f">= {LEAST_OVERLAP}"),
            figure(f"{name}, first of all", same_first, ""),
            figure(f"{name}, Spearman", correlation, "", bound=f">= {LEAST_CORRELATION}"),
        ]
    return figures


def compare(one: Vectors, other: Vectors) -> tuple[float, float, float]:
    """(queries, pictures) each -> share of the TOP in both, share of queries with the same first, mean rank correlation."""
    orders = [np.argsort(-scores, axis=1, kind="stable") for scores in (one, other)]
    overlap = np.mean([len(set(a[:TOP]) & set(b[:TOP])) / TOP for a, b in zip(*orders, strict=True)])
    ranks = [np.argsort(order, axis=1).astype(np.float64) for order in orders]
    centred = [rank - rank.mean() for rank in ranks]  # every row is a permutation: one mean, one variance
    correlation = (centred[0] * centred[1]).sum(axis=1) / (centred[0] ** 2).sum(axis=1)
    return float(overlap), float((orders[0][:, 0] == orders[1][:, 0]).mean()), float(correlation.mean())


def write_large(folder: Path) -> str:
    """A model of a size that people use, with weights of chance: it can be timed, and that is all. Returns its spec."""
    import json

    from search.encoders.torchvision_shim import import_open_clip

    open_clip = import_open_clip()
    config = open_clip.get_model_config(LARGE)
    # Of the tokenizer only the ids matter here, and this one needs no download; so does the smaller table of tokens.
    config["text_cfg"] = {**config["text_cfg"], "vocab_size": 49408}
    for key in ("hf_tokenizer_name", "tokenizer_kwargs"):
        config["text_cfg"].pop(key, None)
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(
        {name: value.contiguous() for name, value in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )
    return f"openclip:local-dir:{folder}"


def write_queries() -> list[str]:
    names = [glyph.name for glyph in load_glyphs()]
    half = QUERIES // 2
    return names[:half] + [f"{a} and {b}" for a, b in zip(names[half:], reversed(names), strict=False)][:half]


def measure(quick: bool) -> Report:
    drawn = draw_library_like()[: QUICK_PICTURES if quick else None]
    pictures, texts = [Picture(draw(one.composition)) for one in drawn], write_queries()
    with tempfile.TemporaryDirectory(prefix="mse-encoders-") as name:
        folder = Path(name)
        ways = runtimes(f"openclip:local-dir:{MODEL_FOLDER}", folder / "made")
        figures = measure_agreement("demo's model", ways, texts, pictures)
        figures += measure_speed("demo's model", ways, texts[:SPEED_TEXTS], pictures[:SPEED_PICTURES])
        if not quick:
            ways = runtimes(write_large(folder / "large"), folder / "made")
            figures += measure_speed(f"{LARGE}, of chance", ways, texts[:LARGE_TEXTS], pictures[:LARGE_PICTURES])
    left_out = f"{len(draw_library_like()) - len(drawn)} of the pictures; {LARGE}" if quick else ""
    return Report("Encoders on one core", figures, {"pictures": len(pictures), "queries": len(texts)}, left_out)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(measure, __doc__)
