"""Subreddits and multireddits, through the real client and over real HTTP, from a small Reddit of our own."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ingestion import runs
from ingestion.crawlers import reddit
from ingestion.crawlers.base import Found
from ingestion.models import ScoreCheck, Subscription
from ingestion.web import Web
from search.models import Meme, Sighting, Source
from tests.ingestion.conftest import address, picture
from tests.ingestion.fake_reddit import KEYS, FakeReddit, post, running
from tests.ingestion.fetch.hostile import Server

pytestmark = pytest.mark.django_db
NEW = "/r/memes/new"


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeReddit]:
    with running() as fake:
        settings.REDDIT_KEYS, settings.REDDIT_SITES = KEYS, (fake.site, fake.site)
        fake.headers = {"x_ratelimit_remaining": "90.0", "x_ratelimit_used": "1", "x_ratelimit_reset": "0"}
        yield fake


def source_of(**options: Any) -> Source:
    source = Source.objects.create(kind=Source.Kind.REDDIT, name="r/memes", root="r/memes")
    Subscription.objects.create(source=source, options={"subreddits": ["memes"], "depth": 1000, **options})
    return source


def found(**facts: Any) -> list[str]:
    return [find.url for find in reddit.finds_of(post(1, "https://i.redd.it/a.png") | facts)]


def test_posts_come_in_with_what_reddit_says_of_them(fake: FakeReddit, host: Server, web: Web) -> None:
    host.serve("/1.png", picture(1))
    host.serve("/2.png", picture(2))
    fake.places[NEW] = [post(2, address(host, "/2.png"), over_18=True), post(1, address(host, "/1.png"))]
    assert runs.crawl(source_of(), web=web).counts.added == 2
    seen = Sighting.objects.get(locator="t3_2")
    assert (seen.title, seen.author, seen.community) == ("Post 2", "ann", "r/memes")
    assert (seen.score, seen.comments) == (12, 3)
    assert seen.url == "https://www.reddit.com/r/memes/comments/2/"
    assert seen.posted_at == datetime.fromtimestamp(1_760_007_200, UTC)
    assert list(Meme.objects.order_by("pk").values_list("title", "is_nsfw")) == [("Post 1", False), ("Post 2", True)]


def test_a_multireddit_is_read_to_its_depth_and_back_to_a_date(fake: FakeReddit) -> None:
    fake.places["/user/ann/m/fun/new"] = [post(n, "https://i.redd.it/a.png") for n in range(240, 0, -1)]
    multireddit = {"redditor": "ann", "multireddit": "fun"}
    deep = [one for one in reddit.crawl(multireddit | {"depth": 150}, {}, None) if isinstance(one, Found)]  # type: ignore[arg-type]  # asks no web
    assert (len(deep), deep[-1].locator) == (150, "t3_240")
    since = datetime.fromtimestamp(1_760_000_000 + 235 * 3600, UTC)
    late = list(reddit.crawl(multireddit | {"depth": 150, "since": since.date().isoformat()}, {}, None))  # type: ignore[arg-type]  # asks no web
    assert 6 <= len(late) < 40


def test_the_next_run_reads_down_to_what_is_known(fake: FakeReddit, host: Server, web: Web) -> None:
    for number in range(130):
        host.serve(f"/{number}.png", picture(0))
    fake.places[NEW] = [post(n, address(host, f"/{n}.png")) for n in range(129, -1, -1)]
    source = source_of()
    runs.crawl(source, web=web)
    assert Sighting.objects.count() == 130
    assert len(fake.asked) == 2
    fake.asked.clear()
    host.asked.clear()
    host.serve("/500.png", picture(500))
    fake.places[NEW].insert(0, post(130, address(host, "/500.png")))
    run = runs.crawl(source, web=web)
    assert (run.counts.added, host.paths()) == (1, ["/500.png"])
    assert len(fake.asked) == 1


def test_scores_and_comments_are_looked_at_again_after_a_day_and_a_week(
    fake: FakeReddit, host: Server, web: Web, alice_client: Client
) -> None:
    now = timezone.now()
    host.serve("/1.png", picture(1))
    fake.places[NEW] = [post(1, address(host, "/1.png"), created_utc=now.timestamp())]
    source = source_of()
    runs.crawl(source, web=web)
    assert abs(ScoreCheck.objects.get().due_at - now - timedelta(days=1)) < timedelta(minutes=1)
    fake.places[NEW][0] |= {"score": 4321, "num_comments": 77}
    for is_last in (False, True):
        ScoreCheck.objects.update(due_at=now)
        Subscription.objects.update(cursor={"newest": now.timestamp() + 9e5})  # nothing is new
        assert ScoreCheck.objects.get().is_last is is_last
        assert runs.crawl(source, web=web).error == ""
        assert Sighting.objects.get().score == fake.places[NEW][0]["score"]
        assert Meme.objects.get().top_score == fake.places[NEW][0]["score"]
        assert Sighting.objects.get().comments == fake.places[NEW][0]["num_comments"]
        fake.places[NEW][0] |= {"score": 9876, "num_comments": 99}
    assert not ScoreCheck.objects.exists()
    page = alice_client.get(Meme.objects.get().get_absolute_url()).content.decode()
    assert "9,876 points · 99 comments" in page


@pytest.mark.parametrize("date", [4e9, 1e300, "soon", None])
def test_a_date_that_no_post_can_have_is_none_and_hides_nothing_later(
    fake: FakeReddit, host: Server, web: Web, date: Any
) -> None:
    for number in (1, 2):
        host.serve(f"/{number}.png", picture(number))
    fake.places[NEW] = [post(2, address(host, "/2.png"), created_utc=date), post(1, address(host, "/1.png"))]
    assert runs.crawl(source_of(), web=web).counts.added == 2
    assert Sighting.objects.get(locator="t3_2").posted_at is None
    assert Subscription.objects.get().cursor == {"newest": fake.places[NEW][1]["created_utc"]}


def test_what_reddit_refuses_becomes_advice(fake: FakeReddit, web: Web, settings: Any) -> None:
    source = source_of()
    assert "no such subreddit" in runs.crawl(source, web=web).error
    fake.status = 403
    assert "private" in runs.crawl(source, web=web).error
    fake.status, fake.headers = 429, {"Retry_After": "90"}
    run = runs.crawl(source, web=web)
    assert ("left alone for 90 seconds" in run.error, run.wait_s) == (True, 90)
    fake.refuses_keys = True
    assert "refuses the keys" in runs.crawl(source, web=web).error
    settings.REDDIT_KEYS = ("", "")
    assert "MSE_REDDIT_CLIENT_ID" in runs.crawl(source, web=web).error


def test_a_spent_allowance_ends_the_run_until_there_is_more(fake: FakeReddit, web: Web) -> None:
    fake.places[NEW] = [post(n, "https://nowhere.example/a.png") for n in range(250, 0, -1)]
    fake.headers = {"x_ratelimit_remaining": "0.0", "x_ratelimit_used": "100", "x_ratelimit_reset": "300"}
    run = runs.crawl(source_of(), web=web)
    assert (run.wait_s, len(fake.asked)) == (300, 1)
    assert run.counts.failed == 100  # what the first page had was asked for
    assert Subscription.objects.get().cursor == {}


def test_pictures_are_found_wherever_a_post_has_them() -> None:
    gallery = {
        "gallery_data": {"items": [{"media_id": "x"}, {"media_id": "y"}, {"media_id": "lost"}]},
        "media_metadata": {"x": {"s": {"u": "https://preview.redd.it/x.jpg?s=1"}}, "y": {"s": {"mp4": "https://i.redd.it/y"}}},
    }  # fmt: skip
    assert found() == ["https://i.redd.it/a.png"]
    assert found(**gallery) == ["https://preview.redd.it/x.jpg?s=1", "https://i.redd.it/y"]
    assert found(crosspost_parent_list=[gallery]) == found(**gallery)
    assert found(media={"reddit_video": {"fallback_url": "https://v.redd.it/z.mp4"}}) == ["https://v.redd.it/z.mp4"]
    assert found(url="https://i.imgur.com/b.gifv") == ["https://i.imgur.com/b.mp4"]
    assert found(url="https://news.example/story") == []
    assert found(removed_by_category="moderator") == []
    assert found(url="http://[") == []
    assert found(media={"reddit_video": {"fallback_url": "http://["}}) == ["http://["]  # refused when it is asked for
