"""The memes that somebody is asked about: the whole visible library, or what a search finds."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Max, Min, Q

from search import query, retrieval
from search.filters import among
from search.models import Meme, MemeQuerySet

MOST_LISTED = 50_000  # ids that are simply read and drawn from
TRIED = 4  # ids for each that is wanted: some are gone, private or unread
SEARCH_KEPT_S = 300  # a search is asked again for each batch; new memes may wait this long


@dataclass(frozen=True)
class Pool:
    """What `rater` is asked about; `q` is a search as it is typed into the box, empty for everything they may see."""

    rater: User
    q: str = ""

    @property
    def is_everything(self) -> bool:
        return not self.q

    def memes(self) -> MemeQuerySet:
        """Those that can be shown: listed for the rater, with a thumbnail."""
        return Meme.objects.listed_for(self.rater).exclude(derived_at=None)

    def sample(self, rng: random.Random, size: int) -> list[int]:
        """Up to `size` ids, each equally likely, in no order. Raises what a search raises for a bad query."""
        if not self.is_everything:
            ids = self.found()
            return rng.sample(ids, min(size, len(ids)))
        ends = self.memes().aggregate(low=Min("pk"), high=Max("pk"))
        if ends["low"] is None:
            return []
        if ends["high"] - ends["low"] >= MOST_LISTED:
            tried = rng.sample(range(ends["low"], ends["high"] + 1), TRIED * size)
            ids = self._ids(among(tried))
            if len(ids) >= size:
                return rng.sample(ids, size)
        ids = self._ids()
        return rng.sample(ids, min(size, len(ids)))

    def found(self) -> list[int]:
        """The ids that the search finds, best first, up to the depth of a search; remembered for a few minutes."""
        name = f"pool:{self.rater.pk}:{hashlib.sha256(self.q.encode()).hexdigest()}"
        ids: list[int] | None = cache.get(name)
        if ids is None:
            results = retrieval.search(self.rater, query.parse(self.q), limit=retrieval.MAX_DEPTH)
            ids = [hit.meme.pk for hit in results.hits if hit.meme.derived_at]
            cache.set(name, ids, SEARCH_KEPT_S)
        return ids

    def holds(self, *fields: str) -> Q:
        """That the memes which these fields name can be shown, and belong to the pool."""
        shown = self.memes() if self.is_everything else self.memes().filter(among(self.found()))
        return Q(*(Q(**{f"{field}__in": shown.values("pk")}) for field in fields))

    def _ids(self, chosen: Q | None = None) -> list[int]:
        memes = self.memes() if chosen is None else self.memes().filter(chosen)
        return list(memes.order_by().values_list("pk", flat=True))
