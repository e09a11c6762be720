"""People, pictures and a private media folder for every test."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.test import Client

from mse_site.access import CURATORS, RATERS
from search import retrieval

pytest_plugins = [f"tests.fixtures.{name}" for name in ("emptying", "sidecar", "site", "workers")]


@pytest.fixture(autouse=True)
def media_dir(tmp_path: Path, settings: Any) -> Path:
    """No test sees what another one stored."""
    folder = tmp_path / "media"
    settings.MEDIA_DIR = folder
    settings.STORAGES = {**settings.STORAGES, "memes": {
        "BACKEND": "search.store.AtomicFileSystemStorage", "OPTIONS": {"location": str(folder)},
    }}  # fmt: skip
    return folder


@pytest.fixture(autouse=True)
def no_sidecar(tmp_path: Path, settings: Any) -> None:
    """Unless a test asks for the real one, the sidecar is away."""
    settings.SIDECAR_SOCKET = tmp_path / "no-sidecar.sock"
    retrieval.sidecar.cache_clear()


@pytest.fixture(autouse=True)
def no_web(settings: Any) -> None:
    """No test asks anybody outside of this machine for a picture."""
    settings.SEARCH_PICTURE_FETCHER = ""


@cache
def _hashed_password() -> str:
    """Hashed once: argon2 takes a third of a second, and every test has its people."""
    return make_password("a long enough password")


def _person(name: str, *groups: str, **extra: Any) -> User:
    user = User.objects.create(username=name, email=f"{name}@example.org", password=_hashed_password(), **extra)
    user.groups.set(Group.objects.get_or_create(name=group)[0] for group in groups)
    return user


@pytest.fixture
def alice(db: None) -> User:
    return _person("alice", RATERS)


@pytest.fixture
def bob(db: None) -> User:
    return _person("bob", RATERS)


@pytest.fixture
def charlie(db: None) -> User:
    """A curator."""
    return _person("charlie", RATERS, CURATORS)


@pytest.fixture
def admin(db: None) -> User:
    return _person("admin", is_staff=True, is_superuser=True)


@pytest.fixture
def alice_client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client
