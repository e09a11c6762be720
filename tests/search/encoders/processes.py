"""Python processes of their own, for what depends on a fresh interpreter or its environment."""

from __future__ import annotations

import os
import subprocess
import sys


def run_python(code: str, **environment: str) -> list[str]:
    """Return the lines that ``code`` prints; fail when it does."""
    finished = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()
