"""The order in which one search found its memes, kept for a while so that the pages of it fit together."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import AnonymousUser, User
from django.core.cache import cache

from search.query import Query, to_text
from search.sidecar.terms import Ids, Vector

KEPT_S = 15 * 60
# Before every key: a release that keeps something else under it must not read what this one kept.
VERSION = 1
_KEY = re.compile(r"[0-9a-f]{16}")

AnyUser = User | AnonymousUser
Backend = Literal["newest", "sidecar", "postgres", "words"]


@dataclass(frozen=True, eq=False)
class Ranking:
    """Memes in groups that are alike, the best group first; the first of a group stands for it.

    A *position* counts groups. From position `weaker_from` on, chance alone would have brought up as many; None: nothing is
    known to be weak.
    """

    ids: Ids  # (memes,), group after group
    sizes: npt.NDArray[np.int32]  # (groups,)
    similarities: Vector  # (memes,), NaN where it is not known
    backend: Backend
    note: str = ""
    weaker_from: int | None = None
    is_whole: bool = True  # nothing more would be found
    effort: int = 0  # that was made to find it
    is_cut: bool = False  # there is more than anybody may scroll through
    tastes: dict[str, Vector] = field(default_factory=dict)  # what re-ranking added, (memes,), NaN where nothing was

    def __len__(self) -> int:
        return len(self.sizes)

    def starts(self) -> Ids:
        """(groups + 1,): where in `ids` each group begins, and the end."""
        return np.concatenate([[0], np.cumsum(self.sizes, dtype=np.int64)])

    def position_of(self, meme_id: int) -> int | None:
        """Of the group that the meme is in."""
        places = np.flatnonzero(self.ids == meme_id)
        return int(np.searchsorted(self.starts(), places[0], side="right")) - 1 if len(places) else None


def single(ids: Sequence[int], backend: Backend, **facts: Any) -> Ranking:
    """Each meme for itself, without similarities."""
    count = len(ids)
    return Ranking(
        np.array(ids, np.int64), np.ones(count, np.int32), np.full(count, np.nan, np.float32), backend, **facts
    )


def opened(ranking: Ranking, meme_id: int) -> Ranking:
    """The memes of the group that this one is in, each for itself; empty when it is in none."""
    position = ranking.position_of(meme_id)
    start, stop = (0, 0) if position is None else ranking.starts()[position : position + 2].tolist()
    return replace(
        ranking,
        ids=ranking.ids[start:stop],
        sizes=np.ones(stop - start, np.int32),
        similarities=ranking.similarities[start:stop],
        tastes={name: values[start:stop] for name, values in ranking.tastes.items()},
        weaker_from=None,
        is_whole=True,
        is_cut=False,
    )


def extended(old: Ranking, new: Ranking) -> Ranking:
    """`old` with what only `new` has behind it: nothing that was shown moves. What is alike to a shown meme joins it.

    Behind weak ones all that follows is weak, and by closeness as they are, whatever order `new` has it in.
    """
    groups = [old.ids[start:stop].tolist() for start, stop in _bounds(old)]
    owners = {meme_id: place for place, group in enumerate(groups) for meme_id in group}
    weaker_from = old.weaker_from
    for position, members in _following(old, new):
        place = next((owners[meme_id] for meme_id in members if meme_id in owners), None)
        fresh = [meme_id for meme_id in members if meme_id not in owners]
        if place is not None:
            groups[place] += fresh
        else:
            if weaker_from is None and new.weaker_from is not None and position >= new.weaker_from:
                weaker_from = len(groups)
            groups.append(fresh)
    ids = np.array([meme_id for group in groups for meme_id in group], np.int64)
    values = {name: {**_by_id(new, given), **_by_id(old, old.tastes.get(name))} for name, given in new.tastes.items()}
    similarities = {**_by_id(new, new.similarities), **_by_id(old, old.similarities)}
    return replace(
        new, ids=ids, sizes=np.array([len(group) for group in groups], np.int32), weaker_from=weaker_from,
        tastes={name: _along(ids, known) for name, known in values.items()}, similarities=_along(ids, similarities),
    )  # fmt: skip


def _following(old: Ranking, new: Ranking) -> list[tuple[int, list[int]]]:
    """The groups of `new` with their positions, in the order in which they come behind `old`."""
    groups = [(position, new.ids[start:stop].tolist()) for position, (start, stop) in enumerate(_bounds(new))]
    if old.weaker_from is None:
        return groups
    return [groups[place] for place in np.argsort(-new.similarities[new.starts()[:-1]], kind="stable")]


def _by_id(ranking: Ranking, values: Vector | None) -> dict[int, float]:
    return {} if values is None else dict(zip(ranking.ids.tolist(), values.tolist(), strict=True))


def _along(ids: Ids, known: Mapping[int, float]) -> Vector:
    """NaN where nothing is known."""
    return np.array([known.get(meme_id, np.nan) for meme_id in ids.tolist()], np.float32)


def _bounds(ranking: Ranking) -> list[tuple[int, int]]:
    starts = ranking.starts().tolist()
    return list(pairwise(starts))


# --- keeping -------------------------------------------------------------------------------------------------------


def keep(user: AnyUser, query: Query, ranking: Ranking) -> str:
    """Keep the ranking for KEPT_S; give the key under which the same person finds it with the same query, and nobody else.

    The key is made of what is kept, so the same search twice takes no more room, and one that found something else in the
    meantime does not take the place of what somebody is scrolling through. Without Redis nothing is kept.
    """
    packed = _packed(ranking)
    key = hashlib.blake2b(repr(packed).encode(), digest_size=8).hexdigest()
    cache.set(_place(user, query, key), packed, KEPT_S)
    return key


def recall(user: AnyUser, query: Query, key: str) -> Ranking | None:
    """What was kept; None when it is gone, was somebody else's or belongs to another query."""
    if not _KEY.fullmatch(key):
        return None
    packed = cache.get(_place(user, query, key))
    try:
        return None if packed is None else _unpacked(packed)
    except (KeyError, TypeError, ValueError, binascii.Error):  # written by somebody else than this release
        return None


