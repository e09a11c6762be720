"""A folder of memes for every test of ingestion."""

from pathlib import Path

import pytest

from tests.drawing import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, two of them in a subfolder."""
    root = tmp_path / "memes"
    for seed in range(4):
        write(root / f"top {seed}.png", seed=seed)
    for seed in range(4, 6):
        write(root / "sub folder" / f"deep {seed}.jpg", seed=seed)
    return root
