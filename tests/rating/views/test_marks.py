"""What tastes say of a meme, on its page."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rating.models import Axis, Taste
from search.models import Meme
from tests.rating.tasting import scores, small_library, tell

pytestmark = pytest.mark.django_db


def page(client: Client, meme: int) -> str:
    answer = client.get(f"/m/{meme}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_of_a_meme_says_how_much_of_the_library_it_is_better_than(
    alice: User, bob: User, alice_client: Client, axes: list[Axis]
) -> None:
    space = small_library()
    best = Meme.objects.latest("pk").pk
    assert 'id="marks"' not in page(alice_client, best)
    liked = scores(space)
    best = max(liked, key=lambda meme: liked[meme])
    hers = tell(alice, axes[0], liked, 40)
    hers.refresh_from_db()
    said = page(alice_client, best)
    assert "To your taste better than" in said
    assert '<a href="/tastes/useful/">useful</a>' in said
    assert "everybody" not in said.split('id="marks"')[1].split("</section>")[0]
    client = Client()
    client.force_login(bob)
    assert 'id="marks"' not in page(client, best)
    Taste.objects.create(axis=axes[0], owner=None, space=space, direction=hers.direction)
    assert "To everybody's taste better than" in page(client, best)


def test_strangers_of_a_public_library_are_told_nothing(axes: list[Axis], memes: list[Meme], settings: object) -> None:
    settings.PUBLIC_LIBRARY = True  # type: ignore[attr-defined]  # pytest-django's fixture
    assert 'id="marks"' not in page(Client(), memes[0].pk)