def _place(user: AnyUser, query: Query, key: str) -> str:
    asked = hashlib.blake2b(to_text(query).encode(), digest_size=16).hexdigest()
    return f"ranking:{VERSION}:{user.pk or 0}:{asked}:{key}"


def _packed(ranking: Ranking) -> dict[str, Any]:
    return {
        "ids": _text(ranking.ids, "<i8"),
        "sizes": _text(ranking.sizes, "<i4"),
        "similarities": _text(ranking.similarities, "<f4"),
        "tastes": {name: _text(values, "<f4") for name, values in ranking.tastes.items()},
        "backend": ranking.backend,
        "note": ranking.note,
        "weaker_from": ranking.weaker_from,
        "is_whole": ranking.is_whole,
        "effort": ranking.effort,
        "is_cut": ranking.is_cut,
    }


def _unpacked(packed: dict[str, Any]) -> Ranking:
    arrays = {"ids": "<i8", "sizes": "<i4", "similarities": "<f4"}
    read: dict[str, Any] = {name: _array(packed[name], dtype) for name, dtype in arrays.items()}
    if int(read["sizes"].sum()) != len(read["ids"]) or len(read["similarities"]) != len(read["ids"]):
        raise ValueError("its parts do not fit together")
    tastes = {name: _array(values, "<f4") for name, values in packed["tastes"].items()}
    facts = {name: value for name, value in packed.items() if name not in arrays and name != "tastes"}
    return Ranking(**read, **facts, tastes=tastes)


def _text(array: npt.NDArray[Any], dtype: str) -> str:
    """The cache takes text: nothing in Redis is ever run."""
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()


def _array(text: str, dtype: str) -> npt.NDArray[Any]:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype)
