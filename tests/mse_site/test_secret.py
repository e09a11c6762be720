"""The site's secret key."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mse_site import secret
from mse_site.env import BadSetting

ROOT = Path(__file__).parent.parent.parent
LOAD = """
import sys, pathlib
from mse_site import secret
sys.stdin.read(1)
print(secret.load_or_create(pathlib.Path(sys.argv[1])))
"""


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret_key"
    key = secret.load_or_create(path)
    assert len(key) >= 50
    assert secret.load_or_create(path) == key
    assert secret.load_or_create(tmp_path / "other") != key


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    secret.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret_key"], "a draft was left behind"


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", LOAD, tmp_path / "data" / "secret_key"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(6)
    ]  # fmt: skip
    for process in running:  # all wait behind their imports; now they go
        assert process.stdin
        process.stdin.write("x")
        process.stdin.flush()
    keys = [process.communicate(timeout=60)[0].strip() for process in running]
    assert len(keys[0]) >= 50
    assert len(set(keys)) == 1


@pytest.mark.parametrize("content", ["", "short", "\n"])
def test_a_key_that_is_too_short_is_refused_with_the_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret_key").write_text(content)
    with pytest.raises(BadSetting, match="delete it"):
        secret.load_or_create(tmp_path / "secret_key")
