"""Bringing answers in from elsewhere: safe to repeat, and a bad line costs that line alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from rating import tastes
from rating.leases import update_in_order
from rating.models import PLACES, Axis, Choice, Comparison, FourCandidate, PairCandidate
from rating.pairs import IMPORTED
from rating.policies import ordered
from rating.records import BadLine, Record, read, read_lines
from search.models import Meme

BATCH = 500
MOST_SAID = 1000  # bad lines that are told one by one


@dataclass
class Taken:
    """What became of an import. `bad` are line numbers with what is wrong there."""

    added: int = 0
    known: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)
    bad_count: int = 0

    def refuse(self, line: int, reason: str) -> None:
        self.bad_count += 1
        if len(self.bad) < MOST_SAID:
            self.bad.append((line, reason))


def bring_in(rater: User, told: Iterable[str], *, is_csv: bool = False) -> Taken:
    """Add the answers in these lines to those of `rater`; those that are there already are counted as known.

    Pairs that were brought in are not asked again. Memes that `rater` cannot see, and axes that nobody added here, make
    a line bad. Tastes follow: at once if there are few answers, else soon.
    """
    taken = Taken()
    axes = {axis.name.lower(): axis for axis in Axis.objects.exclude(state=Axis.State.PROPOSED)}
    lines, named = iter(read_lines(told, is_csv=is_csv)), set[str]()
    while batch := list(islice(lines, BATCH)):
        records = list(_read(batch, axes, taken))
        named |= {record.axis.lower() for record in records}
        with transaction.atomic():
            _keep(rater, records, axes, taken)
    if taken.added:
        transaction.on_commit(partial(tastes.follow, rater, [axes[name].pk for name in named]), robust=True)
    return taken


def _read(batch: Sequence[tuple[int, Any]], axes: dict[str, Axis], taken: Taken) -> Iterable[Record]:
    for number, fields in batch:
        try:
            if isinstance(fields, BadLine):
                raise fields
            record = read(number, fields)
            if record.axis.lower() not in axes:
                raise BadLine(f"there is no axis {record.axis[:40]!r}")
        except BadLine as error:
            taken.refuse(number, str(error))
        else:
            yield record


def _keep(rater: User, records: Sequence[Record], axes: dict[str, Axis], taken: Taken) -> None:
    # One import of a person at a time, and no batch of questions being chosen meanwhile.
    User.objects.select_for_update(no_key=True).get(pk=rater.pk)
    ids = _ids(rater, records)
    good = []
    for record in records:
        if all(meme in ids for meme in record.memes):
            good.append(record)
        else:
            taken.refuse(record.line, "a meme is not in the library")
    pairs = [record for record in good if len(record.memes) == 2]
    fours = [record for record in good if len(record.memes) == 4]
    added = _keep_pairs(rater, pairs, axes, ids) + _keep_fours(rater, fours, axes, ids)
    taken.added += added
    taken.known += len(good) - added


def _ids(rater: User, records: Sequence[Record]) -> dict[str, int]:
    """By SHA-256. What somebody keeps for themselves hides the shared copy of the same bytes."""
    hashes = {meme for record in records for meme in record.memes}
    found = Meme.objects.visible_to(rater).filter(sha256__in=hashes).order_by("private_to")
    return dict(reversed(found.values_list("sha256", "pk")))


def _keep_pairs(rater: User, records: Sequence[Record], axes: dict[str, Axis], ids: dict[str, int]) -> int:
    rows = []
    for record in records:
        left, right = (ids[meme] for meme in record.memes)
        shown = {"left_id": left, "right_id": right, "is_repeat": record.is_repeat}
        rows.append(Comparison(**_facts(rater, record, axes), **shown, outcome=record.outcome or ""))
    before = Comparison.objects.filter(rater=rater).count()
    Comparison.objects.bulk_create(rows, ignore_conflicts=True)
    _mark_asked(rater, rows)
    return Comparison.objects.filter(rater=rater).count() - before


def _mark_asked(rater: User, rows: Sequence[Comparison]) -> None:
    """As if these pairs had been asked here."""
    now = timezone.now()
    pairs = {ordered(row.left_id, row.right_id): row for row in rows if not row.is_repeat}
    waiting = PairCandidate.objects.filter(rater=rater, is_repeat=False).waiting()
    theirs = [pk for pk, *pair in waiting.values_list("pk", "left", "right") if ordered(*pair) in pairs]
    update_in_order(PairCandidate.objects.filter(pk__in=theirs), answered_at=now)
    PairCandidate.objects.bulk_create(
        (
            PairCandidate(
                rater=rater, left_id=row.left_id, right_id=row.right_id, policy=IMPORTED, answered_at=row.answered_at
            )
            for row in pairs.values()
        ),
        ignore_conflicts=True,
    )


def _keep_fours(rater: User, records: Sequence[Record], axes: dict[str, Axis], ids: dict[str, int]) -> int:
    rows = []
    for record in records:
        places = {f"{place}_id": ids[meme] for place, meme in zip(PLACES, record.memes, strict=True)}
        rows.append(Choice(**_facts(rater, record, axes), **places, best=record.best))
    before = Choice.objects.filter(rater=rater).count()
    Choice.objects.bulk_create(rows, ignore_conflicts=True)
    FourCandidate.objects.bulk_create(
        (
            FourCandidate(
                rater=rater, policy=IMPORTED, members=sorted(row.meme_ids), answered_at=row.answered_at,
                **{f"{place}_id": pk for place, pk in zip(PLACES, row.meme_ids, strict=True)},
            )
            for row in rows
        ),
        ignore_conflicts=True,
    )  # fmt: skip
    return Choice.objects.filter(rater=rater).count() - before


def _facts(rater: User, record: Record, axes: dict[str, Axis]) -> dict[str, Any]:
    return {
        "rater": rater,
        "axis": axes[record.axis.lower()],
        "policy": record.policy,
        "is_evaluation": record.is_evaluation,
        "key": record.key,
        "asked_at": record.asked_at,
        "answered_at": record.answered_at,
        "took_ms": record.took_ms,
        "voided_at": record.voided_at,
    }
