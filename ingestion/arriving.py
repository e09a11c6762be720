"""Bytes for memes that are known by their address alone: got politely, and merged where the library has them already."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from ingestion import gathering
from ingestion.crawlers.base import Found
from ingestion.gathering import AGAIN_AFTER, MAX_ATTEMPTS, NOT_YET, PASSING, Got, Refused
from ingestion.intake import Counts
from ingestion.models import FailedFind
from ingestion.web import Web
from search import library, merging, states, store
from search.models import Meme, Sighting, Source
from search.tasks import nudge

BATCH = 8  # files under way between two writes: what comes slowly is seen soon
LONG_REST_S = 60.0  # as long as a slice: until the next one nothing is to be had from there
LONGEST_REST_S = 3600.0  # of a source because one of the many hosts that its files are on is busy


@dataclass(frozen=True)
class Work:
    """What a run has to work with. `counts` are added to as it goes."""

    web: Web
    added_by: User | None
    counts: Counts
    is_over: Callable[[], bool]
    on_progress: Callable[[Counts], None]
    expect: Callable[[int], None]


@dataclass(frozen=True)
class Told:
    """How a run ended. `is_cut_short`: its time was up; `wait_s`: what a host asked for."""

    is_cut_short: bool = False
    is_pending: bool = False
    wait_s: float = 0.0


def fetch_pictures(source: Source, work: Work) -> Told:
    """Get what memes of `source` show, those first that were found first, until all is there or the time is up.

    What cannot be had is kept with its reason, and tried again as often as finds of other sources. Repeated, it goes on. What
    is on a host that rests is left out, and costs the others no time.
    """
    after, is_pending, wait_s = 0, False, 0.0
    resting: set[str] = set()
    work.expect(_wanted(source).count())
    while batch := _waiting(source, after, resting):
        with ThreadPoolExecutor(gathering.AT_ONCE) as pool:
            results = list(pool.map(lambda one: gathering.get(_find(one), work.web), batch))
        _keep(source, batch, results)
        refused = [one for one in results if isinstance(one, Refused)]
        is_pending = is_pending or any(one.code in (PASSING, NOT_YET) for one in refused)
        wait_s = max(wait_s, *(min(one.wait_s, LONGEST_REST_S) for one in refused), 0.0)
        work.counts.fetched += len(results) - len(refused)
        work.counts.failed += sum(one.code != NOT_YET for one in refused)
        work.on_progress(work.counts)
        after = batch[-1].pk
        resting |= {_origin(one.found.url) for one in refused if one.code == NOT_YET and one.wait_s >= LONG_REST_S}
        # The next slice begins at the first again: one that nobody answered would be followed by more of its like.
        is_answered = any(isinstance(one, Got) or one.code != NOT_YET for one in results)
        if is_answered and work.is_over():
            return Told(is_cut_short=True, is_pending=is_pending, wait_s=wait_s)
    return Told(is_pending=is_pending, wait_s=wait_s)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/"


def _waiting(source: Source, after: int, resting: Iterable[str]) -> list[Sighting]:
    wanted = _wanted(source).filter(pk__gt=after)
    for origin in resting:
        wanted = wanted.exclude(meme__remote_url__startswith=origin)
    return list(wanted.select_related("meme").order_by("pk")[:BATCH])


def _wanted(source: Source) -> QuerySet[Sighting]:
    failed = FailedFind.objects.filter(source=source, locator=OuterRef("locator"))
    given_up = failed.exclude(code=PASSING, attempts__lt=MAX_ATTEMPTS, failed_at__lt=timezone.now() - AGAIN_AFTER)
    here = Sighting.objects.filter(source=source, missing_since=None, meme__state=Meme.State.ACTIVE)
    return here.exclude(meme__remote_url="").filter(~Exists(given_up))


def _find(sighting: Sighting) -> Found:
    return Found(sighting.locator, sighting.meme.remote_url)


def _keep(source: Source, batch: Sequence[Sighting], results: Sequence[Got | Refused]) -> None:
    with ExitStack() as files:
        for result in results:
            if isinstance(result, Got):
                files.callback(result.file.close)
        for sighting, result in zip(batch, results, strict=True):
            if isinstance(result, Got):
                adopt(sighting.meme, result)
    with transaction.atomic():
        gathering.note(source, [one for one in results if isinstance(one, Refused) and one.code != NOT_YET])
        got = [one.found.locator for one in results if isinstance(one, Got)]
        FailedFind.objects.filter(source=source, locator__in=got).delete()
    if got:
        nudge()


def adopt(meme: Meme, got: Got) -> None:
    """The bytes at the address of `meme` are here: it is a meme like any other from now on, with the vectors that it has.

    If the library has these bytes already, the two become one; if people took those out, this one goes where they are.
    Nothing for one that has its bytes, or is not there, by now. Raises OSError when the store is full.
    """
    try:
        _adopt(meme, got)
    except IntegrityError:  # a folder had the same bytes a moment before
        _adopt(meme, got)


def _adopt(meme: Meme, got: Got) -> None:
    sha256 = got.content.sha256
    with store.alone_with(sha256):
        waiting = Meme.objects.filter(pk=meme.pk, state=Meme.State.ACTIVE).exclude(remote_url="")
        if not list(waiting.select_for_update(of=("self",), no_key=True).values_list("pk")):
            return
        known = Meme.objects.filter(sha256=sha256, private_to=None).select_related("merged_into").first()
        if known is None or known.state == Meme.State.MISSING:
            got.file.seek(0)
            store.put(store.original_key(sha256), got.file)
        if known is None:
            waiting.update(remote_url="", sha256=sha256, **_facts(got.content))
        else:
            _join(meme, known)


def _facts(content: library.Content) -> dict[str, object]:
    draft = library.new_meme(content, title="", is_stored=True, added_by=None)
    return {name: getattr(draft, name) for name in library.UPLOAD_FACTS if name not in ("added_by", "title")}


def _join(meme: Meme, known: Meme) -> None:
    """Make one of `meme` and the one that the library knows by its bytes."""
    if known.state == Meme.State.MISSING:
        Meme.objects.filter(pk=known.pk).update(is_stored=True)
        states.move_one(known, states.Action.FIND)
    kept, _ = merging.sighted(known)
    if kept.state == Meme.State.ACTIVE:
        with suppress(merging.NotMerged):  # it was taken out a moment ago
            merging.merge(kept, meme, None)
            return
    states.move_one(meme, states.Action.TRASH)
    Meme.objects.filter(pk=meme.pk).update(merged_into=known.pk)
