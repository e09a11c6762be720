"""Sessions: read as Django writes them."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from mse_site.sessions import SessionStore

pytestmark = pytest.mark.django_db


def kept() -> str:
    store = db.SessionStore()
    store["seen"] = [1, 2]
    store.save()
    assert store.session_key is not None
    return store.session_key


def test_what_django_keeps_is_read_and_the_other_way_round() -> None:
    key = kept()
    store = SessionStore(key)
    assert store["seen"] == [1, 2]
    store["seen"] = [3]
    store.save()
    assert db.SessionStore(key)["seen"] == [3]


def test_an_expired_session_is_empty_and_its_key_is_not_used_again() -> None:
    key = kept()
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    store = SessionStore(key)
    assert store.get("seen") is None
    store.save()
    assert store.session_key != key


@pytest.mark.parametrize("key", ["x" * 32, "'; --" * 5, "\u2603" * 20, None])
def test_a_made_up_key_opens_nothing(key: str | None) -> None:
    assert SessionStore(key).get("seen") is None


def test_signing_out_ends_it_at_once(alice_client: Client) -> None:
    cookies = alice_client.cookies.copy()
    alice_client.logout()
    alice_client.cookies = cookies
    assert alice_client.get("/").status_code == 302
