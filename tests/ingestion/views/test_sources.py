"""Curators look after sources: five questions to each page."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.test import Client

from ingestion import locks, runs, subscriptions, trying
from ingestion.crawlers.base import SourceGone
from ingestion.models import FailedFind, Subscription
from ingestion.web import Web
from search import pictures
from search.locators import encode_path
from search.models import Meme, Source
from tests.drawing import write
from tests.ingestion.conftest import address, picture
from tests.ingestion.fetch.hostile import Answer, Server, head, redirect, saying
from tests.ingestion.test_folder_crawler import without_root

pytestmark = pytest.mark.django_db
FEED = {
    "address": "https://memes.example/feed", "mode": "adaptive", "every_min": "60", "least_min": "15", "most_min": "1440",
}  # fmt: skip


class Queue:
    """What workers are asked for, as the broker has it; none of them runs."""

    def __init__(self, address: str) -> None:
        self._redis = redis.Redis.from_url(address)
        self._redis.delete("default")

    def asked(self) -> list[str]:
        heads = [json.loads(message)["headers"] for message in self._redis.lrange("default", 0, -1)]
        return [head["argsrepr"] for head in heads if head["task"] == "ingestion.tasks.crawl"]


@pytest.fixture
def queue(settings: Any) -> Queue:
    return Queue(settings.REDIS_URL)


@pytest.fixture
def client(curator: User) -> Client:
    client = Client()
    client.force_login(curator)
    return client


def page(client: Client, path: str, **data: Any) -> str:
    answer = client.post(path, data, follow=True) if data else client.get(path)
    return answer.content.decode()


def test_a_feed_is_added_with_its_schedule_and_read_for_the_first_time(
    client: Client, curator: User, queue: Queue
) -> None:
    assert client.post("/sources/add/feed/", FEED).status_code == 302
    source = Source.objects.get()
    assert (source.name, source.root) == ("memes.example", "https://memes.example/feed")
    assert source.subscription.added_by == curator
    assert queue.asked() == [f"({source.pk}, {curator.pk})"]
    assert "memes.example" in page(client, "/sources/")
    again = client.post("/sources/add/feed/", FEED)
    assert again.status_code == 400
    assert "such a source already" in again.content.decode()


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("feed", {"address": "http://127.0.0.1/feed"}, "private network"),
        ("feed", {"address": "file:///etc/passwd"}, "valid URL"),
        ("feed", {"mode": "crontab", "crontab": "every day"}, "Five fields"),
        ("feed", {"mode": "crontab", "crontab": "0 99 * * *"}, "Five fields"),
        ("feed", {"mode": "crontab", "crontab": "0 0 31 2 *"}, "Five fields"),
        ("feed", {"mode": "crontab", "crontab": f"{'1,' * 30}1 0 * * *"}, "Five fields"),
        ("feed", {"least_min": "1440", "most_min": "60"}, "longer of the two"),
        ("urls", {"address": "", "addresses": "cat.png"}, "No line is an address"),
        ("urls", {"address": "", "addresses": ""}, "one of the two"),
        ("reddit", {"place": "r/memes", "depth": "100"}, "MSE_REDDIT_CLIENT_ID"),
        ("folder", {"path": "/etc"}, "MSE_FOLDERS"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_write(
    client: Client, kind: str, data: dict[str, str], said: str
) -> None:
    answer = client.post(f"/sources/add/{kind}/", FEED | data)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("place", "root"),
    [
        ("memes", "r/memes"),
        ("https://www.reddit.com/r/Memes/", "r/memes"),
        ("r/bb+aa", "r/aa+bb"),
        ("u/ann/m/fun", "u/ann/m/fun"),
    ],
)
def test_subreddits_are_understood_however_they_are_written(
    client: Client, settings: Any, place: str, root: str
) -> None:
    settings.REDDIT_KEYS = ("a", "b")
    client.post("/sources/add/reddit/", FEED | {"place": place, "depth": "50"})
    assert Source.objects.get().root == root


def test_folders_lie_below_those_that_are_allowed(client: Client, settings: Any, folder: Any) -> None:
    settings.FOLDERS = [str(folder)]
    (folder / "out").symlink_to(folder.parent)
    assert client.post("/sources/add/folder/", FEED | {"path": str(folder / "out")}).status_code == 400
    assert client.post("/sources/add/folder/", FEED | {"path": str(folder / "sub folder")}).status_code == 302
    assert runs.crawl(Source.objects.get()).counts.added == 2


def test_the_folders_of_the_site_itself_are_not_read(client: Client, settings: Any, tmp_path: Any) -> None:
    settings.FOLDERS, settings.MEDIA_DIR = [str(tmp_path)], tmp_path / "media"
    originals = tmp_path / "media" / "originals"
    originals.mkdir(parents=True)
    for path in (originals, tmp_path / "media"):
        answer = client.post("/sources/add/folder/", FEED | {"path": str(path)})
        assert (answer.status_code, "own files" in answer.content.decode()) == (400, True)


def test_trying_shows_finds_and_keeps_nothing(client: Client, host: Server, web: Web) -> None:
    items = '<item><guid>1</guid><title>A cat</title><enclosure url="/1.png" type="image/png"/></item>'
    items += '<item><guid>2</guid><title>No cat</title><enclosure url="/2.png" type="image/png"/></item>'
    host.serve("/feed", f"<rss version='2.0'><channel>{items}</channel></rss>".encode())
    host.serve("/1.png", picture(1))
    cat, missing = trying.first_finds("feed", "", {"address": address(host, "/feed")}, web)
    assert (cat.title, pictures.is_kept(cat.token), "404" in missing.problem) == ("A cat", True, True)
    with pytest.raises(SourceGone, match="answered 404"):
        trying.first_finds("feed", "", {"address": address(host, "/nowhere")}, web)
    listed = FEED | {"address": "", "addresses": "https://memes.invalid/1.png A cat", "try": ""}
    shown = page(client, "/sources/add/urls/", **listed)
    assert "A cat" in shown
    assert "There is no host of this name." in shown
    assert not Source.objects.exists()
    assert not Meme.objects.exists()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (saying(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"), "The host answered 500: it is having trouble."),
        (saying(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), "it does not let programs read this address"),
        (saying(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"), "there is nothing at this address (any more)"),
        (
            saying(b"HTTP/1.1 429 Slow\r\nRetry-After: 1200\r\nContent-Length: 0\r\n\r\n"),
            "The host is busy and wants to be left alone for 20 minutes.",
        ),
        (saying(head("Content-Length: 1000"), b"<rss><channel>"), "broke off"),
        (saying(head("Connection: close"), b"<html><p>Memes!</p></html>"), "This is a web page, not a feed"),
        (saying(head("Connection: close"), b"%PDF-1.7"), "This is neither RSS, nor Atom, nor a JSON Feed."),
        (saying(head("Content-Length: 200000000")), "The file is larger than 20 MB."),
        (saying(redirect("http://10.0.0.1/")), "leads into a private network"),
    ],
)
def test_trying_says_what_is_wrong_with_a_feed(host: Server, web: Web, answer: Answer, said: str) -> None:
    host.answers["/feed"] = answer
    with pytest.raises(SourceGone) as refused:
        trying.first_finds("feed", "", {"address": address(host, "/feed")}, web)
    assert said in str(refused.value)


@pytest.mark.parametrize("text", [b"", b"cat.png\n", b"<html>https://memes.example/1.png</html>"])
def test_trying_says_what_a_list_needs(host: Server, web: Web, text: bytes) -> None:
    host.serve("/list", text)
    with pytest.raises(SourceGone, match="one on each line, with https:// in front"):
        trying.first_finds("urls", "", {"address": address(host, "/list")}, web)


def test_trying_says_so_of_a_find_that_the_site_cannot_keep(host: Server, web: Web, media_dir: Path) -> None:
    host.serve("/one.png", picture(1))
    media_dir.mkdir()
    (media_dir / "queries").write_text("in the way")
    (found,) = trying.first_finds("urls", "", {"addresses": address(host, "/one.png")}, web)
    assert "cannot be shown here" in found.problem


def test_trying_a_folder_passes_over_what_cannot_be_read_and_does_not_look_for_ever() -> None:
    with TemporaryDirectory() as name:  # not below tmp_path, into which only its owner may look
        folder = Path(name)
        folder.chmod(0o755)
        write(folder / "a.png").chmod(0)
        with without_root():
            assert trying.first_finds("folder", encode_path(folder), {}) == []
        for number in range(trying.LOOKED_AT + 1):
            (folder / f"b{number}.txt").touch()
        write(folder / "c.png")
        (folder / "a.png").unlink()
        assert trying.first_finds("folder", encode_path(folder), {}) == []


def test_a_source_is_changed_paused_resumed_and_removed(client: Client, curator: User, queue: Queue) -> None:
    client.post("/sources/add/feed/", FEED)
    source = Source.objects.get()
    Subscription.objects.update(cursor={"etag": "x"}, last_error="It broke.")
    assert "It broke." in page(client, f"/sources/{source.pk}/")
    client.post(f"/sources/{source.pk}/edit/", FEED | {"name": "Cats", "address": "https://memes.example/other"})
    source.refresh_from_db()
    assert (source.name, source.root, source.subscription.cursor) == ("Cats", "https://memes.example/other", {})
    client.post(f"/sources/{source.pk}/pause/")
    assert "Paused" in page(client, f"/sources/{source.pk}/")
    client.post(f"/sources/{source.pk}/resume/")
    assert "Paused" not in page(client, f"/sources/{source.pk}/")
    FailedFind.objects.create(source=source, locator="a%20b", code="x", reason="It is torn.")
    assert "a b" in page(client, f"/sources/{source.pk}/")
    client.post(f"/sources/{source.pk}/retry/")
    assert not FailedFind.objects.exists()
    assert len(queue.asked()) == 2
    client.post(f"/sources/{source.pk}/remove/")
    assert not Source.objects.exists()


def test_a_run_that_goes_on_shows_as_such_wherever_it_runs(client: Client, curator: User) -> None:
    client.post("/sources/add/feed/", FEED)
    source = Source.objects.get()
    assert "Being read" not in page(client, "/sources/")
    with locks.only_run_of(source):
        assert "Being read" in page(client, "/sources/")


def test_the_list_costs_the_same_number_of_queries_however_long_it_is(
    client: Client, curator: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        root = f"https://memes.example/{number}"
        source = subscriptions.add(subscriptions.Wanted(Source.Kind.FEED, root, f"feed {number}"), curator)
        source.crawls.create(state="done")
    with django_assert_max_num_queries(13):
        assert "feed 11" in page(client, "/sources/")


def test_the_api_does_the_same(client: Client, queue: Queue) -> None:
    as_json = {"content_type": "application/json"}
    made = client.post("/api/v1/sources", {"kind": "feed", "address": "https://memes.example/feed"}, **as_json)
    assert (made.status_code, made.json()["mode"], made.json()["state"]) == (201, "adaptive", "new")
    at = f"/api/v1/sources/{made.json()['id']}"
    changed = client.patch(at, {"mode": "interval", "every_min": 120, "is_paused": True}, **as_json).json()
    assert (changed["every_min"], changed["state"], changed["options"]) == (
        120, "paused", {"address": "https://memes.example/feed"},
    )  # fmt: skip
    assert client.post(f"{at}/crawl").json() == {"is_asked": True}
    assert len(queue.asked()) == 2
    Source.objects.get().crawls.create(state="done", added=3)
    assert [run["added"] for run in client.get(f"/api/v1/crawls?source={made.json()['id']}").json()["results"]] == [3]
    refused = client.post("/api/v1/sources", {"kind": "feed", "address": "http://10.0.0.1/"}, **as_json)
    assert (refused.status_code, "private" in refused.json()["detail"]) == (400, True)
    assert client.post("/api/v1/sources", {"kind": "upload"}, **as_json).status_code == 400
    assert client.delete(at).status_code == 204
    assert client.get("/api/v1/sources").json() == []


@pytest.mark.parametrize("path", ["", "add/feed/", "1/", "1/edit/"])
def test_to_others_there_are_no_sources(alice_client: Client, path: str) -> None:
    assert alice_client.get(f"/sources/{path}").status_code == 404
    assert Client().get(f"/sources/{path}").status_code == 302


@pytest.mark.parametrize("path", ["crawl/", "pause/", "resume/", "retry/", "remove/"])
def test_what_changes_something_is_not_done_by_looking(client: Client, path: str) -> None:
    assert client.get(f"/sources/1/{path}").status_code == 405
    assert client.post(f"/sources/1/{path}").status_code == 404
