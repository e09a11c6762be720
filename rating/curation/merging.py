"""What becomes of what waits and of what was decided when two memes turn out to be one, and two again."""

from typing import Any

from django.db.models import Exists, OuterRef

from rating.models import QueueItem, Verdict


class Items:
    """A `search.merging.Follower`. What was decided about the meme that goes is decided about the one that is kept, unless it
    waits for nobody there, or somebody said something about it."""

    def move(self, kept: int, gone: int) -> dict[str, Any]:
        # Whoever decides holds the item and waits for the meme, which the merge holds: waiting for them here would never end.
        both = QueueItem.objects.filter(meme__in=[kept, gone]).order_by("pk")
        rows = list(both.select_for_update(of=("self",), skip_locked=True))
        decided = [row for row in rows if row.meme_id == gone and row.decided_at is not None]
        again = QueueItem.objects.filter(meme=kept, queue__in=[row.queue_id for row in decided], decided_at=None)
        unsaid = again.exclude(Exists(Verdict.objects.filter(item=OuterRef("pk"))))
        unsaid.filter(pk__in=[row.pk for row in rows]).delete()
        taken = set(QueueItem.objects.filter(meme=kept).values_list("queue", flat=True))
        moved = [row for row in rows if row.meme_id == gone and row.queue_id not in taken]
        QueueItem.objects.filter(pk__in=[row.pk for row in moved]).update(meme=kept)
        return {
            "decided": [row.pk for row in moved if row.decided_at is not None],
            "waiting": [row.pk for row in moved if row.decided_at is None],
        }

    def put_back(self, kept: int, gone: int, moved: dict[str, Any]) -> None:
        """What was decided since was decided about the one that is kept."""
        QueueItem.objects.filter(pk__in=moved["decided"], meme=kept).update(meme=gone)
        QueueItem.objects.filter(pk__in=moved["waiting"], meme=kept, decided_at=None).update(meme=gone)
