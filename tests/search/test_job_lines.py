"""Jobs in words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from search.job_lines import line, span
from search.models import Job


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "60 min"), (3600, "1 h 0 min"), (11_100, "3 h 5 min"),
        (86_400, "1 day"), (200_000, "2 days"), (-5, "0 s"),
    ],
)  # fmt: skip
def test_times_are_said_in_one_or_two_units(seconds: float, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("facts", "far", "pace"),
    [
        ({"done": 1200, "total": 8800, "rate": 24.0}, "1,200 of 8,800 memes", "24 a second, 5 min left"),
        ({"done": 1200, "total": 8800, "rate": 3.1}, "1,200 of 8,800 memes", "186 a minute, 41 min left"),
        ({"done": 2, "total": 4, "rate": 0.01}, "2 of 4 memes", "36 an hour, 3 min left"),
        ({"done": 312, "rate": 2.0}, "312 memes", "120 a minute"),
        ({"done": 20, "total": 10, "rate": 2.0}, "20 memes", "120 a minute, 0 s left"),
        ({"done": 1, "total": 10}, "1 of 10 memes", ""),
        ({"done": 1, "total": 10, "rate": 2.0, "state": "resting"}, "1 of 10 memes", "120 a minute"),
        ({"done": 7, "total": 10, "state": "done"}, "7 memes", "took 2 min"),
        ({"done": 7, "total": 10, "state": "failed"}, "7 of 10 memes", "took 2 min"),
    ],
)
def test_how_far_and_how_fast_is_said_as_far_as_it_is_known(facts: dict[str, object], far: str, pace: str) -> None:
    now = timezone.now()
    ended = now if facts.get("state") in ("done", "failed") else None
    job = Job(kind="media", started_at=now - timedelta(minutes=2), finished_at=ended, **facts)
    shown = line(job, curates=True)
    assert (shown.far, shown.pace) == (far, pace)
