"""Dangerous settings are named by `manage.py check`."""

from typing import Any

import pytest
from django.core.checks import run_checks

from mse_site.checks import is_local


@pytest.fixture(autouse=True)
def as_installed(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def found() -> set[str]:
    return {str(message.id) for message in run_checks() if str(message.id).startswith("mse.")}


def test_a_site_as_installed_has_nothing_to_complain_about() -> None:
    assert run_checks() == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"DEBUG": True, "BIND": "0.0.0.0:8000", "HTTPS": True, "ALLAUTH_TRUSTED_PROXY_COUNT": 1}, "mse.E001"),
        ({"SECRET_KEY": "short"}, "mse.E002"),
        ({"ALLOWED_HOSTS": ["memes.example.org", "*"]}, "mse.W001"),
        ({"BIND": "192.168.1.7:8000"}, "mse.W002"),
        ({"HTTPS": True}, "mse.W003"),
    ],
)
def test_each_danger_is_named(settings: Any, changes: dict[str, object], complaint: str) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert found() == {complaint}


@pytest.mark.parametrize(
    "store", [{"BACKEND": "nothing.Here"}, {"BACKEND": "search.store.AtomicFileSystemStorage", "OPTIONS": {"x": 1}}]
)
def test_a_media_store_that_cannot_be_set_up_is_named(settings: Any, store: dict[str, object]) -> None:
    settings.STORAGES = {**settings.STORAGES, "memes": store}
    assert found() == {"mse.E003"}


@pytest.mark.parametrize(
    ("bind", "local"),
    [
        ("127.0.0.1:8000", True), ("127.9.9.9:1", True), ("[::1]:80", True), ("localhost:8000", True),
        ("0.0.0.0:8000", False), ("[::]:80", False), ("10.0.0.1:80", False), ("memes.example.org:80", False),
    ],
)  # fmt: skip
def test_only_this_machine_itself_is_local(bind: str, local: bool) -> None:
    assert is_local(bind) is local
