"""One polite queue for each host, whichever of the site's processes asks it: who is at it, and until when nobody may be."""

import time

from django.core.cache import cache

AT_IT = 0.0  # instead of a time, while somebody asks
LOOK_AGAIN_S = 0.1


class SharedPacing:
    """An `ingestion.fetch.Pacing` in the cache, by the clocks of the machines it is shared by.

    While Redis is away every process keeps to its own queue. A process that is killed while it asks keeps the others away
    until its claim runs out.
    """

    def claim(self, host: str, at_most_s: float) -> float:
        if cache.add(_key(host), AT_IT, timeout=at_most_s):
            return 0.0
        return max(LOOK_AGAIN_S, (cache.get(_key(host)) or AT_IT) - time.time())

    def leave(self, host: str, alone_s: float) -> None:
        if alone_s > 0:
            cache.set(_key(host), time.time() + alone_s, timeout=alone_s)
        else:
            cache.delete(_key(host))


def _key(host: str) -> str:
    return f"turn:{host}"
