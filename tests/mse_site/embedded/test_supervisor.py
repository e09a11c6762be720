"""One supervisor and tiny real processes."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from mse_site.embedded.process import Service
from mse_site.embedded.supervisor import Event, ServiceFailed, StopRequested, Supervisor
from tests.mse_site.embedded.census import alive
from tests.mse_site.embedded.conftest import SLEEPER, python

STUBBORN = (
    "import signal; [signal.signal(n, signal.SIG_IGN) for n in (2, 15)]; open(__import__('sys').argv[1], 'w')\n"
    + ("while True: signal.pause()")
)
WITH_CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', sys.argv[1]]).wait()"


def told(events: list[Event], what: str) -> list[str]:
    return [event.service for event in events if event.what == what]


def pid_of(supervisor: Supervisor, name: str) -> int:
    return next(watched.child.pid for watched in supervisor.watched if watched.service.name == name and watched.child)


def test_a_group_starts_together_and_stops_in_reverse_order(
    supervisor: Supervisor, events: list[Event], tmp_path: Path
) -> None:
    supervisor.start([python("postgres"), python("redis")])
    supervisor.start([python("web")])
    assert told(events, "ready") == ["postgres", "redis", "web"]
    assert len(alive(tmp_path / "data")) == 3
    supervisor.stop()
    assert told(events, "stopped")[0] == "web"
    assert sorted(told(events, "stopped")) == ["postgres", "redis", "web"]
    assert alive(tmp_path / "data") == []


def test_a_start_waits_until_the_service_says_that_it_is_ready(supervisor: Supervisor, tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    supervisor.start([python("web", f"open({str(flag)!r}, 'w'); {SLEEPER}", is_ready=flag.exists)])
    assert flag.exists()


def test_a_service_that_ends_while_starting_is_reported_with_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(
        ServiceFailed, match=r"web ended\. The end of .*/logs/web\.log:\n(.*\n)*ValueError: no such model"
    ):
        supervisor.start([python("web", "raise ValueError('no such model')", is_ready=lambda: False)])


def test_a_command_that_does_not_exist_is_reported(supervisor: Supervisor) -> None:
    with pytest.raises(ServiceFailed, match="/nowhere/server: No such file or directory"):
        supervisor.start([Service("web", ("/nowhere/server",), is_ready=lambda: False)])


def test_a_service_that_is_never_ready_is_given_up(supervisor: Supervisor) -> None:
    with pytest.raises(ServiceFailed, match=r"web was not ready after 0 s.*\n\(it wrote nothing\)"):
        supervisor.start([python("web", is_ready=lambda: False, ready_timeout_s=0.2)])


def test_a_service_that_others_can_do_without_does_not_keep_them_from_starting(
    supervisor: Supervisor, events: list[Event]
) -> None:
    beat = python("beat", "raise SystemExit(3)", is_critical=False, is_ready=lambda: False)
    supervisor.start([beat, python("web")], wait_for=["web"])
    supervisor.run(until=lambda: "beat" in told(events, "died"))
    assert next(event.detail for event in events if event.what == "died") == "exit code 3"


def test_what_is_killed_comes_back(supervisor: Supervisor, events: list[Event]) -> None:
    supervisor.start([python("web")])
    first = pid_of(supervisor, "web")
    os.kill(first, signal.SIGKILL)
    supervisor.run(until=lambda: told(events, "ready") == ["web", "web"])
    assert pid_of(supervisor, "web") != first
    assert next(event.detail for event in events if event.what == "died") == "exit code -9"


def test_what_dies_again_and_again_waits_longer_each_time(supervisor: Supervisor, events: list[Event]) -> None:
    supervisor.start([python("beat", "pass", is_critical=False)], wait_for=[])
    supervisor.run(until=lambda: len(told(events, "died")) == 3)
    assert [event.seconds for event in events if event.what == "died"] == [0.5, 1.0, 2.0]
    assert supervisor.watched[0].restarts == 2


def test_what_stayed_up_long_enough_comes_back_without_a_growing_delay(
    supervisor: Supervisor, events: list[Event]
) -> None:
    supervisor.steady_s = 0.0
    supervisor.start([python("web")])
    for _ in range(3):
        supervisor.run(until=lambda: supervisor.watched[0].state == "ready")
        os.kill(pid_of(supervisor, "web"), signal.SIGKILL)
        supervisor.run(until=lambda: supervisor.watched[0].state == "waiting")
    assert [event.seconds for event in events if event.what == "died"] == [0.5, 0.5, 0.5]


def test_what_a_killed_process_leaves_behind_goes_with_it(supervisor: Supervisor, events: list[Event]) -> None:
    supervisor.start([python("worker", WITH_CHILD, SLEEPER)])
    leader = psutil.Process(pid_of(supervisor, "worker"))
    supervisor.run(until=lambda: bool(leader.children()))
    [grandchild] = leader.children()
    leader.kill()
    supervisor.run(until=lambda: "worker" in told(events, "died"))
    grandchild.wait(10)


def test_what_does_not_listen_is_killed_with_its_children(
    supervisor: Supervisor, events: list[Event], tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    worker = python(
        "worker", WITH_CHILD.replace("sys.argv[1]", "*sys.argv[1:]"), STUBBORN, str(flag), stop_timeout_s=0.2
    )
    supervisor.start([worker])
    supervisor.run(until=flag.exists)
    supervisor.stop()
    assert told(events, "stopped") == ["worker"]  # its leader listened, and that was enough for the rest
    supervisor.start([python("deaf", STUBBORN, str(tmp_path / "other"), stop_timeout_s=0.2)])
    supervisor.run(until=(tmp_path / "other").exists)
    supervisor.stop()
    assert told(events, "killed") == ["deaf"]
    assert alive(tmp_path / "data") == []


def test_a_second_signal_is_tried_before_killing(supervisor: Supervisor, events: list[Event], tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    signals = (signal.SIGTERM, signal.SIGQUIT)
    supervisor.start([python("gpu", STUBBORN, str(flag), stop_signals=signals, stop_timeout_s=0.2)])
    supervisor.run(until=flag.exists)
    supervisor.stop()
    assert told(events, "stopped") == ["gpu"]
    assert told(events, "killed") == []


def test_a_request_to_stop_ends_what_is_being_started(supervisor: Supervisor, tmp_path: Path) -> None:
    def ask_to_stop() -> bool:
        supervisor.interrupts.request_stop()
        return False

    with pytest.raises(StopRequested):
        supervisor.start([python("web", is_ready=ask_to_stop)])
    with pytest.raises(StopRequested):
        supervisor.run_once(python("migrate"))
    supervisor.stop()
    assert alive(tmp_path / "data") == []


def test_a_step_that_fails_is_quoted_and_one_that_succeeds_is_not_repeated(
    supervisor: Supervisor, events: list[Event]
) -> None:
    supervisor.run_to_success(python("migrate", "print('nothing to do')"))
    assert told(events, "done") == ["migrate"]
    with pytest.raises(
        ServiceFailed, match=r"migrate ended with exit code 1.*\n(?!nothing to do)(.*\n)*RuntimeError: no table"
    ):
        supervisor.run_to_success(python("migrate", "raise RuntimeError('no table')"))
    assert supervisor.watched == []


def test_children_get_the_environment_and_signals_as_if_started_from_a_shell(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    """What this process ignores or blocks must not be ignored or blocked there."""
    report = tmp_path / "report"
    code = (
        "import os, signal, sys; ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN\n"
        "blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())\n"
        "print(ignored, blocked, os.environ['COLOUR'], os.getsid(0) == os.getpid(), file=open(sys.argv[1], 'w'))"
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        supervisor.run_to_success(python("report", code, str(report), env={"COLOUR": "blue"}))
    finally:
        signal.signal(signal.SIGINT, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    assert report.read_text() == "False set() blue True\n"


def test_background_work_is_nicer_than_pages(supervisor: Supervisor) -> None:
    supervisor.start([python("worker", niceness=10)])
    supervisor.run(until=lambda: psutil.Process(pid_of(supervisor, "worker")).nice() >= 10)
