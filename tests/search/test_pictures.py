"""How long pictures that people search with are kept."""

import io
import os
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image

from search import history, pictures, saved

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(tmp_path: Any, settings: Any) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "memes": {**settings.STORAGES["memes"], "OPTIONS": {"location": tmp_path}},
    }


def keep(color: str) -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(drawn, "PNG")
    drawn.seek(0)
    return pictures.keep(drawn)


def grow_old(token: str) -> None:
    then = (timezone.now() - timedelta(days=pictures.KEPT_DAYS + 1)).timestamp()
    os.utime(storages["memes"].path(f"queries/{token[:2]}/{token}.webp"), (then, then))


def is_kept(token: str) -> bool:
    try:
        return bool(pictures.data(token))
    except FileNotFoundError:
        return False


def test_an_old_picture_goes_unless_somebody_can_come_back_to_its_search(alice: User, bob: User) -> None:
    fresh, old, past, named, weighed = tokens = [keep(color) for color in ("red", "lime", "blue", "black", "white")]
    for token in (old, past, named, weighed):
        grow_old(token)
    history.remember(alice, f"picture:{past}")
    saved.keep(bob, f"cats picture:{named}^0.5 -picture:{weighed}")
    assert pictures.forget_old() == 1
    assert [is_kept(token) for token in tokens] == [True, False, True, True, True]
    assert is_kept(fresh)
    assert pictures.forget_old() == 0


def test_a_picture_handed_over_again_is_young_again() -> None:
    token = keep("red")
    grow_old(token)
    assert keep("red") == token
    assert pictures.forget_old() == 0
    assert is_kept(token)


def test_without_any_picture_there_is_nothing_to_forget() -> None:
    assert pictures.forget_old() == 0
