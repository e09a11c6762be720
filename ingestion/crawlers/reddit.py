"""Reddit, through its interface and with the site's own keys: posts of subreddits and multireddits, and their scores."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

import prawcore
import requests
from django.conf import settings

from ingestion.agent import site_agent
from ingestion.crawlers.base import (
    AskedToWait,
    Checkpoint,
    Cursor,
    Found,
    Popularity,
    SourceGone,
    believable,
    locator_of,
)
from ingestion.fetch import Fetcher, said

if TYPE_CHECKING:
    import praw

DEPTH = 100  # posts, when nobody says
OVERLAP_S = 86_400  # a post that waited for a moderator comes up later with its old date
SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".mp4", ".webm")
REDDITS_FILES = (".redd.it", ".redditmedia.com")
PICTURE_PAGES = frozenset({"imgur.com", "www.imgur.com", "m.imgur.com"})
NO_KEYS = "The site has no keys for Reddit: set MSE_REDDIT_CLIENT_ID and MSE_REDDIT_CLIENT_SECRET."
RETRY_S = 60.0


class Allowance:
    """What Reddit says that may still be asked; praw itself would sleep in the middle of a run until there is more."""

    def __init__(self) -> None:
        self.remaining, self.reset_s = 1.0, 0.0

    def read(self, answer: requests.Response, *args: Any, **kwargs: Any) -> None:
        try:
            self.remaining = float(answer.headers.get("x-ratelimit-remaining", self.remaining))
            self.reset_s = float(answer.headers.get("x-ratelimit-reset", self.reset_s))
        except ValueError:
            return

    def check(self) -> None:
        """Raises AskedToWait when nothing is left."""
        if self.remaining < 1:
            raise AskedToWait(f"Reddit allows no more questions for {said(self.reset_s)}.", self.reset_s)


def crawl(options: Mapping[str, Any], cursor: Cursor, fetcher: Fetcher) -> Iterator[Found | Checkpoint]:
    """The pictures and clips of the newest posts, the oldest first, down to what was read before."""
    posts: list[dict[str, Any]] = []
    wait: AskedToWait | None = None
    try:
        with told_plainly():
            _read(options, _until(options, cursor), posts)
    except AskedToWait as error:
        wait = error
    for post in reversed(posts):
        yield from finds_of(post)
    if wait is not None:
        raise wait
    if posts:
        dates = [date.timestamp() for post in posts if (date := _posted(post))]
        yield Checkpoint({"newest": max([*dates, _newest_before(cursor)])})


def scores(options: Mapping[str, Any], locators: Sequence[str]) -> dict[str, Popularity]:
    """What posts have now, by locator; those that are gone are left out. Raises SourceGone."""
    by_post: dict[str, list[str]] = {}
    for locator in locators:
        by_post.setdefault(locator.partition("#")[0], []).append(locator)
    allowance = Allowance()
    with told_plainly():
        posts = [vars(post) for post in _reddit(allowance).info(fullnames=list(by_post))]
    return {locator: _popularity(post) for post in posts for locator in by_post.get(str(post["name"]), [])}


def _reddit(allowance: Allowance) -> "praw.Reddit":
    import praw  # here, because it takes half a second and much memory, and most sites have no keys

    client_id, client_secret = settings.REDDIT_KEYS
    if not (client_id and client_secret):
        raise SourceGone(NO_KEYS)
    reddit_url, oauth_url = settings.REDDIT_SITES
    session = requests.Session()
    session.hooks["response"].append(allowance.read)
    # All of it is said here, so that no praw.ini in some folder can lead the keys elsewhere.
    return praw.Reddit(
        client_id=client_id,
        client_secret=client_secret,
        reddit_url=reddit_url,
        oauth_url=oauth_url,
        user_agent=site_agent(),
        check_for_updates=False,
        requestor_kwargs={"session": session},
    )


def _listing(reddit: "praw.Reddit", options: Mapping[str, Any]) -> Iterator[Any]:
    place: Any
    if options.get("multireddit"):
        place = reddit.multireddit(redditor=str(options["redditor"]), name=str(options["multireddit"]))
    else:
        place = reddit.subreddit("+".join(options["subreddits"]))
    listing: Iterator[Any] = place.new(limit=int(options.get("depth") or DEPTH))
    return listing


def _until(options: Mapping[str, Any], cursor: Cursor) -> float:
    """The age down to which is read, in seconds since 1970."""
    since = options.get("since")
    wanted = datetime.fromisoformat(str(since)).replace(tzinfo=UTC).timestamp() if since else 0.0
    return max(wanted, _newest_before(cursor) - OVERLAP_S)


def _newest_before(cursor: Cursor) -> float:
    return float(cursor.get("newest") or 0.0)


def _read(options: Mapping[str, Any], until: float, posts: list[dict[str, Any]]) -> None:
    """Put posts that are younger than `until` into `posts`. Raises AskedToWait, with what has come by then."""
    allowance = Allowance()
    for post in _listing(_reddit(allowance), options):
        data = vars(post)  # attributes that are not there would be asked for, post by post
        posted_at = _posted(data)
        if posted_at is not None and posted_at.timestamp() < until:
            return
        posts.append(data)
        if len(posts) % 100 == 0:  # the next page is about to be asked for
            allowance.check()


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raises SourceGone with what a person can do about it."""
    try:
        yield
    except prawcore.TooManyRequests as error:
        wait_s = float(error.retry_after or RETRY_S)
        raise AskedToWait(f"Reddit wants to be left alone for {said(wait_s)}.", wait_s) from error
    except (prawcore.NotFound, prawcore.Redirect) as error:
        raise SourceGone("Reddit knows no such subreddit or multireddit: look at how its name is written.") from error
    except prawcore.Forbidden as error:
        raise SourceGone("This subreddit or multireddit is private, or closed to these keys.") from error
    except (prawcore.OAuthException, prawcore.InvalidToken) as error:
        raise SourceGone(
            "Reddit refuses the keys of this site: look at MSE_REDDIT_CLIENT_ID and its secret."
        ) from error
    except prawcore.ResponseException as error:
        status = error.response.status_code
        if status == 401:
            raise SourceGone(
                "Reddit refuses the keys of this site: look at MSE_REDDIT_CLIENT_ID and its secret."
            ) from error
        raise SourceGone(f"Reddit answered {status}: it may be ill; the next run tries again.") from error
    except prawcore.PrawcoreException as error:
        raise SourceGone("Reddit does not answer: the next run tries again.") from error


