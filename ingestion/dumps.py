"""Runs of dumps: block after block into the library, then the pictures of what came in, one polite request each."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from ingestion import arriving, loading, sightings
from ingestion.arriving import Told, Work
from ingestion.crawlers import dump
from ingestion.crawlers.base import Cursor, SourceGone, shortened
from ingestion.crawlers.dump import Block
from ingestion.crawlers.dump_fields import Record
from ingestion.models import FailedFind, Subscription
from search.locators import decode_path, readable
from search.models import EmbeddingSpace, Source

Item = TypeVar("Item")
NO_SPACE = "The space that its vectors were made for is not in use any more: choose another one."
FIRST = 100  # records that are looked at at once to find a few
LOOKED_AT = 20  # times so many, and then no more: somebody waits for it, and a web process with them
CHANGED = "It was changed while it was being read: the next run begins anew."


def read(subscription: Subscription, work: Work) -> Told:
    """Load what is new in a dump, then get pictures if that is wanted, until all is done or the time is up.

    Safe to repeat and to kill: how far it came is kept together with the rows. For whoever holds the lock of the source.
    Raises SourceGone with what a person can do about it, after everything else was taken in.
    """
    source, space = subscription.source, space_of(subscription.options)
    cursor: Cursor = subscription.cursor
    for block in _ahead(_blocks(source.root, cursor, space)):
        added = _keep(subscription, cursor, block, space, work.added_by)
        cursor = block.cursor
        work.counts.added += added
        work.counts.known += len(block.records) - added
        work.counts.failed += block.skipped
        work.on_progress(work.counts)
        if work.is_over():
            return Told(is_cut_short=True)
    told = Told()
    if subscription.options.get("fetches_pictures"):
        told = arriving.fetch_pictures(source, work)
    if told.is_cut_short:
        return told
    _end(subscription, cursor)
    if "broken" in cursor:
        raise SourceGone(cursor["broken"])
    return told


def first_records(root: str, options: Mapping[str, Any], count: int) -> list[Record]:
    """The first few of a dump that need not be a source yet. Raises SourceGone with what to do where there are none."""
    space = space_of(options)
    broken = ""
    for block in islice(_blocks(root, {}, space, FIRST), LOOKED_AT):
        if block.records:
            return block.records[:count]
        said = block.broken or next((one.reason for one in block.faults), "")
        broken = broken or (f"{readable(block.part)}: {said}" if said else "")
    raise SourceGone(broken or "There is nothing in it.")


def _blocks(root: str, cursor: Cursor, space: EmbeddingSpace, size: int = dump.BLOCK) -> Iterator[Block]:
    """Not of what the site keeps for itself, should that lie below."""
    own = [Path(os.path.realpath(path)) for path in (settings.DATA_DIR, settings.MEDIA_DIR)]
    return dump.blocks(root_of(root), cursor, dims=space.dims, size=size, excluded=own)


def root_of(locator: str) -> Path:
    """Raises SourceGone when it leads elsewhere by now."""
    root = decode_path(locator)
    if Path(os.path.realpath(root)) != root:
        raise SourceGone("It is a link now, or lies behind one: links are not followed.")
    return root


def space_of(options: Mapping[str, Any]) -> EmbeddingSpace:
    """The space that the vectors lie in. Raises SourceGone."""
    spaces = EmbeddingSpace.objects.exclude(state=EmbeddingSpace.State.RETIRED)
    space = spaces.filter(pk=options.get("space") or 0).first()
    if space is None:
        raise SourceGone(NO_SPACE)
    return space


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The next one is read while this one is written."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _keep(
    subscription: Subscription, before: Cursor, block: Block, space: EmbeddingSpace, added_by: User | None
) -> int:
    """A block with what is wrong with its part, and that it was read; returns how many memes are new."""
    with transaction.atomic():
        added = loading.load(subscription.source, space, block.records, block.vectors, added_by=added_by)
        _note(subscription.source, block)
        here = Subscription.objects.filter(pk=subscription.pk)
        if not here.filter(options=subscription.options, cursor=before).update(cursor=block.cursor):
            here.get()  # or it was removed
            raise SourceGone(CHANGED)
    return added


def _end(subscription: Subscription, cursor: Cursor) -> None:
    """Nothing when it was changed meanwhile: it begins anew then."""
    here = Subscription.objects.filter(pk=subscription.pk, options=subscription.options, cursor=cursor)
    if (rest := dump.ended(cursor)) != cursor:
        here.update(cursor=rest)


def _note(source: Source, block: Block) -> None:
    failed = FailedFind.objects.filter(source=source)
    if block.is_first:
        failed.filter(locator__startswith=f"{block.part}#").delete()
    sightings.keep_failures(
        [
            FailedFind(source=source, locator=shortened(f"{block.part}#{one.code}"), code=one.code, reason=one.reason)
            for one in block.faults
        ]
    )
