"""An empty site of its own for a benchmark: its servers, its tables, and processes of a benchmark that use them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Site:
    folder: Path
    environment: dict[str, str]

    def start(self, module: str, *words: object, **variables: str) -> "subprocess.Popen[bytes]":
        """`python -m tests.benchmarks.MODULE` with these words, in this site."""
        return subprocess.Popen(
            [sys.executable, "-m", f"tests.benchmarks.{module}", *map(str, words)],
            cwd=ROOT, env={**self.environment, **variables}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def result(self, module: str, *words: object) -> bytes:
        """What it printed, when it has ended well."""
        process = self.start(module, *words)
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{module} ended with {process.returncode}")
        return said


@contextmanager
def empty_site() -> Iterator[Site]:
    from mse_site.embedded import start_servers

    folder = Path(tempfile.mkdtemp(prefix="mse-ingest-"))
    folder.chmod(0o711)  # the Postgres server may run as a user of its own and must get through
    servers = start_servers(folder / "data")
    environment = {
        **os.environ, "DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "MSE_ENCODER": "lite",
        "MSE_DATA_DIR": str(folder / "data"), "MSE_OCR": "false", "MSE_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "mse_site.settings",
    }  # fmt: skip
    try:
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        yield Site(folder, environment)
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
