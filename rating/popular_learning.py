"""Training the popularity model, in a worker, from the scores that posts have at their sources."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from django.db.models import F
from django.db.models.functions import Coalesce

from rating import bases, samples
from rating.bayes import Basis
from rating.ensemble import split
from rating.ensemble.model import CONFIG, WEIGHTS, Ensemble
from rating.models import PopularityModel
from rating.popularity import learning
from rating.popularity.learning import LEARNED, STOPPING, TESTED, Learned, Posts
from rating.popularity.ranks import Array, Places, groups, ranks
from search import jobs, spaces
from search.models import EmbeddingSpace, Meme, Sighting
from search.sae.threads import one_thread

FEWEST = 200  # posts with a score; of fewer, the interval of what was learned says nothing
MOST = 50_000  # the newest ones
FOLDS = 10  # of the pictures: one says when to stop, two test
KEPT = 5  # versions in one space
STEPS = 200  # of the library's quantiles
BARS = 20  # of the histogram of upvotes
Ids = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Upvoted:
    """Posts with a score, (n,) each: the meme and its part, what it got, and which posts it competed with."""

    memes: Ids
    parts: Places
    scores: Array
    groups: Places

    @property
    def fingerprint(self) -> str:
        digest = hashlib.sha256()
        for part in (self.memes, self.scores, self.groups):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()


def train() -> PopularityModel | None:
    """Learn from what everybody may see. None with too few posts, nothing new since the last time, or no coordinates yet.

    Two at once cost the time of one and leave two equal versions.
    """
    space = spaces.active()
    basis = None if space is None else bases.of(space)
    if space is None or basis is None:
        return None
    posts = upvoted()
    before = PopularityModel.objects.filter(space=space, basis=basis.checksum, learned_from=posts.fingerprint)
    if len(posts.memes) < FEWEST or before.exists():
        return None
    ids, features = bases.features_of(np.unique(posts.memes), space, basis)
    has_vector = np.isin(posts.memes, ids)
    places = np.searchsorted(ids, posts.memes[has_vector])
    found = Posts(features[places], ranks(posts.scores, posts.groups)[has_vector], posts.parts[has_vector])
    if not (found.parts == LEARNED).any():
        return None
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with (
        one_thread(),
        jobs.running("popularity", about=f"{len(posts.memes)} posts", total=learning.SCHEDULE.most_epochs) as job,
    ):
        learned = learning.learn(found, basis=basis.checksum, device=device, heartbeat=job.reach)
        model = _keep(space, basis, posts, learned)
        job.result = f"version {model.pk}"
    return model


def upvoted() -> Upvoted:
    """The newest posts with a score whose picture everybody may see. A picture is in the same part wherever it is posted."""
    posted = Coalesce("posted_at", "seen_at")
    seen = Sighting.objects.filter(meme__state=Meme.State.ACTIVE, meme__private_to=None).exclude(score=None)
    rows = seen.order_by(posted.desc(), "-pk").values_list(
        "meme", "meme__sha256", "score", "source", "community", posted
    )
    found = list(rows[:MOST])
    where = [f"{source} {community}" for _, _, _, source, community, _ in found]
    months = [f"{at:%Y-%m}" for *_, at in found]
    return Upvoted(
        np.array([row[0] for row in found], np.int64),
        np.array([_part(row[1]) for row in found], np.intp),
        np.array([row[2] for row in found], np.float64),
        groups(np.array(where, str), np.array(months, str)),
    )


def _part(sha256: str) -> int:
    fold = split.fold(sha256, FOLDS)
    return STOPPING if fold == 0 else TESTED if fold <= 2 else LEARNED


def _keep(space: EmbeddingSpace, basis: Basis, posts: Upvoted, learned: Learned) -> PopularityModel:
    files = _files(learned.model)
    model = PopularityModel.objects.create(
        space=space, basis=basis.checksum, posts=len(posts.memes), learned_from=posts.fingerprint,
        weights=files[WEIGHTS], description=files[CONFIG], facts=_facts(posts, learned),
        metrics=asdict(learned.measures), quantiles=_quantiles(space, basis, learned.model),
    )  # fmt: skip
    newest = PopularityModel.objects.filter(space=space).order_by(F("trained_at").desc(), "-pk")
    PopularityModel.objects.filter(space=space).exclude(
        pk__in=list(newest.values_list("pk", flat=True)[:KEPT])
    ).delete()
    return model


def _files(model: Ensemble) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        model.save(folder := Path(name))
        return {file: (folder / file).read_bytes() for file in (WEIGHTS, CONFIG)}


def _facts(posts: Upvoted, learned: Learned) -> dict[str, Any]:
    """`upvotes`: posts for each step of log10(1 + score), scores below 0 counting as 0."""
    logarithms = np.log10(1 + np.maximum(posts.scores, 0))
    counts, edges = np.histogram(logarithms, BARS, (0, max(1.0, float(logarithms.max()))))
    return {
        "epochs": learned.epochs,
        "losses": [round(loss, 5) for loss in learned.losses],
        "groups": int(posts.groups.max()) + 1,
        "upvotes": {"edges": np.round(10**edges - 1, 1).tolist(), "counts": counts.tolist()},
    }


def _quantiles(space: EmbeddingSpace, basis: Basis, model: Ensemble) -> list[float]:
    """Of the regressor over the library, STEPS + 1; a library without vectors has those of nothing."""
    _, features = bases.features_of(np.asarray(samples.of_everybody(), np.int64), space, basis)
    if not len(features):
        return [0.0, 0.0]
    scores = model.scores(torch.from_numpy(features))[0][:, 0].double().cpu().numpy()
    return np.quantile(scores, np.linspace(0, 1, STEPS + 1)).tolist()  # type: ignore[no-any-return]  # numpy's stubs
