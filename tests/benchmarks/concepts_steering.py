"""Steering a search by a concept: whether it brings up more of it, and what it costs on a whole site."""

from __future__ import annotations

import json
import random

import numpy as np
import numpy.typing as npt
import torch

from search.sae import Training, measure_model
from search.sae.portraits import awake
from tests.benchmarks.full_library import phrase, vocabulary
from tests.benchmarks.full_site import NAME, full_site
from tests.benchmarks.report import Figure, figure
from tests.benchmarks.saesim import Planted

SAMPLED, TOP, QUERIES = 200, 50, 20
MEMES, QUICK_MEMES, DIMS = 20_000, 2_000, 768
SEARCHES, QUICK_SEARCHES = 150, 40
# Run inside of the site, in turns, so that busy neighbours slow both alike; each search is one that nobody asked before.
COMPARE = """
import json, logging, statistics, time
from django.contrib.auth.models import User
from search.concepts import reading
from search.query import parse
from search.retrieval import search
from search.views.results import ON_TILES
logging.disable()
user = User.objects.get(username={name!r})
labels = list(reading.of(reading.active()).listed().order_by("-frequency").values_list("label", flat=True)[:50])
took = {{"plain": [], "steered": []}}
used = {{"plain": [], "steered": []}}
for number, said in enumerate({texts!r}):
    kind = ("plain", "steered")[number % 2]
    text = said if kind == "plain" else f"{{said}} {{reading.term(labels[number % len(labels)])}}"
    begun, begun_there = time.perf_counter(), time.process_time()
    search(user, parse(text), detail=ON_TILES)
    took[kind].append(time.perf_counter() - begun)
    used[kind].append(time.process_time() - begun_there)
print(json.dumps([[statistics.median(times[kind][10:]) * 1000 for kind in ("steered", "plain")] for times in (took, used)]))
"""


def raised(training: Training, planted: Planted) -> Figure:
    """On planted factors: the share of concepts whose mean activation in the best results rises when they join a query."""
    model = training.model.eval()
    library = torch.from_numpy(planted.vectors)
    rng = np.random.default_rng(0)
    alive = np.flatnonzero(measure_model(model, planted.held_out, training.scale)[1])
    chosen = rng.choice(alive, min(SAMPLED, len(alive)), replace=False)
    active = _activations(training, planted.vectors, chosen)
    queries = torch.from_numpy(planted.held_out[rng.choice(len(planted.held_out), QUERIES, replace=False)])
    directions = model.decoder.detach()
    plain = [_top(library, query) for query in queries]
    rises = 0
    for number, latent in enumerate(chosen.tolist()):
        before = active[plain[number % QUERIES], number].mean()
        after = active[_top(library, queries[number % QUERIES] + directions[latent]), number].mean()
        rises += int(after > before)
    return figure(
        f"concepts, of {len(chosen)}, that steering by them brings up", rises / len(chosen), "", bound=">= 0.95"
    )


def _top(library: torch.Tensor, query: torch.Tensor) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = (library @ query).topk(TOP).indices.numpy()
    return found


@torch.no_grad()
def _activations(
    training: Training, vectors: npt.NDArray[np.float32], chosen: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """(vectors, chosen): how active these latents are."""
    places = np.full(training.model.config.latents, -1)
    places[chosen] = np.arange(len(chosen))
    found = np.zeros((len(vectors), len(chosen)), np.float32)
    for start in range(0, len(vectors), 8192):
        active = awake(training.model, torch.from_numpy(training.scale.apply(vectors[start : start + 8192])))
        columns = places[active.latents.numpy()]
        kept = columns >= 0
        found[active.rows.numpy()[kept] + start, columns[kept]] = active.values.numpy()[kept]
    return found


def cost(quick: bool) -> list[Figure]:
    """On a site with concepts of its own library, each search asked for the first time."""
    chance, words = random.Random(4), vocabulary()
    texts = [phrase(chance, words, chance.randint(1, 4)) for _ in range(2 * (QUICK_SEARCHES if quick else SEARCHES))]
    with full_site(QUICK_MEMES if quick else MEMES, DIMS) as site:
        site.manage("train_concepts", "--steps", "150" if quick else "1000")
        found = site.manage("shell", "-c", COMPARE.format(name=NAME, texts=texts))
    (steered, plain), (used, used_plain) = json.loads(found.splitlines()[-1])
    return [
        figure("a search steered by a concept, to a plain one", steered, "ms", reference=plain, bound="<= 1.1"),
        figure("its processor time in the web process, to a plain one's", used, "ms", reference=used_plain),
    ]
