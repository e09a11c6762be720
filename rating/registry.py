"""The versions of a deep taste on one axis: what each was learned from, how good it is, what moves between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import User

from rating import evaluation, samples
from rating.deep_versions import Against, followed
from rating.ensemble.metrics import Interval
from rating.held_out import NotMeasurable
from rating.models import DeepAxis, Taste
from rating.plots import Mark, Plot, Series
from rating.scores import standing
from search import preferences
from search.filters import among
from search.models import Meme, Preference

SHOWN = 6


@dataclass(frozen=True)
class Version:
    """One of them. `is_followed`: the one that rankings go by; on this axis `is_used` says whether they really do, for
    networks that are no better than the direction are not."""

    axis: DeepAxis
    is_followed: bool
    is_used: bool

    @property
    def number(self) -> int:
        return self.axis.taste.version

    @property
    def against(self) -> Against | None:
        """How it did beside the one before it; None for a first one, and those of earlier releases."""
        kept = self.axis.taste.facts.get("against")
        return None if kept is None else Against(**{**kept, "gain": kept["gain"] and Interval(**kept["gain"])})

    def as_json(self) -> dict[str, Any]:
        taste, against = self.axis.taste, self.against
        return {
            "version": self.number,
            "trained_at": taste.trained_at,
            "answers": self.axis.answers,
            "answers_on_all_axes": taste.answers,
            "is_followed": self.is_followed,
            "is_used": self.is_used,
            "waits_because": taste.waits_because,
            "fault": taste.fault,
            "metrics": self.axis.metrics,
            "against": None if against is None else asdict(against),
            "epochs": taste.facts.get("epochs"),
            "losses": taste.facts.get("losses", []),
        }


@dataclass(frozen=True)
class Moved:
    """A meme, and the shares of the library, 0 to 1, that it beats by either version."""

    meme: Meme
    before: float
    after: float


@dataclass(frozen=True)
class Movement:
    """Between two versions over `memes` of the library: those that rose and fell most."""

    memes: int
    up: Sequence[Moved]
    down: Sequence[Moved]


def versions(taste: Taste) -> list[Version]:
    """The newest first, as far as they are kept, in the space of `taste`."""
    found: list[DeepAxis] = list(evaluation.versions(taste))
    now, used = (followed(found[0].taste), evaluation.used(taste)) if found else (None, None)
    return [Version(axis, axis.taste == now, axis.taste.version == used) for axis in found]


def losses(known: Sequence[Version]) -> Plot | None:
    """Of cross-validation, after each epoch; None where none was tested."""
    curves = {one.number: one.axis.taste.facts.get("losses", []) for one in reversed(known)}
    longest = max((len(curve) for curve in curves.values()), default=0)
    if not longest:
        return None
    lines = [
        Series(f"version {number}", [*curve, *[None] * (longest - len(curve))])
        for number, curve in curves.items()
        if curve
    ]
    kept = [
        Mark(epochs, f"version {one.number}") for one in known[:1] if (epochs := one.axis.taste.facts.get("epochs"))
    ]
    note = "On answers about memes kept apart, on all axes. Knowing nothing is 0.693."
    axes, x = ("epoch", "loss, in nats"), list(range(1, longest + 1))
    return Plot("Loss after each epoch", *axes, x, lines, note, kept, name="losses")


def moved(viewer: User, before: DeepAxis, after: DeepAxis, count: int = SHOWN) -> Movement:
    """Who moved most from one version to the other, on a sample of the library that `viewer` may see.

    Raises NotMeasurable for a version that cannot be asked.
    """
    sample = samples.of_library(viewer)
    old, new = (
        {one.meme_id: one.percentile / 100 for one in standing(viewer, axis, sample)} for axis in (before, after)
    )
    if not old or not new:
        raise NotMeasurable("One of the two versions cannot be asked: its files or its coordinates are gone.")
    both = [meme for meme in sample if meme in old and meme in new]
    memes = Meme.objects.visible_to(viewer).filter(among(both))
    if preferences.of(viewer).nsfw == Preference.Nsfw.HIDE:
        memes = memes.filter(is_nsfw=False)
    visible = set(memes.values_list("pk", flat=True))
    rising = sorted((meme for meme in both if meme in visible), key=lambda meme: (old[meme] - new[meme], meme))
    up = [meme for meme in rising if new[meme] > old[meme]][:count]
    down = [meme for meme in reversed(rising) if new[meme] < old[meme]][:count]
    by_id = memes.defer("text_boxes", "words").in_bulk([*up, *down])
    told = [[Moved(by_id[meme], old[meme], new[meme]) for meme in part] for part in (up, down)]
    return Movement(len(both), *told)
