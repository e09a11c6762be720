"""What a verdict does to the library, and how that is undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict, cast

from django.contrib.auth.models import User

from rating.models import CurationQueue, QueueItem, Verdict
from search import gathering, states
from search.models import CollectionEntry, Meme, Tagging

AT_ONCE = 1000  # verdicts that are written together


class Done(TypedDict, total=False):
    """What one verdict changed; what was so before is not in it."""

    entry: int
    taggings: list[int]
    is_trashed: bool


def apply(queue: CurationQueue, outcome: str, items: Sequence[QueueItem], by: User) -> dict[int, Done]:
    """Do what follows from a verdict about these items of `queue`. By item, what has changed."""
    if outcome == Verdict.Outcome.KEEP:
        return _kept(queue, items, by)
    if outcome == Verdict.Outcome.REJECT:
        return _rejected(queue, items, by)
    return {item.pk: Done() for item in items}


def _kept(queue: CurationQueue, items: Sequence[QueueItem], by: User) -> dict[int, Done]:
    memes = [item.meme_id for item in items]
    entries = gathering.put(queue.collection, memes) if queue.collection else {}
    tagged = [gathering.tag(name, memes, by) for name in queue.tags]
    done: dict[int, Done] = {}
    for item in items:
        done[item.pk] = Done(taggings=[ids[item.meme_id] for ids in tagged if item.meme_id in ids])
        if item.meme_id in entries:
            done[item.pk]["entry"] = entries[item.meme_id]
    return done


def _rejected(queue: CurationQueue, items: Sequence[QueueItem], by: User) -> dict[int, Done]:
    """To the trash, where its bytes are remembered. What others share is not thrown away by one person for themselves alone: it
    only leaves their queue."""
    own = Meme.objects.in_charge(by).filter(private_to=queue.private_to_id, pk__in=[item.meme_id for item in items])
    moved = set(states.move(own, states.Action.TRASH, by))
    return {item.pk: Done(is_trashed=item.meme_id in moved) for item in items}


def undo(verdicts: Iterable[Verdict], by: User) -> None:
    """Undo what these verdicts of `by` did, as far as nobody has done anything else about it since. Repeated, nothing."""
    entries: list[int] = []
    taggings: list[int] = []
    trashed: list[int] = []
    for verdict in verdicts:
        done = cast("Done", verdict.did)
        entries += [done["entry"]] if "entry" in done else []
        taggings += done.get("taggings", [])
        trashed += [verdict.item.meme_id] if done.get("is_trashed") else []
    gathering.take_out(*_unwanted(entries, taggings))
    # What was merged meanwhile is brought back where merges are undone.
    still = Meme.objects.filter(pk__in=trashed, moved_by=by, merged_into=None)
    states.move(still, states.Action.RESTORE, by)


def _unwanted(entries: Sequence[int], taggings: Sequence[int]) -> tuple[list[int], list[int]]:
    """Those of entries and taggings that no other verdict wants; what one does want is undone with that one from now on."""
    placed = CollectionEntry.objects.filter(pk__in=entries).values_list("pk", "meme", "collection")
    tagged = Tagging.objects.filter(pk__in=taggings).values_list("pk", "meme", "tag__name")
    heirs = _keeps([meme for _, meme, _ in placed] + [meme for _, meme, _ in tagged])
    left: tuple[list[int], list[int]] = [], []
    for pk, meme, collection in placed:
        heir = next((one for one in heirs[meme] if one.item.queue.collection_id == collection), None)
        if heir is None:
            left[0].append(pk)
        else:
            heir.did = {**heir.did, "entry": pk}
    for pk, meme, name in tagged:
        heir = next((one for one in heirs[meme] if name.lower() in map(str.lower, one.item.queue.tags)), None)
        if heir is None:
            left[1].append(pk)
        else:
            heir.did = {**heir.did, "taggings": [*heir.did.get("taggings", []), pk]}
    Verdict.objects.bulk_update([one for some in heirs.values() for one in some], ["did"], batch_size=AT_ONCE)
    return left


def _keeps(memes: Iterable[int]) -> Mapping[int, list[Verdict]]:
    """The verdicts that keep each of `memes`, locked; but for those that are being taken back at the same time."""
    found: defaultdict[int, list[Verdict]] = defaultdict(list)
    keeps = Verdict.objects.standing().filter(outcome=Verdict.Outcome.KEEP, item__meme__in=set(memes))
    for keep in keeps.select_related("item__queue").order_by("pk").select_for_update(of=("self",), skip_locked=True):
        found[keep.item.meme_id].append(keep)
    return found
