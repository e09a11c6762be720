"""Writing down where memes were seen, or why one was not taken in: in folders and on the web alike."""

from collections.abc import Collection, Sequence
from typing import Any

from ingestion.models import FailedFind
from search.merging import sighted
from search.models import Meme, Sighting, Source

WHOSE = ("meme", "merged_from")
PLACE = ("source", "locator")


def sighting(source: Source, locator: str, meme: Meme, **facts: Any) -> Sighting:
    """An unsaved one of the bytes of `meme`, at the meme that these are shown as."""
    shown, merged_from = sighted(meme)
    return Sighting(meme=shown, merged_from=merged_from, source=source, locator=locator, **facts)


def keep(source: Source, sightings: Sequence[Sighting], facts: Collection[str]) -> None:
    """Save them; of places that are known, `facts` are told anew. They are not missing, and have not failed, any more."""
    Sighting.objects.bulk_create(
        sightings, update_conflicts=True, unique_fields=PLACE, update_fields=[*WHOSE, *facts, "missing_since"]
    )
    FailedFind.objects.filter(source=source, locator__in=[one.locator for one in sightings]).delete()


def keep_failures(failures: Sequence[FailedFind], facts: Collection[str] = ()) -> None:
    """Save them; where something failed before, the reason and `facts` are told anew."""
    told = ["code", "reason", *facts, "failed_at"]
    FailedFind.objects.bulk_create(failures, update_conflicts=True, unique_fields=PLACE, update_fields=told)
