"""A disk that is really full: clear errors, nothing lost, and work goes on when there is room again."""

import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ingestion.crawling import import_folder
from search import indexing, library
from search.models import Claim, Meme
from tests.drawing import drawing, encoded, write

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount the small disk that this test fills"),
]


JSON = {"accept": "application/json"}


@pytest.fixture
def small_disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A media store on a file system of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=True)
    settings.STORAGES = {**settings.STORAGES, "memes": {
        "BACKEND": "search.store.AtomicFileSystemStorage", "OPTIONS": {"location": str(disk)},
    }}  # fmt: skip
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("path", ["/upload/", "/picture/", "/rate/answers/import/"])
def test_a_file_for_which_there_is_no_room_while_it_comes_in_is_refused_plainly(
    small_disk: Path, alice_client: Client, settings: Any, path: str
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR, settings.FILE_UPLOAD_MAX_MEMORY_SIZE = str(small_disk), 1000
    answer = alice_client.post(path, {"file": SimpleUploadedFile("cat.png", os.urandom(100_000))})
    assert answer.status_code == 507
    assert "no room for another file" in answer.content.decode()
    as_data = alice_client.post(path, {"file": SimpleUploadedFile("cat.png", b"x" * 100_000)}, headers=JSON)
    assert as_data.status_code == 507
    assert not list(small_disk.iterdir())


def test_stages_stop_on_a_full_disk_and_go_on_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    for seed in range(24):
        write(tmp_path / "memes" / f"{seed}.png", f"hsl({seed * 15}, 70%, 60%)", text=f"number {seed}", seed=seed)
    import_folder(tmp_path / "memes")
    with pytest.raises(indexing.StageBlocked, match="No space left"):
        indexing.derive_media()
    done = Meme.objects.exclude(derived_at=None).count()
    assert 0 < done < 24
    assert not Claim.objects.exists()
    assert not list(small_disk.rglob(".draft-*"))
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    assert indexing.derive_media() == 24 - done


def test_an_upload_to_a_full_disk_is_refused_and_leaves_nothing(small_disk: Path, alice: User) -> None:
    data = encoded(drawing(size=(400, 400)), "BMP")
    assert len(data) > 64_000
    with pytest.raises(OSError, match="No space left"):
        library.add_upload(io.BytesIO(data), len(data), filename="big.bmp", user=alice)
    assert not Meme.objects.exists()
    assert not [path for path in small_disk.rglob("*") if path.is_file()]
