"""The private Postgres and Redis of a data folder: for the site, and alone for tests and tools."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mse_site.embedded import paths, postgres, redis
from mse_site.embedded.running import supervised
from mse_site.embedded.supervisor import Supervisor


@dataclass(frozen=True)
class Servers:
    """Running servers; they also end when the thread that started them does."""

    database_url: str
    redis_url: str
    _running: ExitStack

    def stop(self) -> None:
        """Stop both; nothing happens when they are stopped already."""
        self._running.close()


def start_servers(data_dir: Path, *, for_tests: bool = False) -> Servers:
    """Postgres with the site's database, and Redis, both ready. `for_tests`: fast instead of safe from power cuts."""
    with ExitStack() as stack:
        supervisor = stack.enter_context(supervised(data_dir, catches_signals=False))
        start(supervisor, data_dir, for_tests=for_tests)
        return Servers(paths.postgres_url(data_dir), paths.redis_url(data_dir), stack.pop_all())


def start(
    supervisor: Supervisor,
    data_dir: Path,
    *,
    with_postgres: bool = True,
    with_redis: bool = True,
    for_tests: bool = False,
) -> None:
    """Both at once, as far as they are wanted; returns when they are ready and the database is there."""
    services = []
    if with_redis:
        services.append(redis.prepare(data_dir))
    if with_postgres:
        services.append(postgres.prepare(data_dir, supervisor, for_tests=for_tests))
    if services:
        supervisor.start(services)
    if with_postgres:
        postgres.ensure_database(data_dir)
