"""The Redis cache of a site that goes on without Redis."""

import logging
import time
from typing import Any

import redis
from django_redis.cache import RedisCache

log = logging.getLogger(__name__)

AWAY_S = 5.0  # a Redis that did not answer is left alone for so long, or every use of it would wait for a timeout


class RestingRedis(redis.Redis):
    """A client that does not ask again for a while after Redis did not answer."""

    _away_until = 0.0  # time.monotonic()

    def execute_command(self, *args: Any, **options: Any) -> Any:
        if time.monotonic() < self._away_until:
            raise redis.ConnectionError("Redis did not answer a moment ago.")
        try:
            return super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis leaves it untyped
        except (redis.ConnectionError, redis.TimeoutError) as error:
            self._away_until = time.monotonic() + AWAY_S
            log.warning("Redis is away, going on without cache and throttling: %s", error)
            raise


class FailOpenCache(RedisCache):  # type: ignore[misc]  # django_redis has no types
    """While Redis is away, nothing is cached and whoever adds a key is the first.

    Throttles count under a lock made with `add`; refusing it would keep everybody out. So `add` is no lock for anything
    that must not happen twice: Postgres has those.
    """

    def add(self, *args: Any, **kwargs: Any) -> bool:
        added = super().add(*args, **kwargs)
        return True if added is None else bool(added)
