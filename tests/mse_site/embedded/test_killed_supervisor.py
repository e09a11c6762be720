"""A supervisor in a process of its own, interrupted and killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from mse_site.embedded import instance, leftovers
from mse_site.embedded.instance import Record
from tests.mse_site.embedded.census import alive
from tests.mse_site.embedded.conftest import SLEEPER
from tests.search.sidecar.waiting import eventually

ROOT = Path(__file__).parents[3]
DEAF = (
    "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]\n"
    "print('deaf', flush=True)\nwhile True: signal.pause()"
)
CHILD = (
    "import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {code!r}], start_new_session=True).wait()"
)


@contextmanager
def site(data: Path, **services: str) -> Iterator[subprocess.Popen[str]]:
    """Running, with its services up. Whatever becomes of it in the block, it and its children are gone afterwards."""
    words = [f"{name}={code}" for name, code in services.items()]
    command = [sys.executable, "-m", "tests.mse_site.embedded.small_site", str(data), *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            read_until(process, "up")
            yield process
        finally:
            process.kill()
    leftovers.stop(data / "run", patience_s=0.0)


def read_until(process: subprocess.Popen[str], line: str) -> list[str]:
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or lines[-1] != line:
        lines.append(process.stdout.readline().rstrip("\n"))
        assert lines[-1], f"it ended before {line!r}, after {lines}"
    return lines


def wait_for_deaf(data: Path, *names: str) -> None:
    logs = [data / "logs" / f"{name}.log" for name in names]
    eventually(lambda: all("deaf" in log.read_text() for log in logs), within_s=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_of_stopping_stops_everything(tmp_path: Path, number: signal.Signals) -> None:
    with site(tmp_path, web=SLEEPER, worker=SLEEPER) as process:
        process.send_signal(number)
        assert read_until(process, "end") == ["stopped worker", "stopped web", "end"]
        assert process.wait() == 0
        assert alive(tmp_path) == []
        assert instance.read_records(tmp_path / "run") is None


def test_a_site_that_ignores_the_end_of_its_terminal_goes_on(tmp_path: Path) -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with site(tmp_path, web=SLEEPER) as process:
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGTERM)
            assert read_until(process, "end") == ["stopped web", "end"]
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_request_does_not_wait_for_what_does_not_listen(tmp_path: Path) -> None:
    with site(tmp_path, deaf=DEAF) as process:
        wait_for_deaf(tmp_path, "deaf")
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.0)
        process.send_signal(signal.SIGINT)
        assert read_until(process, "end") == ["killed deaf", "end"]
        assert alive(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell children of their parent's death")
def test_children_go_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with site(tmp_path, web=SLEEPER, worker=SLEEPER) as process:
        process.kill()
        process.wait()
        eventually(lambda: not alive(tmp_path), within_s=10)


def test_the_next_start_ends_what_a_killed_supervisor_left(tmp_path: Path) -> None:
    """One that does not listen, one with a child of its own, and that child in a session of its own."""
    with site(tmp_path, deaf=DEAF, worker=CHILD.format(code=DEAF)) as process:
        wait_for_deaf(tmp_path, "deaf", "worker")
        before = [psutil.Process(record.pid) for record in instance.read_records(tmp_path / "run") or []]
        process.kill()
        process.wait()
        eventually(lambda: not before[1].is_running(), within_s=10)
        assert len(alive(tmp_path)) == 2
        assert leftovers.stop(tmp_path / "run", patience_s=0.2) == ["deaf"]
        assert alive(tmp_path) == []


def test_the_next_start_ends_what_would_still_end_by_itself(tmp_path: Path) -> None:
    slow = "import signal, time; signal.signal(15, lambda *_: time.sleep(1) or exit()); print('deaf', flush=True)"
    with site(tmp_path, slow=f"{slow}\nwhile True: signal.pause()") as process:
        wait_for_deaf(tmp_path, "slow")
        process.kill()
        process.wait()
        with site(tmp_path, web=SLEEPER):
            assert len(alive(tmp_path)) == 1


def test_a_second_site_on_the_folder_names_the_first_one(tmp_path: Path) -> None:
    with site(tmp_path, web=SLEEPER) as process:
        command = [sys.executable, "-m", "tests.mse_site.embedded.small_site", str(tmp_path)]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert f"Process {process.pid} already runs the site on {tmp_path}" in second.stderr
        assert len(alive(tmp_path)) == 1


def test_children_do_not_keep_the_folder_taken(tmp_path: Path) -> None:
    with site(tmp_path, deaf=DEAF) as process:
        wait_for_deaf(tmp_path, "deaf")
        process.kill()
        process.wait()
        assert len(alive(tmp_path)) == 1
        with instance.claim(tmp_path):
            pass


def test_a_process_that_only_has_the_number_of_a_recorded_one_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as innocent:
        created = psutil.Process(innocent.pid).create_time() - 3600
        instance.keep_records(tmp_path, [Record("web", innocent.pid, created, signal.SIGTERM, ["gunicorn"])])
        assert leftovers.stop(tmp_path) == []
        assert innocent.poll() is None
        innocent.communicate()


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"pid": 1}]', json.dumps({"web": 1})])
def test_a_damaged_record_counts_as_an_end_that_was_not_orderly(tmp_path: Path, content: str) -> None:
    (tmp_path / instance.RECORD_NAME).write_text(content)
    assert instance.read_records(tmp_path) == []
    assert leftovers.stop(tmp_path) == []
    assert instance.read_records(tmp_path) is None


def test_a_folder_that_may_not_be_written_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=os.fspath(tmp_path / "file")), instance.claim(tmp_path / "file"):
        pass
