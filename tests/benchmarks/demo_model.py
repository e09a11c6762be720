"""How well the demo's model reads drawings that it was never trained on: `python -m tests.benchmarks.demo_model`."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mse_site.demo.colours import COLOURS
from mse_site.demo.glyphs import load_glyphs, sprite
from mse_site.demo.layouts import draw
from mse_site.demo.model import MODEL_FOLDER
from search.encoders import Encoder, Picture, load
from tests.benchmarks.demo_pictures import (
    LIBRARY_SIZE,
    OF_EACH,
    Drawn,
    draw_library_like,
    draw_pairs,
    draw_single_things,
)
from tests.benchmarks.openmoji import load_openmoji
from tests.benchmarks.report import COMPARISONS, Figure, Report, main

CHUNK = 64
NAMES = [glyph.name for glyph in load_glyphs()]


def bounded(name: str, value: float, unit: str, bound: str, reference: float | None = None) -> Figure:
    """A figure whose bound speaks of the value; the reference (lite, measured beside it) is there to compare with."""
    comparison, limit = bound.split()
    return Figure(name, float(value), unit, reference, None, bound, bool(COMPARISONS[comparison](value, float(limit))))


def see(
    encoders: Sequence[Encoder], pictures: Sequence[Drawn], sprites: Callable[[int], Image.Image] = sprite
) -> list[NDArray[np.float32]]:
    """Each encoder's vectors of the pictures, drawn a few at a time: all at once would fill a gigabyte."""
    parts: list[list[NDArray[np.float32]]] = [[] for _ in encoders]
    for start in range(0, len(pictures), CHUNK):
        images = [Picture(draw(one.composition, find_sprite=sprites)) for one in pictures[start : start + CHUNK]]
        for part, encoder in zip(parts, encoders, strict=True):
            part.append(encoder.encode_pictures(images))
    return [np.concatenate(part) for part in parts]


def find_ranks(scores: NDArray[np.float32], right: Sequence[int]) -> NDArray[np.int64]:
    """(pictures,): how many texts score as high as the right one, equals counted against it; scores: (pictures, texts)."""
    of_right = scores[np.arange(len(scores)), list(right)]
    ranks: NDArray[np.int64] = (scores >= of_right[:, None]).sum(axis=1) - 1
    return ranks


def name_things(encoder: Encoder, vectors: NDArray[np.float32], pictures: Sequence[Drawn]) -> tuple[float, float]:
    """Share of pictures whose one thing is the first, and among the first five, of all names."""
    ranks = find_ranks(vectors @ encoder.encode_texts(NAMES).T, [NAMES.index(one.truth.names[0]) for one in pictures])
    return float((ranks < 1).mean()), float((ranks < 5).mean())


def name_all(
    encoders: Sequence[Encoder], seen: Sequence[NDArray[np.float32]], pictures: Sequence[Drawn]
) -> list[tuple[float, float]]:
    return [name_things(encoder, vectors, pictures) for encoder, vectors in zip(encoders, seen, strict=True)]


def measure_names(encoders: Sequence[Encoder], count: int) -> list[Figure]:
    pictures = draw_single_things(count)
    (top1, top5), (low1, low5) = name_all(encoders, see(encoders, pictures), pictures)
    return [
        bounded("which of 500 names, known style: top 1", top1, "of pictures", ">= 0.85", low1),
        bounded("which of 500 names, known style: top 5", top5, "of pictures", ">= 0.97", low5),
    ]


def measure_new_style(encoders: Sequence[Encoder], count: int) -> list[Figure]:
    cells = load_openmoji()
    pictures = [one for one in draw_single_things(count) if all(p.cell in cells for p in one.composition.placements)]
    (top1, top5), (low1, low5) = name_all(encoders, see(encoders, pictures, cells.__getitem__), pictures)
    return [
        Figure("the same, OpenMoji (never trained on): top 1", top1, "of pictures", low1),
        bounded("the same, OpenMoji (never trained on): top 5", top5, "of pictures", ">= 0.3", low5),
    ]


def find_both(encoder: Encoder, vectors: NDArray[np.float32], pictures: Sequence[Drawn]) -> float:
    """Share of the pictures with two things that are in the top 10 for "a and b"; their twins do not push them out."""
    queries = [(row, one.truth.names) for row, one in enumerate(pictures) if len(one.truth.names) == 2]
    texts = encoder.encode_texts([f"{a} and {b}" for _, (a, b) in queries])
    found = 0
    for (row, names), scores in zip(queries, texts @ vectors.T, strict=True):
        twins = [other for other, one in enumerate(pictures) if set(names) <= set(one.truth.names) and other != row]
        better = scores >= scores[row]
        better[[row, *twins]] = False
        found += better.sum() < 10
    return found / len(queries)


