"""The site's secret key, made once and kept in the data folder."""

import os
import secrets
from pathlib import Path

from mse_site.env import BadSetting


def load_or_create(path: Path) -> str:
    """The key kept at `path`, made when missing; processes that start together agree on one, and only the owner may read it.

    Raises BadSetting when its folder cannot be used or what is kept there is no key.
    """
    try:
        return _existing(path) if path.exists() else _made(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a secret key"
        raise BadSetting(
            f"MSE_DATA_DIR is {str(path.parent)!r}, which cannot be used: {path.name}: {reason}."
        ) from error


def _made(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first: then its key is the key
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _existing(path)


def _existing(path: Path) -> str:
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise BadSetting(
            f"{path} is too short to be a secret key: delete it and a new one is made (people sign in again)."
        )
    return key
