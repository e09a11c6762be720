"""A feed whose server does everything wrong, over real HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from ingestion import runs, scheduling, subscriptions
from ingestion.intake import Counts
from ingestion.models import Crawl, FailedFind, Subscription
from ingestion.web import MAX_DOCUMENT_BYTES, Web
from search.models import Meme, Source
from tests.ingestion.conftest import address, picture
from tests.ingestion.fetch.hostile import Server, head, pouring, redirect, saying

pytestmark = pytest.mark.django_db


def feed_of(host: Server, *paths: str) -> bytes:
    items = "".join(f'<item><guid>{path}</guid><enclosure url="{path}" type="image/png"/></item>' for path in paths)
    return f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()


@pytest.fixture
def source(host: Server) -> Source:
    source = Source.objects.create(kind=Source.Kind.FEED, name="a feed", root=address(host, "/feed"))
    Subscription.objects.create(source=source, options={"address": address(host, "/feed")}, mode="adaptive")
    return source


def subscription(source: Source) -> Subscription:
    return Subscription.objects.get(source=source)


def test_a_feed_that_has_not_changed_is_not_read_again(host: Server, web: Web, source: Source) -> None:
    host.serve("/one.png", picture(1))
    host.serve("/feed", feed_of(host, "/one.png"), ETag='"v1"')
    assert runs.crawl(source, web=web).counts.added == 1
    host.serve("/feed", b"", status="304 Not Modified")
    assert runs.crawl(source, web=web).error == ""
    assert 'If-None-Match: "v1"' in host.asked[-1]
    assert Meme.objects.count() == 1


def test_a_feed_is_read_again_while_one_of_its_pictures_is_away(host: Server, web: Web, source: Source) -> None:
    host.serve("/feed", feed_of(host, "/ill"), ETag='"v1"')
    runs.crawl(source, web=web)
    assert subscription(source).cursor == {}
    host.serve("/ill", picture(1))
    FailedFind.objects.update(failed_at=timezone.now() - timedelta(hours=2))
    assert runs.crawl(source, web=web).counts.added == 1
    assert subscription(source).cursor["etag"] == '"v1"'


def test_a_tag_that_cannot_be_sent_back_does_not_stop_the_source(host: Server, web: Web, source: Source) -> None:
    host.serve("/one.png", picture(1))
    host.serve("/feed", feed_of(host, "/one.png"), ETag='"é"')
    assert runs.crawl(source, web=web).counts.added == 1
    assert subscription(source).cursor["etag"] == '"é"'
    assert runs.crawl(source, web=web).error == ""


def test_one_item_that_means_harm_costs_the_others_nothing(host: Server, web: Web, source: Source) -> None:
    host.serve("/one.png", picture(1))
    host.answers["/away"] = saying(redirect("http://["))
    linked = b"<link>http://a.example/&#x202e;x</link><guid>/one.png"
    host.serve("/feed", feed_of(host, "/away", "/one.png").replace(b"<guid>/one.png", linked))
    run = runs.crawl(source, web=web)
    assert (run.counts.added, run.counts.failed, run.error) == (1, 1, "")
    assert Meme.objects.get().sightings.get().url == ""


def test_what_a_sick_server_says_becomes_a_sentence_and_is_forgotten_when_it_is_well(
    host: Server, web: Web, source: Source
) -> None:
    whole = feed_of(host, "/one.png")
    too_much = head(f"Content-Length: {200_000_000}")
    answers = {
        "answered 500": saying(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"),
        "broke off": saying(head(f"Content-Length: {len(whole)}"), whole[: len(whole) // 2]),
        "web page": saying(head("Connection: close"), b"<!doctype html><html>Hello</html>"),
        "larger than 20 MB": saying(too_much),
        "larger than 20": pouring(head("Connection: close"), b"<!-- " + bytes(65_536)),
    }
    for sentence, answer in answers.items():
        host.answers["/feed"] = answer
        run = runs.crawl(source, web=web)
        assert sentence in run.error
        assert subscription(source).last_error == run.error == Crawl.objects.latest("pk").error
        assert Crawl.objects.latest("pk").state == Crawl.State.FAILED
    assert MAX_DOCUMENT_BYTES < 200_000_000
    host.serve("/one.png", picture(1))
    host.serve("/feed", whole)
    assert runs.crawl(source, web=web).counts.added == 1
    assert subscription(source).last_error == ""


def test_a_feed_that_wants_to_be_left_alone_is(host: Server, web: Web, source: Source) -> None:
    host.serve("/feed", b"", status="429 Too Many Requests", Retry_After="1200")
    assert "left alone" in runs.crawl(source, web=web).error
    assert not runs.take_turn(source.pk)
    assert host.paths().count("/feed") == 1
    not_before = subscription(source).not_before
    assert not_before is not None
    assert abs(not_before - timezone.now() - timedelta(seconds=1200)) < timedelta(seconds=30)


@pytest.mark.django_db(transaction=True)
def test_a_source_that_is_removed_while_it_is_read_ends_the_run(host: Server, web: Web, source: Source) -> None:
    pictures = [f"/{number}.png" for number in range(runs.BATCH + 1)]
    for seed, path in enumerate(pictures):
        host.serve(path, picture(seed))
    host.serve("/feed", feed_of(host, *pictures))

    def remove_it(counts: Counts) -> None:
        if counts.added:
            subscriptions.remove(source)

    run = runs.crawl(source, web=web, on_progress=remove_it)
    assert (run.error, run.counts.added) == (runs.REMOVED, runs.BATCH)
    assert not Source.objects.exists()
    assert not Crawl.objects.exists()
    assert not PeriodicTask.objects.filter(task=scheduling.TASK).exists()
    assert Meme.objects.filter(state=Meme.State.ACTIVE).count() == runs.BATCH
