"""Commands say what is wrong in a sentence, not in a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.site import ROOT


def run(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": "/usr/bin:/bin", "MSE_DATA_DIR": str(folder), **variables}
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_command_on_a_site_that_is_not_running_says_how_to_start_it(tmp_path: Path) -> None:
    done = run(tmp_path, "import_folder", str(tmp_path))
    assert done.returncode != 0
    assert "make run" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_setting_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "check", MSE_WEB_WORKERS="many")
    assert done.returncode != 0
    assert "MSE_WEB_WORKERS" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("folder", ["/proc/nobody-may-write-here", __file__, "/dev/null/below"])
def test_a_data_folder_that_cannot_be_used_is_named_in_one_line(folder: str) -> None:
    done = run(Path(folder), "check")
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert "MSE_DATA_DIR" in done.stderr
    assert folder in done.stderr


def test_the_demo_has_a_data_folder_of_its_own(tmp_path: Path) -> None:
    code = (
        "import os, sys; sys.argv = ['manage.py', 'demo']; os.environ.pop('MSE_DATA_DIR', None); "
        "import manage; manage.choose_demo(); print(os.environ['MSE_DATA_DIR'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(ROOT / "data" / "demo")
