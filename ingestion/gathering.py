"""Take in what was found on the web: fetch what is new, examine it, write a batch of memes, sightings and failures."""

import logging
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, BinaryIO, cast

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ingestion import scores, sightings
from ingestion.crawlers import pages
from ingestion.crawlers.base import Found, Popularity
from ingestion.fetch import BadAnswer, BadStatus, FetchError, TooSlow, TryLater, Unreachable
from ingestion.intake import Counts
from ingestion.models import FailedFind
from ingestion.web import Web
from search import library, nsfw, store
from search.media import BadMedia
from search.models import Meme, Sighting, Source

log = logging.getLogger(__name__)

AT_ONCE = 4  # files under way: hosts are asked one at a time, but a list names many hosts
IN_MEMORY_BYTES = 2_000_000  # of each; larger ones wait on disk
MAX_ATTEMPTS = 5  # of what may be there again later
AGAIN_AFTER = timedelta(hours=1)  # what may only be away; the slices of one run follow each other
PASSING = "passing"  # the code of failures that may pass
NOT_YET = "not-yet"  # that of files whose host wants to be left alone: no failure at all
GONE_FOR_GOOD = frozenset({400, 401, 403, 404, 410, 451})


@dataclass(frozen=True)
class Got:
    """A file that is to become a meme. `file` stands at its beginning."""

    found: Found
    content: library.Content
    file: BinaryIO


@dataclass(frozen=True)
class Refused:
    """What is not to become one, at least for now."""

    found: Found
    code: str
    reason: str
    wait_s: float = 0.0


@dataclass
class Gathered:
    """What became of a batch. While something `is_pending`, the source must be asked for it again."""

    counts: Counts = field(default_factory=Counts)
    is_pending: bool = False
    has_news: bool = False  # something was seen for the first time, whether or not its picture was known
    wait_s: float = 0.0  # what a host asked for


def sift(source: Source, finds: Iterable[Found]) -> tuple[list[Found], Gathered]:
    """Those of `finds` that are to be fetched, each once, and what is to be said of the others: they are known, have failed for
    good, or are to be left alone for now.

    What is known is told anew what its post says now.
    """
    batch = {find.locator: find for find in finds}
    known = _known(source, batch)
    failed = _failed(source, batch)
    wanted = [find for locator, find in batch.items() if locator not in known and locator not in failed]
    return wanted, Gathered(Counts(known=len(known), failed=len(failed)), is_pending=any(failed.values()))


def gather(source: Source, wanted: Sequence[Found], web: Web, *, added_by: User | None) -> Gathered:
    """Fetch what `sift` left and take it in. Repeated, it changes nothing; two at once agree, whatever their sources.

    Raises OSError when the store is full, IntegrityError when the source is gone.
    """
    gathered = Gathered()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda find: get(find, web), wanted))
    got = [result for result in results if isinstance(result, Got)]
    refused = [result for result in results if isinstance(result, Refused)]
    failed = [one for one in refused if one.code != NOT_YET]
    try:
        gathered.counts.added = _kept(source, got, failed, added_by)
    finally:
        for one in got:
            one.file.close()
    gathered.counts.known = len(got) - gathered.counts.added
    gathered.counts.failed = len(failed)
    gathered.has_news = bool(got)
    gathered.is_pending = any(one.code in (PASSING, NOT_YET) for one in refused)
    gathered.wait_s = max((one.wait_s for one in refused), default=0.0)
    return gathered


def _known(source: Source, batch: dict[str, Found]) -> set[str]:
    rows = list(Sighting.objects.filter(source=source, locator__in=batch, missing_since=None))
    finds = ((row, batch[row.locator]) for row in rows)
    scores.save([row for row, find in finds if scores.update(row, Popularity(find.score, find.comments))])
    return {row.locator for row in rows}


def _failed(source: Source, batch: dict[str, Found]) -> dict[str, bool]:
    """What is not asked for now, and whether it will be later: not what failed for good, or too often."""
    failed = FailedFind.objects.filter(source=source, locator__in=batch)
    may_pass = failed.filter(code=PASSING, attempts__lt=MAX_ATTEMPTS)
    later = set(may_pass.filter(failed_at__gte=timezone.now() - AGAIN_AFTER).values_list("locator", flat=True))
    for_good = failed.exclude(code=PASSING, attempts__lt=MAX_ATTEMPTS).values_list("locator", flat=True)
    return dict.fromkeys(later, True) | dict.fromkeys(for_good, False)


def get(find: Found, web: Web) -> Got | Refused:
    """The file of `find`, examined. From any thread: no rows are touched."""
    file = cast(BinaryIO, tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))  # noqa: SIM115 - whoever gets it closes it
    try:
        return Got(find, fetch(find, web, file), file)
    except (BadMedia, FetchError) as error:
        file.close()
        return _refused(find, error)
    except (ValueError, OverflowError):  # one find that nobody foresaw is not to stop its source for good
        log.exception("%s cannot be read", find.locator)
        file.close()
        return Refused(find, "broken", "Something about this file or its address cannot be read.")


