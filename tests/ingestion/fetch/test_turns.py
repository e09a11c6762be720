"""Hosts are asked one request at a time, some time apart, and left alone when they say so."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ingestion.fetch import Fetcher, TryLater, Turns
from ingestion.fetch.fetching import MAX_REST_S, REST_S, retry_after_s
from ingestion.fetch.turns import MAX_HOSTS
from tests.ingestion.fetch.hostile import Server, saying


@dataclass
class Clock:
    """Time that passes when somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def turns(self, interval_s: float = 1.0) -> Turns:
        return Turns(interval_s, clock=self.time, sleep=self.sleep)


def take(turns: Turns, host: str, patience_s: float = 10.0, interval_s: float = 0.0) -> None:
    with turns.turn(host, patience_s, interval_s):
        pass


def test_requests_to_one_host_are_some_time_apart_and_others_do_not_wait() -> None:
    clock = Clock()
    turns = clock.turns()
    for host in ("a.example", "a.example", "b.example", "a.example"):
        take(turns, host)
    assert clock.slept == [1.0, 1.0]


def test_a_hosts_own_wish_for_more_time_counts() -> None:
    clock = Clock()
    turns = clock.turns()
    take(turns, "a.example", interval_s=5.0)
    take(turns, "a.example")
    assert clock.slept == [5.0]


def test_a_host_that_rests_is_not_waited_for_longer_than_one_has_patience() -> None:
    clock = Clock()
    turns = clock.turns()
    turns.rest("a.example", 30)
    with pytest.raises(TryLater) as refused:
        take(turns, "a.example", patience_s=8)
    assert (refused.value.wait_s, clock.slept) == (30, [])
    take(turns, "a.example", patience_s=60)
    assert clock.slept == [30]


def test_two_threads_never_ask_one_host_at_once() -> None:
    turns = Turns(0)
    inside, most = [0], [0]
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        for _ in range(50):
            with turns.turn("a.example", 10):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside) == ([1], [0])


def test_who_waits_for_a_turn_in_vain_is_told() -> None:
    turns = Turns(0)
    with turns.turn("a.example", 1), pytest.raises(TryLater):
        take(turns, "a.example", patience_s=0.01)
    take(turns, "a.example", patience_s=0.01)


def test_hosts_are_forgotten_except_those_that_rest() -> None:
    clock = Clock()
    turns = clock.turns(0)
    turns.rest("tired.example", 1_000)
    for number in range(2 * MAX_HOSTS):
        take(turns, f"{number}.example")
    with pytest.raises(TryLater):
        take(turns, "tired.example")


def test_a_host_that_says_429_is_left_alone_for_as_long_as_it_says(server: Server) -> None:
    server.answers["/busy"] = saying(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n")
    fetcher = Fetcher("Test", network=server.network(site_example=["127.0.0.1"]), obeys_robots=False)
    for path in ("/busy", "/other"):
        with pytest.raises(TryLater) as refused:
            fetcher.get(f"http://site.example:{server.port}{path}")
        assert 118 < refused.value.wait_s <= 120
    assert server.paths() == ["/busy"]


def test_retry_after_is_seconds_or_a_date_and_junk_is_a_minute() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < retry_after_s(soon) <= 90
    assert retry_after_s("17") == 17
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after_s("9" * 400) == MAX_REST_S
    for junk in ("", "soon", "-5", "1e9", "Wed, 99 Oct 2015 99:99:99 GMT"):
        assert retry_after_s(junk) == REST_S