def find_colours(encoder: Encoder, vectors: NDArray[np.float32], pictures: Sequence[Drawn]) -> float:
    """Precision at 20, averaged over the colours."""
    scores = encoder.encode_texts(list(COLOURS)) @ vectors.T
    first = np.argsort(-scores, axis=1)[:, :20]
    hits = [
        [colour in pictures[row].truth.colours for row in rows] for colour, rows in zip(COLOURS, first, strict=True)
    ]
    return float(np.mean(hits))


def measure_library(encoders: Sequence[Encoder]) -> list[Figure]:
    pictures = draw_library_like()
    seen = see(encoders, pictures)
    both, low_both = (find_both(encoder, vectors, pictures) for encoder, vectors in zip(encoders, seen, strict=True))
    colours, low_colours = (
        find_colours(encoder, vectors, pictures) for encoder, vectors in zip(encoders, seen, strict=True)
    )
    return [
        bounded(f'"a and b": both in the top 10 of {LIBRARY_SIZE}', both, "of queries", ">= 0.97", low_both),
        bounded("colour of the scene: precision at 20", colours, "of results", ">= 0.9", low_colours),
    ]


@dataclass
class LeftOut:
    """Counts over the queries "a -b" of one encoder."""

    queries: int = 0
    passed: int = 0  # no b in the top 20, and every picture with a alone that was there for "a"
    without_b: int = 0
    alone: int = 0  # pictures with a alone in the top 20 for "a"
    stayed: int = 0


def count_left_out(
    counts: LeftOut,
    encoder: Encoder,
    vectors: NDArray[np.float32],
    pictures: Sequence[Drawn],
    pairs: Sequence[tuple[str, str]],
) -> None:
    """At least half of those with a alone have to be there for "a", or nothing would be asked of who finds none."""
    terms = dict(zip(NAMES, encoder.encode_texts(NAMES), strict=True))
    for a, b in pairs:
        before, after = (set(np.argsort(-(vectors @ query))[:20]) for query in (terms[a], terms[a] - terms[b]))
        alone = {row for row in before if a in pictures[row].truth.names and b not in pictures[row].truth.names}
        has_b = any(b in pictures[row].truth.names for row in after)
        counts.queries += 1
        counts.without_b += not has_b
        counts.alone += len(alone)
        counts.stayed += len(alone & after)
        counts.passed += len(alone) >= OF_EACH / 2 and alone <= after and not has_b


def measure_left_out(encoders: Sequence[Encoder], rounds: int) -> list[Figure]:
    model, low = counted = [LeftOut() for _ in encoders]
    for number in range(rounds):
        pictures, pairs = draw_pairs(number)
        for counts, encoder, vectors in zip(counted, encoders, see(encoders, pictures), strict=True):
            count_left_out(counts, encoder, vectors, pictures, pairs)
    passed, low_passed = (counts.passed / counts.queries for counts in (model, low))
    return [
        bounded('"a -b": b leaves the top 20, each a alone stays', passed, "of queries", ">= 0.9", low_passed),
        Figure("b leaves, whatever becomes of a", model.without_b / model.queries, "of queries", None),
        Figure("a alone stays, each picture for itself", model.stayed / max(model.alone, 1), "of pictures", None),
    ]


def measure_speed(encoder: Encoder) -> list[Figure]:
    """Processor time of one thread, so that whatever else the machine does is not counted."""
    pictures = [Picture(draw(one.composition)) for one in islice(draw_library_like(), 4 * CHUNK)]
    texts = [f"{a} and {b}" for a, b in zip(NAMES, reversed(NAMES), strict=True)]
    encoder.encode_pictures(pictures[:CHUNK])
    started = time.process_time()
    encoder.encode_pictures(pictures)
    between = time.process_time()
    encoder.encode_texts(texts)
    ended = time.process_time()
    return [
        bounded("encode pictures on one core", len(pictures) / (between - started), "pictures/s", ">= 100"),
        bounded("encode texts on one core", len(texts) / (ended - between), "texts/s", ">= 200"),
    ]


def measure(quick: bool) -> Report:
    model = load(f"openclip:local-dir:{MODEL_FOLDER}", device="cpu", threads=1)
    encoders = (model, load("lite"))
    count, rounds = (300, 1) if quick else (1000, 3)
    figures = measure_names(encoders, count)
    if not quick:
        figures += measure_new_style(encoders, count)
    figures += measure_library(encoders) + measure_left_out(encoders, rounds) + measure_speed(model)
    sizes: dict[str, int | float | str] = {
        "names": len(NAMES),
        "single pictures": count,
        "library": LIBRARY_SIZE,
        "reference": "lite, words not read",
    }
    left_out = "OpenMoji (fetched from npm), 700 of 1,000 single pictures, 66 of 99 pairs" if quick else ""
    return Report("The demo's model on drawings it never saw", figures, sizes, left_out)


if __name__ == "__main__":
    main(measure, __doc__)