def _posted(post: Mapping[str, Any]) -> datetime | None:
    try:
        return believable(datetime.fromtimestamp(float(post["created_utc"]), UTC))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _popularity(post: Mapping[str, Any]) -> Popularity:
    return Popularity(int(post.get("score") or 0), int(post.get("num_comments") or 0))


def finds_of(post: Mapping[str, Any]) -> Iterator[Found]:
    """The pictures of one post, as Reddit describes it."""
    if post.get("removed_by_category"):
        return
    popularity = _popularity(post)
    for number, url in enumerate(_pictures(post)):
        host = _parts(url).hostname or ""
        yield Found(
            locator=locator_of(f"{post['name']}#{number}" if number else str(post["name"])),
            url=url,
            permalink=f"https://www.reddit.com{post['permalink']}",
            title=str(post.get("title") or ""),
            author=str(post.get("author") or ""),
            community=f"r/{post['subreddit']}",
            score=popularity.score,
            comments=popularity.comments,
            posted_at=_posted(post),
            is_nsfw=bool(post.get("over_18")),
            may_be_page=host in PICTURE_PAGES,
            is_handed_out=host.endswith(REDDITS_FILES),
        )


def _pictures(post: Mapping[str, Any]) -> list[str]:
    crossposted = post.get("crosspost_parent_list")
    if crossposted:
        return _pictures(crossposted[0])
    if post.get("gallery_data"):
        return list(_of_gallery(post))
    video = ((post.get("media") or post.get("secure_media") or {}).get("reddit_video") or {}).get("fallback_url")
    if video:
        return [str(video)]
    url = str(post.get("url") or "").replace(".gifv", ".mp4")
    parts = _parts(url)
    is_picture = parts.path.lower().endswith(SUFFIXES) or (parts.hostname or "") in PICTURE_PAGES
    return [url] if parts.scheme in ("http", "https") and is_picture else []


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # such as brackets that are not those of an IPv6 address
        return urlsplit("")


def _of_gallery(post: Mapping[str, Any]) -> Iterator[str]:
    described = post.get("media_metadata") or {}
    for item in post["gallery_data"].get("items", []):
        largest = (described.get(item.get("media_id")) or {}).get("s") or {}
        url = largest.get("u") or largest.get("mp4") or largest.get("gif")
        if url:
            yield str(url)
