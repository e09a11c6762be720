"""What root does so that Postgres can run as somebody else."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mse_site.embedded import account
from mse_site.embedded.account import Account

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's Postgres runs as that user")

STRANGER = Account(65534, 65534)


@pytest.fixture
def postgres() -> Account:
    made = account.of_postgres()
    assert made is not None
    return made


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that everybody may read, below folders that only root may enter."""
    folder = tmp_path / "home" / "data"
    folder.mkdir(parents=True)
    for closed in (folder, folder.parent, tmp_path):
        closed.chmod(0o700)
    path = folder / "secret"
    path.write_text("the cat is called Miffy")
    path.chmod(0o644)
    return path


def can(who: Account, test: str, path: Path) -> bool:
    return (
        subprocess.run(["test", test, path], user=who.uid, group=who.gid, extra_groups=[], check=False).returncode == 0
    )


def test_the_account_may_pass_through_folders_and_nobody_else_may(postgres: Account, secret: Path) -> None:
    assert not can(postgres, "-r", secret)
    account.let_reach(secret, postgres)
    assert can(postgres, "-r", secret)
    assert not can(postgres, "-r", secret.parent)
    assert not can(STRANGER, "-r", secret)


def test_letting_somebody_reach_a_folder_twice_changes_nothing(postgres: Account, secret: Path) -> None:
    account.let_reach(secret, postgres)
    once = os.getxattr(secret.parent, account.ACL_ATTRIBUTE)
    account.let_reach(secret, postgres)
    assert os.getxattr(secret.parent, account.ACL_ATTRIBUTE) == once


def test_others_that_were_let_in_before_stay_so(postgres: Account, secret: Path) -> None:
    account.let_reach(secret, STRANGER)
    account.let_reach(secret, postgres)
    assert can(postgres, "-r", secret)
    assert can(STRANGER, "-r", secret)


@pytest.fixture
def without_lists(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system that knows no access control lists."""
    folder = tmp_path / "plain"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "ramfs", "-o", "mode=755", "ramfs", folder], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_without_access_control_lists_folders_are_opened_for_passing_through(
    postgres: Account, without_lists: Path
) -> None:
    closed = without_lists / "closed"
    closed.mkdir(mode=0o700)
    (closed / "file").touch()
    account.let_reach(closed / "file", postgres)
    assert can(postgres, "-r", closed / "file")
    assert not can(postgres, "-r", closed)


def test_a_folder_is_given_with_everything_in_it(postgres: Account, secret: Path) -> None:
    (secret.parent / "link").symlink_to("/etc/passwd")
    account.give(secret.parent, postgres)
    assert {path.lstat().st_uid for path in (secret.parent, *secret.parent.iterdir())} == {postgres.uid}
    assert Path("/etc/passwd").stat().st_uid == 0


def test_programs_installed_for_root_alone_can_be_run_by_all(postgres: Account, tmp_path: Path) -> None:
    tree = tmp_path / "package"
    (tree / "bin").mkdir(parents=True)
    program, notes = tree / "bin" / "postgres", tree / "notes"
    program.write_text("#!/bin/sh\n")
    notes.write_text("")
    for path, mode in ((program, 0o700), (notes, 0o600), (program.parent, 0o700), (tree, 0o700)):
        path.chmod(mode)
    account.let_read(tree)
    account.let_reach(tree, postgres)
    assert can(postgres, "-x", program)
    assert can(postgres, "-r", notes)
    assert not can(postgres, "-x", notes)
    assert not can(postgres, "-w", notes)
