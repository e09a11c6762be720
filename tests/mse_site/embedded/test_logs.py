"""Logs stay small and can be quoted."""

from pathlib import Path

from mse_site.embedded import logs


def fill(path: Path, size_bytes: int) -> None:
    path.write_bytes(b"x" * size_bytes)


def test_a_log_is_continued_while_it_is_small(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "web.log"
    for line in (b"one\n", b"two\n"):
        with logs.open_log(path) as log:
            log.write(line)
    assert path.read_text() == "one\ntwo\n"


def test_a_large_log_is_set_aside_and_only_three_old_ones_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    for number in range(5):
        fill(path, logs.LARGEST_BYTES + number + 1)
        logs.open_log(path).close()
    sizes = {found.name: found.stat().st_size - logs.LARGEST_BYTES for found in tmp_path.iterdir()}
    assert sizes == {"web.log": -logs.LARGEST_BYTES, "web.log.1": 5, "web.log.2": 4, "web.log.3": 3}


def test_a_large_log_is_shortened_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    with logs.open_log(path) as log:
        log.write(b"x" * (logs.LARGEST_BYTES + 1))
        log.flush()
        logs.shorten(path)
        log.write(b"after\n")
    assert path.read_bytes() == b"after\n"
    assert (tmp_path / "web.log.1").stat().st_size == logs.LARGEST_BYTES + 1


def test_a_log_that_cannot_be_set_aside_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    (tmp_path / "web.log.1").symlink_to("/nowhere/at/all")
    fill(path, logs.LARGEST_BYTES + 1)
    logs.shorten(path)
    assert path.stat().st_size == 0


def test_the_tail_holds_the_last_lines_of_this_run_only(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.write_text("".join(f"line {number}\n" for number in range(1000)))
    assert logs.tail(path, 2) == "line 998\nline 999"
    assert logs.tail(path, 2, since_byte=path.stat().st_size) == ""
