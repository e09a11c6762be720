from django.contrib.auth.models import User

from rating.curation import leasing
from rating.models import Axis, QueueItem, Verdict
from search import merging
from search.models import Meme
from tests.rating.curation.queueing import listed, queue, say


def test_what_was_decided_about_a_twin_is_not_asked_again(charlie: User, axes: list[Axis], memes: list[Meme]) -> None:
    made, other = queue(charlie, axes[0]), queue(charlie, axes[0], name="other")
    kept, gone, *_ = listed(made, 4)
    (only,) = QueueItem.objects.bulk_create(
        [QueueItem(queue=other, meme=gone.meme, score=1.0, percentile=99.0, scored_from="test")]
    )
    say(charlie, gone)
    merge = merging.merge(kept.meme, gone.meme, charlie)
    assert not leasing.waiting(made, charlie).filter(meme=kept.meme).exists()
    assert Verdict.objects.standing().get().item.meme == kept.meme
    assert leasing.waiting(other, charlie).get().meme == kept.meme
    merging.undo(merge, charlie)
    assert Verdict.objects.standing().get().item.meme == gone.meme
    assert leasing.waiting(other, charlie).get() == only
    assert leasing.waiting(other, charlie).get().meme == gone.meme
