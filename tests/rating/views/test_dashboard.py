from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from rating.curation import figures, leasing
from rating.models import Axis, CurationQueue, QueueItem, Verdict
from search.models import Claim, Meme, Sighting, Source
from tests.rating.curation.queueing import listed, queue, say


@pytest.fixture
def curator(charlie: User, media_dir: Path) -> Client:
    media_dir.mkdir()
    client = Client()
    client.force_login(charlie)
    return client


@pytest.fixture
def shared(charlie: User, axes: list[Axis], memes: list[Meme]) -> CurationQueue:
    """A queue of twenty-five: of twenty decided about, the better half was kept; the five worst wait for two days."""
    made = queue(charlie, axes[0])
    items = listed(made, 25)
    for place, item in enumerate(items[:20]):
        say(charlie, item, "keep" if place < 10 else "reject")
    QueueItem.objects.filter(decided_at=None).update(entered_at=timezone.now() - timedelta(days=2))
    return made


def test_what_was_kept_is_told_by_score_the_lowest_first(charlie: User, shared: CurationQueue) -> None:
    shares = figures.by_score(charlie)
    assert [share.rate for share in shares] == [0.0] * 5 + [1.0] * 5
    assert sum(share.decided for share in shares) == 20
    assert shares[0].least < shares[0].most < shares[-1].most == 99.0


def test_every_number_leads_to_a_list_of_as_many(
    curator: Client, charlie: User, shared: CurationQueue, memes: list[Meme]
) -> None:
    source = Source.objects.create(kind="feed", name="Funny", root="x")
    Sighting.objects.bulk_create(
        Sighting(meme=meme, source=source, locator=str(meme.pk)) for meme in Meme.objects.order_by("pk")[5:12]
    )
    Claim.objects.create(
        meme=memes[0], stage="media", leased_until=timezone.now(), failed_at=timezone.now(), reason="It is torn."
    )
    page = curator.get("/curation/").content.decode()
    assert "0 since today, 5 for days" in page
    day, least, most = timezone.localdate(), figures.by_score(charlie)[0].least, figures.by_score(charlie)[0].most
    for address, count in (
        ("verdicts/", 20), (f"verdicts/?day={day}&amp;by={charlie.pk}", 20),
        (f"verdicts/?day={day}&amp;by={charlie.pk}&amp;outcome=keep", 10),
        (f"verdicts/?source={source.pk}&amp;outcome=keep", 5), (f"verdicts/?source={source.pk}", 7),
        (f"verdicts/?least={least!r}&amp;most={most!r}", 2), (f"added/?day={day}", 20), ("failures/?stage=media", 1),
    ):  # fmt: skip
        assert address == "verdicts/" or f'href="/curation/{address}"' in page
        body = curator.get(f"/curation/{address.replace('&amp;', '&')}").content.decode()
        assert f"<h1>{count} " in body, address
    assert "It is torn." in curator.get("/curation/failures/").content.decode()


def test_what_others_hold_who_is_gone_and_one_meme_in_two_queues_are_counted_as_they_are_listed(
    curator: Client, charlie: User, admin: User, shared: CurationQueue
) -> None:
    leaving = User.objects.create(username="leaving")
    Verdict.objects.filter(item__in=QueueItem.objects.order_by("pk")[:3]).update(by=leaving)
    leaving.delete()
    again = listed(queue(charlie, shared.axis, name="again"), 1)[0]
    say(charlie, again)
    source = Source.objects.create(kind="feed", name="Funny", root="x")
    Sighting.objects.bulk_create(Sighting(meme_id=again.meme_id, source=source, locator=place) for place in "12")
    assert len(leasing.take(shared, admin, "hers", 2)) == 2
    page, day = curator.get("/curation/").content.decode(), timezone.localdate()
    assert "3 waiting</a> and 2 that others look at" in page
    assert curator.get(f"/curation/{shared.pk}/grid/").content.decode().count('name="item"') == 3
    for address, count in (
        (f"day={day}&amp;by=0", 3),
        (f"day={day}&amp;by={charlie.pk}", 18),
        (f"source={source.pk}", 2),
    ):
        assert f'?{address}">{count}</a>' in page
        listing = curator.get(f"/curation/verdicts/?{address.replace('&amp;', '&')}").content.decode()
        assert f"<h1>{count} " in listing, address


def test_what_failed_is_tried_again(curator: Client, shared: CurationQueue, memes: list[Meme], alice: User) -> None:
    (own,) = Meme.objects.bulk_create(
        [Meme(sha256="f" * 64, private_to=alice, width=1, height=1, size_bytes=1, is_stored=True)]
    )
    now = timezone.now()
    for meme in (memes[0], own):
        Claim.objects.create(meme=meme, stage="media", leased_until=now, failed_at=now)
    curator.post("/curation/failures/mend/", {"stage": "text"})
    assert Claim.objects.count() == 2
    curator.post("/curation/failures/mend/")
    assert [claim.meme for claim in Claim.objects.all()] == [own]  # nobody else's business


def test_junk_in_the_address_is_left_out(curator: Client, shared: CurationQueue) -> None:
    for address in ("verdicts/?day=x&by=0&least=nan&source=no&page=zz", "added/?day=yesterday", "failures/?stage=x"):
        assert curator.get(f"/curation/{address}").status_code == 200
    assert "<h1>20 " in curator.get("/curation/verdicts/?queue=x").content.decode()


def test_a_member_sees_their_own_numbers_alone(
    alice_client: Client, alice: User, shared: CurationQueue, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30):
        page = alice_client.get("/curation/").content.decode()
    assert "What failed" not in page
    assert "Nobody decided" in page
    assert "<h1>0 " in alice_client.get("/curation/verdicts/").content.decode()
    assert Verdict.objects.count() == 20
