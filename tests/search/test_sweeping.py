"""A batch of memes through a stage: kept together, and what goes wrong stays with its meme."""

import errno
from collections.abc import Sequence

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from search import claims
from search.models import Claim, Meme
from search.sweeping import StageBlocked, Work, sweep
from tests.search.asking import rows

pytestmark = pytest.mark.django_db


class Stage:
    """A stage that keeps what it made of memes in a list, a batch at a time, and stumbles over some."""

    def __init__(self, **troubles: BaseException) -> None:
        self.troubles = troubles
        self.kept: list[list[str]] = []

    def make(self, meme: Meme) -> str:
        if meme.title in self.troubles and meme.title.startswith("make"):
            raise self.troubles[meme.title]
        return meme.title

    def keep(self, made: Sequence[tuple[Meme, str]]) -> None:
        for _, title in made:
            if title in self.troubles:
                raise self.troubles[title]
        self.kept.append([title for _, title in made])
        ids = [meme.pk for meme, _ in made]
        Meme.objects.filter(pk__in=ids).update(derived_at="2026-01-01T00:00Z")
        Claim.objects.filter(meme__in=ids).delete()

    def sweep(self) -> int:
        return sweep(Work(Claim.Stage.MEDIA, 10, self.make, self.keep), budget_s=60)


@pytest.fixture
def memes(db: None) -> list[Meme]:
    memes = rows(4)
    for meme, title in zip(memes, ("one", "make", "keep", "four"), strict=True):
        Meme.objects.filter(pk=meme.pk).update(title=title)
    return memes


def reasons() -> dict[str, str]:
    return dict(Claim.objects.values_list("meme__title", "reason"))


def test_a_batch_is_kept_at_once(memes: list[Meme]) -> None:
    stage = Stage()
    assert stage.sweep() == 4
    assert stage.kept == [["one", "make", "keep", "four"]]
    assert stage.sweep() == 0


def test_what_cannot_be_made_or_kept_is_tried_later_and_the_others_are_kept(memes: list[Meme]) -> None:
    stage = Stage(make=ValueError("odd"), keep=OSError(errno.EIO, "I/O error"))
    assert stage.sweep() == 2
    assert stage.kept == [["one"], ["four"]]
    assert reasons() == {"make": "ValueError: odd", "keep": "[Errno 5] I/O error"}


@pytest.mark.parametrize("where", ["make", "keep"])
def test_a_full_disk_gives_everything_back_that_was_not_kept(memes: list[Meme], where: str) -> None:
    with pytest.raises(StageBlocked):
        Stage(**{where: OSError(errno.ENOSPC, "No space left")}).sweep()
    assert not Claim.objects.exists()
    left = Meme.objects.filter(derived_at=None).count()
    assert len(claims.claim(Claim.Stage.MEDIA, 10)) == left > 0


def test_when_time_is_up_only_the_meme_at_hand_has_to_wait(memes: list[Meme]) -> None:
    with pytest.raises(SoftTimeLimitExceeded):
        Stage(make=SoftTimeLimitExceeded()).sweep()
    assert reasons() == {"make": "It took longer than a task may."}
    assert not Meme.objects.exclude(derived_at=None).exists()
