"""Learn on an empty site, as its own processes do, and print how long that took: `taste_site_process ANSWERS MEMES TIMES`."""

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NEW = 13  # answers since the last time, so that none of them is learned by an update


@dataclass
class Taken:
    """In milliseconds, of the processor and of the clock."""

    processor_ms: list[float] = field(default_factory=list)
    clock_ms: list[float] = field(default_factory=list)

    def time(self, work: Callable[[], object]) -> None:
        used, started = time.process_time(), time.perf_counter()
        work()
        self.processor_ms.append((time.process_time() - used) * 1000)
        self.clock_ms.append((time.perf_counter() - started) * 1000)


def main() -> None:
    django.setup()
    from rating import tasks, tastes

    answers, memes, times = map(int, sys.argv[1:])
    rater, axis, more = begun(answers, memes)
    update, refit = Taken(), Taken()
    for _ in range(times):
        next(more)
        update.time(lambda: tastes.follow(rater, [axis]))
        for _ in range(NEW):
            next(more)
        refit.time(lambda: tasks.refit(rater.pk, [axis]))
    print(json.dumps([vars(update), vars(refit)]))


def begun(answers: int, memes: int) -> "tuple[User, int, Iterator[None]]":
    """Somebody with so many answers, the number of the axis, and what says one more whenever it is asked."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from rating.models import Axis, Comparison
    from tests.rating.tasting import library, outcome, scores, tell

    liked = scores(library(memes))
    rater, axis = User.objects.create(username="a rater"), Axis.objects.in_use()[0]
    tell(rater, axis, liked, answers)

    def more() -> Iterator[None]:
        ids = sorted(liked)
        for left, right in zip(ids[::2], ids[1::2], strict=False):
            said = outcome(liked[left] - liked[right])
            Comparison.objects.create(
                rater=rater, axis=axis, left_id=left, right_id=right, outcome=said, policy="random",
                key=uuid.uuid4(), answered_at=timezone.now(),
            )  # fmt: skip
            yield

    return rater, axis.pk, more()


if __name__ == "__main__":
    main()
