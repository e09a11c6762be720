"""Where the parts of one data folder meet: its sockets and their addresses, the same for every process that asks."""

import hashlib
import os
import re
import shutil
import stat
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from mse_site.embedded.errors import CannotRun

# sun_path with its final zero has 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_BYTES = 107 if sys.platform == "linux" else 103
# libpq splits hosts at commas, and URLs, Redis and Postgres quote the rest each in their own way.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]+")
POSTGRES_SOCKET = "pg/.s.PGSQL.5432"
LONGEST_NAME = POSTGRES_SOCKET
# Not $TMPDIR or $XDG_RUNTIME_DIR: a cron job, whose environment differs, must find the same sockets.
SHARED_DIR = Path("/tmp")
DATABASE = "mse"
ROLE = "mse"


class UnsafeDirectory(CannotRun):
    """Somebody else owns, or could change, the folder that the sockets should be in."""


def own_dir(data_dir: Path) -> Path:
    """Notes of the running site (locks, process records); inside the data folder whatever its path is."""
    return Path(os.path.realpath(data_dir)) / "run"


def run_dir(data_dir: Path) -> Path:
    """The folder of the sockets: `own_dir`, or a short one in /tmp when its path is too long or too odd for sockets.

    Raises UnsafeDirectory when somebody else has that one.
    """
    own = own_dir(data_dir)
    if _fits(own):
        return own
    digest = hashlib.sha256(os.fsencode(own.parent)).hexdigest()[:16]
    short = SHARED_DIR / f"mse-{os.getuid()}-{digest}"
    if os.path.lexists(short):
        _check_owner(short)
    return short


def make_run_dir(data_dir: Path) -> Path:
    """`run_dir`, made when missing and private to this user. Raises UnsafeDirectory."""
    own_dir(data_dir).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = run_dir(data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    _check_owner(folder)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def tidy_run_dir(data_dir: Path) -> None:
    """Take a short folder of sockets away again; the one in the data folder stays."""
    folder = run_dir(data_dir)
    if folder != own_dir(data_dir) and folder.exists():
        shutil.rmtree(folder)


def _check_owner(folder: Path) -> None:
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise UnsafeDirectory(f"{folder} belongs to somebody else: remove it, or move the data folder (MSE_DATA_DIR).")


def postgres_dir(data_dir: Path) -> Path:
    """The folder of Postgres's socket; apart from the others because Postgres may run as a user of its own."""
    return (run_dir(data_dir) / POSTGRES_SOCKET).parent


def postgres_url(data_dir: Path, database: str = DATABASE) -> str:
    return f"postgresql://{ROLE}@/{database}?host={postgres_dir(data_dir)}"


def redis_socket(data_dir: Path) -> Path:
    return run_dir(data_dir) / "redis.sock"


def redis_url(data_dir: Path) -> str:
    """For redis-py; `celery_url` turns it into what Celery reads."""
    return f"unix://{redis_socket(data_dir)}"


def sidecar_socket(data_dir: Path) -> Path:
    return run_dir(data_dir) / "sidecar.sock"


def celery_url(url: str) -> str:
    """A redis-py address as Celery spells it; addresses that are no Unix sockets stay as they are."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    query = [("virtual_host" if key == "db" else key, value) for key, value in parse_qsl(parts.query)]
    return f"redis+socket://{parts.netloc}{parts.path}" + (f"?{urlencode(query)}" if query else "")


def _fits(folder: Path) -> bool:
    longest = folder / LONGEST_NAME
    return len(os.fsencode(longest)) <= LONGEST_SOCKET_BYTES and PLAIN_PATH.fullmatch(str(folder)) is not None