def _refused(find: Found, error: BadMedia | FetchError) -> Refused:
    match error:
        case BadMedia():
            return Refused(find, error.code, error.reason)
        case TryLater():
            return Refused(find, NOT_YET, error.reason, error.wait_s)
        case BadStatus() if error.status not in GONE_FOR_GOOD:
            return Refused(find, PASSING, error.reason)
        case Unreachable() | TooSlow() | BadAnswer():
            return Refused(find, PASSING, error.reason)
    return Refused(find, "not-to-be-had", error.reason)


def fetch(find: Found, web: Web, file: BinaryIO) -> library.Content:
    """Into `file`: what the address holds or, if that is a page, its main picture. Raises BadMedia, FetchError."""
    address = web.file(find.url, file, is_handed_out=find.is_handed_out).url
    try:
        return _examined(file)
    except BadMedia as error:
        picture = _picture_of_page(file, address) if find.may_be_page and error.code == "not-media" else ""
        if not picture:
            raise
    file.seek(0)
    file.truncate()
    web.file(picture, file, is_handed_out=find.is_handed_out)
    return _examined(file)


def _examined(file: BinaryIO) -> library.Content:
    size_bytes = file.seek(0, 2)
    file.seek(0)
    content = library.examine(file, size_bytes)
    file.seek(0)
    return content


def _picture_of_page(file: BinaryIO, address: str) -> str:
    file.seek(0)
    text = file.read(pages.MAX_CHARACTERS).decode("utf-8", "replace")
    if "<html" not in text.lower() and "<meta" not in text.lower():
        return ""
    page = pages.read(text)
    picture = pages.main_picture(page, address)
    if not picture:
        raise BadMedia("no-picture", "This is a web page, and it names no picture that it is about.")
    return picture


def _kept(source: Source, got: Sequence[Got], failed: Sequence[Refused], added_by: User | None) -> int:
    """Keep a batch, files and rows together; returns how many memes are new."""
    ordered = sorted(got, key=lambda one: one.content.sha256)  # whoever locks the same contents does it in this order
    with transaction.atomic(), ExitStack() as held:
        for sha256 in dict.fromkeys(one.content.sha256 for one in ordered):
            held.enter_context(store.alone_with(sha256))
        _store(ordered)
        added = _write(source, ordered, added_by)
        note(source, failed)
    return added


def _store(got: Sequence[Got]) -> None:
    """What people took out does not come back, and its bytes neither."""
    unwanted = Meme.objects.filter(private_to=None).exclude(state__in=library.WELCOME)
    out = set(unwanted.filter(sha256__in=[one.content.sha256 for one in got]).values_list("sha256", flat=True))
    for one in got:
        if one.content.sha256 not in out:
            store.put(store.original_key(one.content.sha256), one.file)


def _write(source: Source, got: Sequence[Got], added_by: User | None) -> int:
    titled = [(one.content, clean(one.found.title, 300)) for one in got]
    added = library.add_many(titled, is_stored=True, added_by=added_by)
    shared = Meme.objects.filter(private_to=None, sha256__in=added)
    shared.filter(is_stored=False, state__in=library.WELCOME).update(is_stored=True)
    facts = [_told(one.found) for one in got]
    seen = [
        sightings.sighting(source, one.found.locator, added[one.content.sha256].meme, **told)
        for one, told in zip(got, facts, strict=True)
    ]
    sightings.keep(source, seen, facts[0] if facts else ())
    # What was merged with another meme is shown as that one.
    nsfw.hear({row.meme_id for one, row in zip(got, seen, strict=True) if one.found.is_nsfw})
    if source.kind in scores.MEASURED:
        scores.plan(seen)
    return sum(one.is_new for one in added.values())


def _told(found: Found) -> dict[str, Any]:
    """What a sighting says that its source does."""
    return {
        "url": found.permalink if len(found.permalink) <= 2000 and found.permalink.isprintable() else "",
        "title": clean(found.title, 300),
        "author": clean(found.author, 200),
        "community": clean(found.community, 200),
        "score": found.score,
        "comments": found.comments,
        "posted_at": found.posted_at,
    }


def clean(text: str, length: int) -> str:
    """A line that Postgres can keep."""
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:length]


def note(source: Source, failed: Sequence[Refused]) -> None:
    """Keep what could not be had, and why."""
    rows = [FailedFind(source=source, locator=one.found.locator, code=one.code, reason=one.reason) for one in failed]
    FailedFind.objects.filter(source=source, locator__in=[row.locator for row in rows]).update(
        attempts=F("attempts") + 1
    )
    sightings.keep_failures(rows)
