"""The page of one meme."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from search import claims, indexing
from search.models import Claim, Meme, Sighting, Source
from tests.search.asking import rows
from tests.search.taking_in import index, take_in

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def meme(alice: User) -> Meme:
    """Two alike and one that is not, read and findable."""
    found = take_in(alice, "red", title="monday")
    take_in(alice, "red", text="x", title="tuesday")
    take_in(alice, "blue", title="friday")
    index({"monday": "grumpy monday", "tuesday": "grumpy tuesday"})
    return found


def test_it_shows_the_picture_what_it_says_and_what_is_like_it(alice_client: Client, meme: Meme) -> None:
    answer = alice_client.get(meme.get_absolute_url())
    page = answer.content.decode()
    assert f'src="/media/{meme.pk}/{meme.sha256[:8]}/original" alt="monday: grumpy monday"' in page
    assert '<p class="said" id="said">grumpy monday</p>' in page
    assert '<polygon points="100,100 900,100 900,300 100,300">' in page
    assert [hit.meme.title for hit in answer.context["similar"].hits] == ["tuesday", "friday"]


def test_it_says_where_the_meme_was_seen(alice_client: Client, meme: Meme) -> None:
    folder = Source.objects.create(kind=Source.Kind.FOLDER, name="Old disk", root="/x")
    Sighting.objects.create(meme=meme, source=folder, locator="caf%C3%A9 100%25/a.png")
    feed = Source.objects.create(kind=Source.Kind.FOLDER, name="Feed", root="/y")
    Sighting.objects.create(
        meme=meme,
        source=feed,
        locator="t3",
        url="https://example.org/t3",
        author="ann",
        community="r/memes",
        score=1234,
    )
    page = alice_client.get(meme.get_absolute_url()).content.decode()
    assert "café 100%/a.png" in page
    assert "Old disk" in page
    assert 'href="https://example.org/t3" rel="noreferrer noopener"' in page
    assert "r/memes · by ann · 1,234 points" in page


def test_an_address_that_is_not_of_the_web_is_no_link(alice_client: Client, meme: Meme) -> None:
    Sighting.objects.update(url="javascript:alert(1)")
    assert b"javascript:" not in alice_client.get(meme.get_absolute_url()).content


def test_a_clip_can_be_played(alice_client: Client) -> None:
    (clip,) = rows(1, kind="video", format="WebM", duration_ms=90_000)
    page = alice_client.get(clip.get_absolute_url()).content.decode()
    assert f'<video src="/media/{clip.pk}/' in page
    assert "WebM, 1:30" in page


def test_a_big_picture_is_shown_smaller(alice_client: Client) -> None:
    (big,) = rows(1, has_preview=True)
    assert (
        f'src="/media/{big.pk}/{big.sha256[:8]}/preview"' in alice_client.get(big.get_absolute_url()).content.decode()
    )


def test_while_it_is_being_read_the_page_asks_again_and_hears_only_news(alice_client: Client, alice: User) -> None:
    meme = take_in(alice, "red")
    address = meme.get_absolute_url()
    assert f'hx-get="{address}?seen=media"' in alice_client.get(address).content.decode()
    assert alice_client.get(f"{address}?seen=media", headers=HX).status_code == 204
    indexing.derive_media()
    assert b"Reading the words in it" in alice_client.get(f"{address}?seen=media", headers=HX).content
    index()
    assert b"hx-get" not in alice_client.get(address).content.partition(b'id="state"')[2].partition(b"</div>")[0]


def test_a_meme_that_could_not_be_read_says_why(alice_client: Client, alice: User) -> None:
    meme = take_in(alice, "red")
    claims.claim(Claim.Stage.MEDIA, 1)
    claims.fail(meme.pk, Claim.Stage.MEDIA, "The PNG is damaged.")
    page = alice_client.get(meme.get_absolute_url()).content
    assert b"Could not be read: The PNG is damaged." in page
    assert b"What could not be read cannot be compared." in page


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    assert client.get("/m/1/").headers["Location"] == "/accounts/login/?next=/m/1/"


def test_what_somebody_else_keeps_private_is_not_there(client: Client, alice: User, bob: User) -> None:
    meme = take_in(alice, "red", is_private=True)
    client.force_login(bob)
    assert client.get(meme.get_absolute_url()).status_code == 404
    client.force_login(alice)
    assert b"only you" in client.get(meme.get_absolute_url()).content


def test_a_meme_that_never_was_is_not_there(alice_client: Client) -> None:
    answer = alice_client.get("/m/999/")
    assert answer.status_code == 404
    assert b"Nothing here" in answer.content


def test_the_page_only_reads(alice_client: Client) -> None:
    assert alice_client.post("/m/1/").status_code == 405


def test_the_number_of_queries_is_known(alice_client: Client, meme: Meme, django_assert_num_queries: Any) -> None:
    # session, user, meme; its vectors and failures; without the sidecar four for what is closest, three for what chance is
    # like, two for hashes and looks, two for what may be seen of it; sightings, who added the meme, and concepts
    with django_assert_num_queries(20):
        alice_client.get(meme.get_absolute_url())
